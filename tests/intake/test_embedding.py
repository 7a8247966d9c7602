"""The tags that put a form into another site, and the files that they name for good"""

import html
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from pytest_django import Settings

from apps.embed.integrity import script_integrity
from apps.embed.tags import EmbedTags, frame_path, receipt_path
from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import Manifest
from apps.intake.pages.embedding import embed_snippets, served
from apps.intake.pages.languages import OURS, choose
from tests.intake.html import Tags, content_of, get
from tests.intake.kinds import KINDS
from tests.intake.people import Person, Publisher
from tests.intake.releases import Server

SERVER = "http://testserver"


def snippets(publisher: Publisher) -> EmbedTags:
    latest = publisher.form.latest
    assert latest
    return embed_snippets(form=publisher.form, manifest=latest, server=SERVER)


def test_all_ways_name_the_form_and_its_scripts_by_their_digests(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    ways = snippets(publisher)

    for way in ways[:2]:
        [host] = Tags(way).having("data-sealform")
        assert host["data-sealform"] == manifest.form
        assert host["data-pin"] == show_fingerprint(acme.card.fingerprint)
        assert host["data-min-version"] == "1"
        assert host["data-sealform-receipts"] == f"{SERVER}/f/signup/receipt/"
    for way in ways:
        for named in [*Tags(way).named("script"), *Tags(way).named("link")]:
            url = (named.get("src") or named.get("href") or "").removeprefix(SERVER)
            assert named["integrity"] == script_integrity(content_of(url))
            assert named["crossorigin"] == "anonymous"


def test_a_form_of_ones_own_asks_each_kind(publisher: Publisher, of_every_kind: Manifest) -> None:
    tags = Tags(snippets(publisher).own)
    controls = tags.named("input", "select", "textarea")

    assert {each["data-sealform-field"] for each in controls} == set(KINDS)
    assert not any("name" in each for each in controls)
    types = {each["data-sealform-field"]: each.get("type") for each in tags.named("input")}
    assert types == {
        "text": None,
        "email": "email",
        "tel": "tel",
        "number": None,
        "date": "date",
        "time": "time",
        "radio": "radio",
        "checkboxes": "checkbox",
        "checkbox": "checkbox",
        "rating": "radio",
        "consent": "checkbox",
        "hidden": "hidden",
    }
    values = [each["value"] for each in controls if each["data-sealform-field"] == "rating"]
    assert values == ["1", "2", "3", "4", "5"]


def test_its_sections_are_fieldsets_and_its_texts_no_markup(
    publisher: Publisher, of_every_kind: Manifest
) -> None:
    own = snippets(publisher).own

    assert "<legend>You</legend>" in own
    assert "<p>Some more questions.</p>" in own
    assert "<p>We keep it for a year.</p>" in own
    assert own.count("<fieldset>") == own.count("</fieldset>") == 1 + 3
    assert "A &lt;script&gt;" in own
    assert "<b>" not in own


def test_a_form_in_several_languages_is_written_in_its_first(publisher: Publisher) -> None:
    publisher.publish(languages=("de", "ar"), title={"de": "Anmeldung", "ar": "تسجيل"})

    own, rendered, framed = snippets(publisher)

    assert 'title="Anmeldung"' in framed
    assert ">Senden</button>" in own
    for way in (own, rendered):
        assert "<p data-sealform-status>Dieses Formular ist nicht geladen" in way


def test_in_a_language_that_we_do_not_speak_it_is_english(publisher: Publisher) -> None:
    publisher.publish(languages=("it",), title={"it": "Iscrizione"})

    assert 'title="Iscrizione"' in snippets(publisher).framed
    assert ">Send</button>" in snippets(publisher).own


@pytest.mark.parametrize("language", OURS)
def test_the_tags_say_what_the_pages_say(language: str, publisher: Publisher) -> None:
    title = {language: "Sign up"}
    publisher.publish(languages=(language,), title=title)
    texts = choose([], (language,)).texts

    own = html.unescape(snippets(publisher).own)

    assert f">{texts['send']}</button>" in own
    assert f">{texts['page.notloaded.elsewhere']}</p>" in own


def test_until_the_script_runs_nothing_can_be_sent_and_the_page_says_so(
    publisher: Publisher, manifest: Manifest
) -> None:
    own, rendered, _ = snippets(publisher)
    [button] = Tags(own).named("button")

    assert "disabled" in button
    assert "data-sealform-submit" in button
    for way in (own, rendered):
        assert "<p data-sealform-status>This form has not loaded" in way


def test_the_rendered_form_needs_one_element(publisher: Publisher, manifest: Manifest) -> None:
    tags = Tags(snippets(publisher).rendered)

    assert [tag for tag, _ in tags.all] == ["link", "div", "p", "script"]


def test_the_iframe_may_do_what_the_form_needs_and_no_more(
    publisher: Publisher, manifest: Manifest
) -> None:
    [frame] = Tags(snippets(publisher).framed).named("iframe")

    assert frame["src"] == f"{SERVER}/f/signup/embed/"
    assert frame_path("signup") == reverse("embedded-form", args=["signup"])
    assert receipt_path("signup") == reverse("receipt-page", args=["signup"])
    assert get("/f/signup/embed/").status_code == 200
    assert frame["title"] == "Sign up"
    assert frame["referrerpolicy"] == "origin"
    assert "data-sealform-frame" in frame
    allowed = set((frame["sandbox"] or "").split())
    assert allowed == {
        "allow-scripts",
        "allow-same-origin",
        "allow-forms",
        "allow-popups",
        "allow-modals",
    }


def test_no_snippet_has_a_style_or_script_of_its_own(
    publisher: Publisher, of_every_kind: Manifest
) -> None:
    for way in snippets(publisher):
        tags = Tags(way)
        assert not tags.inline
        assert not tags.having("style")
        assert not any(name.startswith("on") for _, each in tags.all for name in each)


def test_a_missing_file_is_said_plainly(settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured, match="collectstatic"):
        served("dist/nothing.js")


@pytest.mark.slow
def test_what_a_tag_once_named_stays_there_and_never_changes(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.release(sealform_js="first();", sealform__kem_0123456789ab_js="kem();")
    [first, first_integrity], _ = server.serves()
    server.release(sealform_js="second();")
    part, plain = "/static/dist/sealform-kem.0123456789ab.js", "/static/dist/sealform.js"

    [second, second_integrity], answers = server.serves(first, part, plain)

    assert first != second
    assert answers[first][::2] == [200, "first();"]
    assert answers[part][::2] == [200, "kem();"]
    assert answers[second][::2] == [200, "second();"]
    assert first_integrity == script_integrity(b"first();")
    assert second_integrity == script_integrity(b"second();")
    for url in (first, second, part):
        assert "immutable" in str(answers[url][1])
    assert "immutable" not in str(answers[plain][1])
