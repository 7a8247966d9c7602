"""A value that is a number is kept exactly, or refused (docs/protocol.md §5)."""

import pytest

from apps.envelope.errors import MalformedError
from apps.envelope.fields import MAX_NUMBER, Value, dump_value, load_value

EXACT = {
    "0": 0, "7": 7, "-42": -42, " 7\n": 7, "0.0": 0, "0e5": 0, "1.5": 1.5, "0.1": 0.1, "0.10": 0.1,
    "100": 100, "1e2": 100, "1E+2": 100, "1.0e0": 1, "2.5e-8": 2.5e-8, "1e-7": 1e-7,
    "5e-324": 5e-324,
    "0.30000000000000004": 0.1 + 0.2, "9007199254740991": 2**53 - 1,
    "-9007199254740991.0": 1 - 2**53, "9007199254740990e0": 2**53 - 2,
    "0." + "0" * (MAX_NUMBER - 3) + "1": 10.0 ** (2 - MAX_NUMBER),
}  # fmt: skip
OTHERS = [
    "9007199254740991.4999", "9007199254740990.5", "4503599627370495.26", "1e-400", "-1e-400",
    "3e-324", "4.9e-324",
    "0.1000000000000000055511151231257827", "0.30000000000000000001", "1.00000000000000000001",
    "123456789.123456789", "-0", "-0.0", "-0e5", " -0 ", "1e-99999999999999999999",
    "0." + "0" * (MAX_NUMBER - 2) + "1", "9007199254740992", "1e400", "-1e16",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), EXACT.items())
def test_it_is_read_where_it_is_kept_exactly(text: str, value: Value) -> None:
    assert load_value(text.encode()) == value


@pytest.mark.parametrize("text", OTHERS)
def test_what_a_reader_would_see_otherwise_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        load_value(text.encode())


@pytest.mark.parametrize("value", [0, 0.0, -1, 1.5, 1e-7, 5e-324, 0.1 + 0.2, 2**53 - 1])
def test_what_is_written_is_read_again(value: Value) -> None:
    assert load_value(dump_value(value)) == value


def test_a_zero_below_nothing_is_not_written() -> None:
    with pytest.raises(MalformedError, match="-0"):
        dump_value(-0.0)
    assert dump_value("-0") == b'"-0"'
