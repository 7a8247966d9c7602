"""What owners copy into a site of their own: tags, and the digests in them.

Read ``snippet``, then ``integrity``.
"""
