"""The fields of a form (docs/protocol.md §8)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import encoding
from .conditions import Condition, dump_when, parse_when
from .errors import LimitError, MalformedError
from .fields import dump_value
from .formats import exact, is_date, is_decimal, is_time
from .patterns import check_pattern, matches
from .words import Words, parse_words

MAX_OPTIONS = 256

_LENGTHS = ("placeholder", "min_length", "max_length")
# The optional members that each kind has; all have ``sensitive`` and ``when`` too.
KINDS: dict[str, tuple[str, ...]] = {
    "text": (*_LENGTHS, "pattern", "example", "autocomplete"),
    "textarea": (*_LENGTHS, "autocomplete"),
    "email": (*_LENGTHS, "autocomplete"),
    "tel": (*_LENGTHS, "pattern", "example", "autocomplete"),
    "number": ("placeholder", "min", "max", "step", "autocomplete"),
    "date": ("min", "max", "autocomplete"),
    "time": ("min", "max"),
    "select": ("autocomplete",),
    "radio": ("autocomplete",),
    "checkboxes": (),
    "checkbox": (),
    "rating": ("min", "max", "low", "high"),
    "consent": ("text",),
    "hidden": ("max_length",),
}
CHOICES = {"select", "radio", "checkboxes"}
YES_OR_NO = {"checkbox", "consent"}
AUTOCOMPLETE = {
    "name", "honorific-prefix", "given-name", "additional-name", "family-name",
    "honorific-suffix", "nickname", "email", "tel", "organization", "organization-title",
    "street-address", "address-line1", "address-line2", "address-line3", "address-level1",
    "address-level2", "postal-code", "country", "country-name", "language", "bday", "sex", "url",
}  # fmt: skip
LEAST_OF_SCALE = ("0", "1")
MOST_OF_SCALE = tuple(map(str, range(2, 11)))


@dataclass(frozen=True)
class Option:
    """One choice of a field: what is sealed, and what the visitor reads."""

    value: str
    label: Words


@dataclass(frozen=True)
class Field:
    """One question of a form and the record type that its answer goes to.

    What comes after ``options`` is optional; "", 0 and () say that there is none.
    """

    name: str
    type: str
    kind: str
    label: Words
    help: Words
    required: bool
    options: tuple[Option, ...]
    placeholder: Words = ""
    text: Words = ""
    min: str = ""
    max: str = ""
    step: str = ""
    min_length: int = 0
    max_length: int = 0
    pattern: str = ""
    example: str = ""
    low: Words = ""
    high: Words = ""
    autocomplete: str = ""
    sensitive: bool = True
    when: tuple[Condition, ...] = ()

    @property
    def choices(self) -> tuple[str | bool, ...]:
        """The values that a condition may ask for: none if it may not ask about this field."""
        if self.kind in YES_OR_NO:
            return (False, True)
        if self.kind == "rating":
            return tuple(map(str, range(int(self.min), int(self.max) + 1)))
        return tuple(option.value for option in self.options)


def dump_field(field: Field) -> dict[str, Any]:
    """Return a field as JSON, members in the order of the specification."""
    wire: dict[str, Any] = {name: getattr(field, name) for name in NEEDED}
    wire["options"] = [{"value": one.value, "label": one.label} for one in field.options]
    for name in OPTIONAL:
        value = getattr(field, name)
        if value != getattr(Field, name):
            wire[name] = dump_when(value) if name == "when" else value
    return wire


def parse_field(value: object, languages: tuple[str, ...]) -> Field:
    """Parse a field strictly; what its conditions may ask is ``manifests``' question."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise MalformedError("a field is of a kind that this version does not know")
    wire = encoding.members(value, NEEDED, "field", (*KINDS[kind], "sensitive", "when"))
    read = _Reader(kind, languages)
    field = Field(**{name: READERS[name](read, item) for name, item in wire.items()})
    _check_limits(field)
    if field.kind == "hidden" and field.required:
        raise MalformedError("a hidden field is not required")
    if field.autocomplete and field.sensitive:
        raise MalformedError("what is sensitive is not completed")
    if bool(field.pattern) != bool(field.example):
        raise MalformedError("a pattern comes with an example")
    if field.pattern and not matches(field.pattern, field.example):
        raise MalformedError("the example does not match the pattern")
    return field


