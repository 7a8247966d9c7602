"""Sealform's client: everything that needs a private key, over HTTP alone.

    from sealform import Client

    client = Client.from_file("acme.json")
    for record in client.query(type="account"):
        print(record.data)

The packages ``envelope``, ``client``, ``embed`` and ``cli`` of this project are installed below
this one, as ``sealform.client`` and so on; the server is not.
"""

from .client import Client, Opened, __version__

__all__ = ["Client", "Opened", "__version__"]
