"""Groups: who is in, as their owners sign it, and who went out of itself (docs/protocol.md §7, §9).

The vault takes a roster together with the grants of its epoch (``apps/vault/stored_rosters.py``).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.directory.errors import RosterConflict, UnknownReader
from apps.directory.models import Client, Group, Membership
from apps.envelope.encoding import load_json
from apps.envelope.errors import LimitError, MismatchError
from apps.envelope.primitives import same
from apps.envelope.rosters import (
    Known,
    Member,
    Roster,
    check_follows,
    check_in_force,
    verify_roster,
)
from apps.envelope.statements import Leave, verify_statement
from apps.web.errors import Fingerprint, Mismatch

MAX_GROUPS = 1000
"""That a client owns, and as many again that it is in."""


class Kept(NamedTuple):
    """A group under its latest roster; whether that is new, and the one before, if any."""

    group: Group
    created: bool
    before: Roster | None


def groups_with(client: Client) -> QuerySet[Any]:
    """Return the ids of the groups that a client is in, to be asked for inside another query."""
    return Membership.objects.filter(client=client, left=None).values("group")


def groups_of(*, caller: Client) -> list[dict[str, Any]]:
    """Return the groups that the caller owns, then others that it is in, by their names."""
    columns = ("id", "name", "owner", "version", "epoch", "expires")
    inside = set(groups_with(caller).values_list("group", flat=True)[:MAX_GROUPS])
    owned = list(Group.objects.filter(owner=caller).values(*columns)[:MAX_GROUPS])
    others = Group.objects.filter(pk__in=groups_with(caller)).exclude(owner=caller)
    found = owned + list(others.values(*columns)[:MAX_GROUPS])
    return [_line(group, group["id"] in inside) for group in found]


def _line(group: dict[str, Any], is_member: bool) -> dict[str, Any]:
    ids = {name: str(group[name]) for name in ("id", "owner")}
    return {**group, **ids, "member": is_member}


def group_to_wire(*, caller: Client, id: UUID) -> dict[str, Any]:
    """Return a group's latest roster; to its owner the statements of members that left, too."""
    group = get_object_or_404(Group, pk=id)
    left = group.memberships.exclude(left=None) if group.owner_id == caller.pk else []
    return {
        "roster": load_json(bytes(group.body)),
        "leaves": [load_json(bytes(one.leave)) for one in left],
    }


@transaction.atomic
def keep_roster(*, owner: Client, id: UUID, roster: Roster, now: int) -> Kept:
    """Keep the next roster of a group, and who is in by it; the same again changes nothing.

    ``now`` is in seconds since 1970. Raises MismatchError, SignatureError, ExpiredError,
    LimitError, Mismatch, UnknownReader, Fingerprint; RosterConflict if it does not follow the last
    one.
    """
    # As it is now: its card may just have been succeeded. Two new groups of it are counted in turn.
    owner = Client.objects.select_for_update(no_key=True).get(pk=owner.pk)
    verify_roster(roster, group=str(id), owner=owner.card)
    group = Group.objects.select_for_update(no_key=True).filter(pk=id).first()
    if group and group.owner_id != owner.pk:
        raise Mismatch("this group has another owner")
    before = group.signed() if group else None
    if group and before and same(before.digest, roster.digest):
        return Kept(group, created=False, before=before)
    if before:
        _check_follows(roster, before)
    check_in_force(roster, now)
    memberships = {one.client_id: one for one in group.memberships.all()} if group else {}
    _check_members(roster, memberships, last=before.version if before else 0)
    group = _saved(roster, group, owner)
    _keep_members(group, roster, memberships)
    return Kept(group, created=True, before=before)


def _check_follows(roster: Roster, before: Roster) -> None:
    try:
        check_follows(roster, Known.of(before))
    except MismatchError as error:
        raise RosterConflict(str(error)) from error


