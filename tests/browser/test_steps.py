"""Questions that depend on answers, and forms in pages; in ours and in a site's own markup."""

import json
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.fields import Value
from apps.envelope.manifests import Manifest
from apps.envelope.sections import parse_sections
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, render, stored
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

YES_NO = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]
ILL = [{"field": "ill", "in": ["yes"]}]
SECTIONS: list[dict[str, Any]] = [
    {"page": True, "title": "You", "text": "", "fields": ["fullname", "ill", "illness"]},
    {"page": True, "title": "Drugs", "text": "", "fields": ["drugs"], "when": ILL},
    {"page": True, "title": "Last", "text": "", "fields": ["remark"]},
]
INNER = """
  <style>label, p { display: block }</style>
  <p><label>Name <input data-sealform-field="fullname"></label></p>
  <fieldset><legend>Ill?</legend>
    <label><input type="radio" value="yes" data-sealform-field="ill"> yes</label>
    <label><input type="radio" value="no" data-sealform-field="ill"> no</label></fieldset>
  <p id="row"><label for="w">Which illness?</label> <input id="w" data-sealform-field="illness"></p>
  <h3 data-sealform-shown="drugs">Drugs</h3>
  <textarea data-sealform-field="drugs" data-sealform-shown="drugs"></textarea>
  <label>Remark <input data-sealform-field="remark"></label>
"""
ALL = ["fullname", "ill", "illness", "drugs", "remark"]


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name", required=True)
    form.fields.create(order=2, name="ill", kind="radio", label="Ill?", options=YES_NO)
    form.fields.create(order=3, name="illness", label="Which?", required=True, when=ILL)
    form.fields.create(order=4, name="drugs", kind="textarea", label="Drugs")
    form.fields.create(order=5, name="remark", label="Remark")
    return publisher.publish(sections=parse_sections(SECTIONS, ()))


@pytest.fixture
def rendered(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> Visit:
    render(site, server=live_server.url, manifest=manifest, pin=pin)
    return opened(visit, site)


@pytest.fixture
def own(visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str) -> Visit:
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=INNER)
    return opened(visit, site)


def opened(visit: Visit, site: Site) -> Visit:
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    return visit


def control(name: str) -> str:
    return f"[data-sealform-field={name}]"


def say(visit: Visit, value: str) -> None:
    visit.page.check(f"{control('ill')}[value={value}]")


def step(visit: Visit) -> str:
    return visit.page.inner_text(".sealform-step")


def turned(visit: Visit, said: str) -> str:
    """Wait for a page by what the progress says; returns what has the focus there."""
    visit.page.wait_for_function(
        f"document.querySelector('.sealform-step').textContent === '{said}'"
    )
    text: str = visit.page.evaluate("document.activeElement.textContent")
    return text


def sent(visit: Visit, owner: Person, publisher: Publisher, form: Manifest) -> dict[str, Value]:
    [id] = visit.wait_for("sent")["records"]
    return stored(owner, publisher, form, id)


def test_in_a_sites_own_form_questions_come_and_go_with_their_labels(own: Visit) -> None:
    assert own.asked() == ["fullname", "ill", "remark"]
    assert not own.page.is_visible("#row")
    assert not own.page.is_visible("h3")

    say(own, "yes")

    assert own.asked() == ALL
    assert own.page.is_visible("h3")


