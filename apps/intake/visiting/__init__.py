"""What visitors' browsers send.

Read ``posted_submissions``, then ``challenges`` (what a form asks for before), ``receipt_lookups``
(what a visitor may ask afterwards), ``failures``, ``form_throttles`` and ``cors``.
"""
