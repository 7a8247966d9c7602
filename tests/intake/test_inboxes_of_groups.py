"""A form's inbox, granted to a group of the form's owner"""

import pytest

from apps.envelope.manifests import Manifest
from apps.envelope.statements import Revocation, sign_revocation
from apps.intake.models import Form
from apps.vault.models import Generation, Grant
from tests import people
from tests.groups import Team, team
from tests.intake.people import Person, Publisher, error
from tests.intake.test_hand_over import given
from tests.intake.test_submit import sealed, submit

pytestmark = pytest.mark.database


def calling(person: Person) -> people.Person:
    """The same, whose paths begin behind /api/v1."""
    return people.Person(**vars(person))


@pytest.fixture
def staff(acme: Person, marketing: Person) -> Team:
    """A group of the form's owner, with marketing in it."""
    return team(calling(acme), calling(marketing))


def shown(reader: Person, form: Form) -> int:
    path = f"/api/v1/records?writer={form.writer}&type=account"
    return len(reader.get(path).json()["items"])


def test_its_members_read_what_visitors_write(
    publisher: Publisher, staff: Team, marketing: Person, clinic: Person
) -> None:
    manifest = publisher.manifest()
    granted = publisher.grant("account"), publisher.grant("account", staff)  # type: ignore[arg-type]
    body = publisher.body(manifest, grants=granted)
    assert publisher.owner.post(f"{publisher.path}/manifests", body).status_code == 201
    assert submit(publisher, sealed(manifest)).status_code == 201

    assert (shown(marketing, publisher.form), shown(clinic, publisher.form)) == (1, 0)


def test_visitors_write_on_after_an_epoch_has_ended(
    publisher: Publisher, manifest: Manifest, staff: Team, acme: Person, marketing: Person
) -> None:
    """Nobody who is out reads it, and the owner is told what to publish anew."""
    people.accepted(calling(acme).post("/grants", granted(publisher, staff)))
    staff.remove(calling(marketing))

    assert submit(publisher, sealed(manifest)).status_code == 201

    assert shown(marketing, publisher.form) == 0
    stale = people.accepted(calling(acme).get(f"/groups/{staff.id}/stale"))
    line = {"writer": publisher.form.writer, "type": "account", "gen": 1, "epoch": 1}
    assert stale == {"streams": [line], "more": False}


def granted(publisher: Publisher, staff: Team) -> dict[str, object]:
    return {"grants": [publisher.grant("account", staff).to_wire()]}  # type: ignore[arg-type]


def test_it_is_not_granted_to_a_group_of_somebody_else(
    publisher: Publisher, manifest: Manifest, marketing: Person, clinic: Person
) -> None:
    theirs = team(calling(clinic), calling(marketing))

    refused = publisher.owner.post("/api/v1/grants", granted(publisher, theirs))

    assert error(refused) == (422, "mismatch")
    publisher.new_inbox("account")
    both = publisher.grant("account"), publisher.grant("account", theirs)  # type: ignore[arg-type]
    body = publisher.body(publisher.manifest(2), grants=both)
    assert error(publisher.owner.post(f"{publisher.path}/manifests", body)) == (422, "mismatch")
    assert not Grant.objects.exclude(group=None).exists()


def test_a_group_is_revoked_by_a_publication(
    publisher: Publisher, manifest: Manifest, staff: Team, acme: Person, marketing: Person
) -> None:
    people.accepted(calling(acme).post("/grants", granted(publisher, staff)))
    submit(publisher, sealed(manifest))
    wish = Revocation(publisher.form.writer, "account", 1, staff.reader)
    nobody = Revocation(publisher.form.writer, "account", 1, f"group:{publisher.form.id}")
    publisher.new_inbox("account")

    def publish(wish: Revocation) -> object:
        signed = (sign_revocation(wish, acme.keys),)
        body = publisher.body(publisher.manifest(2), revocations=signed)
        answer = acme.post(f"{publisher.path}/manifests", body)
        return error(answer) if answer.status_code >= 400 else answer.status_code

    assert publish(nobody) == (404, "unknown_reader")
    assert shown(marketing, publisher.form) == 1
    assert publish(wish) == 201

    assert shown(marketing, publisher.form) == 0
    assert Generation.objects.get(stream__type="account", number=1).closed


def test_after_a_hand_over_the_group_reads_on_and_the_taker_grants_it_nothing_more(
    publisher: Publisher, manifest: Manifest, staff: Team,
    acme: Person, marketing: Person, clinic: Person, form: Form,
) -> None:  # fmt: skip
    people.accepted(calling(acme).post("/grants", granted(publisher, staff)))
    submit(publisher, sealed(manifest))

    given(acme, clinic, form)

    assert shown(marketing, form) == 1
    taker = Publisher(clinic, form)
    taker.inboxes = dict(publisher.inboxes)
    assert error(clinic.post("/api/v1/grants", granted(taker, staff))) == (422, "mismatch")
