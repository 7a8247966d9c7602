"""How a rendered form looks on a page: one accent, long scales, words that run both ways."""

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.intake.pages.embedding import served
from tests.browser.sites import Site
from tests.browser.visits import Visit, render
from tests.intake.people import Publisher
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The contrast of an element's colour with the nearest background behind it (WCAG 2.2).
CONTRAST = """(selector) => {
  const element = document.querySelector(selector);
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const light = (colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const part = (n) => (n /= 255) <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4;
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map(part);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const around = [];
  for (let at = element; at; at = at.parentElement)
    around.unshift(getComputedStyle(at).backgroundColor);
  const [back, fore] = [light(around), light([...around, getComputedStyle(element).color])];
  return (Math.max(back, fore) + 0.05) / (Math.min(back, fore) + 0.05);
}"""
ROWS = """() => Object.values(Object.groupBy(
  document.querySelectorAll('[data-kind=rating] .sealform-choice'),
  (choice) => choice.getBoundingClientRect().top,
)).map((row) => row.length)"""
# On which side each line of words begins.
SIDES = """() => [...document.querySelectorAll('p, li, label, legend')]
  .filter((one) => one.checkVisibility() && one.textContent.trim())
  .map((one) => {
    const { direction, textAlign } = getComputedStyle(one);
    const starts = textAlign === 'start' ? { rtl: 'right', ltr: 'left' }[direction] : textAlign;
    return one.closest('.sealform-choice') ? 'right' : starts;
  })"""


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    Form.objects.filter(id=form.id).update(language="he")
    form.refresh_from_db()
    form.fields.create(order=1, name="stars", kind="rating", label="Stars", min="1", max="10")
    form.fields.create(order=2, name="fullname", label="שם", required=True, help="As in your pass.")
    return publisher.publish()


def opened(visit: Visit, site: Site, server: LiveServer, manifest: Manifest, pin: str) -> None:
    render(site, server=server.url, manifest=manifest, pin=pin)
    style = f'<link rel="stylesheet" href="{server.url}{served("css/sealform.css").url}">'
    site.page = site.page.replace("</head>", f"{style}</head>")
    visit.page.goto(site.origin)
    visit.wait_for("ready")


@pytest.mark.parametrize(
    ("scheme", "page", "accent"),
    [
        ("dark", "#111", "#1f3f8b"),
        ("light", "#fff", "#ffd400"),
        *nightly(("dark", "#1c1c1c", "#000"), ("light", "#fff", "#1f3f8b")),
    ],
)
def test_one_accent_is_readable_on_dark_pages_and_on_light_ones(
    scheme: str,
    page: str,
    accent: str,
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
) -> None:
    opened(visit, site, live_server, manifest, pin)
    visit.page.evaluate(
        "(style) => document.documentElement.setAttribute('style', style)",
        f"color-scheme: {scheme}; background: {page}; --sealform-accent: {accent}",
    )

    for element in (".sealform-lock u", ".sealform-send"):
        assert visit.page.evaluate(CONTRAST, element) >= 4.5, element


def test_a_long_scale_has_rows_of_one_length_and_all_words_stand_on_one_side(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    opened(visit, site, live_server, manifest, pin)
    page = visit.page
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.evaluate(ROWS) == [10]
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate(ROWS) == [5, 5]

    assert page.get_attribute("form", "dir") == "rtl"
    page.click(".sealform-lock summary")
    visit.press(".sealform-send")
    assert set(page.evaluate(SIDES)) == {"right"}
