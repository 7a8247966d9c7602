"""What a client refuses to believe of a server (docs/protocol.md §11).

Read ``followed_cards``, ``pins``, ``verified_manifests``, ``keyring``, ``generations``,
``rotation`` and ``succeeded``; ``unconfirmed`` is about its own keys.
"""
