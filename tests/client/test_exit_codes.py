"""How commands end: one table, the same in the code, in the docs and in --help."""

import re

import httpx
import pytest

from apps.cli.commanding import Caller
from apps.cli.exit_codes import ExitCode, of_error
from apps.cli.program import status
from apps.client import errors
from tests.client.parties import Party, Tampering
from tests.tools.processes import ROOT

ROW = re.compile(r"\| (\d+) \| (.+) \|")


def test_the_table_for_people_is_the_one_in_the_code() -> None:
    section = (ROOT / "docs" / "scripts.md").read_text().partition("## Exit codes")[2]

    written = [(int(code), meaning) for code, meaning in ROW.findall(section)]

    assert written == [(code.value, code.meaning) for code in ExitCode]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ApiUnavailable("away"), ExitCode.AWAY),
        (errors.KeyServiceAway("off"), ExitCode.AWAY),
        (errors.KeyServiceError("no"), ExitCode.FAILED),
        (errors.NotSealform("a wiki"), ExitCode.FAILED),
        (errors.ApiRefused("no", code="x", status=403), ExitCode.FAILED),
        (errors.RollbackError("older"), ExitCode.KEPT),
        (errors.UsageError("not so"), ExitCode.FAILED),
    ],
)
def test_an_error_has_a_code(error: errors.ClientError, code: ExitCode) -> None:
    assert of_error(error) is code


class Away(httpx.BaseTransport):
    """A server that nobody reaches, or that has no time."""

    def __init__(self, answer: httpx.Response | None) -> None:
        self.answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.answer is None:
            raise httpx.ConnectError("no route")
        return self.answer


def ends(acme: Party, transport: httpx.BaseTransport, monkeypatch: pytest.MonkeyPatch) -> int:
    """How `shares` ends at such a server."""
    monkeypatch.setattr("apps.client.api.backoff", lambda attempt: 0.0)
    monkeypatch.setattr(Caller, "transport", lambda self, url: transport)
    return status(["shares", "--credentials", str(acme.path)], name="sealform")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, ExitCode.AWAY),
        (httpx.Response(500, text="<h1>"), ExitCode.AWAY),
        (httpx.Response(503, headers={"retry-after": "3600"}), ExitCode.AWAY),
        (httpx.Response(404, text="<h1>"), ExitCode.FAILED),
        (httpx.Response(200, text="{}"), ExitCode.FAILED),
    ],
)
def test_a_script_tells_a_server_that_is_away_from_one_that_refuses(
    answer: httpx.Response | None,
    code: ExitCode,
    acme: Party,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ends(acme, Away(answer), monkeypatch) == code


def test_what_is_done_ends_with_nothing(acme: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends(acme, Tampering(), monkeypatch) == ExitCode.DONE
