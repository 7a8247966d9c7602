"""Translations as lines of text"""

import pytest

from apps.console.drafting.translation_lines import read_texts, show_texts

MAIN = {
    "title": "Sign up",
    "description": "One\n\nTwo",
    "field.a.option.x": "X",
    "field.a.option.x = y": "Both",
}
KNOWN = {key: key for key in MAIN}


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"title": "Anmelden"},
        {"title": "a = b", "description": "Eins\n\nZwei\n# drei"},
        {"field.a.option.x": "z", "field.a.option.x = y": "beide"},
    ],
)
def test_what_is_shown_reads_as_it_was(texts: dict[str, str]) -> None:
    assert read_texts(show_texts(MAIN, texts), known=KNOWN) == texts


def test_remarks_and_empty_texts_are_no_translation() -> None:
    typed = "# title = no\ntitle =\n\ndescription = Eins\n# Ende\n"

    assert read_texts(typed, known=KNOWN) == {"description": "Eins"}


def test_what_a_text_was_called_before_is_read_under_its_new_name() -> None:
    known = {"title": "title", "field.old.label": "field.new.label", "field.gone.label": ""}
    typed = "field.old.label = Name\nfield.gone.label = Weg"

    assert read_texts(typed, known=known) == {"field.new.label": "Name"}
