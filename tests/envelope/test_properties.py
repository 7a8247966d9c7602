"""What holds for every value: round trips, and parsers that raise nothing but their own errors."""

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.envelope import (
    encoding,
    fields,
    grants,
    keys,
    manifests,
    records,
    rosters,
    statements,
    submissions,
    tokens,
)
from apps.envelope.encoding import MAX_INT, b64, ctx, dump_json, load_json, unb64
from apps.envelope.errors import EnvelopeError, MalformedError
from tests.tools.drawing import examples
from tests.tools.scenarios.forms import form_record
from tests.tools.scenarios.forms import submission as make_submission
from tests.tools.scenarios.grants import COLUMN_MAP, grant
from tests.tools.scenarios.group_grants import epoch_grant, to_group
from tests.tools.scenarios.groups import FOUR
from tests.tools.scenarios.manifests import MANIFEST
from tests.tools.scenarios.records import client_record
from tests.tools.scenarios.statements import DELETION, LEAVE, REVOCATION
from tests.tools.scenarios.world import ACME, fixed

pytestmark = pytest.mark.slow

some = examples(120)

ANY_TEXT = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=20)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
SAFE = st.integers(-MAX_INT, MAX_INT)
VALUES = (
    TEXT
    | st.lists(TEXT, max_size=5)
    | st.booleans()
    | st.none()
    | SAFE
    | st.floats(-MAX_INT, MAX_INT).map(lambda number: number + 0.0)  # -0.0 is not kept: §5
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
CANONICAL = st.recursive(
    st.none() | st.booleans() | SAFE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)

HIDDEN = records.hide_fields(client_record(), ["zip"]).to_wire()
OBJECTS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "record": (records.parse_record, client_record().to_wire()),
    "partial record": (records.parse_record, HIDDEN),
    "form record": (records.parse_record, form_record().to_wire()),
    "grant": (grants.parse_grant, grant(COLUMN_MAP, fields=("city", "zip")).to_wire()),
    "epoch grant": (grants.parse_grant, epoch_grant(4).to_wire()),
    "group grant": (grants.parse_grant, to_group({"*": fixed("key")}).to_wire()),
    "roster": (rosters.parse_roster, FOUR.to_wire()),
    "card": (keys.parse_card, ACME.wire),
    "submission": (
        submissions.parse_submission,
        make_submission(form_record(), form_record("health")),
    ),
    "deletion": (statements.parse_deletion, DELETION.to_wire()),
    "revocation": (statements.parse_revocation, REVOCATION.to_wire()),
    "leave": (statements.parse_leave, LEAVE.to_wire()),
    "manifest": (lambda wire: manifests.parse_manifest(lenient(wire)), MANIFEST),
}


def lenient(value: Any) -> bytes:
    """Return JSON of whatever it is, as far as there is any."""
    try:
        return dump_json(value)
    except TypeError as error:
        raise MalformedError("not JSON") from error


@some
@given(VALUES)
def test_a_value_comes_back(value: fields.Value) -> None:
    assert fields.load_value(fields.dump_value(value)) == value


@some
@given(st.binary(max_size=2000))
def test_padding_comes_off_and_has_a_size_that_the_parser_knows(message: bytes) -> None:
    padded = fields.pad(message)
    assert fields.unpad(padded) == message
    sealed = fields.Sealed(bytes(60), bytes(28) + padded)
    assert fields.read_sealed(fields.show_sealed(sealed)) == sealed


@some
@given(st.binary(max_size=200))
def test_what_unpads_is_what_pads(padded: bytes) -> None:
    with suppress(EnvelopeError):
        assert fields.pad(fields.unpad(padded)) == padded


@some
@given(st.binary())
def test_base64url_comes_back(data: bytes) -> None:
    assert unb64(b64(data)) == data


@some
@given(st.text("ABCXYZabcxyz019-_=+/ ", max_size=8))
def test_what_decodes_is_what_encodes(text: str) -> None:
    with suppress(EnvelopeError):
        assert b64(unb64(text)) == text


@some
@given(st.binary(min_size=32, max_size=32), st.booleans())
def test_a_fingerprint_comes_back(fingerprint: bytes, lower: bool) -> None:
    shown = keys.show_fingerprint(fingerprint)
    assert keys.read_fingerprint(shown.lower() if lower else shown) == fingerprint


@some
@given(CANONICAL)
def test_canonical_json_comes_back(value: Any) -> None:
    assert load_json(dump_json(value)) == value


@some
@given(st.binary(max_size=60) | JSON.map(lambda value: repr(value).encode(errors="replace")))
def test_what_loads_is_what_dumps(raw: bytes) -> None:
    with suppress(EnvelopeError):
        assert dump_json(load_json(raw)) == raw


