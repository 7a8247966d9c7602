"""Sealform's client: everything that needs a private key, over HTTP alone.

    from apps.client import Client
    client = Client.from_file("acme.json")

Read ``client`` first, then ``acts`` (what a client does) and ``trust`` (what it refuses to
believe); ``session``, ``credentials``, ``state`` and ``files`` are what it has, ``api`` is how it
calls the server.
"""

from .acts.reading import Opened
from .client import Client

__all__ = ["Client", "Opened"]
