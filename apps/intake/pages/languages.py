"""In which language a visitor's page speaks, and what our own texts say in it.

The texts are those of the script, so that page and form say the same. The choice is that
of static/src/form/kit/languages.js: what the address asks for, then what the browser asks for.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

OURS = ("en", "de", "fr", "es", "ar", "ja")
TEXTS = Path(__file__).resolve().parents[3] / "static" / "src" / "form" / "texts"

RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
RIGHT_TO_LEFT_SCRIPTS = {"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg"}
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Choice:
    """``language`` of the owner's words, "" where nobody named it; ``interface`` of our texts."""

    language: str
    interface: str

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as the owner's words run."""
        base, *subtags = (self.language or self.interface).split("-")
        script = next((tag for tag in subtags if len(tag) == len("Arab")), "")
        right = script in RIGHT_TO_LEFT_SCRIPTS if script else base in RIGHT_TO_LEFT
        return "rtl" if right else "ltr"

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
    """Choose by what is wanted, best first; else the form's own language, else English."""
    own = _best(wanted, languages) or next(iter(languages), "")
    return Choice(own, _best([own, *wanted], OURS) or OURS[0])


def _best(wanted: list[str], offered: tuple[str, ...]) -> str:
    """The offered language that is most like the first wanted one that any is like at all."""
    for tag in filter(None, wanted):
        alike = [each for each in offered if _base(each) == _base(tag)]
        if alike:
            return next((each for each in alike if each.lower() == tag.lower()), alike[0])
    return ""


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
