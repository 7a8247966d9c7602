"""What a program hands in is kept exactly, or refused before anything is sent."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.client.acts.writing import MAX_ITEMS
from apps.client.errors import ClientError
from apps.envelope.errors import EnvelopeError
from tests.client.parties import Party, Tampering

BAD: list[Any] = [
    -0.0, float("nan"), float("inf"), -float("inf"), 2**53, -(2**53), 1e16, 1e300,
    Decimal("9007199254740991.4999"), Decimal("1e-400"), Fraction(1, 3), b"bytes", {"a": 1}, [1],
    ["x", None], ("x",), {"x"}, object(), "\ud800", "x" * 65_536, 1j,
]  # fmt: skip
GOOD: list[Any] = [
    0, 0.1, 1e2, 5e-324, 2**53 - 1, -(2**53 - 1), 9007199254740991.0, "", "\u202e", [], ["", "x"],
    True, None, "9007199254740991.4999", "x" * 65_533,
]  # fmt: skip


def test_what_cannot_be_kept_exactly_is_refused_before_anything_is_sent(acme: Party) -> None:
    server = Tampering()
    client = acme.through(server)

    for value in BAD:
        try:
            client.write_many("contact", [{"a": "good"}] * MAX_ITEMS + [{"a": value}])
        except (EnvelopeError, ClientError):
            continue
        pytest.fail(f"{value!r:.30} was taken")

    assert server.seen == []


@pytest.mark.parametrize(
    "fields", [{}, {"A": 1}, {"": 1}, {"a.b": 1}, {f"f{n}": 1 for n in range(129)}]
)
def test_what_no_record_can_hold_is_refused_before_anything_is_sent(
    fields: dict[str, Any], acme: Party
) -> None:
    server = Tampering()

    with pytest.raises(EnvelopeError):
        acme.through(server).write("contact", fields)

    assert server.seen == []


def test_what_can_be_kept_comes_back_as_it_was(acme: Party) -> None:
    acme.client.write_many("contact", [{"a": value, "n": n} for n, value in enumerate(GOOD)])

    read = {record.data["n"]: record.data["a"] for record in acme.client.query("contact")}

    assert [read[n] for n in range(len(GOOD))] == GOOD
    assert [str(read[n]) for n in range(len(GOOD))] == [str(value) for value in GOOD]
