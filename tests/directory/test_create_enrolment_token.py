"""manage.py create_enrolment_token"""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from apps.directory.models import EnrolmentToken
from apps.envelope.tokens import ENROLMENT, read_token, token_digest

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """Return the token, and on the lines below what a person reads."""
    out, notes = StringIO(), StringIO()
    call_command("create_enrolment_token", *arguments, stdout=out, stderr=notes)
    assert len(out.getvalue().splitlines()) == 1
    return out.getvalue() + notes.getvalue()


def test_it_prints_a_token_and_the_command_that_uses_it() -> None:
    printed = run("--name", "marketing")

    token = printed.splitlines()[0]
    assert len(read_token(ENROLMENT, token)) == 32
    assert f"sealform enroll --token {token} --name marketing --out marketing.json" in printed
    assert "--api-url http" in printed


@pytest.mark.parametrize(
    ("hosts", "https", "words", "url"),
    [
        (["forms.example.org", "other"], True, (), "https://forms.example.org\n"),
        (["*", ".example.org", "forms.example.org"], True, (), "https://forms.example.org\n"),
        (["localhost"], False, (), "http://localhost\n"),
        (["*"], True, (), "https://YOUR-SERVER\n"),
        (["forms"], True, ("--api-url", "https://forms.example.org:8443"), "example.org:8443\n"),
    ],
)
def test_the_command_names_this_server(
    settings: Settings, hosts: list[str], https: bool, words: tuple[str, ...], url: str
) -> None:
    settings.ALLOWED_HOSTS, settings.HTTPS = hosts, https

    assert run("--name", "marketing", *words).endswith(url)


def test_only_the_digest_is_kept() -> None:
    token = run("--name", "marketing").splitlines()[0]

    row = EnrolmentToken.objects.get()

    assert bytes(row.digest) == token_digest(token)
    assert token not in str(vars(row))


def test_it_is_valid_for_as_many_days_as_asked() -> None:
    run("--name", "marketing", "--days", "2")

    left = EnrolmentToken.objects.get().expires - timezone.now()

    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)


def test_a_name_with_spaces_is_quoted() -> None:
    assert "--name 'Marketing & Co' --out marketing-co.json" in run("--name", "Marketing & Co")


@pytest.mark.parametrize("arguments", [("--name", " "), ("--name", "x", "--days", "0")])
def test_it_refuses_what_makes_no_sense(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)

    assert not EnrolmentToken.objects.exists()
