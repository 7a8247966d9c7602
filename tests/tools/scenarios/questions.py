"""§8: the optional members of a manifest's fields."""

from typing import Any

from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, written
from tests.tools.scenarios.world import ACME

GOOD = "field-one-of-each-kind"
OPEN = {"sensitive": False}
ONE_OF_EACH = (
    ("text", {"placeholder": "AB-1", "min_length": 4, "max_length": 9, "pattern": "[A-Z]+-\\d",
              "example": "AB-1", "autocomplete": "nickname"} | OPEN),
    ("textarea", {"placeholder": "Tell us", "min_length": 1, "max_length": 9000,
                  "autocomplete": "street-address"} | OPEN),
    ("email", {"placeholder": "a@b.example", "max_length": 99, "autocomplete": "email"} | OPEN),
    ("tel", {"placeholder": "+49", "min_length": 5, "pattern": "\\+\\d+", "example": "+49",
             "autocomplete": "tel"} | OPEN),
    ("number", {"placeholder": "1.5", "min": "-0.5", "max": "10", "step": "0.25",
                "autocomplete": "bday"} | OPEN),
    ("date", {"min": "1900-01-01", "max": "2026-12-31", "autocomplete": "bday"} | OPEN),
    ("time", {"min": "08:00", "max": "17:30"} | OPEN),
    ("select", {"autocomplete": "country"} | OPEN),
    ("radio", {"autocomplete": "sex"} | OPEN),
    ("checkboxes", OPEN),
    ("checkbox", OPEN),
    ("rating", {"min": "0", "max": "10", "low": "bad", "high": "good"}),
    ("consent", {"text": "You may write to me."}),
    ("hidden", {"max_length": 64}),
)  # fmt: skip
KINDS_ALONE = [kind for kind, _ in ONE_OF_EACH]
CHOICES = ("select", "radio", "checkboxes")


def asked(kind: str, name: str = "", **members: Any) -> Json:
    """Return one field with what its kind needs."""
    needed = {"min": "1", "max": "5"} if kind == "rating" else {}
    options = ("a", "b") if kind in CHOICES else ()
    return question(name or kind, "contact", kind, *options, **needed | members)


def of(*fields: Json, **changes: Any) -> str:
    """Return a manifest of these fields alone."""
    return written(MANIFEST | {"types": TYPES[:1], "fields": list(fields)} | changes)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    every = of(*(asked(kind, **members) for kind, members in ONE_OF_EACH))
    book.ok(GOOD, "parse_manifest", "with all members", {"text": every})
    given = {"seed": ACME.seed.hex(), "text": every}
    book.ok("field-sign-one-of-each-kind", "sign_manifest", "written in the order of §8", given,
            languages=PYTHON)  # fmt: skip
    bare = of(*(asked(kind) for kind, _ in ONE_OF_EACH))
    book.ok("field-parse-kinds-without-members", "parse_manifest", "all optional", {"text": bare})
    limits(book)
    options(book)
    foreign_members(book)
    for name, comment, field in REFUSED:
        refused(book, name, comment, field)


def refused(book: Book, name: str, comment: str, field: Json) -> None:
    """Tell one field that does not parse."""
    book.bad(f"field-refuses-{name}", GOOD, "malformed", comment, {"text": of(field)})


def limits(book: Book) -> None:
    """The most that there may be."""
    most = of(
        asked("text", placeholder="😀" * 200, pattern="a*", example="a" * 200, min_length=2**53 - 1,
              max_length=2**53 - 1),
        asked("consent", text="x" * 4000),
        asked("rating", low="x" * 100, high="x" * 100),
        asked("number", min="-" + "1" * 39, max="-" + "1" * 39, step="0." + "0" * 37 + "1"),
        asked("date", min="0001-01-01", max="9999-12-31"),
        asked("time", min="00:00", max="23:59"),
    )  # fmt: skip
    book.ok("field-parse-longest-members", "parse_manifest", "the most", {"text": most})
    equal = of(asked("number", min="-0", max="0.00"), asked("date", min="2024-02-29"))
    book.ok("field-parse-equal-limits", "parse_manifest", "-0 equals 0", {"text": equal})


