"""The end of the story: a revoked reader, and where typed values stand after all of it."""

import re

import pytest

from apps.envelope.errors import EnvelopeError
from apps.envelope.keys import column_key
from apps.envelope.records import open_columns, open_record, parse_record
from tests.end_to_end.canaries import wherever
from tests.end_to_end.chapters import (
    Revoked,
    Visits,
    among,
    as_contact,
    as_health,
    contacts_of,
    listed,
)
from tests.end_to_end.house import House

pytestmark = pytest.mark.browser


def test_a_revoked_reader_gets_nothing_any_more(shared: House, revoked: Revoked) -> None:
    agency, acme = shared.agency, shared.acme

    assert agency.extract("contact", of=acme) == []

    assert listed(agency, acme, "contact") == []
    for id in contacts_of(acme).values():
        assert agency.get(f"/records/{id}").status_code == 404
    query = {"direction": "incoming", "writer": acme.id}
    assert agency.get("/grants", **query).json()["items"] == []


def test_the_key_that_a_revoked_reader_kept_opens_nothing_new(
    shared: House, revoked: Revoked
) -> None:
    """Even if somebody handed it the ciphertext."""
    id = contacts_of(shared.acme)[revoked.later.answers["fullname"]]
    new = parse_record(shared.acme.get(f"/records/{id}").json()["record"])
    assert open_record(revoked.old, revoked.old_key) == as_contact(revoked.earlier)

    with pytest.raises(EnvelopeError):
        open_record(new, revoked.old_key)
    with pytest.raises(EnvelopeError):
        open_columns(new, {name: column_key(revoked.old_key, name) for name in new.fields})


def test_other_shares_and_the_owner_keep_what_they_have(shared: House, revoked: Revoked) -> None:
    health = shared.clinic.extract("health", of=shared.acme)
    contacts = shared.acme.extract("contact")

    assert among(health, revoked.later) == [as_health(revoked.later)]
    [contact] = among(contacts, revoked.later)
    assert as_contact(revoked.later).items() <= contact.items()  # a later chapter adds a field


def test_the_owner_sees_who_reads_what(shared: House, revoked: Revoked) -> None:
    table = shared.acme.run("shares").out

    assert re.search(rf"health +all +clinic +{shared.clinic.id} +yes", table)
    assert shared.agency.id not in table


def test_typed_values_stand_nowhere_but_with_their_readers(
    shared: House, visits: Visits, revoked: Revoked
) -> None:
    """After the whole story: database, logs, requests, the site, storage, browser profile."""
    stored = shared.server.database.contents()
    shared.server.stop()
    logs = {"server's log": shared.server.log.read_bytes()}
    site = {"site's requests": repr(shared.site.requests).encode()}
    places = stored | logs | site | visits.left_behind
    assert_evidence(places, shared.form)

    for canary in [*visits.all, revoked.earlier, revoked.later]:
        assert list(wherever(canary, places)) == []


def assert_evidence(places: dict[str, bytes], form: str) -> None:
    """A scan of nothing finds nothing: each place has what it should have."""
    assert b"fullname" in b"".join(text for name, text in places.items() if "database" in name)
    assert f"POST /api/v1/forms/{form}/submissions".encode() in places["server's log"]
    assert b"sealform_record_id=" in places["site's requests"]
    assert places["requests"].count(f"/forms/{form}/submissions".encode()) >= 3
    assert sum(name.startswith("storage") for name in places) == 3
    assert sum(name.startswith("profile") for name in places) > 20
