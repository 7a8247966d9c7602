"""docs/protocol.md says which files a client has, and what bounds an answer has."""

import json
import re
from pathlib import Path

import pytest

from apps.client import credentials, endpoints, state
from apps.client.errors import CredentialsError
from apps.client.session import Stream
from apps.envelope.encoding import MAX_BODY, b64, ctx, dump_json, load_json
from apps.envelope.primitives import mac
from tests.client.parties import Party, Signup

TEXT = (Path(__file__).parents[2] / "docs/protocol.md").read_text()
FILES = TEXT.partition("### Files of a client")[2].partition("\n## ")[0]
ANSWERS = TEXT.partition("**Bounds of answers.**")[2].partition("**Writing.**")[0]
MIB = 1024 * 1024


def members_of(part: str) -> list[str]:
    """Return the first column of a part's table."""
    table = FILES.partition(f"**{part}.**")[2].partition("|---|---|\n")[2].partition("\n\n")[0]
    return [row.split("|")[1].strip() for row in table.splitlines()]


def test_the_credentials_file_has_these_members(acme: Party) -> None:
    wire = json.loads(acme.path.read_text())

    assert list(wire) == members_of("Credentials")
    assert list(wire["api_key"]) == ["id", "secret"]
    assert acme.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("member", members_of("Credentials"))
def test_a_credentials_file_without_one_or_with_one_that_is_unlike_it_is_refused(
    acme: Party, member: str
) -> None:
    wire = json.loads(acme.path.read_text())
    wrong = [7, False, [], {}] + ([""] if member not in {"api_url", "token"} else [])
    others = [wire | {member: value} for value in wrong]
    for other in [*others, {k: v for k, v in wire.items() if k != member}]:
        acme.path.write_text(json.dumps(other))
        with pytest.raises(CredentialsError, match="not what `enroll` wrote"):
            credentials.from_file(acme.path)


def test_a_credentials_file_with_a_member_twice_or_too_much_is_refused(acme: Party) -> None:
    text = acme.path.read_text()
    twice = text.replace('"v":', '"name": "mallory", "v":')
    most = text + " " * (credentials.MAX_FILE - len(text.encode()))
    acme.path.write_text(most)
    assert credentials.from_file(acme.path).name == "acme"
    acme.path.write_text("\ufeff" + text, encoding="utf-8")
    assert credentials.from_file(acme.path).name == "acme"

    for other in (twice, most + " ", "[]", "7", "null", '"text"', "{}", "\0", text[:-3]):
        acme.path.write_text(other)
        with pytest.raises(CredentialsError, match="not what `enroll` wrote"):
            credentials.from_file(acme.path)


def test_the_state_file_has_these_members_and_this_mac(acme: Party, signup: Signup) -> None:
    acme.knows(acme)
    file = state.state_file(credentials.from_file(acme.path))
    wire = load_json(file.path.read_bytes())
    keys = credentials.from_file(acme.path).keys

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
        ("GET /records, GET /grants", "LIST_RECORDS", 500),
        ("GET /records, GET /grants", "LIST_GRANTS", 500),
        ("POST /records/lookup", "LOOK_UP", 500),
        ("GET /generations", "LIST_GENERATIONS", endpoints.MAX_GENERATIONS),
        ("GET /forms", "LIST_FORMS", endpoints.MAX_FORMS),
        ("GET /forms/ID/draft", "FETCH_DRAFT", endpoints.MAX_QUESTIONS),
        ("GET /forms/ID/manifest, GET /forms/ID/manifests/HASH", "MANIFEST_IN_FORCE", 0),
        ("GET /forms/ID/manifest, GET /forms/ID/manifests/HASH", "MANIFEST_BY_HASH", 0),
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
        "CREATE_GRANTS", "REVOKE", "PUBLISH",
    }  # fmt: skip
