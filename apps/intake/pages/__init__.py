"""The pages that visitors see.

Read ``visitor_pages`` and ``page_context``, then ``languages``, ``assets`` and ``embedding``.
"""
