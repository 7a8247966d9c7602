"""Enrolment tokens in the admin"""

import re
import shlex
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.utils import timezone

from apps.directory.enrolment import enrol, issue_token
from apps.directory.models import EnrolmentToken
from apps.envelope.keys import ClientKeys, make_card
from apps.envelope.tokens import token_digest
from tests.intake.people import Answer, Person

pytestmark = pytest.mark.database

LIST = "/admin/directory/enrolmenttoken/"
ADD = f"{LIST}add/"
TOKEN = re.compile(r"sfe_[\w-]{43}_[0-9a-f]{8}")


def issue(browser: Browser, name: str = "marketing", days: int = 3) -> Answer:
    return browser.post(ADD, {"name": name, "days": days})


def shown(response: Answer) -> str:
    found = set(TOKEN.findall(response.content.decode()))
    assert len(found) == 1
    return found.pop()


def test_the_token_is_shown_once_and_only_its_digest_kept(admin_client: Browser) -> None:
    token = shown(issue(admin_client))

    row = EnrolmentToken.objects.get()
    assert bytes(row.digest) == token_digest(token)
    for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", "/admin/"):
        assert token not in admin_client.get(page).content.decode()


def test_the_token_is_in_no_session_cookie_or_log(admin_client: Browser) -> None:
    response = issue(admin_client)
    token = shown(response)

    assert token not in str(response.cookies) + str(response.headers)
    assert all(token not in str(session.get_decoded()) for session in Session.objects.all())
    assert all(token not in str(entry.__dict__) for entry in LogEntry.objects.all())


def test_no_cache_keeps_the_page_that_shows_it(admin_client: Browser) -> None:
    assert "no-store" in issue(admin_client).headers["Cache-Control"]


def test_it_ends_when_the_admin_said(admin_client: Browser) -> None:
    issue(admin_client, days=3)

    left = EnrolmentToken.objects.get().expires - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)


def test_it_lets_a_client_in(admin_client: Browser) -> None:
    token = shown(issue(admin_client))
    card = make_card(keys=ClientKeys.generate(), id=str(uuid4()), name="marketing")

    enrolment = enrol(token=token, card=card, api_key_id=str(uuid4()), digest=bytes(32))

    assert EnrolmentToken.objects.get().client == enrolment.client
    assert "used" in admin_client.get(LIST).content.decode()


def test_the_command_can_be_pasted_into_a_shell(admin_client: Browser) -> None:
    response = issue(admin_client, name="Dr. O'Neill & co; ls")

    command = response.context_data["command"].replace("\\\n", "")
    words = shlex.split(command)
    assert words[:2] == ["sealform", "enroll"]
    assert words[words.index("--api-url") + 1] == "http://testserver"
    assert words[words.index("--name") + 1] == "Dr. O'Neill & co; ls"
    assert words[words.index("--out") + 1] == "dr-oneill-co-ls.json"
    assert words[words.index("--token") + 1] == shown(response)


@pytest.mark.parametrize(("name", "days"), [("", 3), ("a\u200bcme", 3), ("acme", 0), ("acme", 91)])
def test_a_name_or_time_that_cannot_be_is_refused(
    name: str, days: int, admin_client: Browser
) -> None:
    response = issue(admin_client, name=name, days=days)

    assert "errorlist" in response.content.decode()
    assert not EnrolmentToken.objects.exists()


def test_an_unused_token_can_be_withdrawn(admin_client: Browser) -> None:
    _, row = issue_token(name="clinic")

    admin_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})

    assert not EnrolmentToken.objects.exists()


def test_a_used_token_stays_on_record(admin_client: Browser, acme: Person) -> None:
    row = EnrolmentToken.objects.get()

    assert admin_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post(LIST, many)

    assert EnrolmentToken.objects.exists()


def test_mallory_cannot_issue_one(
    mallory_on_the_staff: Browser, viewer: Browser, client: Browser
) -> None:
    assert issue(mallory_on_the_staff).status_code == 403
    assert issue(viewer).status_code == 403
    assert issue(client).status_code == 302
    assert not EnrolmentToken.objects.exists()
