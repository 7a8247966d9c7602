"""In which language a visitor's page speaks, and what our own texts say in it.

The texts are those of the script, so that page and form say the same. So is the choice: what the
address asks for, then what the browser asks for (docs/protocol.md §8, Choosing a language). Both
keep tests/vectors/pages/language.json.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header
from langcodes import Language

OURS = ("en", "de", "fr", "es", "ar", "ja")
TEXTS = Path(__file__).resolve().parents[3] / "static" / "src" / "form" / "texts"

TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(?![^-])", re.I | re.A)
RIGHT_TO_LEFT = {"Adlm", "Arab", "Aran", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"}
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Choice:
    """``language`` of the owner's words, "" where nobody named it; ``interface`` of our texts."""

    language: str
    interface: str

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as the owner's words run."""
        _, script, _ = _subtags(self.language or self.interface)
        return "rtl" if script in RIGHT_TO_LEFT else "ltr"

    @property
    def tags(self) -> str:
        """Both, for the script to choose the same: ``data-sealform-lang``."""
        return " ".join(dict.fromkeys(filter(None, (self.language, self.interface))))

    @property
    def owners(self) -> str:
        """The language to mark the owner's words with, "" where it is that of the page."""
        return "" if self.language == self.interface else self.language

    @property
    def texts(self) -> Mapping[str, str]:
        """Our texts by their keys."""
        return texts(self.interface)


def language_for(request: HttpRequest, *, languages: Iterable[str] = ()) -> Choice:
    """Choose for a visitor, among the languages that a form's manifest has."""
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    return choose([request.GET.get("lang", ""), *(tag for tag, _ in accepted)], tuple(languages))


def choose(wanted: list[str], languages: tuple[str, ...]) -> Choice:
    """Choose by the tags that are wanted, the best first; else the form's own, else English."""
    own = _best(wanted, languages) or next(iter(languages), "")
    return Choice(own, _best([own, *wanted], OURS) or OURS[0])


def _best(wanted: list[str], offered: tuple[str, ...]) -> str:
    """Return the offered tag that fits best, or "".

    The first wanted tag decides that has the language and script of anything, best with its
    country; else the first that has the language, in whatever script.
    """
    known = [(tag, _subtags(tag)) for tag in offered]
    asked = [found for found in map(_subtags, wanted) if found[0]]
    for depths in ((3, 2), (1,)):
        for want, depth in product(asked, depths):
            for tag, have in known:
                if have[:depth] == want[:depth]:
                    return tag
    return ""


@lru_cache(maxsize=256)
def _subtags(tag: str) -> tuple[str, str, str]:
    """Return language, script and country, the likely ones where the tag has none.

    All are "" for what is no tag.
    """
    plain = TAG.match(tag)
    if not plain:
        return "", "", ""
    likely = Language.get(plain[0]).maximize()
    return likely.language or "", likely.script or "", likely.territory or ""


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()


def name_of(tag: str) -> str:
    """Return a language's name in that language, or the tag."""
    known = LANG_INFO.get(tag.lower()) or LANG_INFO.get(_base(tag)) or {}
    name = str(known.get("name_local", tag))
    return name[:1].upper() + name[1:]


@cache
def texts(interface: str) -> Mapping[str, str]:
    """Return all texts in one of OURS; what a language lacks is there in English."""
    found: dict[str, str] = {}
    for language in (OURS[0], interface):
        for path in (TEXTS / f"{language}.json", TEXTS / "pages" / f"{language}.json"):
            if path.is_file():
                found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def say(catalogue: Mapping[str, str], key: str, **values: str) -> str:
    """Return a text with its placeholders filled; names in another script stay whole."""
    text = catalogue[key]
    for name, value in values.items():
        text = text.replace("{" + name + "}", ISOLATE + value + END_ISOLATE)
    return text
