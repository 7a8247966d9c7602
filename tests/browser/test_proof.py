"""What an operator may ask of who submits: some seconds, and work."""

import json

import pytest

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.vault.models import Record
from tests.browser.outboxes import (
    again,
    fill,
    queue,
    sealed,
    wait_until_empty,
)
from tests.browser.visits import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asking(form: Form, manifest: Manifest) -> Form:
    """The form, asking for a proof from the beginning."""
    ask(form)
    return form


def ask(form: Form) -> None:
    """Ask for a second and a little work."""
    Form.objects.filter(id=form.id).update(min_seconds=1, work_bits=6)


def test_a_proof_is_sent_along_when_it_is_asked_for(
    visit: Visit, address: str, asking: Form
) -> None:
    fill(visit, address)
    visit.page.click("button")

    visit.wait_for("sent")
    [body] = visit.submissions
    assert json.loads(body)["proof"].keys() == {"challenge", "nonce"}


def test_no_proof_is_sent_where_none_is_asked_for(filled: Visit) -> None:
    filled.page.click("button")

    filled.wait_for("sent")
    [body] = filled.submissions
    assert "proof" not in json.loads(body)


def test_a_form_that_asks_only_later_gets_its_proof_with_the_same_records(
    visit: Visit, address: str, form: Form
) -> None:
    with visit.page.expect_response("**/challenge"):
        fill(visit, address)
    ask(form)
    visit.page.click("button")

    visit.wait_for("sent")
    first, second = visit.submissions
    assert sealed(first) == sealed(second)
    assert Record.objects.count() == 1


def test_what_was_left_gets_its_proof_at_the_next_visit(
    filled: Visit, address: str, asking: Form
) -> None:
    queue(filled)
    after = again(filled)
    after.page.goto(address)
    wait_until_empty(after.page)

    assert Record.objects.count() == 1
