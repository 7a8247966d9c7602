"""docs/protocol.md says what the vectors and the code say."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from apps.envelope import (
    encoding,
    errors,
    fields,
    grants,
    keys,
    manifests,
    primitives,
    questions,
    records,
    rosters,
    submissions,
)
from apps.envelope.encoding import b64
from apps.envelope.statements import parse_deletion, parse_leave, parse_revocation
from tests.envelope.operations import vectors
from tests.tools.worked_examples import DOCUMENT, HEADING, section

TEXT = DOCUMENT.read_text()
ENVELOPE = Path(errors.__file__).parent


def example(heading: str) -> dict[str, Any]:
    """Return the rows of one example as a stranger would read them."""
    block = TEXT.partition(f"### {heading}")[2].partition("```text\n")[2].partition("```\n")[0]
    rows = re.sub(r"\n  ", "\0", block).strip("\n").split("\n")
    found = {}
    for row in rows:
        name, *value = re.split(r"\0" if "\0" in row else r"  +", row)
        found[name.strip()] = "".join(value)
    return {name: json.loads(value) if value[0] in "{" else value for name, value in found.items()}


def test_the_worked_examples_are_those_of_the_vectors() -> None:
    named = {one["name"]: one for scenarios in vectors().values() for one in scenarios}
    assert HEADING.strip() + section(named).removeprefix(HEADING.rstrip("\n")) in TEXT
    assert TEXT.endswith(section(named))


def test_the_example_s_record_opens_from_the_page_alone() -> None:
    shown, key = example("Record"), bytes.fromhex(example("Access key")["AK"])
    record = records.parse_record(shown["record"])
    public = bytes.fromhex(example("Client keys")["sig_pk"])
    primitives.verify(public, record.sig, bytes.fromhex(shown["message"]), "record")
    assert records.record_message(record).hex() == shown["message"]
    assert records.open_record(record, key) == shown["values"]


def test_the_example_s_grant_opens_from_the_page_alone() -> None:
    shown, mine = (
        example("Grant"),
        keys.ClientKeys(bytes.fromhex(example("Client keys")["client seed"])),
    )
    grant = grants.parse_grant(shown["grant"])
    reader = keys.ClientKeys(bytes.fromhex(shown["reader's seed"]))
    primitives.verify(mine.sig.public, grant.sig, grants.grant_message(grant), "grant")
    key_map = encoding.load_json(reader.kem.open(grant.keys, bytes.fromhex(shown["info"])))
    assert key_map == shown["key map"] == {"*": b64(bytes.fromhex(shown["AK"]))}


def test_the_example_s_group_is_read_from_the_page_alone() -> None:
    shown, granted = example("Roster, epoch and link"), example("Grant of an epoch")
    roster = rosters.parse_roster(shown["roster"])
    assert roster.digest.hex() == shown["hash"]
    assert roster.as_reader.fingerprint.hex() == shown["fingerprint"]
    owner = bytes.fromhex(shown["owner's sig_pk"])
    primitives.verify(owner, roster.sig, roster.message, "roster")
    grant = grants.parse_grant(granted["grant"])
    primitives.verify(owner, grant.sig, grants.grant_message(grant), "grant")
    assert grant.akid.hex() == shown["akid of its grants"]
    member = keys.ClientKeys(bytes.fromhex(example("Grant")["reader's seed"]))
    key_map = encoding.load_json(member.kem.open(grant.keys, bytes.fromhex(granted["info"])))
    seed = encoding.unb64(key_map["@"])
    assert key_map == granted["key map"]
    assert seed.hex() == shown["seed of epoch 2"]
    assert primitives.expand(seed, "past").hex() == shown["key of the link"]
    today, former = rosters.open_past(roster, epoch=2, seed=seed)
    assert former.key.public == primitives.KemKey(bytes.fromhex(shown["seed of epoch 1"])).public
    shared = example("Grant to the group")
    opened = today.key.open(grants.parse_grant(shared["grant"]).keys, bytes.fromhex(shared["info"]))
    assert encoding.load_json(opened) == shared["key map"] == example("Grant")["key map"]


def test_the_example_s_submission_opens_from_the_page_alone() -> None:
    signed, shown = example("Manifest"), example("Inbox and submission")
    raw = json.dumps(signed["M"], separators=(",", ":")).encode()
    manifest = manifests.parse_manifest(raw)
    assert manifest.hash.hex() == signed["hash"]
    inbox = primitives.KemKey(bytes.fromhex(shown["inbox seed"]))
    assert grants.inbox_id(inbox.public).hex() == shown["akid of its grants"]
    record = records.parse_record(shown["record"])
    assert inbox.open(record.ak, bytes.fromhex(shown["info"])).hex() == shown["AK"]
    assert submissions.open_form_record(record, manifest, inbox) == shown["values"]


def test_the_example_s_statements_are_signed_by_its_client() -> None:
    shown, public = example("Statements"), bytes.fromhex(example("Client keys")["sig_pk"])
    for statement in (parse_deletion(shown["deletion"]), parse_revocation(shown["revocation"])):
        primitives.verify(public, statement.sig, statement.message, "statement")
    leave = parse_leave(shown["leave"])
    reader = keys.ClientKeys(bytes.fromhex(example("Grant")["reader's seed"]))
    primitives.verify(reader.sig_pk, leave.sig, leave.message, "statement")


def test_every_error_code_is_listed() -> None:
    codes = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type)
        and issubclass(error, errors.EnvelopeError)
        and error.code != "envelope"
    }
    table = TEXT.partition("## 11 ")[2].partition("Beyond parsing")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == codes


def test_every_context_is_specified() -> None:
    """Labels are the first argument of ctx, H and expand, in the code and on the page."""
    called = re.compile(r'\b(?:ctx|H|expand|expansion)\((?:\w+, )?\s*"([a-z-]+)"')
    sources = [*ENVELOPE.glob("*.py"), *ENVELOPE.parent.glob("client/key_services/*.py")]
    code = "".join(path.read_text() for path in sources)
    derived = re.compile(r'expand\(seed, "(\w+)"\)')
    page = TEXT.partition(HEADING)[0]
    assert set(called.findall(code)) == set(called.findall(page)) | set(derived.findall(page))


@pytest.mark.parametrize(
    "phrase",
    [
        f"at most {encoding.MAX_FIELDS}, of the first two",
        f"at most {manifests.MAX_TYPES}, at least 1",
        f"at most {questions.MAX_OPTIONS}",
        f"at most {fields.MAX_PADDED - 1:,} bytes; {fields.MAX_PADDED + fields.OVERHEAD:,} bytes",
        f"at most {grants.MAX_KEYS:,}, more than {primitives.KEM_ENC + primitives.TAG:,}",
        f"({encoding.MAX_BODY:,} bytes)",
        f"at most {rosters.MAX_MEMBERS}; {rosters.MAX_EPOCHS:,}",
        f"of 0 to {rosters.MAX_EPOCHS - 1:,} `{{epoch, before, sealed}}`",
        f"of 0 to {rosters.MAX_MEMBERS} `{{id, fp, since}}`",
        f"by at most {rosters.MAX_TERM // 86400} days",
        f"issued - {rosters.CLOCK_SKEW} ≤ now < expires",
        f"now >= issued - {manifests.SKEW}",
        f"a JSON number of at most {fields.MAX_NUMBER} characters",
    ],
)
def test_the_limits_are_those_of_the_code(phrase: str) -> None:
    assert phrase in TEXT


def test_the_kinds_and_their_members_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ((?:`[a-z]+`(?:, )?)+) \|[^|]*\|([^|]*)\|$", TEXT, re.MULTILINE)
    told = {
        kind: re.findall(r"\b(?:" + "|".join(questions.OPTIONAL) + r")\b", members)
        for kinds, members in rows
        for kind in re.findall(r"[a-z]+", kinds)
        if kind in questions.KINDS
    }
    assert {kind: sorted({*members}) for kind, members in told.items()} == {
        kind: sorted(members) for kind, members in questions.KINDS.items()
    }


@pytest.mark.slow
def test_the_invisible_characters_and_the_spaces_are_those_of_the_code() -> None:
    """Whatever version of Unicode this Python was built with."""
    listed = " ".join(TEXT.partition("Invisible: ")[2].partition("Texts are compared")[0].split())
    invisible, spaces = (code_points(part) for part in listed.split("Spaces: "))
    every = "".join(map(chr, range(0x110000)))
    assert {*map(ord, encoding.INVISIBLE.findall(every))} == invisible
    assert {*map(ord, encoding.SPACES)} == spaces
    known = {c for c in range(0x110000) if unicodedata.category(chr(c)) in {"Cc", "Cf", "Zl", "Zp"}}
    assert known <= invisible
    assert all(unicodedata.category(chr(c)) in {"Cc", "Cf", "Zl", "Zp", "Cn"} for c in invisible)
    assert spaces == {c for c in range(0x110000) if unicodedata.category(chr(c)) == "Zs"}


def code_points(text: str) -> set[int]:
    found: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?: to U\+([0-9A-F]+))?", text):
        found |= {*range(int(first, 16), int(last or first, 16) + 1)}
    return found
