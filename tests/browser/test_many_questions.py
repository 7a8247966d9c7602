"""A form as large as one may get: 52 questions in 11 languages, opened, looked at and sent"""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.drafting.composition import stored as drafted
from apps.intake.drafting.composition import texts_of
from apps.intake.models import Form, FormTranslation
from tests.browser.visits import Visit, stored
from tests.intake.people import Person, Publisher

pytestmark = [
    pytest.mark.browser,
    pytest.mark.nightly,
    pytest.mark.django_db(transaction=True),
]

COUNT = 52
LANGUAGES = ["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]
LONG = "Donaudampfschiffahrtsgesellschaftskapitänsmützenabzeichen" * 3
OPTIONS = [{"value": f"o{n}", "label": f"{LONG if n == 1 else 'Option'} {n}"} for n in range(5)]
KINDS = ["text", "textarea", "number", "date", "radio", "checkboxes", "rating", "select"]
# What is wider than the page, or than the form that it stands in.
SPILT = """() => {
  const whole = document.querySelector('form').getBoundingClientRect();
  const out = [...document.querySelectorAll('form *:not(.sealform-trap, .sealform-trap *)')]
    .filter((one) => one.checkVisibility())
    .filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      return left < whole.left - 1 || right > whole.right + 1;
    })
    .map((one) => one.outerHTML.slice(0, 99));
  if (document.documentElement.scrollWidth > innerWidth) out.push('the page');
  return out;
}"""
SHOWN = "[...document.querySelectorAll('.sealform-field')].filter((one) => one.checkVisibility())"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    Form.objects.filter(id=form.id).update(language="en")
    form.refresh_from_db()
    for number in range(COUNT):
        kind = KINDS[number % len(KINDS)]
        members: dict[str, object] = {"min": "1", "max": "10"} if kind == "rating" else {}
        if kind in ("radio", "checkboxes", "select"):
            members["options"] = OPTIONS
        label = f"{LONG if number == 3 else 'What about the part with this number'} {number}?"
        more = "Some words that say more about it. " * 20
        name = f"q{number}"
        form.fields.create(order=number, name=name, kind=kind, label=label, help=more, **members)
    words = texts_of(drafted(form=form))
    for language in LANGUAGES:
        texts = {key: f"{language} {text}"[: len(text)] for key, text in words.items()}
        FormTranslation.objects.create(form=form, language=language, texts=texts)
    return publisher.publish()


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
def test_it_opens_fits_and_is_sent(
    language: str,
    chromium_page: Page,
    live_server: LiveServer,
    manifest: Manifest,
    publisher: Publisher,
    acme: Person,
) -> None:
    visit = Visit(chromium_page)
    page = visit.page
    assert len(manifest.languages) == 1 + len(LANGUAGES)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{live_server.url}/f/signup/?lang={language}")
    visit.wait_for("ready")

    assert page.evaluate(f"{SHOWN}.length") == COUNT
    assert page.evaluate(SPILT) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.evaluate(SPILT) == []

    page.fill("[data-sealform-field=q0]", "first")
    page.fill(f"[data-sealform-field=q{COUNT - 4}]", "last")
    page.click(".sealform-send")
    [id] = visit.wait_for("sent")["records"]
    answers = stored(acme, publisher, manifest, id)
    assert len(answers) == COUNT
    assert (answers["q0"], answers[f"q{COUNT - 4}"]) == ("first", "last")
