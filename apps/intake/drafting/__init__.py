"""A draft, from the admin's rows to the words of a manifest.

Read ``composition``, then ``texts`` (translations) and ``draft_store`` (how drafts are kept);
``sample_form`` is one to begin with.
"""
