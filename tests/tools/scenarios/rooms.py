"""§8: how long the JSON of a value is at least when a browser seals it."""

from tests.tools.scenarios.book import Book
from tests.tools.scenarios.manifests import question
from tests.tools.scenarios.questions import KINDS_ALONE, asked, of
from tests.tools.scenarios.sections import section, when

LIMITED = ("text", "textarea", "email", "tel", "hidden")
BRANCH = [when("gate", "a")]


def tell(book: Book) -> None:
    """Tell the scenarios."""
    every = [asked(kind) for kind in KINDS_ALONE]
    gate = asked("radio", "gate")
    branch = [field | {"when": BRANCH} for field in every]
    parts = [section("gate", page=True), section(*KINDS_ALONE) | {"when": BRANCH}]
    bare = dict.fromkeys(KINDS_ALONE, 0) | {
        "select": 3, "radio": 3, "checkboxes": 9, "checkbox": 5, "rating": 3, "consent": 5,
    }  # fmt: skip
    hidden = {"gate": 3} | bare | dict.fromkeys(LIMITED, 1023)
    for name, comment, text, rooms in (
        ("always-shown", "of choices alone", of(*every), bare),
        ("on-a-condition", "of texts too", of(gate, *branch), hidden),
        ("in-a-section-on-a-condition", "as well", of(gate, *every, sections=parts), hidden),
        ("of-choices", "the longest, in bytes", of(*CHOICES), {"one": 802, "few": 817, "ten": 4}),
        ("of-limited-texts", "at most 4095", of(gate, *limited()),
         {"gate": 3, "m1": 6, "m15": 62, "m1023": 4094, "m1024": 4095, "m9007199254740991": 4095}),
    ):  # fmt: skip
        book.ok(f"rooms-{name}", "rooms", comment, {"text": text}, expect={"rooms": rooms})


def limited() -> list[dict[str, object]]:
    """Return texts of a branch that have a most length."""
    return [
        asked("textarea", f"m{most}", max_length=most, when=BRANCH)
        for most in (1, 15, 1023, 1024, 2**53 - 1)
    ]


CHOICES = (
    question("one", "contact", "select", "no", "\U0001f600" * 200, "x" * 200),
    question("few", "contact", "checkboxes", "no", '\\"' * 100, "\U0001f600" * 100, "é"),
    asked("rating", "ten", max="10"),
)
