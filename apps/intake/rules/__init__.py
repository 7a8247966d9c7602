"""What may be drafted. No models: rules say it of anything that has the same members.

Read ``validators`` (texts, options, sections), ``drafted_questions`` and ``drafted_conditions``
(what depends on a question's kind), then ``looks`` and ``kind_labels``.
"""
