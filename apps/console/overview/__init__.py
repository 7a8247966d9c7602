"""What an admin should know.

Read ``next_steps`` (of the whole server), ``form_notes``, ``failure_counts`` and ``embed_tags``
(of one form).
"""
