"""Words: what a visitor reads, in one language or in several (docs/protocol.md §8)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from . import encoding
from .errors import MalformedError
from .shapes import Distinct, Shape

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
MAX_LANGUAGES = 16
MAX_TAG = len("xxx-Xxxx-XXX")


class Length(NamedTuple):
    """How many code points a text has, at least and at most."""

    least: int
    most: int


# One text for every language, or one text for each.
Words = str | dict[str, str]


def language_tag(value: object) -> str:
    """Return a language tag: the subset of BCP 47 that §8 has."""
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise MalformedError("a language is a tag like en, pt-BR or zh-Hant")
    return value


def parse_words(value: object, what: str, length: Length, languages: tuple[str, ...]) -> Words:
    """Return words of this length in each of the manifest's languages."""
    if not languages or not isinstance(value, dict):
        return encoding.text(value, what, length.most, length.least)
    texts = encoding.members(value, languages, what)
    return {
        tag: encoding.text(text, what, length.most, length.least) for tag, text in texts.items()
    }


@dataclass(frozen=True)
class Worded(Shape):
    """Words of this length in a form of these languages."""

    what: str
    length: Length
    languages: tuple[str, ...] = ()

    def read(self, value: object) -> Words:
        return parse_words(value, self.what, self.length, self.languages)


class Tag(Shape):
    """A language tag."""

    def read(self, value: object) -> str:
        return language_tag(value)


LANGUAGES = Distinct("languages", Tag(), MAX_LANGUAGES)


def in_language(words: Words, language: str) -> str:
    """Return the text in ``language``, or in the first that there is."""
    if isinstance(words, str):
        return words
    return words.get(language) or next(iter(words.values()))
