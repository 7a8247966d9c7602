"""GET /f/SLUG/, for everybody"""

import json
import re

import pytest
from django.test import Client as Browser

from apps.embed.integrity import script_integrity
from apps.envelope.keys import parse_card, show_fingerprint
from apps.envelope.manifests import Manifest, read_signature, verify_manifest
from apps.intake.models import Form
from apps.intake.models import Manifest as StoredManifest
from tests.intake.html import Tags, content_of, get, policy
from tests.intake.people import Person, Publisher

PATH = "/f/signup/"
HOSTILE = "</script><!--<script>&amp;\u2028 \\u003c <b>x</b>"


@pytest.fixture
def two_languages(publisher: Publisher) -> Manifest:
    """The sign-up form in German and Arabic."""
    title = {"de": "Anmeldung", "ar": "تسجيل"}
    return publisher.publish(languages=("de", "ar"), title=title)


def test_it_shows_the_form_as_it_was_signed(publisher: Publisher, manifest: Manifest) -> None:
    Form.objects.update(title="Not published yet")

    page = get(PATH).content.decode()

    assert '<h1 dir="auto">Sign up</h1>' in page
    assert "Not published yet" not in page


def test_the_place_for_the_form_carries_id_pin_and_version(
    acme: Person, manifest: Manifest
) -> None:
    [host] = Tags(get(PATH)).having("data-sealform")

    assert host["data-sealform"] == manifest.form
    assert host["data-pin"] == show_fingerprint(acme.card.fingerprint)
    assert host["data-min-version"] == "1"
    assert host["data-sealform-parts"] == "fields"
    assert host["data-sealform-receipts"] == "/f/signup/receipt/"


def test_nothing_can_be_filled_or_sent_before_the_script_has_checked_the_keys(
    manifest: Manifest,
) -> None:
    response = get(PATH)

    assert not Tags(response).named("form", "input", "select", "textarea", "button")
    assert policy(response)["form-action"] == "'none'"


def test_it_carries_the_signed_manifest_for_the_script_to_verify(
    acme: Person, manifest: Manifest
) -> None:
    tags = Tags(get(PATH))
    [data] = tags.having("data-sealform-manifest")

    wire = json.loads(tags.inline["data-sealform-manifest"])

    assert (data["type"], data["data-sealform-manifest"]) == ("application/json", manifest.form)
    verified = verify_manifest(
        wire["manifest"].encode(),
        read_signature(wire["sig"]),
        parse_card(wire["card"]),
        fingerprint=acme.card.fingerprint,
        form=manifest.form,
    )
    assert verified == manifest


def test_it_carries_the_texts_of_the_form_in_its_language(manifest: Manifest) -> None:
    tags = Tags(get(PATH, accept_language="de"))
    [data] = tags.having("data-sealform-texts")

    texts = json.loads(tags.inline["data-sealform-texts"])

    assert data["data-sealform-texts"] == "de"
    assert texts["send"] == "Senden"
    assert "page.loading" not in texts


def test_no_text_of_the_owner_ends_the_script_or_becomes_markup(publisher: Publisher) -> None:
    manifest = publisher.publish(title=HOSTILE, description=HOSTILE)

    page = get(PATH).content.decode()
    carried = Tags(page).inline["data-sealform-manifest"]

    assert json.loads(carried)["manifest"] == manifest.raw.decode()
    assert page.count("</script>") == len(Tags(page).named("script"))
    assert "<b>" not in page
    assert "<!--" not in page


def test_the_scripts_are_named_by_their_digests_and_wait_for_nobody(manifest: Manifest) -> None:
    scripts = [each for each in Tags(get(PATH)).named("script") if "src" in each]

    names = [re.sub(r".*/", "", each["src"] or "") for each in scripts]
    assert names == ["sealform-guard.js", "sealform.js"]
    for script in scripts:
        assert script["integrity"] == script_integrity(content_of(script["src"] or ""))
        assert script["crossorigin"] == "anonymous"
        assert "defer" in script


def test_nothing_but_data_is_inline(manifest: Manifest) -> None:
    tags = Tags(get(PATH))

    inline = [each for each in tags.named("script") if "src" not in each]
    assert {each["type"] for each in inline} == {"application/json"}
    assert not tags.named("style")
    assert not any(
        name == "style" or name.startswith("on")
        for _, attributes in tags.all
        for name in attributes
    )


def test_the_policy_is_strict(manifest: Manifest) -> None:
    found = policy(get(PATH))

    assert found["default-src"] == "'none'"
    assert found["script-src"] == found["style-src"] == found["connect-src"] == "'self'"
    assert found["frame-ancestors"] == found["base-uri"] == "'none'"
    assert found["require-trusted-types-for"] == "'script'"
    assert found["trusted-types"] == "sealform"
    assert "unsafe" not in str(found)


