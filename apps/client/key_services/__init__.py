"""Services that keep a key: they wrap the secret of a key file's slot, and unwrap it again.

Read ``key_service`` first, which says what each of them promises and holds the bounds of all; then
``openbao``, ``pkcs11`` and ``aws_kms``, one file a service. ``choosing`` finds the one that a name
like ``openbao:transit/acme`` or a slot's kind means. The libraries of the last two are optional:
nothing loads them before ``choosing`` is asked for such a service.

Where a service is reached, which library is loaded and with which PIN, token or account, is the
machine's word alone, from its environment. A slot's ``params`` hold nothing of that: a key file may
come from a hostile server.
"""

from .choosing import KINDS, service, split_name
from .key_service import KeyService

__all__ = ["KINDS", "KeyService", "service", "split_name"]
