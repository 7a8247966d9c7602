"""Sealform's client: everything that needs a private key, over HTTP alone.

    from apps.client import Client
    client = Client.from_file("acme.json")

Read ``client`` first, then ``reading``, ``writing``, ``sharing``, ``publishing``
and ``splitting``; ``pins``, ``manifests``, ``keyring`` and ``generations`` hold
what a client refuses to believe of a server (docs/protocol.md §11).
"""

from .client import Client
from .reading import Opened

__all__ = ["Client", "Opened"]
