"""The client in JavaScript (static/src/client) against the one in Python."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.client import Opened
from apps.client.acts.overview import readable_types
from apps.client.endpoints import ENDPOINTS, Endpoint
from apps.client.errors import ClientError
from apps.envelope.encoding import b64
from apps.vault.models import Record
from tests.client.parties import Party, Signup
from tests.client.test_hand_over import handed

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def node(script: str, asked: object = None) -> Any:
    """What a script of the tests' prints."""
    command = ["node", "--no-warnings", f"tests/js/client/{script}"]
    text = json.dumps(asked)
    run = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def told(endpoint: Endpoint) -> dict[str, Any]:
    names = ("method", "path", "most", "seconds", "public", "paged", "idempotent")
    return {name: getattr(endpoint, name) for name in names}


def test_both_ask_the_same_and_let_an_answer_be_as_long() -> None:
    assert node("endpoints.js") == {name: told(one) for name, one in ENDPOINTS.items()}


def shown(record: Opened) -> dict[str, Any]:
    return record._asdict() | {
        "data": dict(record.data),
        "rooms": dict(record.rooms),
        "meta": dict(record.meta),
        "akid": b64(record.akid),
    }


def in_python(party: Party, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the client in Python reads, as the script tells it of the one in JavaScript."""
    failed: list[Any] = []
    try:
        found = [shown(one) for one in party.client.query(**wanted, on_problem=failed.append)]
    except ClientError as error:
        return {"error": type(error).__name__, "message": str(error)}
    return {"opened": found, "failed": [(one.record, one.code, str(one)) for one in failed]}


def in_javascript(party: Party, server: LiveServer, *reads: dict[str, Any], **more: Any) -> Any:
    url = server.url.replace("localhost", "127.0.0.1")
    asked = {"key_file": str(party.path), "url": url, "reads": reads, "follow": {}} | more
    return node("reads.js", asked)


def alter(id: str) -> None:
    """Change a byte of a value's seal where the record is stored."""
    record = Record.objects.get(id=id)
    wire = json.loads(bytes(record.body))
    name, sealed = next(iter(wire["fields"].items()))
    at = len(sealed) - 10
    wire["fields"][name] = sealed[:at] + ("B" if sealed[at] == "A" else "A") + sealed[at + 1 :]
    body = json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode()
    Record.objects.filter(id=id).update(body=body)


def check_both_read_the_same(
    party: Party, server: LiveServer, *reads: dict[str, Any], **follow: str
) -> list[dict[str, Any]]:
    """Compare what both read; return what it was."""
    found = in_javascript(party, server, *reads, follow=follow)
    me = party.client.whoami()
    known = {"id": me.id, "name": me.name, "fingerprint": b64(me.fingerprint)}
    assert found["me"] | known | {"expires": me.expires} == found["me"]
    types = readable_types(party.client.session)
    assert sorted({one["type"] for one in found["readable"]}) == types
    for wanted, one in zip(reads, found["reads"], strict=True):
        expected = in_python(party, wanted)
        if "error" in expected:
            assert one["error"] == expected["error"]
            assert one["message"] == expected["message"]
            continue
        by_id = sorted(one["opened"], key=lambda record: str(record["id"]))
        assert by_id == sorted(expected["opened"], key=lambda record: str(record["id"]))
        assert sorted((each["id"], each["code"]) for each in one["failed"]) == sorted(
            (id, code) for id, code, _ in expected["failed"]
        )
        assert one["read"] == len(one["opened"]) + len(one["failed"])
    party.warnings += [f"JavaScript: {one}" for one in found["warnings"]]
    reads_of: list[dict[str, Any]] = found["reads"]
    return reads_of


def test_both_read_the_same(
    acme: Party, clinic: Party, marketing: Party, mallory: Party, signup: Signup,
    live_server: LiveServer,
) -> None:  # fmt: skip
    signup.fill()
    signup.fill(fullname="Zoë 🌻 O'Hara", age="ancient")
    [altered] = signup.fill(fullname="Eve Canary")
    contacts = [
        acme.client.write("contact", {"name": name, "zip": "97301"}, meta={"city": city})
        for name, city in (("Ann", "Salem"), ("Bob", "Reno"), ("Eve", "Salem"))
    ]
    note = acme.client.write("note", {"text": "single", "by": "acme", "stars": 4})
    acme.client.write("note", {"text": "another", "by": "acme", "stars": 5})
    alter(altered)
    alter(contacts[2])

    acme.client.write("visit", {"day": "2026-11-29"})
    staff, team = clinic.client.groups.create("staff"), acme.client.groups.create("team")
    print_of: dict[str, Any] = {"fingerprint": marketing.fingerprint}
    for owner, group in ((clinic, staff), (acme, team)):
        owner.client.groups.add(group, marketing.id, **print_of)
        marketing.knows(owner)
    acme.client.share("contact", marketing.id, columns=["name"], **print_of)
    acme.client.share_records([note], marketing.id, fields=["text", "stars"], **print_of)
    acme.client.share("account", team, form="signup")
    acme.client.share("visit", staff, owner=clinic.id, fingerprint=clinic.fingerprint)

    own = check_both_read_the_same(
        acme, live_server,
        {"type": "account"}, {"type": "contact"}, {"type": "note"},
        {"type": "account", "form": "signup"}, {"type": "contact", "writer": acme.id},
        {"type": "contact", "meta": {"city": "Salem"}},
        {"type": "acount"},
    )  # fmt: skip
    shared = check_both_read_the_same(
        marketing, live_server,
        {"type": "account"}, {"type": "contact"}, {"type": "note"}, {"type": "visit"},
    )  # fmt: skip
    [nothing, strange] = check_both_read_the_same(
        mallory, live_server, {"type": "contact"}, {"type": "contact", "writer": acme.id}
    )

    assert [len(one["opened"]) for one in own[:6]] == [2, 2, 2, 2, 2, 1]
    assert own[0]["failed"][0]["id"] == altered
    assert own[6]["error"] == nothing["error"] == "NotReadError"
    assert "did you mean account" in own[6]["hint"]
    assert strange["error"] == "UnpinnedError"
    assert [len(one["opened"]) for one in shared] == [2, 2, 1, 1]
    assert {"name"} == {*shared[1]["opened"][0]["data"]}
    assert shared[2]["opened"][0]["data"] == {"text": "single", "stars": 4}
    assert {one["problems"].get("age") for one in own[0]["opened"]} == {None, "number"}


@pytest.mark.nightly
def test_both_follow_keys_that_change(
    acme: Party, marketing: Party, signup: Signup, live_server: LiveServer
) -> None:
    signup.fill()
    acme.client.write("contact", {"name": "before"})
    marketing.knows(acme)
    acme.client.share("contact", marketing.id, fingerprint=marketing.fingerprint)
    acme.client.share("account", marketing.id, form="signup")
    for ran in (acme.rotate(), marketing.rotate()):
        assert ran.error == ""
    acme.client.write("contact", {"name": "after"})
    signup.fill(fullname="Zoë")

    reads = ({"type": "account"}, {"type": "contact"})
    own = check_both_read_the_same(acme, live_server, *reads)
    shared = check_both_read_the_same(marketing, live_server, *reads)

    assert [len(one["opened"]) for one in own] == [2, 2]
    assert len(shared[1]["opened"]) == 2
    [moved] = [one for one in marketing.warnings if "goes on under new keys" in one]
    assert moved.startswith("JavaScript: acme")


@pytest.mark.nightly
def test_both_follow_a_form_to_its_next_owner(
    acme: Party, clinic: Party, marketing: Party, signup: Signup, live_server: LiveServer
) -> None:
    signup.fill()
    marketing.knows(acme)
    acme.client.share("account", marketing.id, fingerprint=marketing.fingerprint, form="signup")
    read, form = {"type": "account"}, str(signup.form.id)
    [before] = check_both_read_the_same(marketing, live_server, read)
    handed(signup, acme, clinic)
    signup.fill(fullname="Zoë")
    clinic.client.share("account", marketing.id, fingerprint=marketing.fingerprint, form="signup")

    [refused] = check_both_read_the_same(marketing, live_server, read)
    known = clinic.fingerprint
    [after] = check_both_read_the_same(marketing, live_server, read, form=form, fingerprint=known)

    assert len(before["opened"]) == 1
    assert [one["code"] for one in refused["failed"]] == ["mismatch"]
    assert sorted(one["data"]["fullname"] for one in after["opened"]) == ["Ann Canary", "Zoë"]


LOOKS = [("csv", "comma"), ("csv", "semicolon"), ("csv", "tab"), ("jsonl", "comma")]


def test_both_write_the_same_bytes(
    acme: Party, marketing: Party, signup: Signup, live_server: LiveServer, tmp_path: Path
) -> None:
    signup.fill(comments="=1+1\r\n\x1b[2J\u202e", fullname='Zoë "🌻" O\'Hara; =2', zip="01234")
    signup.fill(comments="x" * 40_000, age="ancient")
    [altered] = signup.fill()
    alter(altered)
    own: dict[str, Any] = {
        "fullname": "Own",
        "stars": 4.0,
        "part": 0.00001,
        "yes": True,
        "tags": ["a", "=b"],
    }
    acme.client.write("account", own, meta={"state": "open"})
    marketing.knows(acme)
    acme.client.share("account", marketing.id, fingerprint=marketing.fingerprint)
    acme.client.share("account", marketing.id, form="signup")

    wanted = {"type": "account"}
    for party, names, looks in (
        (acme, {"own", "signup"}, LOOKS),
        (marketing, {"acme", "form of acme"}, LOOKS[-1:]),
    ):
        exports: list[dict[str, Any]] = [
            {"wanted": wanted, "format": one, "separator": two} for one, two in looks
        ]
        found = in_javascript(party, live_server, exports=exports)["exports"]

        for asked, one in zip(exports, found, strict=True):
            out = tmp_path / f"{party.name}.{asked['separator']}.{asked['format']}"
            look = ("--format", asked["format"], "--separator", asked["separator"])
            ran = party.run("extract", "--type", "account", *look, "--out", str(out))
            assert "1 records failed" in ran.error
            assert one["text"].encode() == out.read_bytes()
            counts = {name: one[name] for name in ("read", "written", "failed", "odd")}
            assert counts == {"read": 4, "written": 3, "failed": 1, "odd": 1}
            assert one["failures"] == [altered]
            assert ran.err.count(f"refused record {altered}") == 1
        lines = [json.loads(line) for line in found[-1]["text"].splitlines()]
        assert {line["source"] for line in lines} == names
