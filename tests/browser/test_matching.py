"""The page asks exactly what the manifest asks, or the form stays locked."""

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed
from tests.intake.people import Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(name="age", kind="number", label="Age")
    form.fields.create(name="plan", kind="select", label="Plan", options=CHOICES)
    form.fields.create(name="ok", kind="checkbox", label="OK")
    form.fields.create(name="stars", kind="rating", label="Stars", min="1", max="3")
    form.fields.create(name="agreed", kind="consent", label="Agreed")
    form.fields.create(name="campaign", kind="hidden", label="Campaign")
    return publisher.publish()


def controls(
    age: str = '<input data-sealform-field="age">',
    plan: str = '<select data-sealform-field="plan"><option></option><option>b</option></select>',
    ok: str = '<input type="checkbox" data-sealform-field="ok">',
    stars: str = '<input data-sealform-field="stars">',
    agreed: str = '<input type="checkbox" data-sealform-field="agreed">',
    more: str = "",
) -> str:
    return age + plan + ok + stars + agreed + more


def radios(name: str, *values: str) -> str:
    return "".join(
        f'<input type="radio" value="{value}" data-sealform-field="{name}">' for value in values
    )


FITTING = {
    "as it is": controls(),
    "a textarea for a number": controls(age='<textarea data-sealform-field="age"></textarea>'),
    "radio buttons for a select": controls(plan=radios("plan", "a", "b")),
    "radio buttons for a rating": controls(stars=radios("stars", "1", "2", "3")),
    "a select for a rating": controls(
        stars='<select data-sealform-field="stars"><option></option><option>2</option></select>'
    ),
    "an input for a hidden field": controls(
        more='<input type="hidden" value="spring" data-sealform-field="campaign">'
    ),
    "an input that belongs to the form from outside": controls(
        ok="", more='</form><input type="checkbox" form="f" data-sealform-field="ok"><form>'
    ),
    "inputs of the page's own": controls(more='<input name="newsletter" type="checkbox">'),
}

UNFIT = {
    "missing": (controls(age=""), "missing_field", "age"),
    "unknown": (controls(more='<input data-sealform-field="iban">'), "unknown_field", "iban"),
    "twice": (
        controls(age=2 * '<input data-sealform-field="age">'),
        "unfit_field",
        "age",
    ),
    "a file": (
        controls(age='<input type="file" data-sealform-field="age">'),
        "unfit_field",
        "age",
    ),
    "a picker of a month for a number": (
        controls(age='<input type="month" data-sealform-field="age">'),
        "unfit_field",
        "age",
    ),
    "a box for a number": (
        controls(age='<input type="checkbox" data-sealform-field="age">'),
        "unfit_field",
        "age",
    ),
    "a text for a choice": (
        controls(plan='<input data-sealform-field="plan">'),
        "unfit_field",
        "plan",
    ),
    "another choice": (
        controls(plan='<select data-sealform-field="plan"><option>c</option></select>'),
        "unfit_field",
        "plan",
    ),
    "several choices": (
        controls(plan='<select multiple data-sealform-field="plan"><option>a</option></select>'),
        "unfit_field",
        "plan",
    ),
    "two boxes for one": (
        controls(ok=2 * '<input type="checkbox" data-sealform-field="ok">'),
        "unfit_field",
        "ok",
    ),
    "more stars than there are": (
        controls(stars=radios("stars", "1", "4")),
        "unfit_field",
        "stars",
    ),
    "a text for a consent": (
        controls(agreed='<input data-sealform-field="agreed">'),
        "unfit_field",
        "agreed",
    ),
    "a div": (controls(age='<div data-sealform-field="age"></div>'), "missing_field", "age"),
}


def opened(
    visit: Visit, site: Site, server: LiveServer, manifest: Manifest, pin: str, inner: str
) -> None:
    embed(site, server=server.url, manifest=manifest, pin=pin, inner=inner, attributes='id="f"')
    visit.page.goto(site.origin)


def test_fitting_inputs_are_enabled(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    for inner in FITTING.values():
        opened(visit, site, live_server, manifest, pin, inner)

        visit.wait_for("ready")


def test_a_page_that_asks_otherwise_stays_locked_and_names_the_field(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    for name, (inner, code, field) in UNFIT.items():
        opened(visit, site, live_server, manifest, pin, inner)

        error = {"what": "error", "code": code, "field": field}
        assert visit.wait_for("error") == error, name
        assert f"“{field}”" in visit.status, name
        assert visit.is_locked(), name
