"""§8: words in several languages."""

from typing import Any

from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.questions import asked, of
from tests.tools.scenarios.world import ACME

GOOD = "words-in-two-languages"
TITLE = {"en": "Sign-up", "de": "Anmeldung"}


def two(en: str, de: str) -> Json:
    """Return words in the two languages."""
    return {"en": en, "de": de}


def bilingual(**changes: Any) -> str:
    """Return a manifest in English and German."""
    option = {"value": "a", "label": two("one", "eins")}
    fields = [
        asked("text", label=two("Name", "Name"), help=two("", "Ganz."), placeholder=two("A", "B")),
        asked("radio", options=[option, {"value": "b", "label": "2"}]),
        asked("rating", low=two("bad", "schlecht"), high=two("good", "gut")),
        asked("consent", text=two("I agree.", "Ich stimme zu.")),
    ]
    section = {"page": True, "title": two("You", "Sie"), "text": two("", ""),
               "fields": ["text", "radio", "rating", "consent"]}  # fmt: skip
    use = {"title": TITLE, "description": two("", ""), "confirmation": two("Thanks.", "Danke."),
           "languages": ["en", "de"], "sections": [section]} | changes  # fmt: skip
    return of(*use.pop("fields", fields), **use)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    given = {"text": bilingual()}
    book.ok(GOOD, "parse_manifest", "wherever words may stand", given)
    book.ok("words-sign-in-two-languages", "sign_manifest", "languages, then sections",
            given | {"seed": ACME.seed.hex()}, languages=PYTHON)  # fmt: skip
    tags = ["en", "pt-BR", "es-419", "zh-Hant", "zh-Hant-TW", "fil", "ar"]
    title = dict.fromkeys(reversed(tags), "😀" * 200)
    for name, comment, text in (
        ("in-seven-languages", "the longest, in any order", of(asked("text"), title=title,
                                                               languages=tags)),
        ("for-every-language", "one text", of(asked("text"), languages=["en", "de"])),
        ("in-one-language", "may be told", of(asked("text"), title={"en": "A"}, languages=["en"])),
        ("in-16-languages", "the most", of(asked("text"), languages=many(16))),
    ):  # fmt: skip
        book.ok(f"words-{name}", "parse_manifest", comment, {"text": text})
    refused(book)


def many(count: int) -> list[str]:
    """Return distinct tags."""
    return [f"a{chr(97 + number)}" for number in range(count)]


def refused(book: Book) -> None:
    """No tags, and words that lack one."""
    for name, comment, changes in (
        ("a-language-missing", "no German", {"title": {"en": "A"}}),
        ("a-language-too-many", "French", {"title": TITLE | {"fr": "Inscription"}}),
        ("an-empty-language", "a title has 1 at least", {"title": two("Sign-up", "")}),
        ("a-long-language", "201 characters", {"title": two("Sign-up", "a" * 201)}),
        ("a-null-language", "no text", {"title": {"en": "A", "de": None}}),
        ("a-list", "no words", {"title": ["Sign-up"]}),
        ("no-object", "no words", {"description": {}}),
        ("words-as-value", "a value is a text", {"fields": [
            asked("radio", options=[{"value": two("a", "b"), "label": "A"}])], "sections": [
                {"page": True, "title": "", "text": "", "fields": ["radio"]}]}),
    ):  # fmt: skip
        text = bilingual(**changes)
        book.bad(f"words-refuse-{name}", GOOD, "malformed", comment, {"text": text})
    for name, comment, languages in (
        ("tag-in-capitals", "en", ["EN"]),
        ("tag-with-underscore", "pt-BR", ["en", "pt_BR"]),
        ("tag-with-small-region", "pt-BR", ["en", "pt-br"]),
        ("tag-with-variant", "not in the subset of §8", ["en", "de-1996"]),
        ("tag-of-four-letters", "two or three", ["en", "deut"]),
        ("tag-of-one-letter", "two or three", ["e"]),
        ("tag-with-newline", "a newline", ["en", "de\n"]),
        ("tag-null", "no tag", ["en", None]),
        ("languages-twice", "distinct", ["en", "de", "en"]),
        ("no-languages", "left out, then", []),
        ("languages-null", "left out, then", None),
        ("languages-as-string", "a list", "en"),
    ):
        text = of(asked("text"), languages=languages)
        book.bad(f"words-refuse-{name}", GOOD, "malformed", comment, {"text": text})
    plain = of(asked("text"), title={"en": "Sign-up"})
    book.bad("words-refuse-languages-left-out", GOOD, "malformed", "which is it?", {"text": plain})
    most = of(asked("text"), languages=many(17))
    book.bad("words-refuse-17-languages", GOOD, "limit", "one too many", {"text": most})
