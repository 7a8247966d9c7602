"""§8: sections and conditions."""

from typing import Any

from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.manifests import question
from tests.tools.scenarios.questions import asked, of
from tests.tools.scenarios.world import ACME

GOOD = "section-parse"
NAMES = ["radio", "checkboxes", "rating", "consent", "text"]


def section(*fields: str, **members: Any) -> Json:
    """Return a section."""
    return {"page": False, "title": "", "text": "", "fields": list(fields)} | members


def when(field: str, *values: str | bool) -> Json:
    """Return a condition."""
    return {"field": field, "in": list(values)}


FIRST = section("radio", "checkboxes", page=True, title="About you", text="Please.")
SECOND = section("rating", "consent", "text", page=True, when=[when("radio", "a")])


def form(*sections: Json, last: Json | None = None) -> str:
    """Return a manifest of five fields in these sections."""
    return of(*map(asked, NAMES[:4]), last or asked("text"), sections=list(sections))


def conditional(*conditions: Any, **members: Any) -> str:
    """Return a manifest whose last field has these conditions."""
    return of(*map(asked, NAMES[:4]), asked("text", when=list(conditions)), **members)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    good = {"text": form(FIRST, SECOND)}
    book.ok(GOOD, "parse_manifest", "two pages, the second on a condition", good)
    book.ok("section-sign", "sign_manifest", "written again", good | {"seed": ACME.seed.hex()},
            languages=PYTHON)  # fmt: skip
    for name, comment, text in (
        ("without-fields", "a text alone", form(FIRST, section(text="Now:"), SECOND)),
        ("of-one-page", "a heading", form(FIRST, SECOND | {"page": False})),
        ("longest", "200 and 4000", form(section(*NAMES, page=True, title="a" * 200,
                                                 text="a" * 4000))),
        ("64", "the most", form(*[section(page=True)] * 63, section(*NAMES))),
    ):  # fmt: skip
        book.ok(f"section-parse-{name}", "parse_manifest", comment, {"text": text})
    refused_sections(book)
    conditions(book)
    refused_conditions(book)


def refused_sections(book: Book) -> None:
    """All fields, in order, once."""
    tail = section("rating", "consent", "text")
    for name, comment, sections in (
        ("none", "left out, then", []),
        ("first-without-page", "it begins one", [section(*NAMES)]),
        ("missing-field", "text is nowhere", [section(*NAMES[:4], page=True)]),
        ("field-twice", "text", [section(*NAMES, "text", page=True)]),
        ("unknown-field", "age", [section(*NAMES, "age", page=True)]),
        ("other-order", "the manifest's", [section(*reversed(NAMES), page=True)]),
        ("sections-in-other-order", "the manifest's", [tail | {"page": True}, FIRST]),
        ("page-as-number", "true or false", [FIRST | {"page": 1}, tail]),
        ("long-title", "201 characters", [FIRST | {"title": "a" * 201}, tail]),
        ("long-text", "4001 characters", [FIRST | {"text": "a" * 4001}, tail]),
        ("missing-text", "all four", [{"page": True, "title": "", "fields": NAMES}]),
        ("unknown-member", "a member too many", [FIRST | {"help": ""}, tail]),
        ("fields-as-string", "a list", [FIRST | {"fields": "radio"}, tail]),
        ("field-as-number", "a name", [FIRST | {"fields": ["radio", "checkboxes", 1]}, tail]),
        ("section-as-list", "an object", [NAMES]),
        ("no-conditions", "left out, then", [FIRST, tail | {"when": []}]),
        ("condition-on-itself", "before all of its fields",
         [FIRST, tail | {"when": [when("rating", "1")]}]),
        ("condition-on-a-later-one", "before all of its fields",
         [FIRST | {"when": [when("rating", "1")]}, tail]),
        ("empty-section-before-its-condition", "radio stands behind it",
         [section(page=True, when=[when("radio", "a")]), FIRST, tail]),
    ):  # fmt: skip
        changes = {"text": form(*sections)}
        book.bad(f"section-refuses-{name}", GOOD, "malformed", comment, changes)
    most = {"text": form(*[section(page=True)] * 64, section(*NAMES))}
    book.bad("section-refuses-65", GOOD, "limit", "one too many", most)
    no_list = {"text": of(asked("text"), sections={})}
    book.bad("section-refuses-sections-as-object", GOOD, "malformed", "a list", no_list)


