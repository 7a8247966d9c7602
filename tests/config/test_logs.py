"""The log has what operators need, and nothing of what anybody sent, whoever wrote the line."""

import json
import logging
from typing import Any

import pytest

from config.logs import PolicyFormatter, frames
from tests.tools.processes import python

CANARY = "canary7321"

# Each request carries the word wherever a request can; some end in errors of Django's and of ours.
ASK = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from apps.intake.visitor_views import LatestManifestView
from apps.console.site import ConsoleSite
C = "canary7321"
browser = Client(raise_request_exception=False, headers={
    "user-agent": C, "x-forwarded-for": C, "referer": f"https://{C}.example/", "x-more": C,
    "origin": f"https://{C}.example", "accept-language": C, "authorization": f"Basic {C}",
})
browser.cookies["sessionid"] = C
json = {"content_type": "application/json"}
form = "/api/v1/forms/00000000-0000-4000-8000-000000000000"
browser.get(f"/{C}/?{C}={C}")
browser.get(f"/api/v1/{C}?{C}={C}")
browser.get(f"/f/{C}/")
browser.get("/", headers={"host": f"{C}.example"})
browser.get("/api/v1/me", headers={"host": f"{C} no host"})
browser.get(f"/api/v1/records?after={C}")
browser.get("/api/v1/me?" + f"{C}=1&" * 5001)
browser.post(f"{form}/submissions", '{"' + C + '": "' + C + '"}', **json)
browser.post(f"{form}/failures", f'{{"code": "{C}"}}', **json)
browser.post("/api/v1/enrolments", f'{{"token": "sfe_{C}"}}', **json)
browser.post("/api/v1/enrolments", C, content_type=f"text/{C}")
browser.post("/admin/login/", {"username": C, "password": C, "next": f"/{C}"})
browser.get(f"/admin/intake/form/{C}/change/?{C}={C}")
browser.get(f"/static/{C}.css")
browser.generic(C.upper(), "/api/v1/me")
def fail(self, *args, **kwargs):
    local = C
    raise ValueError(f"{local} {self.request.META}")
LatestManifestView.get = fail
browser.get(f"{form}/manifest?{C}={C}")
def fail_in_the_admin(self, request, *args):
    try:
        raise KeyError(C)
    except KeyError as error:
        raise RuntimeError(f"{C} {request}") from error
ConsoleSite.each_context = fail_in_the_admin
browser.get("/admin/login/")
"""


@pytest.mark.slow
def test_nothing_that_was_sent_is_in_the_log() -> None:
    done = python(
        "-c",
        ASK,
        DJANGO_SETTINGS_MODULE="tests.settings",
        DATABASE_URL="sqlite://:memory:",
        TRUSTED_PROXIES="1",
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert CANARY not in done.stderr.lower()
    assert "Host" not in done.stderr
    requests = [line for line in lines if line["logger"] == "config.front"]
    assert len(requests) == 17
    for line in requests:
        assert {
            "time",
            "level",
            "message",
            "request",
            "method",
            "route",
            "status",
            "code",
            "ms",
        } <= (line.keys())
    assert {line["code"] for line in requests} >= {"not_found", "invalid", "malformed", "internal"}
    failed = [line for line in lines if line["logger"] == "django.request"]
    assert {line["error"] for line in failed} >= {"ValueError", "RuntimeError"}
    assert any("because of KeyError" in line["at"] for line in failed)
    ids = {line["request"] for line in requests if line["status"] == 500}
    assert {line["request"] for line in failed} <= ids  # so that one finds the other


def line_of(name: str, message: str, *args: Any, error: BaseException | None = None) -> Any:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, "x.py", 1, message, args, info)
    return json.loads(PolicyFormatter().format(record))


@pytest.mark.parametrize(
    "name",
    ["django.request", "django.security.DisallowedHost", "waitress", "axes", "asyncio", "root",
     "appsx", "py.warnings", "urllib3", "django.db.backends"],
)  # fmt: skip
def test_others_messages_are_not_written(name: str) -> None:
    line = line_of(name, f"{CANARY} %s", CANARY, error=ValueError(CANARY))

    assert CANARY not in json.dumps(line)
    assert line["logger"] == name
    assert line["error"] == "ValueError"


@pytest.mark.parametrize("name", ["apps.vault.budgets", "config.front", "gunicorn.error"])
def test_our_own_messages_are_written_and_stay_in_one_line(name: str) -> None:
    assert line_of(name, "one\ntwo %d", 3)["message"] == "one\ntwo 3"
    assert "\n" not in PolicyFormatter().format(
        logging.LogRecord(name, logging.INFO, "", 1, "one\ntwo", (), None)
    )


def test_where_an_error_passed_is_written_without_a_value() -> None:
    def fail(secret: str) -> None:
        raise KeyError(secret)

    try:
        fail(CANARY)
    except KeyError as error:
        told = frames(error)

    assert any("test_logs.py" in one and "fail" in one for one in told)
    assert CANARY not in str(told)
