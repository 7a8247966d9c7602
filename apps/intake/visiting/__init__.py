"""What visitors' browsers send.

Read ``posted_submissions`` with ``terms`` (what the form says at that moment), then ``challenges``
(what a form asks for before), ``receipt_lookups`` (what a visitor may ask afterwards),
``failures``, ``form_throttles`` and ``cors``.
"""
