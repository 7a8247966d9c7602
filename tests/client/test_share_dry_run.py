"""`share --dry-run`: who would read what, past and future; nothing is sent or remembered."""

import pytest

from apps.vault.models import Grant
from tests.client.parties import Party, Ran, Signup, Tampering
from tests.client.test_revoke import revoke
from tests.client.test_share import share
from tests.client.test_share_records import people, share_records

pytestmark = pytest.mark.slow


def dry(owner: Party, reader: Party, *words: str) -> Ran:
    pin = ("--fingerprint", reader.fingerprint)
    return owner.run("share", *words, "--with", reader.id, *pin, "--dry-run")


def told(ran: Ran) -> dict[str, str]:
    """What stands behind each first word of the lines."""
    lines = [line.strip().split("  ", 1) for line in ran.out.splitlines() if "  " in line.strip()]
    return {name: text.strip() for name, text in lines}


def test_it_says_who_reads_what_and_since_when(acme: Party, marketing: Party) -> None:
    people(acme, "Ann", "Bea")

    ran = dry(acme, marketing, "contact", "--columns", "name", "--until", "2999-12-31")

    assert (ran.error, ran.code) == ("", 0)
    said = told(ran)
    assert ran.out.startswith("marketing would be able to read:")
    assert said["client id"] == marketing.id
    assert said["fingerprint"] == marketing.fingerprint
    assert said["what"] == "name of contact"
    assert said["today"] == "2 records, as the server lists them"
    assert said["past"] == "from generation 1 on, all that was written"
    assert said["future"] == "what is written later, too until 2999-12-31"
    assert said["before"] == "it read nothing of this so far"


def test_nothing_is_sent_or_remembered(acme: Party, marketing: Party) -> None:
    ids = people(acme, "Ann")
    path = acme.client.session.state.path
    before = path.read_bytes(), sorted(path.parent.iterdir())
    wire = Tampering()
    client = acme.through(wire)

    client.preview_share("contact", marketing.id, fingerprint=marketing.fingerprint)
    client.preview_share_records(ids, marketing.id, fingerprint=marketing.fingerprint)

    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before
    assert {line for line, _ in wire.seen if not line.startswith("GET")} == {"POST /records/lookup"}
    assert not Grant.objects.filter(reader=marketing.row).exists()
    assert "is not known here" in acme.run("share", "contact", "--with", marketing.id).error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["contct"], "did you mean contact"),
        (["contact", "--columns", "nmae"], "did you mean name"),
        (["contact", "--until", "2020-01-01"], "has passed"),
        (["--record", "f989507e-88c3-433a-a142-7c19e63314a0"], "reads no record"),
    ],
)
def test_it_fails_as_the_share_would(
    acme: Party, marketing: Party, words: list[str], said: str
) -> None:
    people(acme, "Ann")

    ran = dry(acme, marketing, *words)

    assert ran.code == 1
    assert said in ran.error


def test_another_fingerprint_is_refused_by_it_too(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    people(acme, "Ann")
    pin = ("--fingerprint", mallory.fingerprint)

    ran = acme.run("share", "contact", "--with", marketing.id, *pin, "--dry-run")

    assert "does not fit the card" in ran.error


def test_it_says_what_the_reader_had_before(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share(acme, "contact", marketing, "--columns", "name")
    share_records(acme, marketing, [ann], "--fields", "zip")

    out = dry(acme, marketing, "contact").out

    assert "it may have read name of all records since 20" in out
    assert "it may have read 1 record, granted one by one since 20" in out
    revoke(acme, "contact", marketing)
    assert (
        "was revoked, and may have read what was written up to generation 1"
        in dry(acme, marketing, "contact").out
    )


def test_what_is_shared_just_so_is_said(acme: Party, marketing: Party) -> None:
    people(acme, "Ann")
    share(acme, "contact", marketing)

    assert "is shared just so already" in dry(acme, marketing, "contact").out
    assert (
        "is shared just so already"
        not in dry(acme, marketing, "contact", "--until", "2999-12-31").out
    )


def test_single_records_say_their_fields_and_that_nothing_else_comes(
    acme: Party, marketing: Party
) -> None:
    ids = people(acme, "Ann", "Bea")

    ran = dry(acme, marketing, "--record", *ids, "--fields", "zip")

    assert "zip of 2 records of contact" in ran.out
    assert told(ran)["past"] == "generation 1 of contact"
    assert "nothing that is written later" in ran.out
    assert not Grant.objects.filter(reader=marketing.row).exists()


@pytest.mark.slow
def test_of_a_form_it_says_so(acme: Party, marketing: Party, signup: Signup) -> None:
    signup.fill()

    ran = dry(acme, marketing, "account", "--form", "signup")

    assert told(ran)["what"] == "all columns of account, as a form collects it"
    assert told(ran)["today"].startswith("1 record,")