def options(book: Book) -> None:
    """What is sealed is seen, and the list of all boxes fits into 4095 bytes."""
    inside = "a b\u00a0c", "\u00e9\u0301", "\U0001f600"
    book.ok("field-parse-options-with-inner-spaces", "parse_manifest", "between visible ones",
            {"text": of(question("x", "contact", "radio", *inside))})  # fmt: skip
    for kind in CHOICES:
        value = f"Yes{' ' * 70}"
        refused(book, f"option-of-{kind}-with-trailing-spaces", "which pad it",
                question("x", "contact", kind, "No", value))  # fmt: skip
    for name, character in (
        ("space", " "), ("tab", "\t"), ("no-break-space", "\xa0"), ("ideographic-space", "\u3000"),
        ("next-line", "\x85"), ("file-separator", "\x1c"), ("line-separator", "\u2028"),
        ("byte-order-mark", "\ufeff"), ("zero-width-space", "\u200b"),
    ):  # fmt: skip
        refused(book, f"option-with-leading-{name}", "not at its ends",
                question("x", "contact", "radio", f"{character}a"))  # fmt: skip
    for name, character in (
        ("newline", "\n"), ("delete", "\x7f"), ("soft-hyphen", "\xad"),
        ("zero-width-joiner", "\u200d"), ("right-to-left-override", "\u202e"),
        ("paragraph-separator", "\u2029"), ("tag", "\U000e0041"),
    ):  # fmt: skip
        refused(book, f"option-with-inner-{name}", "nobody sees it",
                question("x", "contact", "radio", f"a{character}a"))  # fmt: skip
    boxes = [f"{n:02}{'x' * 194}" for n in range(20)] + ["y" * 111]
    good = "field-parse-boxes-of-4095-bytes"
    book.ok(good, "parse_manifest", "the most", {"text": of(boxed("checkboxes", boxes))})
    more = {"text": of(boxed("checkboxes", [*boxes[:-1], "y" * 112]))}
    book.bad("field-refuses-boxes-of-4096-bytes", good, "limit", "one too many", more)
    one = {"text": of(boxed("select", [*boxes, "z" * 200]))}
    book.ok("field-parse-longer-list-of-one-choice", "parse_manifest", "one is taken", one)


def boxed(kind: str, values: list[str]) -> Json:
    """Return a choice among these values."""
    return question("x", "contact", kind, *values)


def foreign_members(book: Book) -> None:
    """Members of other kinds."""
    for kind, member, value in (
        ("text", "min", "1"), ("text", "step", "1"), ("text", "low", "a"), ("text", "text", "a"),
        ("textarea", "example", "a"), ("email", "pattern", "a"), ("tel", "step", "1"),
        ("number", "min_length", 1), ("number", "low", "a"), ("date", "step", "1"),
        ("date", "placeholder", "a"), ("time", "autocomplete", "bday"), ("select", "min", "1"),
        ("radio", "placeholder", "a"), ("checkboxes", "autocomplete", "sex"),
        ("checkbox", "text", "a"), ("rating", "step", "1"), ("rating", "autocomplete", "sex"),
        ("consent", "placeholder", "a"), ("hidden", "min_length", 1),
        ("hidden", "placeholder", "a"),
    ):  # fmt: skip
        field = asked(kind, **dict[str, Any]({member: value} | OPEN))
        refused(book, f"{member}-of-{kind}".replace("_", "-"), "its kind has none", field)


