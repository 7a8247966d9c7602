"""Copies of clients' key files: closed, the newest of each client first (docs/protocol.md §4).

Whoever has stolen a client's keys can leave copies, too. So each one is a small step, only some are
taken in a day, and what they displace is kept for some days, for an admin to go back to. A client
that works leaves what it remembers often: of one file that counts once in two hours. The first copy
of that time stays, and only the one after it is replaced: a thief's newer memory takes the place of
two hours' work at most.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.directory.errors import FetchRefused, SerialConflict, TooManyCopies
from apps.directory.models import Client, KeyFileCopy
from apps.envelope.errors import LimitError, MismatchError
from apps.envelope.key_copies import KeyCopy, fetch_digest
from apps.envelope.primitives import same

KEPT = 3
KEPT_FOR = timedelta(days=7)
MOST_STEP = 1000
MOST_AHEAD = timedelta(days=1)
MOST_A_DAY = 12
COUNTS_FOR = timedelta(days=1) / MOST_A_DAY
"""How long copies of the very same file count as one, of which the first and the last are kept.

Both have the time at which the first came as their ``stored``.
"""
NOBODY = bytes(32)


@transaction.atomic
def keep_copy(*, client: Client, copy: KeyCopy) -> bool:
    """Keep a copy, and return whether it is new; the same again changes nothing.

    Raises MismatchError for another client's file, LimitError for a serial or a time far ahead,
    SerialConflict for one that is not newer than those of the same card: who stole keys that were
    succeeded since may have left any serial; TooManyCopies.
    """
    if copy.file.card != client.card:
        raise MismatchError("this is the key file of another client")
    Client.objects.select_for_update().get(pk=client.pk)
    now, place = timezone.now(), (copy.file.serial, copy.made)
    kept = list(KeyFileCopy.objects.filter(client=client).defer("file", "memory"))
    newest = kept[0] if kept else None
    card = client.card.fingerprint
    last = next((one for one in kept if bytes(one.fingerprint) == card), None)
    bytes_of = {"file": copy.file.raw, "memory": copy.memory, "fetch": copy.fetch}
    if last and (last.serial, last.made) == place and _is(last, bytes_of):
        return False
    if last and (last.serial, last.made) >= place:
        raise SerialConflict(hint=f"the copy that is kept here has serial {last.serial}")
    if copy.file.serial > (newest.serial if newest else 0) + MOST_STEP:
        raise LimitError("the serial of the key file is far above that of the last copy")
    if copy.made > (now + MOST_AHEAD).timestamp() * 1000:
        raise LimitError("the copy was made tomorrow: the clocks differ")
    stored = now
    same_file = {name: bytes_of[name] for name in ("file", "fetch")}
    if newest and newest == last and newest.stored > now - COUNTS_FOR and _is(newest, same_file):
        stored = newest.stored
        if [one.stored for one in kept[1:2]] == [stored]:
            KeyFileCopy.objects.filter(pk=newest.pk).update(made=copy.made, memory=copy.memory)
            return True
    day = {one.stored for one in kept if one.stored > now - timedelta(days=1)}
    if len(day - {stored}) >= MOST_A_DAY:
        raise TooManyCopies
    KeyFileCopy.objects.create(
        client=client,
        fingerprint=card,
        serial=copy.file.serial,
        made=copy.made,
        stored=stored,
        **bytes_of,
    )
    if newest:
        KeyFileCopy.objects.filter(pk=newest.pk).update(displaced=now)
    old = [one.pk for one in kept[KEPT - 1 :]]
    KeyFileCopy.objects.filter(pk__in=old, displaced__lt=now - KEPT_FOR).delete()
    return True


def find_copy(*, client_id: UUID, code: bytes) -> KeyFileCopy:
    """Return the newest copy of a client for who has its fetch code; raises FetchRefused.

    An unknown client, one without a copy and a wrong code are refused alike.
    """
    found = KeyFileCopy.objects.filter(client=client_id).first()
    expected = bytes(found.fetch) if found else NOBODY
    is_right = same(fetch_digest(code), expected)
    if found is None or not is_right:
        raise FetchRefused
    return found


@transaction.atomic
def forget_newest_copies(*, clients: Iterable[Client]) -> int:
    """Forget the newest copy of each of these clients, so that the one before it is handed out.

    Returns how many there were.
    """
    forgotten = 0
    for client in Client.objects.select_for_update().filter(pk__in=[one.pk for one in clients]):
        newest = KeyFileCopy.objects.filter(client=client)[:2]
        if newest:
            KeyFileCopy.objects.filter(pk=newest[0].pk).delete()
            KeyFileCopy.objects.filter(pk__in=[one.pk for one in newest[1:]]).update(displaced=None)
            forgotten += 1
    return forgotten


def _is(row: KeyFileCopy, now: dict[str, bytes]) -> bool:
    return all(bytes(getattr(row, name)) == value for name, value in now.items())
