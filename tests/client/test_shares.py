"""`shares` and `whoami`."""

import json

import pytest
from django.core.management import ManagementUtility

from apps.directory.models import ApiKey
from apps.vault.models import Grant
from tests.client.parties import Party, Signup
from tests.client.test_share import share, share_until_yesterday


def words(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


def test_both_sides_see_the_share(acme: Party, marketing: Party, signup: Signup) -> None:
    share(acme, "contact", marketing, "--columns", "name,zip", "--until", "2999-12-31")
    share(acme, "account", marketing, "--form", "signup")
    marketing.knows(acme)

    mine, theirs = acme.run("shares").out, marketing.run("shares").out

    assert ["contact", "name,", "zip", "marketing", marketing.id, "2999-12-31", "yes"] in words(
        mine
    )
    assert ["account", "(form)", "all", "marketing", marketing.id, "yes"] in words(mine)
    assert ["contact", "name,", "zip", "acme", acme.id, "2999-12-31", "yes"] in words(theirs)
    assert mine.startswith("You share:")
    assert theirs.startswith("You read:")


def test_what_is_not_pinned_is_not_verified(acme: Party, marketing: Party) -> None:
    share(acme, "contact", marketing)

    out = marketing.run("shares").out

    assert ["contact", "all", "not", "pinned", acme.id, "NO"] in words(out)


def test_a_grant_that_the_owner_never_signed_is_not_verified(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    share(acme, "contact", marketing)
    row = Grant.objects.get(reader=marketing.row)
    wire = json.loads(bytes(row.body))
    row.body = json.dumps({**wire, "gen": 7}, separators=(",", ":")).encode()
    row.save()

    [line] = acme.run("shares", "--format", "jsonl").lines

    assert line["verified"] is False
    assert line["other"] == marketing.id


def test_nothing_is_said_too(acme: Party) -> None:
    assert "Nothing is shared" in acme.run("shares").out
    assert acme.run("shares", "--format", "jsonl").out == ""


def test_whoami_says_what_others_pin(acme: Party) -> None:
    out = acme.run("whoami").out

    for text in ("acme", acme.id, acme.fingerprint, "in this process", "no end"):
        assert text in out


def test_a_revoked_api_key_is_refused_with_a_hint(acme: Party) -> None:
    ApiKey.objects.all().delete()

    ran = acme.run("whoami")

    assert "no valid API key" in ran.error
    assert "hint:" in ran.error


@pytest.mark.parametrize("command", ["extract", "split", "share", "revoke", "publish", "enroll"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ManagementUtility(["manage.py", command, "--help"]).execute()

    shown = capsys.readouterr().out
    assert f"manage.py {command} " in shown.partition("Examples:")[2]


def test_a_share_whose_end_has_passed_is_marked(acme: Party, marketing: Party) -> None:
    share_until_yesterday(acme, "contact", marketing)

    assert "2020-01-01 (ended)" in acme.run("shares").out
    [line] = acme.run("shares", "--format", "jsonl").lines
    assert line["ended"] is True
