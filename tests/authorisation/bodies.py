"""What is sent: to each endpoint that takes a body, the best that somebody without the right has.

``signed_…`` is what the owner signed and did not send, as if it was overheard; ``forged_…`` is what
whoever asks signs in the owner's name; ``own_…`` is its own, about something of the owner's. Who
has no keys forges with those of the client ``other``. A further body is a function of ``BODIES``.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from apps.envelope.encoding import b64
from apps.envelope.hand_overs import accept_hand_over, offer_hand_over
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.records import seal_record
from apps.envelope.rosters import sign_roster
from apps.envelope.statements import (
    Deletion,
    Leave,
    Revocation,
    sign_deletion,
    sign_leave,
    sign_revocation,
)
from apps.envelope.submissions import seal_submission
from apps.envelope.tokens import API_SECRET, ENROLMENT, new_token, token_digest
from tests.authorisation.things import META, TYPE, VALUES, Things
from tests.directory.successions import body_of, past_of, step_of
from tests.directory.test_key_files import CODE, copy_of
from tests.groups import Team
from tests.people import Person, Type, wires

Body = Callable[[Things, str], Any]
UNUSED = "5b4bb8a5-9e5c-4d0a-8ffb-1d3e6c7f0a11"


def _asker(things: Things, role: str) -> Person:
    if role == "owner":
        return things.owner
    return things.clients.get(role, things.clients["other"])


def nothing(things: Things, role: str) -> Any:
    return {}


def _records(things: Things, keys: ClientKeys, *, id: str, rev: int, writer: str) -> Any:
    sealed = seal_record(
        keys=keys,
        writer=writer,
        id=id,
        type=TYPE,
        rev=rev,
        access_key=things.type.access_keys[things.type.gen],
        values=VALUES,
    )
    return {"records": [sealed.to_wire()]}


def signed_record(things: Things, role: str) -> Any:
    return _records(things, things.owner.keys, id=UNUSED, rev=1, writer=things.owner.id)


def forged_record(things: Things, role: str) -> Any:
    keys = _asker(things, role).keys
    return _records(things, keys, id=UNUSED, rev=1, writer=things.owner.id)


def own_record_of_that_id(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    return _records(things, asker.keys, id=things.records[0].id, rev=1, writer=asker.id)


def signed_update(things: Things, role: str) -> Any:
    id = things.records[0].id
    return _records(things, things.owner.keys, id=id, rev=2, writer=things.owner.id)


def forged_update(things: Things, role: str) -> Any:
    id, keys = things.records[0].id, _asker(things, role).keys
    return _records(things, keys, id=id, rev=2, writer=things.owner.id)


def own_update_of_that_id(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    return _records(things, asker.keys, id=things.records[0].id, rev=2, writer=asker.id)


def all_ids(things: Things, role: str) -> Any:
    return {"ids": [record.id for record in things.records] + things.marks["old"][:1]}


def ids_of_answers(things: Things, role: str) -> Any:
    return {"ids": [things.answer.id]}


def _query(type: Type, meta: Mapping[str, str], *, after: str = "") -> Any:
    asked = {"writer": type.owner.id, "type": type.type, "meta": meta}
    return asked | {"after": after, "limit": 100}


def state(things: Things, role: str) -> Any:
    """A query that finds all records of the type, those of each generation."""
    return _query(things.type, {"state": META["state"]})


def state_behind(things: Things, role: str) -> Any:
    """The same, as if the page before had ended with a record that not everybody may see."""
    after = b64(UUID(things.records[0].id).bytes)
    return _query(things.type, {"state": META["state"]}, after=after)


def memo(things: Things, role: str) -> Any:
    """A query by what somebody guessed."""
    return _query(things.type, META)


def state_of_rounds(things: Things, role: str) -> Any:
    return _query(things.teams.rounds, {"state": META["state"]})


def ids_of_rounds(things: Things, role: str) -> Any:
    return {"ids": [record.id for record in things.teams.records]}


def signed_round(things: Things, role: str) -> Any:
    return {"records": wires([things.teams.rounds.record(VALUES)])}


def _deletion(things: Things, keys: ClientKeys) -> Any:
    record = things.records[0]
    wish = Deletion(id=record.id, writer=record.writer, type=record.type, rev=1)
    return {"deletions": [sign_deletion(wish, keys).to_wire()]}


def signed_deletion(things: Things, role: str) -> Any:
    return _deletion(things, things.owner.keys)


def forged_deletion(things: Things, role: str) -> Any:
    return _deletion(things, _asker(things, role).keys)


def signed_grant(things: Things, role: str) -> Any:
    """Of everything, to whoever asks."""
    return {"grants": [things.type.grant(_asker(things, role)).to_wire()]}


def forged_grant(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    return {"grants": [things.type.grant(asker, granter=asker.keys).to_wire()]}


def signed_grant_to_team(things: Things, role: str) -> Any:
    """Of everything, to the group, whatever it is worth to whoever asks."""
    return {"grants": [things.type.grant(things.teams.team).to_wire()]}


def forged_grant_to_team(things: Things, role: str) -> Any:
    keys = _asker(things, role).keys
    return {"grants": [things.type.grant(things.teams.team, granter=keys).to_wire()]}


def own_grant_to_team(things: Things, role: str) -> Any:
    """Of a type of one's own."""
    own = Type(_asker(things, role), "own_type")
    own.new_key()
    return {"grants": wires([own.grant(own.owner), own.grant(things.teams.team)])}


