"""What visitors type: what nobody sees does not decide, and nothing is guessed (protocol §8)."""

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CITY = [{"value": "Zürich", "label": "Zürich"}, {"value": "St. Gallen", "label": "St. Gallen"}]
INNER = """
  <label>Zip <input data-sealform-field="zip" pattern="[0-9]{5}"></label>
  <label>Name <input data-sealform-field="name"></label>
  <label>Weight <input data-sealform-field="weight"></label>
  <label>Day <input data-sealform-field="day"></label>
  <label>Time <input type="time" step="1" data-sealform-field="time"></label>
  <label>Mail <input type="email" data-sealform-field="mail"></label>
  <select data-sealform-field="city"><option></option><option>Zu\u0308rich</option>
    <option>St.&nbsp;Gallen</option></select>
"""


def control(name: str) -> str:
    return f"[data-sealform-field={name}]"


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    add = form.fields.create
    add(order=1, name="zip", label="Zip", pattern="\\d{5}", example="12345")
    add(order=2, name="name", label="Name", required=True)
    add(order=3, name="weight", kind="number", label="Weight", min="0.5", step="0.5")
    add(order=4, name="day", kind="date", label="Day", min="2020-01-01")
    add(order=5, name="time", kind="time", label="Time")
    add(order=6, name="mail", kind="email", label="Mail")
    add(order=7, name="city", kind="select", label="City", options=CITY)
    return publisher.publish()


def test_what_nobody_sees_does_not_decide(
    visit: Visit,
    site: Site,
    live_server: LiveServer,
    manifest: Manifest,
    pin: str,
    publisher: Publisher,
    acme: Person,
) -> None:
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=INNER)
    page = visit.page
    page.goto(site.origin)
    visit.wait_for("ready")

    page.fill(control("name"), " Ada\u00a0")
    page.fill(control("zip"), "\u200b１２３\u00ad４５ ")  # noqa: RUF001
    page.keyboard.press("Tab")
    assert page.input_value(control("zip")) == "12345"
    page.get_by_text("Written as: 12345").wait_for()
    page.fill(control("weight"), "１,5")  # noqa: RUF001
    page.fill(control("day"), "2020年2月1日")
    page.evaluate("(it) => (document.querySelector(it).value = '09:30:00')", control("time"))
    page.fill(control("mail"), "ada@bücher.example")
    page.select_option(control("city"), index=2)
    visit.press("form button")

    [id] = visit.wait_for("sent")["records"]
    assert stored(acme, publisher, manifest, id) == {
        "zip": "12345",
        "name": "Ada",
        "weight": "1.5",
        "day": "2020-02-01",
        "time": "09:30",
        "mail": "ada@xn--bcher-kva.example",
        "city": "St. Gallen",
    }


def test_a_picker_of_a_day_offers_no_year_of_five_digits(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    inner = INNER.replace('data-sealform-field="day"', 'type="date" data-sealform-field="day"')
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=inner)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.begin()

    visit.page.focus(control("day"))
    visit.page.keyboard.type("010220205")

    assert len(visit.page.input_value(control("day"))) == len("2020-01-02")


def test_what_can_mean_two_things_is_asked_about_in_the_language_of_the_form(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    language = 'data-sealform-lang="de"'
    embed(
        site,
        server=live_server.url,
        manifest=manifest,
        pin=pin,
        inner=INNER,
        attributes=language,
    )
    page = visit.page
    page.goto(site.origin)
    visit.wait_for("ready")

    page.fill(control("name"), "\u2800\u200b")
    page.fill(control("weight"), "1.250")
    page.fill(control("day"), "02/03/2020")
    visit.press("form button")

    assert visit.submissions == []
    assert visit.wrong() == {
        "name": "Bitte beantworten Sie diese Frage.",
        "weight": "Das kann zwei Zahlen bedeuten. Bitte schreiben Sie 1250 oder 1,25.",
        "day": "Das kann 2. März 2020 oder 3. Februar 2020 bedeuten. "
        "Bitte schreiben Sie 2020-03-02 oder 2020-02-03.",
    }

    page.fill(control("weight"), "1,7")
    page.fill(control("day"), "2019-12-31")
    assert visit.wrong()["weight"] == "Möglich sind Werte ab 0,5 in Schritten von 0,5."
    assert "1. Januar 2020" in visit.wrong()["day"]
    assert page.input_value(control("weight")) == "1,7"
