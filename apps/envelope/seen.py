"""What of a text people see (docs/protocol.md §8, "What visitors type")."""

import re
from unicodedata import decimal, normalize

WHITE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Control characters, those that Unicode lets a renderer ignore, annotation marks, empty braille.
UNSEEN = (
    "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BLANK = re.compile(f"[{WHITE}{UNSEEN}]*")
INVISIBLE = re.compile(f"[{UNSEEN}]")
SPACES = re.compile(f"[{WHITE}]+")
ENDS = re.compile(f"^[{WHITE}]+|[{WHITE}]+$")

# Characters that look like one of ASCII, by that one.
TWINS = {
    " ": "\t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe58\ufe63\uff70",
    "'": "\xb4\u02bc\u2018\u2019\u201b\u2032",
    '"': "\u201c\u201d\u201e\u201f\u2033",
    "/": "\u2044\u2215",
}
# Full-width ASCII, but for the comma, which ends a thousand for some and a number for others.
WIDE = frozenset(range(0xFF01, 0xFF5F)) - {0xFF0C}
WIDER = 0xFEE0  # how far it is from ASCII
FOLDED = {ord(twin): plain for plain, twins in TWINS.items() for twin in twins}
FOLDED |= {wide: chr(wide - WIDER) for wide in WIDE}
PASTED = {code: plain for code, plain in FOLDED.items() if code in WIDE or plain == "-"}


def is_blank(text: str) -> bool:
    """Whether nothing of this is visible."""
    return BLANK.fullmatch(text) is not None


def visible_length(text: str) -> int:
    """Return how many code points somebody sees, outer white space left out."""
    return len(ENDS.sub("", INVISIBLE.sub("", text)))


def plain(text: str) -> str:
    """Return a line without what nobody sees, in ASCII where a character looks like one of it."""
    seen = normalize("NFC", INVISIBLE.sub("", text))
    return re.sub(" +", " ", "".join(map(folded, seen))).strip(" ")


def pasted(text: str) -> str:
    """Return a fingerprint, reference, id, token or address that somebody pasted, as it was shown.

    Without white space and what else nobody sees, hyphens and full-width letters in ASCII.
    """
    return SPACES.sub("", INVISIBLE.sub("", text)).translate(PASTED)


def alike(text: str) -> str:
    """Return what two texts have in common if and only if people take them for the same."""
    seen = normalize("NFC", INVISIBLE.sub("", text))
    return SPACES.sub(" ", seen).strip(" ")


def folded(character: str) -> str:
    """Return the character of ASCII that one looks like, a digit by its value; else itself."""
    digit = decimal(character, None)
    return FOLDED.get(ord(character), character) if digit is None else str(digit)


def widened(character: str) -> str:
    """Return the full-width twin of a character of ASCII; else itself."""
    code = ord(character) + WIDER
    return chr(code) if code in WIDE else character
