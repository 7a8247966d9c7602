"""What the owner has on the server, and by which bytes each thing of it would be known again."""

from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.directory.enrolment import issue_token
from apps.directory.models import (
    ApiKey,
    Client,
    EnrolmentToken,
    KeyFileCopy,
    Membership,
    Succession,
)
from apps.directory.models import Group as ClientGroup
from apps.envelope.encoding import b64, load_json
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.grants import read_grant
from apps.envelope.hand_overs import HandOver as SealedHandOver
from apps.envelope.hand_overs import offer_hand_over
from apps.envelope.keys import akid
from apps.envelope.manifests import Manifest as SealedManifest
from apps.envelope.records import Record as SealedRecord
from apps.envelope.rosters import Roster
from apps.envelope.submissions import seal_submission
from apps.intake.models import (
    Address,
    Failure,
    Form,
    FormField,
    FormSection,
    FormTranslation,
    HandOver,
    Manifest,
    RefusedSite,
)
from apps.vault.models import (
    Arrivals,
    Generation,
    Grant,
    Lane,
    Record,
    RecordMeta,
    Stream,
    WithdrawnGrant,
)
from tests.directory.successions import rotated, with_recovery
from tests.directory.test_key_files import copy_of
from tests.groups import Team, team
from tests.intake.people import Person as FormOwner
from tests.intake.people import Publisher, post
from tests.people import Person, Type, accepted, enrolled, id_in

TYPE, EARLIER_TYPE, ANSWER_TYPE, TEAM_TYPE = "ledger", "diary", "letter", "ward_rounds"
HIDDEN, SHOWN = "zip", "name"
OWNER = "acme"
HOUSE, PASSWORD, CODE = "someone-in-the-house", "correct horse battery", "paper-code-7413"
VALUES = {SHOWN: "Ann", HIDDEN: "12345"}
META = {"state": "open", "memo": "unpaid since march"}
TEAM, OWN_TEAM, DISABLED_TEAM = "night shift", "day shift", "late shift"
# All clients but the owner, enrolled under these names: who is who stands in ``roles``.
CLIENTS = (
    "reader", "column_reader", "record_reader", "ended_reader", "ex_reader", "inbox_reader",
    "other", "taker", "disabled", "team_owner", "member", "ex_member", "left_member",
)  # fmt: skip

# Everything that the owner has. Without it the server is as for who must not know of it.
OWNED = (
    Grant, WithdrawnGrant, RecordMeta, Record, Arrivals, Generation, Lane, Stream,
    Membership, ClientGroup,
    HandOver, Failure, RefusedSite, Manifest, Address,
    FormTranslation, FormSection, FormField, Form, Succession, KeyFileCopy,
)  # fmt: skip


@dataclass
class Things:
    """The owner, all clients by name, and what was stored.

    ``ids`` are what stands in addresses. ``marks`` are texts by which a thing is recognised: where
    a row names it, one of them has to be in the answer, and everywhere else none may be.
    """

    owner: Person
    clients: dict[str, Person]
    type: Type
    records: list[SealedRecord]
    teams: "Teams"
    publisher: Publisher
    manifest: SealedManifest
    offered: Publisher
    offer: SealedHandOver
    answer: SealedRecord
    copy: dict[str, Any]
    token: str
    ids: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Teams:
    """The groups, and what the first of them reads of the owner's.

    ``team`` is that of ``team_owner``, which is not in it, nor is anybody but ``member``:
    ``ex_member`` was removed, and ``left_member`` has left, which no roster says yet. ``rounds`` is
    still written under the generation that was granted before that. ``own`` is the owner's group
    and ``disabled`` that of the client that was disabled; nobody is in them.
    """

    team: Team
    first: Roster
    leave: str
    rounds: Type
    records: list[SealedRecord]
    own: Team
    disabled: Team


