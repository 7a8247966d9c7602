"""What people type: one file a command, and what commands print.

Read ``program`` and ``commanding`` first, then the commands in the order of README's story;
``safe_output``, ``record_formats`` (with ``sheets`` and ``workbooks``), ``questionnaire`` and
``progress`` are what they show, ``record_output`` and ``record_files`` where records go,
``protecting`` and ``recovery_sheet`` how new keys are protected, ``complaints`` what was wrong,
``exit_codes`` and ``ending`` how they end.
"""
