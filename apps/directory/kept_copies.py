"""Copies of clients' key files: closed, the last three of each client (docs/protocol.md §4)."""

from uuid import UUID

from django.db import transaction

from apps.directory.errors import FetchRefused, SerialConflict
from apps.directory.models import Client, KeyFileCopy
from apps.envelope.errors import MismatchError
from apps.envelope.key_copies import KeyCopy, fetch_digest
from apps.envelope.primitives import same

KEPT = 3
NOBODY = bytes(32)


@transaction.atomic
def keep_copy(*, client: Client, copy: KeyCopy) -> bool:
    """Keep a copy, and return whether it is new; the same again changes nothing.

    Raises MismatchError for another client's file, SerialConflict for one that is not newer.
    """
    if copy.file.card != client.card:
        raise MismatchError("this is the key file of another client")
    Client.objects.select_for_update().get(pk=client.pk)
    kept = list(KeyFileCopy.objects.filter(client=client).order_by("-serial"))
    now = {"file": copy.file.raw, "memory": copy.memory, "fetch": copy.fetch}
    if kept and kept[0].serial == copy.file.serial and _is(kept[0], now):
        return False
    if kept and kept[0].serial >= copy.file.serial:
        raise SerialConflict(hint=f"the copy that is kept here has serial {kept[0].serial}")
    KeyFileCopy.objects.create(client=client, serial=copy.file.serial, **now)
    over = [one.pk for one in kept[KEPT - 1 :]]
    KeyFileCopy.objects.filter(pk__in=over).delete()
    return True


def find_copy(*, client_id: UUID, code: bytes) -> KeyFileCopy:
    """Return the newest copy of a client for who has its fetch code; raises FetchRefused.

    An unknown client, one without a copy and a wrong code are refused alike.
    """
    found = KeyFileCopy.objects.filter(client=client_id).order_by("-serial").first()
    expected = bytes(found.fetch) if found else NOBODY
    is_right = same(fetch_digest(code), expected)
    if found is None or not is_right:
        raise FetchRefused
    return found


def _is(row: KeyFileCopy, now: dict[str, bytes]) -> bool:
    return all(bytes(getattr(row, name)) == value for name, value in now.items())
