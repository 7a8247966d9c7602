"""Many records that are wrong: some are named, the rest are a number; whose fault it is is said."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.cli.complaints import NAMED, Complaints
from apps.cli.exit_codes import ExitCode
from apps.client.acts import reading
from apps.client.api import ATTEMPTS
from apps.client.errors import ApiUnavailable, ClientError, VerificationError
from tests.client.parties import Party, Signup, Tampering
from tests.tools.selection import slow

MANY = 60


@pytest.fixture
def spoiled(acme: Party, signup: Signup) -> Tampering:
    """A form with two records, whose manifest the server does not serve as it was signed."""
    signup.fill(fullname="First")
    signup.fill(fullname="Second")
    return Tampering().on(f"GET /forms/{signup.form.id}/manifests/", _unsigned)


def _spoiled(page: Any) -> Any:
    for item in page["items"]:
        item["record"]["sig"] = "A" * 86
    return page


def _unsigned(answer: Any) -> Any:
    return answer | {"sig": "A" * 86}


def test_a_refusal_that_comes_from_a_manifest_names_the_record_and_is_asked_for_once(
    acme: Party, spoiled: Tampering
) -> None:
    errors: list[ClientError] = []

    assert list(acme.through(spoiled).query("account", on_problem=errors.append)) == []

    assert len({error.record for error in errors if isinstance(error, VerificationError)}) == 2
    for error in errors:
        assert isinstance(error, VerificationError)
        assert error.code == "signature"
        assert str(error).startswith(f"record {error.record} of account")
    asked = [line for line, _ in spoiled.seen if "/manifests/" in line]
    assert len(asked) == 1


def test_a_manifest_that_is_not_there_names_the_record_too(acme: Party, signup: Signup) -> None:
    signup.fill(fullname="First")
    [id] = signup.fill(fullname="Second")
    signup.form.manifests.all().delete()
    errors: list[ClientError] = []
    server = Tampering()

    assert list(acme.through(server).query("account", on_problem=errors.append)) == []

    assert len(errors) == 2
    assert any(f"record {id} of account" in str(error) for error in errors)
    assert len(server.requests("GET /forms/")) == 1


def test_a_card_that_is_refused_is_asked_for_once(acme: Party, marketing: Party) -> None:
    for type in ("contact", "health", "payment"):
        words = ("--with", marketing.id, "--fingerprint", marketing.fingerprint)
        assert acme.run("share", type, "--allow-empty", *words).error == ""
    marketing.knows(acme)
    server = Tampering().on(
        "GET /clients/", lambda answer: answer | {"card": answer["card"] | {"name": "x"}}
    )
    client = marketing.through(server)

    assert not any(share.verified for share in client.shares())
    with pytest.raises(VerificationError):
        list(client.query("contact"))

    assert len(server.requests("GET /clients/")) == 1


@pytest.mark.parametrize(("bound", "ends"), [(MANY - 1, True), (MANY, False)])
def test_a_client_s_stream_of_nothing_but_bad_records_comes_to_an_end(
    bound: int, ends: bool, acme: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.client.write_many("contact", [{"name": str(number)} for number in range(MANY)])
    monkeypatch.setattr(reading, "MOST_BAD", bound)
    errors: list[ClientError] = []
    client = acme.through(Tampering().on("GET /records", _spoiled))

    if ends:
        with pytest.raises(VerificationError, match="in a row"):
            list(client.query("contact", on_problem=errors.append))
    else:
        assert list(client.query("contact", on_problem=errors.append)) == []
    assert len(errors) == MANY


def test_a_server_that_goes_away_is_not_asked_again_for_each_record_of_a_page(
    acme: Party, signup: Signup, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        signup.fill()
    monkeypatch.setattr("apps.client.api.backoff", lambda attempt: 0.0)

    class Away(Tampering):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            return answer if "/manifests/" not in request.url.path else httpx.Response(502)

    server = Away()
    with pytest.raises(ApiUnavailable):
        list(acme.through(server).query("account", on_problem=lambda error: None))

    assert len([line for line, _ in server.seen if "/manifests/" in line]) == ATTEMPTS


@pytest.mark.parametrize(
    "item", [5, {}, *slow(None, "x", [], {"record": {}}, {"stored": 1, "record": 1})]
)
def test_what_is_no_item_of_a_list_fails_in_words(
    item: Any, acme: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[source]\ntype = "contact"\n[targets.other]\nname = "name"\n')
    acme.client.write("contact", {"name": "Ann"})
    server = Tampering().on(
        "GET /records", lambda page: page | {"items": [item, *page["items"], item]}
    )
    monkeypatch.setattr("config.inprocess.transport", lambda: server)

    for words in (("split", "--rules", str(rules)), ("extract", "--type", "contact")):
        ran = acme.run(*words)

        assert ran.code == ExitCode.UNREAD
        assert "record without an id" in ran.err


def test_many_of_one_kind_are_counted() -> None:
    said: list[str] = []
    complaints = Complaints(said.append)

    for number in range(2_000_000 // 1000):
        complaints.tell("malformed", f"record {number}")
    complaints.tell("signature", "another")
    complaints.sum_up()

    assert said[:NAMED] == [f"record {number}" for number in range(NAMED)]
    assert len(said) == NAMED + 3
    assert said[-1] == f"2,000 of the kind `malformed`, of which {NAMED} were named"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("extract", "--type", "contact"), ("split", "--rules", "RULES")]
)
def test_commands_name_some_and_count_the_rest(
    command: tuple[str, ...], acme: Party, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[source]\ntype = "contact"\n[targets.other]\nname = "name"\n')
    ids = acme.client.write_many("contact", [{"name": str(number)} for number in range(MANY)])

    server = Tampering().on("GET /records", _spoiled)
    monkeypatch.setattr("config.inprocess.transport", lambda: server)

    ran = acme.run(*[str(rules) if word == "RULES" else word for word in command])

    assert ran.code == ExitCode.UNREAD
    assert sum(any(id in line for id in ids) for line in ran.err.splitlines()) == NAMED
    assert f"{MANY} of the kind `signature`, of which {NAMED} were named" in ran.err
