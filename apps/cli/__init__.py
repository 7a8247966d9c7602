"""What people type: one file a command, and what commands print.

Read ``program`` and ``commanding`` first, then the commands in the order of README's story;
``display``, ``record_formats``, ``questionnaire`` and ``progress`` are what they show,
``complaints`` what was wrong, ``exit_codes`` how they end.
"""
