"""The page that checks a receipt against what is stored; here it was given by Python."""

import json
from base64 import b32decode

import pytest
from playwright.sync_api import Route
from pytest_django.live_server_helper import LiveServer

from apps.envelope.encoding import dump_json
from apps.envelope.manifests import Manifest
from apps.envelope.receipts import SECRET, read_receipt, show_receipt
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.models import Form
from apps.vault.models import Record
from tests.browser.outboxes import offline
from tests.browser.visits import Visit
from tests.browser.watching import Watch, shapes
from tests.intake.people import Publisher, post
from tests.tools.browsers import BrowserPage
from tests.tools.selection import nightly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STORAGE = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
DONE = """() => document.querySelector('[role=status] strong')
  && document.querySelector('button')?.disabled === false"""


@pytest.fixture
def hosted(live_server: LiveServer, manifest: Manifest) -> str:
    return f"{live_server.url}/f/signup/"


def sent(manifest: Manifest) -> str:
    """Send answers; returns their receipt, as it is shown."""
    answers = {field.name: "" for field in manifest.fields}
    records, receipt = seal_submission(manifest, answers)
    path = f"/api/v1/forms/{manifest.form}/submissions"
    assert post(path, dump_submission(records)).status_code == 201
    return show_receipt(receipt)


@pytest.fixture
def receipt(manifest: Manifest) -> str:
    """Of answers that have arrived."""
    return sent(manifest)


@pytest.fixture
def two_types(publisher: Publisher, manifest: Manifest) -> Manifest:
    """The sign-up form, its name going to another type than the rest from now on."""
    publisher.form.fields.filter(name="fullname").update(type="contact")
    return publisher.publish(2)


def verdict(page: BrowserPage, address: str, typed: str) -> str:
    """What the page says of a receipt."""
    page.goto(f"{address}receipt/")
    page.fill("#receipt", typed)
    page.click("button")
    page.wait_for_function(DONE)
    return page.text_content("[role=status] strong") or ""


def test_it_is_found_unaltered(receipt: str, visit: Visit, hosted: str) -> None:
    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"


def test_it_is_found_however_it_is_typed(receipt: str, visit: Visit, hosted: str) -> None:
    typed = f"  {receipt.lower().replace('-', ' ')}\n"
    assert verdict(visit.page, hosted, typed) == "Stored, unaltered"


@pytest.mark.engines
def test_each_browser_checks_it(receipt: str, any_page: BrowserPage, hosted: str) -> None:
    assert verdict(any_page, hosted, receipt) == "Stored, unaltered"


def test_it_does_not_leave_the_page(receipt: str, visit: Visit, hosted: str) -> None:
    watch = Watch(visit.page.context)
    visit.page.goto(f"{hosted}receipt/")
    visit.page.fill("#receipt", receipt)
    with visit.page.expect_request("**/receipts") as asked:
        visit.page.click("button")
    visit.page.get_by_text("Stored, unaltered", exact=True).wait_for()

    assert json.loads(asked.value.post_data or "{}").keys() == {"ids"}
    secret = read_receipt(receipt)[:SECRET]
    forms = [secret, secret.hex().encode(), *shapes(receipt), *shapes(receipt.replace("-", ""))]
    assert not any(form in sent for form in forms for sent in watch.sent)
    assert visit.page.evaluate(STORAGE) == "[{},{}]"


@pytest.mark.parametrize("member", ["fields", "akid", *nightly("ak")])
def test_what_was_altered_is_said_to_be(
    receipt: str, visit: Visit, hosted: str, member: str
) -> None:
    [record] = Record.objects.all()
    wire = json.loads(bytes(record.body))
    if member == "fields":
        wire["fields"]["fullname"] = wire["fields"]["city"]
    else:
        wire[member] = ("A" if wire[member][0] != "A" else "B") + wire[member][1:]
    Record.objects.update(body=dump_json(wire))

    assert verdict(visit.page, hosted, receipt) == "Not what you sent"


