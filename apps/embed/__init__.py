"""What owners copy into a site of their own: tags, and the digests in them.

Read ``tags``, then ``release`` (the files that they name) and ``integrity``.
"""
