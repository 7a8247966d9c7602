"""When a field or a section is shown (docs/protocol.md §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import encoding
from .errors import MalformedError
from .shapes import Items, Name, Object, Parsed, Shape

MAX_CONDITIONS = 8
MAX_VALUES = 256


@dataclass(frozen=True)
class Condition:
    """Holds if the field ``field`` is shown and has one of ``values``."""

    field: str
    values: tuple[str | bool, ...]


class Asked(Shape):
    """A value that a condition asks for: a string, true or false."""

    def read(self, value: object) -> str | bool:
        if not isinstance(value, str | bool):
            raise MalformedError("a condition lists strings, or true or false alone")
        return value


CONDITION = Object(
    "condition",
    {
        "field": Name("field name"),
        "in": Items("values of a condition", Asked(), MAX_VALUES),
    },
    versioned=False,
)


def parse_condition(value: object) -> Condition:
    """Parse one condition."""
    wire = CONDITION.read(value)
    values = wire["in"]
    if any(isinstance(value, bool) for value in values) and len(values) > 1:
        raise MalformedError("a condition lists strings, or true or false alone")
    encoding.distinct(list(values), "values of a condition")
    return Condition(wire["field"], values)


WHEN = Items("conditions", Parsed(parse_condition, (CONDITION,)), MAX_CONDITIONS)


def parse_when(value: object) -> tuple[Condition, ...]:
    """Parse conditions; what they may ask is ``check_conditions``' question."""
    return WHEN.read(value)


def dump_when(when: Sequence[Condition]) -> list[dict[str, Any]]:
    """Return conditions as JSON."""
    return [{"field": one.field, "in": list(one.values)} for one in when]


def check_conditions(when: Sequence[Condition], before: Mapping[str, Sequence[str | bool]]) -> None:
    """Raise MalformedError unless they ask for values of the fields that stand before.

    ``before`` has, for each of these that can be asked about, the values it can have.
    """
    for condition in when:
        values = before.get(condition.field)
        if not values:
            raise MalformedError("a condition names a choice or a box that stands before it")
        if any(type(value) is not type(values[0]) or value not in values
               for value in condition.values):  # fmt: skip
            raise MalformedError("a condition names values that its field cannot have")