@pytest.mark.parametrize("path", ["/f/signup/", "/f/signup/embed/", "/f/signup/receipt/", "/f/no/"])
def test_only_scripts_run_whose_bytes_are_named(path: str, manifest: Manifest) -> None:
    assert get(path).headers["Integrity-Policy"] == "blocked-destinations=(script)"
    for script in Tags(get(path)).named("script"):
        assert ("integrity" in script and "crossorigin" in script) or "src" not in script


def test_no_other_site_may_frame_it_whatever_may_embed_it(manifest: Manifest) -> None:
    Form.objects.update(origins=["https://shop.example"])

    response = get(PATH)

    assert policy(response)["frame-ancestors"] == "'none'"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_it_sets_no_cookie_and_is_asked_for_each_time(manifest: Manifest) -> None:
    response = get(PATH)

    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cache-Control"] == "no-cache"


def test_it_says_who_can_read_the_answers(acme: Person, manifest: Manifest) -> None:
    page = get(PATH).content.decode()

    assert "Only \u2068acme\u2069" in page
    assert show_fingerprint(acme.card.fingerprint) in page


def test_without_scripts_it_says_so_and_counts(manifest: Manifest) -> None:
    page = get(PATH).content.decode()
    [noscript] = re.findall("<noscript>(.*?)</noscript>", page, re.DOTALL)

    assert "needs JavaScript" in noscript
    assert 'src="/f/signup/noscript.gif"' in noscript


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("ja", "ja", "読み込"),
        ("de-CH,de;q=0.9", "de", "Formular"),
        ("nl,fr;q=0.5", "fr", "formulaire"),
        ("nl", "en", "Loading"),
        ("", "en", "Loading"),
        ("de;q=nonsense, *;q=0.1", "en", "Loading"),
        ("x" * 5000, "en", "Loading"),
        ("ü, *", "en", "Loading"),
        ("de," * 500, "de", "Formular"),
    ],
)
def test_it_speaks_the_language_of_the_browser(
    accepted: str, language: str, words: str, manifest: Manifest
) -> None:
    response = get(PATH, accept_language=accepted)
    tags = Tags(response)

    assert tags.named("html") == [{"lang": language, "dir": "ltr"}]
    assert words in response.content.decode()
    assert tags.having("data-sealform")[0]["data-sealform-lang"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_the_address_wins_over_the_browser(two_languages: Manifest) -> None:
    tags = Tags(get(f"{PATH}?lang=ar", accept_language="de"))

    assert tags.named("html") == [{"lang": "ar", "dir": "rtl"}]
    assert tags.having("data-sealform")[0]["data-sealform-lang"] == "ar"


@pytest.mark.parametrize("asked", ["", "?lang=tlh", "?lang=%22%3E%3Cb%3E", "?lang=de-AT"])
def test_of_languages_it_lacks_the_forms_own_comes_first(
    asked: str, two_languages: Manifest
) -> None:
    page = get(f"{PATH}{asked}", accept_language="pl").content.decode()

    assert "Anmeldung" in page
    assert "تسجيل" not in page.partition("<script type")[2].partition("</script>")[2]
    assert "<b>" not in page


def test_it_links_to_its_other_languages_by_their_own_names(two_languages: Manifest) -> None:
    links = [each for each in Tags(get(PATH)).named("a") if "hreflang" in each]

    assert [(each["href"], each["lang"]) for each in links] == [
        ("?lang=de", "de"),
        ("?lang=ar", "ar"),
    ]
    assert [each.get("aria-current") for each in links] == ["true", None]
    assert "العربيّة" in get(PATH).content.decode()


def test_words_in_another_language_than_the_page_are_marked(publisher: Publisher) -> None:
    publisher.publish(languages=("pl",), title={"pl": "Zapisy"})

    page = get(PATH, accept_language="de").content.decode()

    assert '<html lang="de" dir="ltr">' in page
    assert '<h1 dir="auto" lang="pl">Zapisy</h1>' in page
    assert 'data-sealform-lang="pl de"' in page  # the script's own choice is the same


@pytest.mark.parametrize("path", ["/f/nothing/", PATH])
def test_an_unknown_or_unpublished_form_is_a_friendly_404(path: str, form: Form) -> None:
    response = get(path)

    assert response.status_code == 404
    assert "This form" in response.content.decode()
    assert "data-sealform" not in response.content.decode()


def test_a_closed_form_is_gone_and_its_receipts_are_not(manifest: Manifest) -> None:
    Form.objects.update(closed=True)

    response = get(PATH)

    assert response.status_code == 410
    assert "This form is closed" in response.content.decode()
    assert 'href="/f/signup/receipt/"' in response.content.decode()


def test_an_expired_form_is_gone(manifest: Manifest) -> None:
    StoredManifest.objects.update(expires=1)

    response = get(PATH, accept_language="es")

    assert response.status_code == 410
    assert "formulario" in response.content.decode()


def test_it_takes_no_post(manifest: Manifest) -> None:
    assert Browser().post(PATH, {"fullname": "Ada"}).status_code == 405
