"""Colours that everybody can read"""

import random
import re
from pathlib import Path

import pytest

from apps.envelope.questions import AUTOCOMPLETE, KINDS
from apps.intake.rules.kind_labels import AUTOCOMPLETE_LABELS, KIND_LABELS
from apps.intake.rules.looks import (
    ACCENT,
    ACCENT_DARK,
    DARK,
    LEAST_CONTRAST,
    LIGHT,
    accents,
    contrast,
    text_on,
)

CSS = Path(__file__).parents[2] / "static" / "css"
WITH_DEFAULT = re.compile(r"--_?([\w-]+):\s*(?:var\(--sealform-[\w-]+,\s*)?(.+?)\)*;")
COLOURS = re.compile(r"#[0-9a-f]{6}\b")


def palettes(stylesheet: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours that a stylesheet names, on light and on dark pages.

    A second value on the same or a later line is that of dark pages.
    """
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for name, value in WITH_DEFAULT.findall((CSS / stylesheet).read_text()):
        found = COLOURS.findall(value)
        if len(found) == 2:  # light-dark(…), after the fallback of older browsers
            assert light[name] == found[0]
            dark[name] = found[1]
        elif found and name not in light:
            light[name] = found[0]
        elif found:
            dark[name] = found[0]
    return light, dark


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_black_or_white_is_read_on_every_colour() -> None:
    seeded = random.Random(3)
    colours = [f"#{seeded.randrange(0x1000000):06x}" for _ in range(2000)]

    assert min(contrast(colour, text_on(colour)) for colour in colours) >= 4.5


def test_a_dark_accent_is_lightened_for_dark_pages() -> None:
    light, dark = accents(accent="#000080", accent_dark="")

    assert (light.colour, light.text) == ("#000080", "#ffffff")
    assert all(contrast(dark.colour, page) >= 4.5 for page in DARK)
    assert dark.text == "#000000"


def test_without_an_accent_the_theme_has_its_own() -> None:
    light, dark = accents(accent="", accent_dark="")

    assert (light.colour, dark.colour) == (ACCENT, ACCENT_DARK)


def test_admins_are_offered_the_kinds_and_tokens_of_the_protocol() -> None:
    assert list(KIND_LABELS) == list(KINDS)
    assert set(AUTOCOMPLETE_LABELS) == AUTOCOMPLETE


@pytest.mark.parametrize(
    ("stylesheet", "grounds"),
    [("sealform.css", ("field", "surface")), ("form.css", ("page", "sheet", "tint"))],
)
def test_stylesheets_have_the_colours_that_accents_are_judged_by(
    stylesheet: str, grounds: tuple[str, ...]
) -> None:
    themes = zip(palettes(stylesheet), (ACCENT, ACCENT_DARK), (LIGHT, DARK), strict=True)
    for colours, accent, judged in themes:
        shown = {colours[ground] for ground in grounds}
        assert colours["accent"] == accent
        assert shown >= set(judged)
        # what is read on both ends is read on all that lies between
        end = max if judged is DARK else min
        assert end(shown, key=lambda colour: contrast(colour, "#000000")) in judged
        for read in ("text", "ink", "quiet", "alarm"):
            if read in colours:
                assert min(contrast(colours[read], ground) for ground in shown) >= LEAST_CONTRAST


def test_what_stands_on_the_themes_accents_is_read() -> None:
    for colours in palettes("sealform.css"):
        assert contrast(colours["accent-text"], colours["accent"]) >= LEAST_CONTRAST