def build() -> Things:
    """Make it all through the API, as clients would."""
    owner, clients = _people()
    first_card = owner.card
    diary = Type(owner, EARLIER_TYPE).open()
    owner = rotated(owner)
    type = Type(owner, TYPE)
    shared, old = _shared(type, clients)
    # One after the other, and behind the old one, where they come by id.
    made = (type.record(VALUES, id=id_in(lane), meta=META) for lane in (1, 2))
    records = type.write(*made)
    teams = _teams(owner, clients)
    _share(type, clients, records[0])
    draft = Publisher(_form_owner(owner), _form(owner, "unlisted-draft-of-acme"))
    publisher = Publisher(_form_owner(owner), _form(owner, "published-by-acme"))
    manifest = publisher.publish()
    submitted, _ = seal_submission(manifest, {"wish": "more"})
    wires = [record.to_wire() for record in submitted]
    sent = post(f"{publisher.path}/submissions", {"v": "sealform/1", "records": wires})
    assert sent.status_code == 201, sent.content
    inbox = publisher.grant(ANSWER_TYPE, _form_owner(clients["inbox_reader"]))
    accepted(owner.post("/grants", {"grants": [inbox.to_wire()]}))
    offered = Publisher(_form_owner(owner), _form(owner, "offered-by-acme"))
    offered.publish()
    offer = offer_hand_over(
        form=str(offered.form.id),
        version=1,
        giver=owner.card,
        taker=clients["taker"].card,
        keys=owner.keys,
    )
    accepted(owner.post(f"/forms/{offered.form.id}/hand-over", {"hand_over": offer.to_wire()}))
    copy = copy_of(owner)
    accepted(owner.put("/me/keyfile", copy))
    token, _ = issue_token(name="newcomer")
    things = Things(
        owner,
        clients,
        type,
        records,
        teams,
        publisher,
        manifest,
        offered,
        offer,
        submitted[0],
        copy,
        token,
    )
    things.ids = _ids(things, draft)
    things.marks = {
        **_marks_of_records(things, old),
        **_marks_of_grants(),
        **_marks_of_teams(teams),
        "early_key": [b64(akid(diary.access_keys[1]))],
        "old_key": [b64(akid(shared))],
        "old_card": [b64(first_card.sig)],
        "card": [b64(owner.card.sig)],
        "fingerprint": [_shown(owner)],
        "step": [b64(Succession.objects.get().signed().by_recovery)],
        "draft": [str(draft.form.id), draft.form.slug, draft.form.title],
        "form": [str(publisher.form.id), publisher.form.slug, publisher.form.title],
        "offered": [str(offered.form.id), offered.form.slug, offered.form.title],
        "offer": [b64(offer.sig)],
        "manifest": [b64(bytes(Manifest.objects.get(form=publisher.form).sig))],
        "copy": [load_json(copy["file"].encode())["payload"]],
        "user": [HOUSE],
        "secret": _secrets(things),
    }
    return things


def _people() -> tuple[Person, dict[str, Person]]:
    owner = with_recovery(enrolled(OWNER))
    return owner, {name: enrolled(name.replace("_", " ")) for name in CLIENTS}


def _form_owner(owner: Person) -> FormOwner:
    return FormOwner(owner.name, owner.keys, owner.card, owner.row, owner.authorization)


def _shown(owner: Person) -> str:
    return Client.objects.get(pk=owner.row.pk).shown_fingerprint[:19]


def _form(owner: Person, slug: str) -> Form:
    title = slug.replace("-", " ").capitalize()
    form = Form.objects.create(slug=slug, owner=owner.row, title=title)
    FormField.objects.create(
        form=form, order=1, name="wish", kind="text", label="Wish", type=ANSWER_TYPE
    )
    return form


def _shared(type: Type, clients: dict[str, Person]) -> tuple[bytes, SealedRecord]:
    """A generation that who was revoked since could read, with a record of it."""
    type.open()
    type.share(clients["ex_reader"])
    (old,) = type.write(type.record(VALUES, id=id_in(0), meta=META | {"memo": "was closed once"}))
    accepted(type.owner.post("/revocations", type.revocation(clients["ex_reader"]).to_wire()))
    type.open()
    return type.access_keys[1], old


def _teams(owner: Person, clients: dict[str, Person]) -> Teams:
    member, gone, left = (clients[name] for name in ("member", "ex_member", "left_member"))
    shift = team(clients["team_owner"], member, gone, left, name=TEAM)
    first = shift.in_force
    rounds = Type(owner, TEAM_TYPE).open()
    rounds.share(shift)
    records = rounds.write(rounds.record(VALUES, meta=META))
    shift.remove(gone)
    leave = shift.leave(left)
    accepted(left.post(f"/groups/{shift.id}/leave", leave.to_wire()))
    own = team(owner, name=OWN_TEAM)
    disabled = team(clients["disabled"], name=DISABLED_TEAM)
    return Teams(shift, first, b64(leave.sig), rounds, records, own, disabled)


def _share(type: Type, clients: dict[str, Person], record: SealedRecord) -> None:
    """Grants of each kind in the generation that is open."""
    type.share(clients["reader"])
    type.share(clients["disabled"])
    type.share(clients["column_reader"], fields=(SHOWN,))
    type.share(clients["record_reader"], fields=(SHOWN,), record=record)
    type.share(clients["ended_reader"])
    Grant.objects.filter(reader=clients["ended_reader"].row).update(not_after=1)
    Client.objects.filter(pk=clients["disabled"].row.pk).update(disabled_at="2026-01-01T00:00Z")