def signed_grant_of_epoch(things: Things, role: str) -> Any:
    """Of the group's key, to whoever asks."""
    return {"grants": [things.teams.team.grant(_asker(things, role)).to_wire()]}


def signed_revocation(things: Things, role: str) -> Any:
    return things.type.revocation(things.clients["reader"]).to_wire()


def forged_revocation(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    wish = Revocation(things.owner.id, TYPE, things.type.gen, things.clients["reader"].id)
    return sign_revocation(wish, asker.keys).to_wire()


def signed_revocation_of_team(things: Things, role: str) -> Any:
    return things.teams.rounds.revocation(things.teams.team).to_wire()


def forged_revocation_of_team(things: Things, role: str) -> Any:
    rounds, team = things.teams.rounds, things.teams.team
    wish = Revocation(rounds.owner.id, rounds.type, rounds.gen, team.reader)
    return sign_revocation(wish, _asker(things, role).keys).to_wire()


def _next_roster(team: Team, *people: Person, signed_by: Person | None = None) -> Any:
    """The version after the latest, of a new epoch, with just these members."""
    with team.unchanged():
        roster = team.next_roster(people, new_epoch=True)
        if signed_by:
            roster = sign_roster(roster, signed_by.keys)
        return team.body(roster, team.grants(roster, people))


def signed_roster(things: Things, role: str) -> Any:
    """As its owner will sign it, after the leave."""
    return _next_roster(things.teams.team, things.clients["member"])


def signed_roster_with_me(things: Things, role: str) -> Any:
    return _next_roster(things.teams.team, _asker(things, role))


def forged_roster(things: Things, role: str) -> Any:
    """In the name of the group's owner, with whoever asks as its member."""
    asker = _asker(things, role)
    return _next_roster(things.teams.team, asker, signed_by=asker)


def roster_forged_by_member(things: Things, role: str) -> Any:
    """In the name of the group's owner, who may be the one that sends it."""
    member = things.clients["member"]
    return _next_roster(things.teams.team, member, signed_by=member)


def own_roster_of_that_id(things: Things, role: str) -> Any:
    """Leads on from the latest, with whoever asks as the group's owner."""
    mine = copy(things.teams.team)
    mine.owner, mine.seeds = _asker(things, role), dict(mine.seeds)
    return _next_roster(mine, mine.owner)


def first_roster(things: Things, role: str) -> Any:
    """The one that had ``ex_member`` in it, once more."""
    return things.teams.team.body(things.teams.first, [])


def latest_roster(things: Things, role: str) -> Any:
    return things.teams.team.body(things.teams.team.in_force, [])


def signed_roster_of_own_team(things: Things, role: str) -> Any:
    return _next_roster(things.teams.own, things.clients["reader"])


def signed_roster_of_disabled_team(things: Things, role: str) -> Any:
    return _next_roster(things.teams.disabled, things.clients["reader"])


def _leave(things: Things, member: Person, signed_by: Person) -> Any:
    return sign_leave(Leave(things.teams.team.id, member.id, 1), signed_by.keys).to_wire()


def signed_leave(things: Things, role: str) -> Any:
    return _leave(things, things.clients["member"], things.clients["member"])


def forged_leave(things: Things, role: str) -> Any:
    return _leave(things, things.clients["member"], _asker(things, role))


def own_leave(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    return _leave(things, asker, asker)


def signed_manifest(things: Things, role: str) -> Any:
    return things.publisher.body(things.publisher.manifest(2), grants=())


def forged_manifest(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    publisher = replace_owner(things, asker)
    return publisher.body(publisher.manifest(2, owner=asker.id), grants=())


def replace_owner(things: Things, asker: Person) -> Any:
    """The publisher of the owner's form that somebody else would be."""
    publisher = type(things.publisher)(things.publisher.owner, things.publisher.form)
    publisher.owner = replace(publisher.owner, keys=asker.keys, card=asker.card)
    publisher.inboxes = dict(things.publisher.inboxes)
    return publisher


def _offer(things: Things, giver: Person) -> Any:
    taker = things.clients["other"] if giver is things.owner else giver
    return offer_hand_over(
        form=str(things.publisher.form.id),
        version=1,
        giver=giver.card,
        taker=things.clients["reader"].card if taker is giver else taker.card,
        keys=giver.keys,
    )


def signed_offer(things: Things, role: str) -> Any:
    return {"hand_over": _offer(things, things.owner).to_wire()}


def forged_offer(things: Things, role: str) -> Any:
    asker = _asker(things, role)
    giver = asker if asker is not things.clients["reader"] else things.clients["ex_reader"]
    return {"hand_over": _offer(things, giver).to_wire()}


def acceptance(things: Things, role: str) -> Any:
    """Of the offer to ``taker``, whoever sends it."""
    signed = accept_hand_over(things.offer, keys=things.clients["taker"].keys)
    return {"hand_over": signed.to_wire()}


def forged_acceptance(things: Things, role: str) -> Any:
    """Of an offer that was never made of a form that was never published."""
    asker = _asker(things, role)
    signed = offer_hand_over(
        form=str(things.ids["draft"]),
        version=1,
        giver=things.clients["reader" if asker is not things.clients["reader"] else "other"].card,
        taker=asker.card,
        keys=asker.keys,
    )
    return {"hand_over": accept_hand_over(signed, keys=asker.keys).to_wire()}


def signed_succession(things: Things, role: str) -> Any:
    past = past_of(things.owner.row)
    return body_of(step_of(things.owner, _next_keys(), number=2, past=past), past)


@cache
def _next_keys() -> ClientKeys:
    return ClientKeys.generate()


def signed_copy(things: Things, role: str) -> Any:
    return copy_of(things.owner, serial=2)


def right_code(things: Things, role: str) -> Any:
    return {"code": b64(CODE)}


def wrong_code(things: Things, role: str) -> Any:
    return {"code": b64(bytes(32))}


def _enrolment(token: str) -> Any:
    card = make_card(keys=_next_keys(), id=UNUSED, name="newcomer")
    key = {"id": UNUSED, "digest": b64(token_digest(_secret()))}
    return {"token": token, "card": card.to_wire(), "api_key": key}


@cache
def _secret() -> str:
    return new_token(API_SECRET)


@cache
def _unknown_token() -> str:
    return new_token(ENROLMENT)


def right_token(things: Things, role: str) -> Any:
    return _enrolment(things.token)


def unknown_token(things: Things, role: str) -> Any:
    return _enrolment(_unknown_token())


def submission(things: Things, role: str) -> Any:
    records, _ = seal_submission(things.manifest, {"wish": "less"})
    return {"v": "sealform/1", "records": [record.to_wire() for record in records]}


def failure(things: Things, role: str) -> Any:
    return {"code": "noscript"}


def wrong_password(things: Things, role: str) -> Any:
    return {"username": "superuser", "password": "wrong"}


def sure(things: Things, role: str) -> Any:
    """What confirms a deletion in the admin."""
    return {"post": "yes"}


def _action(name: str, id: str) -> Body:
    return lambda things, role: {"action": name, "_selected_action": str(things.ids[id])}


def other_slug(things: Things, role: str) -> Any:
    return {"slug": "taken-over", "closed": "on"}


def new_token_for_me(things: Things, role: str) -> Any:
    return {"name": "me", "days": "7"}


def key_without_end(things: Things, role: str) -> Any:
    return {"expires_0": "2099-01-01", "expires_1": "00:00:00"}


BODIES: dict[str, Body] = {
    body.__name__: body
    for body in (
        nothing, signed_record, forged_record, own_record_of_that_id, signed_update, forged_update,
        own_update_of_that_id, all_ids, ids_of_answers, signed_deletion, forged_deletion,
        state, state_behind, memo, state_of_rounds, ids_of_rounds, signed_round,
        signed_grant_to_team, forged_grant_to_team, own_grant_to_team, signed_grant_of_epoch,
        signed_revocation_of_team, forged_revocation_of_team, signed_roster, signed_roster_with_me,
        forged_roster, roster_forged_by_member, own_roster_of_that_id, first_roster, latest_roster,
        signed_roster_of_own_team, signed_roster_of_disabled_team,
        signed_leave, forged_leave, own_leave,
        signed_grant, forged_grant, signed_revocation, forged_revocation, signed_manifest,
        forged_manifest, signed_offer, forged_offer, acceptance, forged_acceptance,
        signed_succession, signed_copy, right_code, wrong_code, right_token, unknown_token,
        submission, failure, wrong_password, sure, other_slug, new_token_for_me, key_without_end,
    )
} | {
    "disabling": _action("disable", "owner"),
    "forgetting": _action("forget_newest_copy", "owner"),
    "revoking": _action("revoke", "api_key"),
    "deleting": _action("delete_selected", "user"),
    "withdrawing": _action("delete_selected", "token"),
}  # fmt: skip
