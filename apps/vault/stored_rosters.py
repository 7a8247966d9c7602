"""Rosters with the grants of their epochs: all of docs/protocol.md §10 "Groups", or nothing.

A group has a stream of its own, without records, whose generations are its epochs.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from apps.directory.memberships import Kept, go_out, keep_roster
from apps.directory.models import Client, Group
from apps.envelope.encoding import GROUP
from apps.envelope.errors import LimitError
from apps.envelope.grants import EPOCH
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.rosters import MAX_EPOCHS, Roster
from apps.envelope.statements import Leave
from apps.vault import streams
from apps.vault.errors import UnknownGeneration
from apps.vault.models import Generation, Grant, Stream, not_ended
from apps.vault.stored_grants import keep_grants, open_inbox_generation, remove
from apps.web.errors import Mismatch, NotFound

MOST_STALE = 1000


class Stale(NamedTuple):
    """Generations that are open under an earlier epoch, and whether there are more."""

    streams: list[dict[str, Any]]
    more: bool


@transaction.atomic
def take_roster(
    *, caller: Client, id: UUID, roster: Roster, grants: Sequence[SealedGrant]
) -> tuple[Group, bool]:
    """Bring the next roster of a group into force; return the group, and whether that is new.

    Whom it does not name is served nothing of the group from then on. Raises what ``keep_roster``
    and ``keep_grants`` do, GenerationConflict, AccessKeyUsed, LimitError; Mismatch where the grants
    are not the ones that the roster asks for.
    """
    kept = keep_roster(owner=caller, id=id, roster=roster, now=int(time.time()))
    if kept.created:
        owner = Client.objects.get(pk=caller.pk)
        readers = {*(member.id for member in roster.members), str(owner.pk)}
        _check_grants(roster, grants, readers=readers)
        stream = streams.stream_for(writer=_writer(roster), type=EPOCH, owner=owner)
        generation = _begun(stream, roster, grants) or _going_on(stream, roster)
        keep_grants(caller=owner, grants=grants)
        _withdraw_from_others(stream, readers)
        _check_all_granted(generation, kept, roster, grants, readers=readers)
    return kept.group, kept.created


def _writer(roster: Roster) -> str:
    return GROUP + roster.group


def _check_grants(
    roster: Roster, grants: Iterable[SealedGrant], *, readers: Collection[str]
) -> None:
    for grant in grants:
        if grant.writer != _writer(roster) or grant.gen > roster.epoch:
            raise Mismatch("a grant is of another group, or of an epoch to come")
        if grant.reader not in readers:
            raise Mismatch(f"client {grant.reader} is granted an epoch and is not in the group")


def _begun(stream: Stream, roster: Roster, grants: Iterable[SealedGrant]) -> Generation | None:
    """Open the roster's epoch, which closes the one before; None if it is not a new one."""
    last = stream.generations.last()
    if last and last.number == roster.epoch:
        return None
    if stream.generations.count() >= MAX_EPOCHS:
        raise LimitError(f"a group has at most {MAX_EPOCHS} epochs")
    name, owner = roster.as_reader.akid, str(stream.owner_id)
    for grant in grants:
        if (grant.gen, grant.akid, grant.reader) == (roster.epoch, name, owner):
            return open_inbox_generation(
                stream=stream, gen=roster.epoch, inbox_id=name, self_grant=grant
            )
    raise Mismatch("a new epoch comes with its owner's grant to itself")


def _going_on(stream: Stream, roster: Roster) -> Generation:
    generation = stream.generations.filter(number=roster.epoch).first()
    if generation is None:
        raise UnknownGeneration
    if generation.closed:
        raise Mismatch("this epoch was ended by its owner's next card: begin another")
    return generation


def _withdraw_from_others(stream: Stream, readers: Collection[str]) -> None:
    remove(Grant.objects.filter(stream=stream).exclude(reader__in=map(UUID, readers)))


def _check_all_granted(
    generation: Generation,
    kept: Kept,
    roster: Roster,
    grants: Iterable[SealedGrant],
    *,
    readers: Collection[str],
) -> None:
    """Check that everybody holds the epoch, sealed to the card that the roster names."""
    held = {str(id) for id in generation.grants.values_list("reader", flat=True)}
    if kept.before and kept.before.epoch == roster.epoch:
        before = {member.id: member.fingerprint for member in kept.before.members}
        anew = {grant.reader for grant in grants if grant.gen == roster.epoch}
        held -= {
            member.id
            for member in roster.members
            if before.get(member.id, member.fingerprint) != member.fingerprint
        } - anew
    if missing := sorted(set(readers) - held):
        raise Mismatch(f"client {missing[0]} is not granted the epoch of the roster")


@transaction.atomic
def leave_group(*, member: Client, id: UUID, leave: Leave) -> bool:
    """Take a member out on its own signed word; False if it is not in.

    What it was granted of the group's epochs is withdrawn, but from its owner. Raises what
    ``go_out`` does.
    """
    left = go_out(member=member, id=id, leave=leave)
    if left:
        stream = streams.of_writer(writer=f"{GROUP}{id}", types=[EPOCH])[EPOCH]
        if stream.owner_id != member.pk:
            remove(Grant.objects.filter(stream=stream, reader=member))
    return left


def stale(*, caller: Client, id: UUID) -> Stale:
    """Return what is still written under an earlier epoch of the caller's group; raises NotFound.

    Ascending by writer and type, 1,000 at most.
    """
    group = Group.objects.defer("body").filter(pk=id, owner=caller).first()
    if group is None:
        raise NotFound
    held = Grant.objects.filter(not_ended(), group=group, record=None, generation__closed=None)
    found = list(
        held.filter(epoch__lt=group.epoch)
        .order_by("stream__writer", "stream__type")
        .values_list("stream__writer", "stream__type", "generation__number", "epoch")[
            : MOST_STALE + 1
        ]
    )
    names = ("writer", "type", "gen", "epoch")
    return Stale(
        [dict(zip(names, row, strict=True)) for row in found[:MOST_STALE]], len(found) > MOST_STALE
    )
