"""docs/protocol.md says which files a client has, and what bounds an answer has."""

import json
import re
from pathlib import Path

import pytest

from apps.client import credentials, endpoints, state
from apps.client.errors import CredentialsError
from apps.client.session import Stream
from apps.envelope import key_files
from apps.envelope.encoding import MAX_BODY, b64, ctx, dump_json, load_json
from apps.envelope.primitives import mac
from tests.client.parties import Party, Signup
from tests.client.protection import opened

TEXT = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
FILES = TEXT.partition("### Files of a client")[2].partition("\n## ")[0]
ANSWERS = TEXT.partition("**Bounds of answers.**")[2].partition("**Writing.**")[0]
MIB = 1024 * 1024
MANIFESTS = (
    "GET /forms/ID/manifest, GET /forms/ID/manifests/HASH, GET /forms/ID/owners, "
    "GET /clients/ID/pasts/NUMBER, POST /keyfiles/ID, GET /groups/ID"
)


def members_of(part: str) -> list[str]:
    """Return the first column of a part's table."""
    table = FILES.partition(f"**{part}.**")[2].partition("|---|---|\n")[2].partition("\n\n")[0]
    return [row.split("|")[1].strip() for row in table.splitlines()]


def members_after(words: str) -> list[str]:
    """Return the first column of the table that follows these words."""
    table = FILES.partition(words)[2].partition("|---|---|\n")[2].partition("\n\n")[0]
    return [row.split("|")[1].strip() for row in table.splitlines()]


def test_the_key_file_has_these_members(acme: Party) -> None:
    raw = acme.path.read_bytes()
    wire = load_json(raw.rstrip(b"\n"))
    kept = opened(acme.path)

    assert list(wire) == members_of("Key file")
    sheet = next(slot for slot in wire["slots"] if slot["kind"] == "recovery")
    assert list(sheet) == [
        part.strip() for row in members_after("A **slot** is") for part in row.split(",")
    ]
    assert list(kept.secrets.to_wire()) == members_after("**Secrets** are")
    assert acme.path.stat().st_mode & 0o777 == 0o600
    table = FILES.partition("| kind | members of params")[2].partition("\n\n")[0]
    kinds = re.findall(r"`([a-z0-9-]+)`(?=[^|]*\|)", "\n".join(table.splitlines()[2:]))
    assert set(kinds) >= set(key_files.KINDS)


@pytest.mark.parametrize("member", members_of("Key file"))
def test_a_key_file_without_one_or_with_one_that_is_unlike_it_is_refused(
    acme: Party, member: str
) -> None:
    wire = json.loads(acme.path.read_text())
    wrong: list[object] = [7, False, [], {}, ""]
    others = [wire | {member: value} for value in wrong]
    others = [other for other in others if (member, other[member]) != ("serial", 7)]
    for other in [*others, {k: v for k, v in wire.items() if k != member}]:
        acme.path.write_bytes(dump_json(other))
        with pytest.raises(CredentialsError, match=r"not what `enroll` wrote|altered"):
            opened(acme.path)


def test_a_key_file_with_a_member_twice_or_too_much_is_refused(acme: Party) -> None:
    text = acme.path.read_text()
    most = credentials.MOST_READ - len(text.encode())
    for same in ("\ufeff" + text, f" \t{text}\r\n", text + " " * most):
        acme.path.write_text(same, encoding="utf-8")
        assert opened(acme.path).name == "acme"

    twice = text.replace('"serial":', '"serial":1,"serial":')
    others = (twice, text.replace(":", ": ", 1), "[]", "7", "null", '"text"', "{}", "\0", text[:-3])
    for other in (*others, text + " " * (most + 1)):
        acme.path.write_text(other)
        with pytest.raises(CredentialsError, match="not what `enroll` wrote"):
            opened(acme.path)


def test_the_state_file_has_these_members_and_this_mac(acme: Party, signup: Signup) -> None:
    acme.knows(acme)
    file = state.state_file(opened(acme.path))
    wire = load_json(file.path.read_bytes())
    keys = opened(acme.path).keys

    assert list(wire) == ["state", "mac"]
    assert sorted(wire["state"]) == sorted(members_of("State"))
    assert wire["mac"] == b64(mac(keys.state, ctx("state", acme.id, dump_json(wire["state"]))))
    [stream] = wire["state"]["streams"]
    names = re.findall(r"`\[(writer, type, gen[^]]*)\]`", FILES)[0].split(", ")
    assert len(stream) == len(names)
    assert Stream(*stream[: names.index("gen")]) == Stream(f"form:{signup.form.id}", "account")
    assert file.path.name == f"{acme.path.name}.state"
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "endpoint", "items"),
    [
        ("GET /records, POST /records/query, GET /grants", "LIST_RECORDS", 500),
        ("GET /records, POST /records/query, GET /grants", "LIST_GRANTS", 500),
        ("GET /records, POST /records/query, GET /grants", "QUERY_RECORDS", 500),
        ("POST /records/lookup", "LOOK_UP", 500),
        ("GET /generations", "LIST_GENERATIONS", endpoints.MAX_GENERATIONS),
        ("GET /forms", "LIST_FORMS", endpoints.MAX_FORMS),
        ("GET /forms/ID/draft", "FETCH_DRAFT", endpoints.MAX_QUESTIONS),
        (MANIFESTS, "MANIFEST_IN_FORCE", 0),
        (MANIFESTS, "MANIFEST_BY_HASH", 0),
        (MANIFESTS, "FETCH_KEY_FILE", 0),
        (MANIFESTS, "PAST", 0),
        (MANIFESTS, "OWNERS", 0),
        (MANIFESTS, "ROSTER", 0),
        ("GET /hand-overs", "LIST_HAND_OVERS", endpoints.MAX_FORMS),
        ("GET /groups", "LIST_GROUPS", 2 * endpoints.MAX_GROUPS),
        ("GET /groups/ID/stale", "STALE", endpoints.MAX_STALE),
        ("every other, and every error", "ME", 0),
    ],
)
def test_the_bounds_of_answers_are_those_of_the_code(words: str, endpoint: str, items: int) -> None:
    [row] = [line for line in ANSWERS.splitlines() if line.startswith(f"| {words} |")]
    _, _, size, told, _ = (cell.strip() for cell in row.split("|"))
    units = {"MiB": MIB, "KiB": 1024}
    found = sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (\w+)", size))

    assert found == endpoints.ENDPOINTS[endpoint].most
    assert told.startswith(f"{items:,}" if items else "")
    assert endpoints.MANIFEST == MAX_BODY + endpoints.SMALL


def test_every_other_bound_of_an_answer_is_told_too() -> None:
    assert f"{endpoints.MAX_GRANTS:,} in all pages" in ANSWERS
    assert f"at most {endpoints.MAX_CURSOR} characters of base64url" in ANSWERS
    assert f"{endpoints.BASE_SECONDS:.0f} s" in ANSWERS
    assert f"each {endpoints.SLOWEST // 1024} KiB" in ANSWERS
    assert f"{endpoints.MAX_VALUES:,} values" in ANSWERS
    others = {name for name, one in endpoints.ENDPOINTS.items() if one.most == endpoints.SMALL}
    assert others == {
        "ENROL", "ME", "CLIENT", "CREATE_RECORDS", "UPDATE_RECORDS", "DELETE_RECORDS",
        "CREATE_GRANTS", "REVOKE", "PUBLISH", "KEEP_KEY_FILE", "SUCCEED", "WITHDRAW",
        "HAND_OVER", "SIGN_ROSTER", "LEAVE",
    }  # fmt: skip
