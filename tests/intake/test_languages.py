"""Which language a visitor's page speaks: the same choice as the script's, by shared vectors."""

import json
from typing import Any

import pytest
from django.test import RequestFactory

from apps.intake.pages.languages import OURS, TEXTS, Choice, choose, language_for
from tests.envelope.operations import FOLDER

CASES: list[dict[str, Any]] = json.loads((FOLDER / "pages" / "language.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_chooses_as_the_vectors_say(case: dict[str, Any]) -> None:
    chosen = choose(case["wanted"], tuple(case["offered"]))

    told = (chosen.language, chosen.interface, chosen.direction)
    assert told == (case["language"], case["interface"], case["direction"])


def test_the_address_comes_before_the_browser() -> None:
    request = RequestFactory().get("/?lang=zh-TW", headers={"Accept-Language": "de, zh-CN;q=0.5"})

    assert language_for(request, languages=("de", "zh-Hans", "zh-Hant")).language == "zh-Hant"
    assert language_for(request).interface == "de"


def test_the_script_is_told_both_to_choose_the_same() -> None:
    assert Choice("pl", "fr").tags == "pl fr"
    assert Choice("de", "de").tags == "de"
    assert Choice("", "de").tags == "de"


def test_every_language_of_ours_has_its_texts_and_no_other_has() -> None:
    for folder in (TEXTS, TEXTS / "pages"):
        assert {path.stem for path in folder.glob("*.json")} - {"until-loaded"} == set(OURS)
