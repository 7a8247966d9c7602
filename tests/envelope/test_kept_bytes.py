"""Sealed objects keep the bytes that they came in, and are written anew only where they changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from apps.envelope.encoding import WireObject, dump_json, load_json
from apps.envelope.errors import MalformedError
from apps.envelope.grants import parse_grant, read_grant
from apps.envelope.records import hide_fields, parse_record, read_record
from apps.envelope.statements import parse_deletion, parse_revocation
from apps.envelope.submissions import dump_submission, parse_submission
from tests.tools.scenarios.forms import form_record
from tests.tools.scenarios.grants import COLUMN_MAP, grant
from tests.tools.scenarios.records import client_record
from tests.tools.scenarios.statements import DELETION, REVOCATION


class Kind(NamedTuple):
    """How an object is parsed, and one of the kind."""

    parse: Callable[[Any], WireObject]
    one: WireObject


KINDS = {
    "record": Kind(parse_record, client_record()),
    "partial record": Kind(parse_record, hide_fields(client_record(), ["zip"])),
    "form record": Kind(parse_record, form_record()),
    "grant": Kind(parse_grant, grant(COLUMN_MAP, fields=("city", "zip"))),
    "deletion": Kind(parse_deletion, DELETION),
    "revocation": Kind(parse_revocation, REVOCATION),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def never_written(patch: pytest.MonkeyPatch, one: WireObject) -> None:
    """From here on, whoever makes JSON of an object of this kind is told so."""

    def refuse(self: WireObject) -> None:
        raise AssertionError("it is written anew")

    patch.setattr(type(one), "to_wire", refuse)


@kinds
def test_what_was_parsed_is_not_written_again(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = kind.one.to_wire()
    parsed = kind.parse(wire)
    never_written(monkeypatch, kind.one)

    assert parsed.raw == dump_json(wire)
    assert dump_json({"items": [parsed]}) == dump_json({"items": [wire]})


@kinds
def test_what_comes_in_another_order_is_written_in_the_right_one(kind: Kind) -> None:
    wire = kind.one.to_wire()
    turned = {
        name: dict(reversed(value.items())) if isinstance(value, dict) else value
        for name, value in reversed(wire.items())
    }

    assert kind.parse(turned).raw == dump_json(wire)


@pytest.mark.parametrize("name", ["fields", "hidden"])
def test_names_in_another_order_are_written_in_the_right_one(name: str) -> None:
    wire = hide_fields(client_record(values={"a": 1, "b": 2, "c": 3, "d": 4}), ["a", "b"]).to_wire()
    turned = wire | {name: dict(reversed(wire[name].items()))}

    assert parse_record(turned).raw == dump_json(wire) != dump_json(turned)


@kinds
def test_a_changed_copy_has_bytes_of_its_own(kind: Kind) -> None:
    parsed = kind.parse(kind.one.to_wire())
    changed = replace(parsed, type="health")  # type: ignore[type-var]

    assert changed.raw == dump_json(parsed.to_wire() | {"type": "health"})


@kinds
def test_bytes_are_no_part_of_what_is_compared(kind: Kind) -> None:
    assert kind.parse(kind.one.to_wire()) == replace(kind.one)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("read", "one"), [(read_record, client_record()), (read_grant, grant(COLUMN_MAP))]
)
def test_it_is_read_from_canonical_bytes_alone(
    read: Callable[[bytes], WireObject], one: WireObject
) -> None:
    raw = dump_json(one.to_wire())

    assert read(raw).raw is raw
    with pytest.raises(MalformedError):
        read(raw.replace(b":", b": ", 1))


def test_a_submission_is_sent_as_it_was_sealed() -> None:
    records = (form_record(), form_record("health"))
    body = dump_submission(records)

    assert b",".join(record.raw for record in parse_submission(load_json(body))) in body
