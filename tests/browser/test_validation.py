"""What is wrong is said beside the field, and in a summary that leads there."""

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.browser.sites import Site
from tests.browser.visits import Visit, embed, render
from tests.intake.people import Publisher
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOICES = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
REQUIRED = "Please answer this."
INNER = """
  <p><label>Name <input data-sealform-field="fullname"></label></p>
  <p><label for="m">E-mail</label> <input id="m" data-sealform-field="email" aria-describedby="h">
     <small id="h">We never share it.</small></p>
  <p><label>Age <input type="number" data-sealform-field="age" max="99"></label></p>
  <fieldset><legend>Plan</legend>
    <label><input type="radio" value="a" data-sealform-field="plan"> A</label>
    <label><input type="radio" value="b" data-sealform-field="plan"> B</label></fieldset>
  <p><label>Code <input data-sealform-field="code" pattern="[0-9]+"></label></p>
"""
# What the script says is the same on both; what the page says itself has tests of its own below.
BOTH = pytest.mark.parametrize("mode", ["rendered", *nightly("own")])


@pytest.fixture
def manifest(publisher: Publisher, form: Form) -> Manifest:
    form.fields.all().delete()
    form.fields.create(order=1, name="fullname", label="Name", required=True, min_length=2)
    form.fields.create(order=2, name="email", kind="email", label="E-mail", required=True)
    form.fields.create(order=3, name="age", kind="number", label="Age", min="18")
    form.fields.create(
        order=4, name="plan", kind="radio", label="Plan", options=CHOICES, required=True
    )
    form.fields.create(order=5, name="code", label="Code")
    return publisher.publish()


@pytest.fixture
def opened(
    mode: str, visit: Visit, site: Site, live_server: LiveServer, manifest: Manifest, pin: str
) -> Visit:
    if mode == "own":
        embed(site, server=live_server.url, manifest=manifest, pin=pin, inner=INNER)
    else:
        render(site, server=live_server.url, manifest=manifest, pin=pin)
    visit.page.goto(site.origin)
    visit.wait_for("ready")
    visit.begin()
    return visit


def control(name: str) -> str:
    return f"[data-sealform-field={name}]"


def send(visit: Visit) -> None:
    visit.press("form button:not([type=button])")


@BOTH
def test_sending_marks_all_that_is_wrong_and_leads_there(opened: Visit) -> None:
    opened.page.fill(control("age"), "7")
    send(opened)

    assert opened.wait_for("error")["field"] == "fullname"
    assert opened.wrong() == {
        "fullname": REQUIRED,
        "email": REQUIRED,
        "age": "Please write 18 or more.",
        "plan": "Please choose one.",
    }
    assert opened.submissions == []
    assert opened.page.evaluate("document.activeElement.className") == "sealform-summary"
    links = opened.page.locator(".sealform-summary a")
    assert links.all_text_contents() == [
        f"Name: {REQUIRED}",
        f"E-mail: {REQUIRED}",
        "Age: Please write 18 or more.",
        "Plan: Please choose one.",
    ]
    links.nth(2).press("Enter")
    assert opened.page.evaluate("document.activeElement.dataset.sealformField") == "age"


@BOTH
def test_what_is_mended_is_sent(opened: Visit) -> None:
    send(opened)
    opened.page.fill(control("fullname"), "Ada")
    opened.page.fill(control("email"), "ada@example.org")
    assert opened.wrong() == {"plan": "Please choose one."}
    opened.page.check(control("plan") + "[value=b]")
    assert opened.wrong() == {}

    send(opened)

    opened.wait_for("sent")


@BOTH
def test_a_field_is_judged_when_it_is_left_but_not_before_it_was_worked_on(opened: Visit) -> None:
    opened.page.focus(control("fullname"))
    opened.page.keyboard.press("Tab")
    assert opened.wrong() == {}

    opened.page.focus(control("email"))
    opened.page.keyboard.type("ada")
    assert opened.wrong() == {}
    opened.page.keyboard.press("Tab")

    assert list(opened.wrong()) == ["email"]
    assert opened.page.locator(".sealform-summary li").count() == 0
    opened.page.focus(control("email"))
    opened.page.keyboard.type("@example.org")
    assert opened.wrong() == {}