REFUSED: tuple[tuple[str, str, Json], ...] = (
    ("empty-placeholder", "left out, then", asked("text", placeholder="")),
    ("long-placeholder", "201 characters", asked("text", placeholder="a" * 201)),
    ("placeholder-null", "no words", asked("text", placeholder=None)),
    ("empty-text", "left out, then", asked("consent", text="")),
    ("long-text", "4001 characters", asked("consent", text="a" * 4001)),
    ("empty-min", "left out, then", asked("number", min="")),
    ("min-as-number", "a string", asked("number", min=1)),
    ("min-with-plus", "no decimal", asked("number", min="+1")),
    ("min-with-exponent", "no decimal", asked("number", min="1e3")),
    ("min-with-leading-zero", "no decimal", asked("number", min="01")),
    ("min-without-fraction", "no decimal", asked("number", min="1.")),
    ("min-of-41-characters", "40 at most", asked("number", min="1" * 41)),
    ("min-above-max", "2 and 10 as numbers", asked("number", min="10", max="2")),
    ("min-a-little-above-max", "exactly",
     asked("number", min="0.10000000000000000000000000000000001", max="0.1")),
    ("step-of-zero", "above 0", asked("number", step="0.0")),
    ("negative-step", "above 0", asked("number", step="-1")),
    ("date-as-number", "no date", asked("date", min="19000101")),
    ("date-without-zeros", "no date", asked("date", min="1900-1-1")),
    ("date-that-is-none", "1900 was no leap year", asked("date", min="1900-02-29")),
    ("date-of-year-zero", "from 0001", asked("date", min="0000-01-01")),
    ("date-min-above-max", "a day", asked("date", min="2026-01-02", max="2026-01-01")),
    ("date-with-arabic-digits", "ASCII alone", asked("date", min="\u0661900-01-01")),
    ("time-24-00", "no time", asked("time", max="24:00")),
    ("time-with-seconds", "HH:MM", asked("time", min="08:00:00")),
    ("time-min-above-max", "not across midnight", asked("time", min="22:00", max="06:00")),
    ("rating-without-min", "both needed",
     question("x", "contact", "rating", max="5")),
    ("rating-without-max", "both needed", question("x", "contact", "rating", min="1")),
    ("rating-min-2", "0 or 1", asked("rating", min="2")),
    ("rating-max-1", "2 to 10", asked("rating", max="1")),
    ("rating-max-11", "2 to 10", asked("rating", max="11")),
    ("rating-max-10-0", "an integer", asked("rating", max="10.0")),
    ("rating-with-options", "no choice", asked("rating", options=[{"value": "a", "label": "A"}])),
    ("empty-low", "left out, then", asked("rating", low="")),
    ("long-high", "101 characters", asked("rating", high="a" * 101)),
    ("min-length-zero", "left out, then", asked("text", min_length=0)),
    ("max-length-zero", "left out, then", asked("text", max_length=0)),
    ("max-length-as-string", "an integer", asked("text", max_length="9")),
    ("max-length-true", "an integer", asked("text", max_length=True)),
    ("min-length-above-max-length", "5 and 4", asked("text", min_length=5, max_length=4)),
    ("pattern-without-example", "both or none", asked("text", pattern="a")),
    ("example-without-pattern", "both or none", asked("text", example="a")),
    ("example-that-does-not-match", "a shows b", asked("text", pattern="a", example="b")),
    ("example-that-matches-in-part", "whole values", asked("text", pattern="a", example="ab")),
    ("empty-example", "1 at least", asked("text", pattern="a*", example="")),
    ("long-example", "201 characters", asked("text", pattern="a*", example="a" * 201)),
    ("pattern-with-lookahead", "no pattern", asked("text", pattern="(?=a)a", example="a")),
    ("unknown-autocomplete", "no token", asked("text", autocomplete="off", sensitive=False)),
    ("payment-autocomplete", "not in the list",
     asked("text", autocomplete="cc-number", sensitive=False)),
    ("two-autocomplete-tokens", "one", asked("text", autocomplete="name email", sensitive=False)),
    ("autocomplete-null", "no token", asked("text", autocomplete=None, sensitive=False)),
    ("autocomplete-of-the-sensitive", "only where sensitive is false",
     asked("text", autocomplete="name")),
    ("sensitive-true", "the default is left out", asked("text", sensitive=True)),
    ("sensitive-zero", "no boolean", asked("text", sensitive=0)),
    ("required-hidden", "nobody could answer", asked("hidden", required=True)),
    ("consent-with-options", "no choice", asked("consent", options=[{"value": "a", "label": "A"}])),
    ("unknown-optional-member", "a member too many", asked("text", unit="kg")),
)  # fmt: skip
