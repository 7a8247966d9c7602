"""Copies of clients' key files: closed, the last three of each client (docs/protocol.md §4)."""

from uuid import UUID

from django.db import transaction

from apps.directory.errors import FetchRefused, SerialConflict
from apps.directory.models import Client, KeyFileCopy
from apps.envelope.errors import MismatchError
from apps.envelope.key_copies import KeyCopy, fetch_digest
from apps.envelope.key_files import parse_key_file
from apps.envelope.keys import Card
from apps.envelope.primitives import same

KEPT = 3
NOBODY = bytes(32)


@transaction.atomic
def keep_copy(*, client: Client, copy: KeyCopy) -> bool:
    """Keep a copy, and return whether it is new; the same again changes nothing.

    Raises MismatchError for another client's file, SerialConflict for one that is not newer than
    those of the same card: who stole keys that were succeeded since may have left any serial.
    """
    if copy.file.card != client.card:
        raise MismatchError("this is the key file of another client")
    Client.objects.select_for_update().get(pk=client.pk)
    kept = list(KeyFileCopy.objects.filter(client=client).order_by("-pk"))
    now = {"file": copy.file.raw, "memory": copy.memory, "fetch": copy.fetch}
    last = next((one for one in kept if _card(one) == client.card), None)
    if last and last.serial == copy.file.serial and _is(last, now):
        return False
    if last and last.serial >= copy.file.serial:
        raise SerialConflict(hint=f"the copy that is kept here has serial {last.serial}")
    over = [one for one in kept if one.serial == copy.file.serial or one in kept[KEPT - 1 :]]
    KeyFileCopy.objects.filter(pk__in=[one.pk for one in over]).delete()
    KeyFileCopy.objects.create(client=client, serial=copy.file.serial, **now)
    return True


def find_copy(*, client_id: UUID, code: bytes) -> KeyFileCopy:
    """Return the newest copy of a client for who has its fetch code; raises FetchRefused.

    An unknown client, one without a copy and a wrong code are refused alike.
    """
    found = KeyFileCopy.objects.filter(client=client_id).order_by("-pk").first()
    expected = bytes(found.fetch) if found else NOBODY
    is_right = same(fetch_digest(code), expected)
    if found is None or not is_right:
        raise FetchRefused
    return found


def _card(row: KeyFileCopy) -> Card:
    return parse_key_file(bytes(row.file)).card


def _is(row: KeyFileCopy, now: dict[str, bytes]) -> bool:
    return all(bytes(getattr(row, name)) == value for name, value in now.items())