def _check_limits(field: Field) -> None:
    if field.kind == "rating" and not (field.min and field.max):
        raise MalformedError("a rating has min and max")
    if field.min and field.max and comparable(field, field.min) > comparable(field, field.max):
        raise MalformedError("min is above max")
    if field.max_length and field.min_length > field.max_length:
        raise MalformedError("min_length is above max_length")


def comparable(field: Field, value: str) -> Any:
    """Return a value of a number, date, time or rating as what compares with its like."""
    return exact(value) if field.kind in {"number", "rating"} else value


@dataclass(frozen=True)
class _Reader:
    """Reads the members of a field of one kind in a manifest of these languages."""

    kind: str
    languages: tuple[str, ...]

    def name(self, value: object) -> str:
        return encoding.name(value, "field name")

    def type(self, value: object) -> str:
        return encoding.name(value, "type")

    def words(self, value: object, what: str, most: int, least: int = 1) -> Words:
        return parse_words(value, what, most, self.languages, least)

    def options(self, value: object) -> tuple[Option, ...]:
        if self.kind not in CHOICES and value != []:
            raise MalformedError("only a choice has options")
        least = 1 if self.kind in CHOICES else 0
        options = tuple(map(self._option, encoding.listed(value, "options", MAX_OPTIONS, least)))
        values = [option.value for option in options]
        encoding.distinct(values, "options")
        if self.kind == "checkboxes" and len(dump_value(values)) > encoding.MAX_ROOM:
            raise LimitError("the values of all boxes are at most 4095 bytes")
        return options

    def _option(self, value: object) -> Option:
        wire = encoding.members(value, ("value", "label"), "option")
        sealed = encoding.visible(wire["value"], "an option's value", 200)
        return Option(sealed, self.words(wire["label"], "label", 500))

    def limit(self, value: object, what: str) -> str:
        text = encoding.text(value, what, 40, 1)
        allowed: bool = {
            "number": is_decimal,
            "date": is_date,
            "time": is_time,
            "rating": (LEAST_OF_SCALE if what == "min" else MOST_OF_SCALE).__contains__,
        }[self.kind](text)
        if not allowed or (what == "step" and exact(text) <= 0):
            raise MalformedError(f"{what} is no value that a field of this kind can have")
        return text

    def autocomplete(self, value: object) -> str:
        if not isinstance(value, str) or value not in AUTOCOMPLETE:
            raise MalformedError("autocomplete is not one of the tokens that there are")
        return value

    def sensitive(self, value: object) -> bool:
        if value is not False:
            raise MalformedError("sensitive, where it is written, is false")
        return False


_Readers = dict[str, Callable[[_Reader, object], Any]]

# What reads the members that every field has, in the order in which they are written.
NEEDED: _Readers = {
    "name": _Reader.name,
    "type": _Reader.type,
    "kind": lambda read, value: read.kind,
    "label": lambda read, value: read.words(value, "label", 500),
    "help": lambda read, value: read.words(value, "help", 2000, 0),
    "required": lambda read, value: encoding.boolean(value, "required"),
    "options": _Reader.options,
}
# What reads the others, of which each kind has some; they are written after those.
OPTIONAL: _Readers = {
    "placeholder": lambda read, value: read.words(value, "placeholder", 200),
    "text": lambda read, value: read.words(value, "text", 4000),
    "min": lambda read, value: read.limit(value, "min"),
    "max": lambda read, value: read.limit(value, "max"),
    "step": lambda read, value: read.limit(value, "step"),
    "min_length": lambda read, value: encoding.integer(value, "min_length"),
    "max_length": lambda read, value: encoding.integer(value, "max_length"),
    "pattern": lambda read, value: check_pattern(value),
    "example": lambda read, value: encoding.text(value, "example", 200, 1),
    "low": lambda read, value: read.words(value, "low", 100),
    "high": lambda read, value: read.words(value, "high", 100),
    "autocomplete": _Reader.autocomplete,
    "sensitive": _Reader.sensitive,
    "when": lambda read, value: parse_when(value),
}
READERS = NEEDED | OPTIONAL