def _marks_of_records(things: Things, old: SealedRecord) -> dict[str, list[str]]:
    one, *others = things.records
    values = [record.to_wire()["fields"] for record in (one, *others)]
    return {
        "record": [one.id],
        "records": [record.id for record in others],
        SHOWN: [values[0][SHOWN]],
        "names": [value[SHOWN] for value in values[1:]],
        HIDDEN: [values[0][HIDDEN]],
        "zips": [value[HIDDEN] for value in values[1:]],
        "key": [b64(one.akid)],
        "memo": [META["memo"]],
        "old": [old.id, old.to_wire()["fields"][SHOWN]],
        "answer": [things.answer.id],
        "letter": [things.answer.to_wire()["fields"]["wish"]],
    }


def _marks_of_grants() -> dict[str, list[str]]:
    """Each client's grants and each group's, under ``grant_of_NAME``."""
    marks: dict[str, list[str]] = {}
    for grant in Grant.objects.select_related("reader", "group"):
        party = grant.reader or grant.group
        assert party is not None
        reader = party.name.replace(" ", "_")
        name = f"grant_of_{'owner' if reader == OWNER else reader}"
        marks.setdefault(name, []).append(b64(_sealed(grant).sig))
    return marks


def _marks_of_teams(teams: Teams) -> dict[str, list[str]]:
    (record,) = teams.records
    wire = record.to_wire()["fields"]
    return {
        "team": [teams.team.id, TEAM],
        "own_team": [teams.own.id, OWN_TEAM],
        "disabled_team": [teams.disabled.id, DISABLED_TEAM],
        "roster": [b64(teams.team.in_force.sig)],
        "first_roster": [b64(teams.first.sig)],
        "leave": [teams.leave],
        "epoch_key": [b64(teams.team.card.akid), b64(teams.first.as_reader.akid)],
        "rounds": [TEAM_TYPE],
        "round": [record.id],
        "round_name": [wire[SHOWN]],
        "round_zip": [wire[HIDDEN]],
        "round_key": [b64(record.akid)],
    }


def _sealed(grant: Grant) -> SealedGrant:
    return read_grant(bytes(grant.body))


def _ids(things: Things, draft: Publisher) -> dict[str, Any]:
    user = User.objects.create_user(HOUSE, password=PASSWORD)
    paper = StaticDevice.objects.create(user=user, name="paper")
    paper.token_set.create(token=CODE)
    return {
        "owner": things.owner.id,
        "nobody": uuid4(),
        "type": TYPE,
        "team": things.teams.team.id,
        "own_team": things.teams.own.id,
        "disabled_team": things.teams.disabled.id,
        "rounds": TEAM_TYPE,
        "round": things.teams.records[0].id,
        "record": things.records[0].id,
        "other_record": things.records[1].id,
        "old_record": Record.objects.get(generation__number=1, stream__type=TYPE).pk,
        "answer": things.answer.id,
        "answer_type": ANSWER_TYPE,
        "form": things.publisher.form.id,
        "form_slug": things.publisher.form.slug,
        "draft": draft.form.id,
        "draft_slug": draft.form.slug,
        "offered": things.offered.form.id,
        "hash": b64(things.manifest.hash),
        "manifest": Manifest.objects.get(form=things.publisher.form).pk,
        "generation": Generation.objects.get(stream__type=TYPE, number=2).pk,
        "grant": Grant.objects.get(reader=things.clients["reader"].row).pk,
        "api_key": ApiKey.objects.get(client=things.owner.row).pk,
        "token": EnrolmentToken.objects.get(used_at=None).pk,
        "user": user.pk,
        "group": Group.objects.create(name="people-of-the-house").pk,
        "totp": TOTPDevice.objects.create(user=user, name="phone").pk,
        "static": paper.pk,
    }


def _secrets(things: Things) -> list[str]:
    """What no answer holds, whoever asks."""
    user, device = User.objects.get(username=HOUSE), TOTPDevice.objects.get()
    digests = [
        bytes(one.digest)
        for model in (ApiKey, EnrolmentToken)
        for one in model._default_manager.all()
    ]
    return [
        CODE,
        user.password,
        device.key,
        b32encode(device.bin_key).decode(),
        things.token,
        *(shown for digest in digests for shown in (b64(digest), digest.hex())),
    ]


@contextmanager
def undone() -> Iterator[None]:
    """Leave the database as it was before the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def remove_everything() -> None:
    """Leave nothing of the owner but its card; whoever asked for it, asks for what is not there."""
    for model in OWNED:
        rows = model._default_manager.all()
        rows._raw_delete(rows.db)
