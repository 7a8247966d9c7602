"""A server that altered what it stores, and is asked about a receipt."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser

from apps.envelope.receipts import show_receipt
from apps.envelope.submissions import dump_submission, seal_submission
from tests.intake.people import post
from tests.malicious import tally
from tests.malicious.bundles import Check, Dist
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.visitors import RELEASED, Scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VERIFIED = Check("form/receipt/check.js", "await verifyReceipt(receipt, manifest, all);")
DONE = """() => document.querySelector('[role=status] strong')
  && !document.querySelector('button').disabled"""
STORED, OTHER = "Stored, unaltered", "Not what you sent"

Wire = dict[str, Any]
Alter = Callable[[Scene, list[Wire]], list[Wire]]


def swapped(_: Scene, records: list[Wire]) -> list[Wire]:
    """One answer in the place of another; records come in any order."""
    for record in records:
        if record["type"] == "account":
            record["fields"]["fullname"] = record["fields"]["city"]
    return records


def of_another_visitor(scene: Scene, records: list[Wire]) -> list[Wire]:
    """Sound records, sealed to the same inboxes, under the ids that were asked for."""
    others, _ = seal_submission(scene.manifest, answers(scene, "Mallory"))
    wires = {record.type: record.to_wire() for record in others}
    return [wires[record["type"]] | {"id": record["id"]} for record in records]


ALTERED: dict[str, Alter] = {
    "swaps two answers": swapped,
    "has another visitor's records": of_another_visitor,
}


def answers(scene: Scene, name: str) -> dict[str, Any]:
    return {field.name: "" for field in scene.manifest.fields} | {"fullname": name}


def receipt_of(scene: Scene) -> str:
    """Of a submission that has truly arrived."""
    records, receipt = seal_submission(scene.manifest, answers(scene, "Ada"))
    answer = post(f"{scene.publisher.path}/submissions", dump_submission(records))
    assert answer.status_code == 201, answer.content
    return show_receipt(receipt)


def answering_with(scene: Scene, alter: Alter) -> None:
    def lie(asked: Asked, pass_on: PassOn) -> Answer | None:
        if asked.path.endswith("/receipt/"):  # so that the script may be another one
            page = pass_on()
            allowing = {k: v for k, v in page.headers.items() if k.lower() != "integrity-policy"}
            page = replace(page, headers=allowing)
            return page.telling(page.body.replace(b"integrity=", b"data-was="))
        if asked.is_about("POST", end="/receipts"):
            answer = pass_on()
            return answer.telling({"records": alter(scene, answer.json["records"])})
        return None

    scene.lies(lie)


def verdict(scene: Scene, browser: Browser, receipt: str) -> str:
    """What the page says of it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{scene.url}/f/signup/receipt/")
        page.fill("#receipt", receipt)
        page.click("button")
        page.wait_for_function(DONE)
        return page.text_content("[role=status] strong") or ""


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_the_server(
    alter: Alter,
    scenes: Callable[[], Scene],
    chromium: Browser,
    unguarded: Callable[[Check | None], Dist],
    record_property: Any,
) -> None:
    tally.shown(record_property, "attack")
    scene = scenes()
    receipt = receipt_of(scene)
    assert verdict(scene, chromium, receipt) == STORED

    answering_with(scene, alter)
    scene.dist = unguarded(VERIFIED)
    assert verdict(scene, chromium, receipt) == STORED, "it has to work without the defence"
    tally.shown(record_property, "works")

    scene.dist = unguarded(None)
    assert verdict(scene, chromium, receipt) == OTHER, "it has to be the missing check"
    scene.dist = RELEASED
    assert verdict(scene, chromium, receipt) == OTHER
    tally.shown(record_property, "refused")
