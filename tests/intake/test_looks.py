"""Colours that everybody can read"""

import random

import pytest

from apps.envelope.questions import AUTOCOMPLETE, KINDS
from apps.intake.rules.kind_labels import AUTOCOMPLETE_LABELS, KIND_LABELS
from apps.intake.rules.looks import ACCENT, ACCENT_DARK, DARK, accents, contrast, text_on


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
