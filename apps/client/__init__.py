"""Sealform's client: everything that needs a private key, over HTTP alone.

    from sealform import Client  # apps.client, in this project
    client = Client.from_file("acme.json")

Read ``client`` first, then ``acts`` (what a client does) and ``trust`` (what it refuses to
believe); ``session``, ``credentials`` (a key file, with ``slots``, ``unlocking`` and
``key_services``), ``state`` and ``files`` are what it has, ``api`` is
how it calls the server, ``endpoints`` what that may answer, ``network`` the way there.
``key_services`` keep what opens a key file elsewhere.
"""

from .acts.reading import Opened
from .client import Client

__all__ = ["Client", "Opened", "__version__"]

__version__ = "0.1.0"
