"""What an admin may type into a draft; apps/intake says what can be signed.

Read ``draft_form``, ``question_forms`` and ``translation_forms`` with ``translation_lines``;
``line_fields`` are lists that are edited as lines; ``posted_draft`` checks all of it together.
"""
