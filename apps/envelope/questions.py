"""The fields of a form (docs/protocol.md §8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from . import encoding
from .conditions import WHEN, Condition, dump_when
from .errors import LimitError, MalformedError
from .fields import dump_value
from .formats import bound, exact, is_date, is_decimal, is_time
from .patterns import check_pattern, matches
from .seen import alike
from .shapes import (
    Boolean,
    Integer,
    Items,
    Name,
    Object,
    OneOf,
    Only,
    Parsed,
    Shape,
    Text,
    Visible,
)
from .words import Length, Worded, Words

MAX_OPTIONS = 256
MAX_LIMIT = 40  # characters of min, max and step

LENGTHS = {
    "label": Length(1, 500),
    "help": Length(0, 2000),
    "placeholder": Length(1, 200),
    "text": Length(1, 4000),
    "example": Length(1, 200),
    "low": Length(1, 100),
    "high": Length(1, 100),
}
OPTION_LENGTHS = {"value": Length(1, 200), "label": Length(1, 500)}

_TYPED = ("placeholder", "min_length", "max_length")
# The members that every field has, and all others, in the order in which they are written.
NEEDED = ("name", "type", "kind", "label", "help", "required", "options")
OPTIONAL = (
    "placeholder", "text", "min", "max", "step", "min_length", "max_length", "pattern", "example",
    "low", "high", "autocomplete", "sensitive", "when",
)  # fmt: skip
# The optional members that each kind has; all have ``sensitive`` and ``when`` too.
KINDS: dict[str, tuple[str, ...]] = {
    "text": (*_TYPED, "pattern", "example", "autocomplete"),
    "textarea": (*_TYPED, "autocomplete"),
    "email": (*_TYPED, "autocomplete"),
    "tel": (*_TYPED, "pattern", "example", "autocomplete"),
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
AUTOCOMPLETE = frozenset({
    "name", "honorific-prefix", "given-name", "additional-name", "family-name",
    "honorific-suffix", "nickname", "email", "tel", "organization", "organization-title",
    "street-address", "address-line1", "address-line2", "address-line3", "address-level1",
    "address-level2", "postal-code", "country", "country-name", "language", "bday", "sex", "url",
})  # fmt: skip
LEAST_OF_SCALE = ("0", "1")
MOST_OF_SCALE = tuple(map(str, range(2, 11)))
# How the limits of each kind that has some are written.
WRITTEN: dict[str, Callable[[str], bool]] = {
    "number": is_decimal,
    "date": is_date,
    "time": is_time,
}


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
        return choices(self, [option.value for option in self.options])


class Asked(Protocol):
    """What rules ask of a question, in a manifest or in a draft; None is as good as "" or 0."""

    @property
    def kind(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def min(self) -> str: ...
    @property
    def max(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def min_length(self) -> int | None: ...
    @property
    def max_length(self) -> int | None: ...
    @property
    def pattern(self) -> str: ...
    @property
    def example(self) -> str: ...
    @property
    def autocomplete(self) -> str: ...
    @property
    def sensitive(self) -> bool: ...


def choices(question: Asked, options: Sequence[str]) -> tuple[str | bool, ...]:
    """Return the values that a condition may ask for; ``options`` are those of its own."""
    if question.kind in YES_OR_NO:
        return (True, False)
    if question.kind == "rating":
        return tuple(map(str, range(int(question.min or 0), int(question.max or 0) + 1)))
    return tuple(options)


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
    field = Field(**field_of(kind, languages).read(value))
    for rule in RULES:
        if rule.is_broken(field):
            raise MalformedError(rule.says)
    return field


def check_member(kind: str, member: str, value: object) -> None:
    """Raise MalformedError or LimitError unless a question of this kind can say that.

    The kind is known and has the member; words are those of a form in one language.
    """
    field_of(kind, ()).members[member].read(value)


@dataclass(frozen=True)
class Rule:
    """What members of one question say together, each of them being in order for itself.

    ``members`` are those that it looks at, the first one the one to mend.
    """

    name: str
    members: tuple[str, ...]
    says: str
    is_broken: Callable[[Asked], bool]


def _above(question: Asked) -> bool:
    """Days and times are in the order of their characters."""
    if not question.min or not question.max:
        return False
    return bool(comparable(question, question.min) > comparable(question, question.max))


RULES = (
    Rule(
        "hidden_required",
        ("required", "kind"),
        "a hidden field is not required",
        lambda one: one.kind == "hidden" and one.required,
    ),
    Rule(
        "scale_least",
        ("min", "kind"),
        "a rating has min and max",
        lambda one: one.kind == "rating" and not one.min,
    ),
    Rule(
        "scale_most",
        ("max", "kind"),
        "a rating has min and max",
        lambda one: one.kind == "rating" and not one.max,
    ),
    Rule("limits", ("max", "min"), "min is above max", _above),
    Rule(
        "step",
        ("step",),
        "a step is above 0",
        lambda one: bool(one.step) and exact(one.step) <= 0,
    ),
    Rule(
        "lengths",
        ("max_length", "min_length"),
        "min_length is above max_length",
        lambda one: bool(one.max_length) and (one.min_length or 0) > (one.max_length or 0),
    ),
    Rule(
        "pattern",
        ("pattern", "example"),
        "a pattern comes with an example",
        lambda one: bool(one.example) and not one.pattern,
    ),
    Rule(
        "example",
        ("example", "pattern"),
        "the example does not match the pattern",
        lambda one: bool(one.pattern) and not (one.example and matches(one.pattern, one.example)),
    ),
    Rule(
        "sensitive",
        ("autocomplete", "sensitive"),
        "what is sensitive is not completed",
        lambda one: bool(one.autocomplete) and one.sensitive,
    ),
)


COUNTED = {"number", "rating"}


def comparable(question: Asked, value: str) -> Any:
    """Return a value of a number, date, time or rating as what compares with its like."""
    return exact(value) if question.kind in COUNTED else value


def comparable_bound(question: Asked, value: str) -> Any:
    """Return the least or the most that a question takes, as ``comparable`` does."""
    return bound(value) if question.kind in COUNTED else value


@dataclass(frozen=True)
class Limit(Shape):
    """The least, the most or the step that a question of this kind can have."""

    what: str
    kind: str

    def read(self, value: object) -> str:
        text = encoding.text(value, self.what, MAX_LIMIT, 1)
        if self.kind == "rating":
            is_written = text in (LEAST_OF_SCALE if self.what == "min" else MOST_OF_SCALE)
        else:
            is_written = WRITTEN[self.kind](text)
        if not is_written:
            raise MalformedError(f"{self.what} is no value that a field of this kind can have")
        return text


class Pattern(Shape):
    """A pattern, which is parsed by its grammar."""

    def read(self, value: object) -> str:
        return check_pattern(value)


@dataclass(frozen=True)
class Options(Items):
    """The options of a question, which only choices have."""

    kind: str = ""

    def read(self, value: object) -> tuple[Option, ...]:
        if self.kind not in CHOICES and value != []:
            raise MalformedError("only a choice has options")
        options = super().read(value)
        values = [option.value for option in options]
        encoding.distinct([alike(one) for one in values], "options, as people see them,")
        if self.kind == "checkboxes" and len(dump_value(values)) > encoding.MAX_ROOM:
            raise LimitError("the values of all boxes are at most 4095 bytes")
        return options


@lru_cache(maxsize=256)
def field_of(kind: str, languages: tuple[str, ...]) -> Object:
    """Return what a field of this kind is in a form of these languages."""
    words = {what: Worded(what, length, languages) for what, length in LENGTHS.items()}
    needed: dict[str, Shape] = {
        "name": Name("field name"),
        "type": Name("type"),
        "kind": Only("kind", kind),
        "label": words["label"],
        "help": words["help"],
        "required": Boolean("required"),
        "options": _options(kind, languages),
    }
    optional: dict[str, Shape] = {
        "placeholder": words["placeholder"],
        "text": words["text"],
        "min": Limit("min", kind),
        "max": Limit("max", kind),
        "step": Limit("step", kind),
        "min_length": Integer("min_length"),
        "max_length": Integer("max_length"),
        "pattern": Pattern(),
        "example": Text("example", LENGTHS["example"].most, LENGTHS["example"].least),
        "low": words["low"],
        "high": words["high"],
        "autocomplete": OneOf("autocomplete", AUTOCOMPLETE),
        "sensitive": Only("sensitive", value=False),
        "when": WHEN,
    }
    has = {*KINDS[kind], "sensitive", "when"}
    its = {name: shape for name, shape in optional.items() if name in has}
    return Object(f"{kind} field", needed | its, optional=its, versioned=False)


def _options(kind: str, languages: tuple[str, ...]) -> Options:
    least, most = (1, MAX_OPTIONS) if kind in CHOICES else (0, 0)
    return Options("options", _option(languages), most, least, kind)


@lru_cache(maxsize=64)
def _option(languages: tuple[str, ...]) -> Parsed:
    option = Object(
        "option",
        {
            "value": Visible("an option's value", OPTION_LENGTHS["value"].most),
            "label": Worded("label", OPTION_LENGTHS["label"], languages),
        },
        versioned=False,
    )
    return Parsed(lambda value: Option(**option.read(value)), (option,))


def any_field(languages: tuple[str, ...]) -> Parsed:
    """Return what a field of any kind is in a form of these languages."""
    kinds = tuple(field_of(kind, languages) for kind in KINDS)
    return Parsed(lambda value: parse_field(value, languages), kinds, "field")
