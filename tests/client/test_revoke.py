"""`revoke`: the reader reads no more, and what comes is under a key that it never had."""

import json
import sys
from typing import Any

import pytest

from apps.client import Client, endpoints
from apps.client.state import merged
from apps.vault.models import Generation, Grant, Record
from tests.client.parties import Party, Ran, Signup, Tampering
from tests.client.test_share import read, share


def revoke(owner: Party, type: str, reader: Party, *words: str) -> Ran:
    return owner.run("revoke", type, "--from", reader.id, "--yes", *words)


def test_the_reader_reads_no_more(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)
    assert len(read(marketing, "contact", acme)) == 1

    ran = revoke(acme, "contact", marketing)

    assert ran.error == ""
    assert "cannot be taken back" in ran.out
    assert read(marketing, "contact", acme) == []


@pytest.mark.slow
def test_what_is_written_next_is_under_another_key_for_those_who_remain(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    acme.client.write("contact", {"name": "Before"})
    share(acme, "contact", marketing)
    share(acme, "contact", clinic, "--columns", "name")

    revoke(acme, "contact", marketing)
    acme.client.write("contact", {"name": "After", "zip": "1"})

    assert read(marketing, "contact", acme) == []
    assert read(clinic, "contact", acme) == [{"name": "After"}, {"name": "Before"}]
    first, second = Generation.objects.order_by("number")
    assert first.closed
    assert not second.closed
    assert not Grant.objects.filter(reader=marketing.row).exists()


def test_a_client_that_has_written_before_notices_the_new_generation(
    acme: Party, marketing: Party
) -> None:
    share(acme, "contact", marketing)
    writing: Client = acme.client
    writing.write("contact", {"name": "Before"})

    revoke(acme, "contact", marketing)
    writing.write("contact", {"name": "After"})

    assert Record.objects.filter(generation__number=2).count() == 1


@pytest.mark.slow
def test_a_server_that_takes_writes_under_the_old_key_does_not_get_any(
    acme: Party, marketing: Party
) -> None:
    share(acme, "contact", marketing)
    wire = Tampering()
    writing = acme.through(wire)
    writing.write("contact", {"name": "Before"})
    [old] = {record["akid"] for record in json.loads(wire.requests("POST /rec")[0])["records"]}

    revoke(acme, "contact", marketing)
    writing.write("contact", {"name": "After"})

    assert json.loads(wire.requests("POST /records")[1])["records"][0]["akid"] != old


@pytest.mark.slow
def test_two_readers_can_be_revoked_one_after_the_other(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)
    share(acme, "contact", clinic)

    assert revoke(acme, "contact", marketing).error == ""
    assert revoke(acme, "contact", clinic).error == ""
    acme.client.write("contact", {"name": "Bea"})

    assert read(marketing, "contact", acme) == []
    assert read(clinic, "contact", acme) == []
    assert len(acme.run("extract", "--type", "contact", "--format", "jsonl").lines) == 2


@pytest.mark.slow
def test_a_reader_can_come_back(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann", "zip": "1"})
    share(acme, "contact", marketing)
    revoke(acme, "contact", marketing)

    share(acme, "contact", marketing, "--columns", "name")
    acme.client.write("contact", {"name": "Bea", "zip": "2"})

    assert read(marketing, "contact", acme) == [{"name": "Ann"}, {"name": "Bea"}]


@pytest.mark.slow
def test_a_revoked_reader_of_a_form_keeps_nothing_of_what_comes(
    acme: Party, marketing: Party, clinic: Party, signup: Signup
) -> None:
    signup.fill(fullname="Before")
    share(acme, "account", marketing, "--form", "signup")
    share(acme, "account", clinic, "--form", "signup")
    before = signup.manifest

    ran = revoke(acme, "account", marketing, "--form", "signup")
    signup.fill(fullname="After")

    assert ran.error == ""
    now = signup.manifest
    assert now.version == before.version + 1
    assert now.inbox("account").public != before.inbox("account").public
    assert now.expires == before.expires
    assert read(marketing, "account", acme) == []
    assert {data["fullname"] for data in read(clinic, "account", acme)} == {"Before", "After"}
    assert {data["fullname"] for data in read(acme, "account", acme)} == {"Before", "After"}


def test_it_asks_first(acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    share(acme, "contact", marketing)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    ran = acme.run("revoke", "contact", "--from", marketing.id)

    assert "pass --yes" in ran.error
    assert Grant.objects.filter(reader=marketing.row).exists()


def test_mallory_revokes_nothing_of_acme(acme: Party, marketing: Party, mallory: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    share(acme, "contact", marketing)

    assert "no client with this id reads contact" in revoke(mallory, "contact", marketing).error
    assert "owns no form" in revoke(mallory, "contact", marketing, "--form", "signup").error
    assert len(read(marketing, "contact", acme)) == 1


def test_nobody_revokes_itself(acme: Party) -> None:
    assert "this client itself" in revoke(acme, "contact", acme).error


@pytest.mark.slow
def test_a_replayed_grant_of_a_revoked_reader_gives_it_no_new_key(
    acme: Party, marketing: Party
) -> None:
    share(acme, "contact", marketing)
    kept = outgoing(acme)
    revoke(acme, "contact", marketing)
    assert marketing.id in json.dumps(kept)
    wire = Tampering().on("GET /grants", lambda page: kept)

    acme.through(wire).write("contact", {"name": "Ann"})

    [body] = wire.requests("POST /grants")
    assert [grant["reader"] for grant in json.loads(body)["grants"]] == [acme.id]
    assert any("was revoked" in warning for warning in acme.warnings)


def outgoing(owner: Party) -> dict[str, Any]:
    """The server's list of what somebody granted."""
    return owner.client.session.api.call(endpoints.LIST_GRANTS, direction="outgoing")


def test_it_names_whom_it_revokes(acme: Party, marketing: Party) -> None:
    share(acme, "contact", marketing)

    assert f"marketing ({marketing.id}) reads no contact" in revoke(acme, "contact", marketing).out


def test_access_that_never_was_is_not_revoked(acme: Party, clinic: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})

    ran = revoke(acme, "contact", clinic)

    assert "no client with this id reads contact" in ran.error
    assert "`shares` lists who does" in ran.error
    assert "taken back" not in ran.out
    assert not Generation.objects.filter(closed__isnull=False).exists()
    assert not acme.client.session.state.load().stream(acme.id, "contact").revoked


def test_a_server_that_hides_a_share_does_not_prevent_a_new_key(
    acme: Party, marketing: Party
) -> None:
    share(acme, "contact", marketing)
    Grant.objects.filter(reader=marketing.row).delete()

    ran = revoke(acme, "contact", marketing)

    assert f"lists no share of contact with marketing ({marketing.id})" in ran.out
    assert Generation.objects.get(number=1).closed
    assert "nothing was shared of type nosuch" in revoke(acme, "nosuch", marketing).error


def test_it_remembers_at_which_generation_each_was_decided(acme: Party, marketing: Party) -> None:
    """Another machine's memory is weighed by it: the later one wins, the revocation at a tie."""
    client = acme.client

    def decided() -> int:
        return acme.client.session.state.load().stream(acme.id, "contact").decided[marketing.id]

    client.write("contact", {"name": "Ann"})
    client.share("contact", marketing.id, fingerprint=marketing.fingerprint)
    shared = decided()
    revoked = client.revoke("contact", marketing.id), decided()
    client.share("contact", marketing.id)

    assert shared == 1
    assert (revoked[0].closed, revoked[1]) == (1, 1)
    assert decided() == 2


def test_a_machine_with_an_older_memory_revokes_what_another_shared_since(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    """It learns from the list which generation it closes, and that is the one that counts."""
    client = acme.client
    client.write("contact", {"name": "Ann"})
    client.share("contact", marketing.id, fingerprint=marketing.fingerprint)
    path = client.session.state.path
    older = path.read_bytes()
    client.share("contact", clinic.id, fingerprint=clinic.fingerprint)
    client.revoke("contact", clinic.id)
    client.share("contact", marketing.id)
    client.write("contact", {"name": "Ben"})
    newer = client.session.state.load()

    path.write_bytes(older)
    acme.client.revoke("contact", marketing.id)

    both = merged(newer, acme.client.session.state.load()).stream(acme.id, "contact")
    assert marketing.id in both.revoked
    assert marketing.id not in both.readers


@pytest.mark.parametrize("form", [False, True], ids=["own", "form"])
def test_a_run_whose_end_was_not_heard_of_is_made_again(
    acme: Party, marketing: Party, signup: Signup, form: bool
) -> None:
    """It was killed after its last request: the same words end well, and do nothing more."""
    type, *words = ("account", "--form", "signup") if form else ("contact",)
    share(acme, type, marketing, *words)
    assert revoke(acme, type, marketing, *words).error == ""
    before = list(Generation.objects.order_by("pk").values_list("stream", "number", "closed"))

    again = revoke(acme, type, marketing, *words)

    assert again.error == ""
    assert "reads no" in again.out
    after = list(Generation.objects.order_by("pk").values_list("stream", "number", "closed"))
    assert after == before
    assert read(marketing, type, acme) == []
