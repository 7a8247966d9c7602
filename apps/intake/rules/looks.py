"""How a form looks: its colours, so that everybody can read them, its font and its logo."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError

FONTS = [
    ("system", "the visitor's own sans serif"),
    ("serif", "serif"),
    ("mono", "monospace"),
]
RADIUS = 8
MAX_RADIUS = 24
MAX_LOGO = 100 * 1024
TOO_LARGE = f"A logo has at most {MAX_LOGO // 1024} KiB."
LOGOS = ("image/png", "image/jpeg", "image/webp")

COLOUR = re.compile("#[0-9a-f]{6}")
BLACK, WHITE = "#000000", "#ffffff"
# The theme's own, and what an accent is read against, on the page and on its tinted parts: those of
# static/css/sealform.css and form.css, which a test compares.
ACCENT, ACCENT_DARK = "#1f5f5b", "#7cc4bb"
LIGHT, DARK = (WHITE, "#eef4f3"), ("#101514", "#1f2b29")
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


@dataclass(frozen=True)
class Accent:
    """A colour, and the one of black and white that is read on it."""

    colour: str
    text: str


def accents(*, accent: str, accent_dark: str) -> tuple[Accent, Accent]:
    """Return a form's accents on light and on dark pages; "" takes what suits the other."""
    light = accent or ACCENT
    dark = accent_dark or (_lightened(accent) if accent else ACCENT_DARK)
    return Accent(light, text_on(light)), Accent(dark, text_on(dark))


def text_on(colour: str) -> str:
    """Return black or white, whichever stands out more: always at least 4.5 to 1."""
    return max((WHITE, BLACK), key=lambda text: contrast(colour, text))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours ``#rrggbb``, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in bytes.fromhex(colour[1:]))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(map(float.__mul__, (0.2126, 0.7152, 0.0722), linear))


def _lightened(colour: str) -> str:
    """The colour with as much white as makes it readable on dark pages."""
    parts = bytes.fromhex(colour[1:])
    mixes = ("#" + bytes(p + (255 - p) * n // 20 for p in parts).hex() for n in range(21))
    return next(mix for mix in mixes if _readable(mix, DARK))


def _readable(colour: str, pages: tuple[str, ...]) -> bool:
    return all(contrast(colour, page) >= LEAST_CONTRAST for page in pages)


def validate_accent(colour: str) -> None:
    """A colour that is read on light pages."""
    _validate_colour(colour, LIGHT, "light", "a darker one")


def validate_accent_dark(colour: str) -> None:
    """A colour that is read on dark pages."""
    _validate_colour(colour, DARK, "dark", "a lighter one")


def _validate_colour(colour: str, pages: tuple[str, ...], name: str, way_out: str) -> None:
    if not COLOUR.fullmatch(colour):
        raise ValidationError("Write a colour as # and six digits or letters a to f: #1f5f5b.")
    if not _readable(colour, pages):
        least = min(contrast(colour, page) for page in pages)
        raise ValidationError(
            f"{colour} cannot be read on {name} pages: its contrast is {least:.1f} to 1 and "
            f"{LEAST_CONTRAST} to 1 is needed. Take {way_out}."
        )


def logo_type(content: bytes) -> str:
    """Return the media type of an image by its first bytes; raises ValidationError."""
    if len(content) > MAX_LOGO:
        raise ValidationError(TOO_LARGE)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise ValidationError("A logo is a PNG, JPEG or WebP image.")