@some
@given(st.lists(TEXT | st.binary(max_size=20) | st.integers(0, 2**64 - 1), max_size=6))
def test_a_context_can_be_taken_apart_again(parts: list[encoding.Part]) -> None:
    context, found = ctx("test", *parts), []
    while context:
        length = int.from_bytes(context[:4])
        found.append(context[4 : 4 + length])
        context = context[4 + length :]
    assert found == [b"sealform/1 test", *(encoding.part(part)[4:] for part in parts)]


@some
@given(st.integers() | ANY_TEXT)
def test_a_context_takes_only_what_it_can_encode(part: int | str) -> None:
    with suppress(EnvelopeError):
        assert ctx("test", part).endswith(encoding.part(part))


@pytest.mark.parametrize("name", OBJECTS)
@examples(100)
@given(data=st.data())
def test_parsers_raise_only_their_own_errors(name: str, data: st.DataObject) -> None:
    parse, valid = OBJECTS[name]
    changed = data.draw(JSON | st.just(valid).flatmap(_altered))
    with suppress(EnvelopeError):
        _use(parse(changed))


@st.composite
def _altered(draw: st.DrawFn, valid: Any) -> Any:
    """Return the object with something replaced, removed or added, at any depth."""
    changed = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 3))):
        _alter(draw, changed)
    return changed


def _alter(draw: st.DrawFn, node: Any) -> None:
    while True:
        places = [*node] if isinstance(node, dict) else [*range(len(node))]
        if not places:
            return
        place = draw(st.sampled_from(places))
        deeper = isinstance(node[place], dict | list)
        how = draw(st.sampled_from(["replace", "nudge", "remove", "add", *["deeper"] * 4 * deeper]))
        if how != "deeper":
            break
        node = node[place]
    if how == "remove":
        del node[place]
    elif how == "add" and isinstance(node, dict):
        node[draw(ANY_TEXT)] = draw(JSON)
    else:
        node[place] = _nudged(draw, node[place]) if how == "nudge" else draw(JSON)


def _nudged(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, str):
        cut = draw(st.integers(0, len(value)))
        return value[:cut] + draw(ANY_TEXT) + value[cut + draw(st.integers(0, 3)) :]
    return value + draw(st.integers(-2, 2)) if isinstance(value, int) else draw(JSON)


def _use(parsed: Any) -> None:
    """Whatever was parsed can be hashed, signed and written again, and parses the same."""
    if isinstance(parsed, manifests.Manifest):
        assert manifests.parse_manifest(manifests.dump_manifest(parsed)).routes == parsed.routes
        return
    for one in parsed if isinstance(parsed, tuple) else (parsed,):
        if isinstance(one, records.Record):
            assert records.record_message(one)
            assert records.parse_record(one.to_wire()) == one
        elif isinstance(one, grants.Grant):
            assert grants.grant_message(one)
            assert grants.parse_grant(one.to_wire()) == one
        elif isinstance(one, rosters.Roster):
            assert one.message
            assert one.as_reader.fingerprint
            assert rosters.parse_roster(one.to_wire()) == one
        else:
            assert load_json(dump_json(one.to_wire())) == one.to_wire()


@pytest.mark.parametrize(
    "read",
    [
        unb64,
        fields.read_sealed,
        keys.read_fingerprint,
        keys.client_name,
        encoding.name,
        encoding.uuid,
        encoding.writer,
        encoding.grant_writer,
        encoding.reader,
        lambda value: encoding.integer(value, "value"),
        lambda value: encoding.text(value, "value", 10),
        lambda value: tokens.read_token("sfk", value),
        fields.dump_value,
    ],
)
@some
@given(value=JSON)
def test_readers_raise_only_their_own_errors(read: Callable[[Any], Any], value: Any) -> None:
    with suppress(EnvelopeError):
        read(value)


@pytest.mark.parametrize(
    "read", [load_json, manifests.parse_manifest, fields.load_value, fields.unpad]
)
@some
@given(raw=st.binary(max_size=100) | ANY_TEXT.map(lambda text: text.encode(errors="surrogatepass")))
def test_readers_of_bytes_raise_only_their_own_errors(
    read: Callable[[bytes], Any], raw: bytes
) -> None:
    with suppress(EnvelopeError):
        read(raw)


@some
@given(ANY_TEXT)
def test_any_text_has_a_token_digest(text: str) -> None:
    assert len(tokens.token_digest(text)) == 32


@pytest.mark.parametrize("name", OBJECTS)
def test_no_string_of_an_object_may_hold_a_lone_surrogate(name: str) -> None:
    parse, valid = OBJECTS[name]
    strings = [member for member, value in valid.items() if isinstance(value, str)]
    assert strings
    for member in strings:
        with pytest.raises(MalformedError):
            parse(valid | {member: "\ud83d"})
