"""Who may ask what: each endpoint, each method, each role, and what the answer may hold.

Read ``matrix.txt`` (the rows), then ``roles`` (who asks), ``things`` (what there is to see) and
``bodies`` (what is sent); ``table`` reads the rows, ``endpoints`` walks the URL configuration, and
``asking`` compares an answer with its row.
"""