def test_records_that_were_not_asked_for_are_not_believed(
    receipt: str, visit: Visit, hosted: str
) -> None:
    """The server answers with somebody else's record, which is stored and intact."""
    [record] = Record.objects.all()
    stolen = json.loads(bytes(record.body)) | {"id": "7c74170f-5b2b-4c65-ae5d-f7c1ee22fc2a"}

    def other(route: Route) -> None:
        route.fulfill(json={"records": [stolen]})

    visit.page.route("**/receipts", other)
    assert verdict(visit.page, hosted, receipt) == "Not what you sent"


def test_what_was_deleted_is_not_found(receipt: str, visit: Visit, hosted: str) -> None:
    Record.objects.all().delete()

    assert verdict(visit.page, hosted, receipt) == "Not found"


@pytest.fixture
def of_two(two_types: Manifest) -> str:
    """A receipt for two records."""
    return sent(two_types)


def test_a_part_that_was_deleted_is_noticed(of_two: str, visit: Visit, hosted: str) -> None:
    assert verdict(visit.page, hosted, of_two) == "Stored, unaltered"

    Record.objects.filter(stream__type="contact").delete()

    assert verdict(visit.page, hosted, of_two) == "Only partly found"


def test_a_form_published_since_with_fewer_types_does_not_matter(
    of_two: str, visit: Visit, hosted: str, publisher: Publisher
) -> None:
    publisher.form.fields.update(type="account")
    publisher.publish(3)

    assert verdict(visit.page, hosted, of_two) == "Stored, unaltered"


def test_a_form_published_since_with_more_types_does_not_matter(
    receipt: str, visit: Visit, hosted: str, publisher: Publisher
) -> None:
    publisher.form.fields.filter(name="fullname").update(type="contact")
    publisher.publish(2)

    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"


def test_types_that_were_renamed_since_are_still_asked_for(
    receipt: str, visit: Visit, hosted: str, publisher: Publisher
) -> None:
    publisher.form.fields.update(type="customer")
    publisher.publish(2)

    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"


def test_more_types_than_one_question_holds_are_asked_for_in_several(
    receipt: str, visit: Visit, hosted: str, publisher: Publisher
) -> None:
    for version in range(2, 19):
        publisher.form.fields.update(type=f"a{version:02}")
        publisher.publish(version)

    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"


def test_a_closed_form_answers_for_what_it_has(
    receipt: str, visit: Visit, hosted: str, form: Form
) -> None:
    Form.objects.filter(id=form.id).update(closed=True)

    assert verdict(visit.page, hosted, receipt) == "Stored, unaltered"


def test_a_receipt_with_a_letter_wrong_is_not_found(
    receipt: str, visit: Visit, hosted: str
) -> None:
    other = receipt[:5] + ("A" if receipt[5] != "A" else "B") + receipt[6:]
    assert b32decode(other[2:].replace("-", "") + "====")

    assert verdict(visit.page, hosted, other) == "Not found"


def test_a_wrong_hash_is_not_taken_for_the_right_one(
    receipt: str, visit: Visit, hosted: str
) -> None:
    """The second half of a receipt proves the content."""
    other = receipt[:-9] + ("AAAA" if receipt[-9:-5] != "AAAA" else "BBBB") + receipt[-5:]

    assert verdict(visit.page, hosted, other) == "Not what you sent"


@pytest.mark.parametrize("typed", ["", "R-" + "A" * 53, *nightly("R-ABCD", "hello")])
def test_what_is_no_receipt_is_said_to_be_none(visit: Visit, hosted: str, typed: str) -> None:
    assert "not a complete reference" in verdict(visit.page, hosted, typed)


def test_without_a_network_it_says_so(receipt: str, visit: Visit, hosted: str) -> None:
    visit.page.route("**/receipts", offline)

    assert "cannot be reached" in verdict(visit.page, hosted, receipt)


def test_an_owner_that_is_not_the_pinned_one_is_not_believed(
    receipt: str, visit: Visit, hosted: str
) -> None:
    def otherwise(route: Route) -> None:
        response = route.fetch()
        wire = response.json()
        wire["sig"] = ("A" if wire["sig"][0] != "A" else "B") + wire["sig"][1:]
        route.fulfill(response=response, json=wire)

    visit.page.route("**/manifest", otherwise)

    assert "could not be checked" in verdict(visit.page, hosted, receipt)
