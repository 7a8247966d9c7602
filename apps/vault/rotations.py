"""What a succession ends in the vault: nothing more is written under the old card's keys."""

from collections.abc import Iterable

from django.db import transaction

from apps.directory.lines import NewApiKey, succeed
from apps.directory.models import Client
from apps.envelope.successions import Past, Succession
from apps.vault import streams
from apps.vault.errors import PastNotLast
from apps.vault.models import Stream


@transaction.atomic
def rotate(
    *, client: Client, succession: Succession, past: Past, api_key: NewApiKey | None
) -> bool:
    """Make the next card the client's and close its own streams; return whether that is new.

    Inboxes of its forms stay open: a form must not stop until its owner has published it again.
    The epochs of its groups are closed: it signs their rosters anew.
    Raises what ``succeed`` does, and PastNotLast.
    """
    created = succeed(client=client, succession=succession, past=past, api_key=api_key)
    if created:
        owned = Stream.objects.filter(owner=client).values_list("pk", flat=True)
        locked = list(streams.locked(ids=owned).values())
        streams.close_all(streams=[stream for stream in locked if not stream.from_form])
        check_last(client=client, locked=locked, past=past)
    return created


def check_last(*, client: Client, locked: Iterable[Stream], past: Past) -> None:
    """Refuse a past without the last own generation of a locked stream; raises PastNotLast.

    Another machine of the client may have opened one since it was drawn up: nobody would ever
    believe what was written under it. One that a form's former owner opened is none of its own, and
    nothing is written under the epochs of its groups.
    """
    told = {(one.writer, one.type): (one.gen, one.akid) for one in past.streams}
    for stream in locked:
        if stream.from_group:
            continue
        last = stream.generations.order_by("-number").first()
        is_own = last is not None and last.grants.filter(reader=client).exists()
        named = told.get((stream.writer, stream.type))
        if last and is_own and named != (last.number, bytes(last.akid)):
            raise PastNotLast