def test_what_is_not_shown_is_sealed_as_empty_and_needs_no_answer(
    own: Visit, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    own.page.fill(control("fullname"), "Ada")
    say(own, "yes")
    own.page.fill(control("illness"), "flu")
    own.page.fill(control("drugs"), "aspirin")
    say(own, "no")

    own.page.click("button")

    answers = sent(own, acme, publisher, manifest)
    assert answers == {"fullname": "Ada", "ill": "no", "illness": "", "drugs": "", "remark": ""}


def test_no_size_tells_which_way_a_visitor_went(own: Visit, site: Site) -> None:
    for ill, typed in (("no", ""), ("yes", "flu"), ("yes", "x" * 1021)):
        own.page.fill(control("fullname"), "Ada")
        say(own, ill)
        if typed:
            own.page.fill(control("illness"), typed)
            own.page.fill(control("drugs"), typed)
        own.page.click("button")
        own.wait_for("sent")
        opened(own, site)

    records = [json.loads(body)["records"] for body in own.submissions]
    assert len(records) == 3
    assert len({len(json.dumps(each)) for each in records}) == 1


def test_what_was_typed_is_there_when_a_question_comes_back(own: Visit) -> None:
    say(own, "yes")
    own.page.fill(control("illness"), "flu")
    say(own, "no")

    say(own, "yes")

    assert own.page.input_value(control("illness")) == "flu"


def test_a_complaint_goes_with_its_question(own: Visit) -> None:
    own.page.fill(control("fullname"), "Ada")
    say(own, "yes")
    own.press("button")
    assert list(own.wrong()) == ["illness"]

    say(own, "no")

    assert own.wrong() == {}
    assert not own.page.is_visible(".sealform-summary")


def test_pages_are_filled_one_by_one(
    rendered: Visit, acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    assert rendered.asked() == ["fullname", "ill"]
    assert not rendered.page.is_visible(".sealform-back")
    rendered.page.fill(control("fullname"), "Ada")
    say(rendered, "yes")
    rendered.page.fill(control("illness"), "flu")
    assert step(rendered) == "Step 1 of 3"

    rendered.page.press(control("illness"), "Enter")
    assert turned(rendered, "Step 2 of 3") == "Drugs"
    rendered.page.fill(control("drugs"), "aspirin")
    rendered.page.click(".sealform-next")
    assert turned(rendered, "Step 3 of 3") == "Last"
    assert rendered.submissions == []
    rendered.page.press(control("remark"), "Enter")

    assert sent(rendered, acme, publisher, manifest) == {
        "fullname": "Ada",
        "ill": "yes",
        "illness": "flu",
        "drugs": "aspirin",
        "remark": "",
    }


def test_a_page_that_is_not_asked_is_skipped(rendered: Visit) -> None:
    rendered.page.fill(control("fullname"), "Ada")
    say(rendered, "no")
    rendered.page.click(".sealform-next")

    turned(rendered, "Step 2 of 2")
    assert rendered.asked() == ["remark"]
    rendered.page.click(".sealform-back")
    turned(rendered, "Step 1 of 2")


def test_one_goes_on_only_from_a_page_that_is_in_order(rendered: Visit) -> None:
    rendered.page.click(".sealform-next")

    assert step(rendered).startswith("Step 1")
    assert rendered.wrong() == {"fullname": "Please answer this."}
    assert rendered.page.evaluate("document.activeElement.className") == "sealform-summary"


def test_back_loses_nothing_and_asks_for_nothing(rendered: Visit) -> None:
    rendered.page.fill(control("fullname"), "Ada")
    say(rendered, "yes")
    rendered.page.fill(control("illness"), "flu")
    rendered.page.click(".sealform-next")
    rendered.page.fill(control("drugs"), "aspirin")
    rendered.page.click(".sealform-back")

    assert rendered.page.input_value(control("illness")) == "flu"
    rendered.page.click(".sealform-next")
    assert rendered.page.input_value(control("drugs")) == "aspirin"
    assert rendered.page.evaluate("history.length") <= 2


def test_the_summary_leads_to_an_earlier_page(rendered: Visit) -> None:
    rendered.page.fill(control("fullname"), "Ada")
    say(rendered, "no")
    rendered.page.click(".sealform-next")
    rendered.page.evaluate("document.querySelector('[data-sealform-field=fullname]').value = ''")
    rendered.page.click(".sealform-send")

    rendered.page.click(".sealform-summary a")

    assert rendered.page.evaluate("document.activeElement.dataset.sealformField") == "fullname"
    assert rendered.page.is_visible(control("fullname"))


def test_without_its_part_such_a_form_stays_locked(
    visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> None:
    visit.page.route("**/sealform-steps.*", lambda route: route.abort())
    embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=INNER)
    visit.page.goto(site.origin)

    assert visit.wait_for("error")["code"] == "part"
    assert visit.is_locked()