def conditions(book: Book) -> None:
    """Each kind that may be asked about."""
    for name, comment, text in (
        ("radio", "one of several", conditional(when("radio", "a", "b"))),
        ("checkboxes", "one of several", conditional(when("checkboxes", "b"))),
        ("rating", "of the scale", conditional(when("rating", "1", "5"))),
        ("consent", "given", conditional(when("consent", True))),
        ("consent-refused", "not given", conditional(when("consent", False))),
        ("every", "all of them", conditional(*(when("radio", "a") for _ in range(8)))),
        ("select", "an option",
         of(asked("select"), asked("checkbox", when=[when("select", "a")]))),
        ("checkbox", "ticked",
         of(asked("checkbox"), asked("text", when=[when("checkbox", True)]))),
        ("256-values", "the most", of(wide(256), asked("text", when=[when("wide", *VALUES)]))),
    ):  # fmt: skip
        book.ok(f"condition-parse-{name}", "parse_manifest", comment, {"text": text})


VALUES = [f"o{number}" for number in range(256)]


def wide(count: int) -> Json:
    """Return a choice of many."""
    return question("wide", "contact", "select", *VALUES[:count])


def refused_conditions(book: Book) -> None:
    """What cannot be asked."""
    good = "condition-parse-radio"
    both = {"field": "consent", "in": [True, False]}
    for name, comment, condition in (
        ("no-field", "age", when("age", "a")),
        ("itself", "stands not before", when("text", "a")),
        ("no-option", "c", when("radio", "c")),
        ("no-option-of-checkboxes", "c", when("checkboxes", "c")),
        ("beyond-the-scale", "6 of 5", when("rating", "6")),
        ("below-the-scale", "0 of 1", when("rating", "0")),
        ("rating-with-leading-zero", "01", when("rating", "01")),
        ("rating-as-number", "a string", {"field": "rating", "in": [1]}),
        ("consent-as-string", "a boolean", when("consent", "true")),
        ("consent-as-number", "a boolean", {"field": "consent", "in": [1]}),
        ("consent-either-way", "asks nothing", both),
        ("radio-as-boolean", "a string", when("radio", True)),
        ("empty-answer", "no option", when("radio", "")),
        ("value-twice", "a", when("radio", "a", "a")),
        ("no-values", "1 at least", when("radio")),
        ("values-as-string", "a list", {"field": "radio", "in": "a"}),
        ("value-null", "no string", {"field": "radio", "in": [None]}),
        ("value-list", "no string", {"field": "checkboxes", "in": [["a"]]}),
        ("unknown-member", "a member too many", when("radio", "a") | {"not": True}),
        ("missing-field", "two members", {"in": ["a"]}),
        ("bad-field-name", "no name", when("Radio", "a")),
        ("list", "no object", ["radio", "a"]),
    ):
        changes = {"text": conditional(condition)}
        book.bad(f"condition-refuses-{name}", good, "malformed", comment, changes)
    for name, comment, text in (
        ("none", "left out, then", conditional()),
        ("conditions-as-object", "a list", of(asked("radio"), asked("text", when={}))),
        ("later-field", "stands not before",
         of(asked("text", when=[when("radio", "a")]), asked("radio"))),
    ):  # fmt: skip
        book.bad(f"condition-refuses-{name}", good, "malformed", comment, {"text": text})
    for kind in ("text", "textarea", "email", "tel", "number", "date", "time", "hidden"):
        text = of(asked(kind), asked("text", "x", when=[when(kind, "1")]))
        book.bad(f"condition-refuses-{kind}", good, "malformed", "nobody asks for these",
                 {"text": text})  # fmt: skip
    nine = conditional(*(when("radio", "a") for _ in range(9)))
    book.bad("condition-refuses-nine", good, "limit", "one too many", {"text": nine})
    many = of(asked("radio"), asked("text", when=[when("radio", *(f"o{i}" for i in range(257)))]))
    book.bad("condition-refuses-257-values", good, "limit", "one too many", {"text": many})