@BOTH
def test_a_message_does_not_move_away_what_is_being_pressed(opened: Visit) -> None:
    opened.page.fill(control("age"), "7")
    [place] = [opened.page.locator(f"{control('plan')}[value=b]").bounding_box()]
    assert place

    opened.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    opened.page.mouse.down()
    opened.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )
    opened.page.mouse.up()

    assert opened.page.is_checked(f"{control('plan')}[value=b]")
    opened.page.wait_for_function("() => document.querySelector('[aria-invalid=true]')")
    assert opened.wrong() == {"age": "Please write 18 or more."}


@BOTH
def test_screen_readers_hear_it_once(opened: Visit) -> None:
    """On leaving a field its message speaks; on sending the summary does, and nothing else."""
    opened.page.focus(control("email"))
    opened.page.keyboard.type("ada")
    opened.page.focus(control("age"))
    speaking = "() => [...document.querySelectorAll('.sealform-error[aria-live=polite]')].length"
    opened.page.wait_for_function(f"() => ({speaking})() === 1")

    send(opened)

    assert opened.page.evaluate(speaking) == 0
    assert opened.page.get_attribute(".sealform-summary", "role") == "group"
    assert opened.status == ""


@BOTH
def test_a_number_that_the_browser_cannot_read_is_not_taken_for_none(opened: Visit) -> None:
    opened.page.focus(control("age"))
    opened.page.keyboard.type("1e")

    send(opened)

    assert opened.wrong()["age"] == "Please write a number like 1200 or 3.5."


@pytest.mark.parametrize("mode", ["own"])
def test_the_rules_of_the_pages_own_attributes_count_too(opened: Visit) -> None:
    opened.page.fill(control("code"), "abc")
    opened.page.fill(control("age"), "100")

    send(opened)

    wrong = opened.wrong()
    native = "(e) => e.validationMessage"
    for name in ("code", "age"):
        assert wrong[name] == opened.page.eval_on_selector(control(name), native) != ""


@pytest.mark.parametrize("mode", ["own"])
def test_what_the_pages_script_complains_about_is_said_in_its_words(opened: Visit) -> None:
    opened.page.eval_on_selector(
        control("fullname"),
        """(e) => {
          e.addEventListener('invalid', () => e.setCustomValidity('Who are you?'));
          e.addEventListener('input', () => e.setCustomValidity(''));
          e.required = true;
        }""",
    )

    send(opened)
    assert opened.wrong()["fullname"] == "Who are you?"

    opened.page.fill(control("fullname"), "Ada")
    assert "fullname" not in opened.wrong()


@pytest.mark.parametrize("mode", ["own"])
def test_the_pages_own_inputs_are_checked_as_well(opened: Visit) -> None:
    add = "(e) => e.insertAdjacentHTML('afterend', '<input name=own required>')"
    opened.page.eval_on_selector("fieldset", add)
    opened.page.fill(control("fullname"), "Ada")
    opened.page.fill(control("email"), "ada@example.org")
    opened.page.check(control("plan") + "[value=b]")

    send(opened)

    assert opened.wait_for("error")["code"] == "answer"
    assert opened.page.evaluate("document.activeElement.name") == "own"
    assert opened.submissions == []


@pytest.mark.parametrize("mode", ["own"])
def test_a_description_of_the_pages_own_stays(opened: Visit) -> None:
    send(opened)
    assert "h " in (opened.page.get_attribute(control("email"), "aria-describedby") or "")

    opened.page.fill(control("email"), "ada@example.org")

    assert opened.page.get_attribute(control("email"), "aria-describedby") == "h"


@pytest.mark.parametrize("mode", ["own"])
def test_a_message_does_not_become_part_of_a_name(opened: Visit) -> None:
    send(opened)

    opened.page.get_by_role("textbox", name="Name", exact=True).wait_for()
    opened.page.get_by_role("radio", name="A", exact=True).wait_for()