def _check_members(roster: Roster, memberships: Mapping[UUID, Membership], *, last: int) -> None:
    """Check that each is enrolled under this card, and came in when the roster says it did."""
    clients = Client.objects.in_bulk([UUID(member.id) for member in roster.members])
    newcomers = []
    for member in roster.members:
        client = clients.get(UUID(member.id))
        if client is None:
            raise UnknownReader(f"no client {member.id} is enrolled here")
        if not same(member.fingerprint, client.fingerprint):
            raise Fingerprint(f"client {member.id} is enrolled under another fingerprint")
        held = memberships.get(client.pk)
        if held is None or held.left:
            newcomers.append(client)
        if held and held.since == member.since:
            if held.left:
                raise RosterConflict(f"client {member.id} has left the group")
        elif member.since <= last:
            raise Mismatch(f"no version up to {last} took client {member.id} in as the roster says")
    _check_room(newcomers)


def _check_room(newcomers: list[Client]) -> None:
    """Those that a client left do not count: or whoever took it in could keep it out elsewhere."""
    held = Membership.objects.filter(client__in=newcomers, left=None).values("client")
    counted = held.order_by("client").annotate(count=Count("pk"))
    full = counted.filter(count__gte=MAX_GROUPS).first()
    if full:
        raise LimitError(f"a client is in at most {MAX_GROUPS} groups, and {full['client']} is")


def _saved(roster: Roster, group: Group | None, owner: Client) -> Group:
    now = {
        "version": roster.version,
        "epoch": roster.epoch,
        "fingerprint": roster.as_reader.fingerprint,
        "expires": roster.expires,
        "body": roster.raw,
        "stored": timezone.now(),
    }
    if group:
        for name, value in now.items():
            setattr(group, name, value)
        group.save(update_fields=list(now))
        return group
    if Group.objects.filter(owner=owner).count() >= MAX_GROUPS:
        raise LimitError(f"a client owns at most {MAX_GROUPS} groups")
    try:
        with transaction.atomic():
            return Group.objects.create(id=UUID(roster.group), name=roster.name, owner=owner, **now)
    except IntegrityError as error:  # another client was sent the same id at this moment
        raise Mismatch("this group has another owner") from error


def _keep_members(group: Group, roster: Roster, held: Mapping[UUID, Membership]) -> None:
    named = {UUID(member.id): member for member in roster.members}
    gone = [one.pk for id, one in held.items() if id not in named]
    if gone:
        Membership.objects.filter(pk__in=gone).delete()
    Membership.objects.bulk_create(
        Membership(group=group, client_id=id, since=member.since)
        for id, member in named.items()
        if id not in held
    )
    again = [_taken_in_again(held[id], named[id]) for id in held.keys() & named.keys()]
    Membership.objects.bulk_update(filter(None, again), ["since", "left", "leave"])


def _taken_in_again(membership: Membership, member: Member) -> Membership | None:
    if membership.since == member.since:
        return None
    membership.since, membership.left, membership.leave = member.since, None, b""
    return membership


@transaction.atomic
def go_out(*, member: Client, id: UUID, leave: Leave) -> bool:
    """Keep a member's own statement that it leaves; False if it is not in, or there is no group.

    These two are answered alike: who is not in learns nothing of a group by leaving it. Raises
    SignatureError, MismatchError (another group, member or membership).
    """
    if (leave.group, leave.member) != (str(id), str(member.pk)):
        raise MismatchError("this is the leave of another member, or of another group")
    verify_statement(leave, member.card)
    group = Group.objects.select_for_update(no_key=True).filter(pk=id).first()
    held = group.memberships.filter(client=member).first() if group else None
    if held is None:
        return False
    if held.since != leave.since:
        raise MismatchError("this is the leave of an earlier membership")
    if held.left:
        return False
    held.left, held.leave = timezone.now(), leave.raw
    held.save(update_fields=["left", "leave"])
    return True
