"""What a client refuses to believe of a server (docs/protocol.md §11).

Read ``pins``, ``verified_manifests``, ``keyring``, ``generations`` and ``rotation``;
``unconfirmed`` is about its own keys.
"""
