"""Keys that change while forms are open: who goes on, and who has to be asked.

A house of its own, since acme is somebody else for everybody afterwards.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.envelope.keys import show_fingerprint
from tests.browser import sites
from tests.browser.visits import Visit
from tests.client.protection import opened
from tests.end_to_end.canaries import Canary
from tests.end_to_end.chapters import among, as_contact
from tests.end_to_end.house import House, built
from tests.end_to_end.machines import Machine, Ran
from tests.end_to_end.pages import adopted, old_page
from tests.end_to_end.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ACCOUNTS = ("extract", "--type", "account", "--format", "jsonl")
ROWS = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")


@pytest.fixture(scope="module")
def moving_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("moving")
    (folder / "server").mkdir()
    with sites.serving() as site, serving(folder / "server") as server:
        house = built(server, site, folder, sheets=True)
        house.fill()
        house.acme.split()
        house.acme.share("contact", house.marketing)
        house.marketing.extract("contact", of=house.acme)
        yield house


def filled(visit: Visit, address: str, attribute: str = "data-sealform-field") -> Canary:
    """Open a page, fill it and send it, as before."""
    canary = Canary.new()
    visit.page.on("dialog", lambda dialog: dialog.dismiss())
    visit.page.goto(address)
    visit.wait_for("ready")
    for name, answer in canary.answers.items():
        visit.page.fill(f"[{attribute}={name}]", answer)
    visit.page.click("button")
    visit.wait_for("sent")
    return canary


def walkthrough(house: House, pin: str) -> str:
    """The old page of the walkthrough, whose tag pins this fingerprint."""
    house.site.page = adopted(old_page(), server=house.server.url, form=house.form, pin=pin)
    return house.site.origin


def typed_from(machine: Machine) -> Path:
    """A file with the code that stands on a machine's sheet."""
    code = machine.folder / "code.txt"
    rows = ROWS.findall(machine.sheet.read_text().partition("<pre>")[2])[:4]
    code.write_text("\n".join(rows))
    code.chmod(0o600)
    return code


def rotate(machine: Machine, *words: str) -> Ran:
    """What a person types, with the sheet in front of them."""
    code = str(typed_from(machine))
    ran = machine.run("keys", "rotate", *words, "--yes", "--code-file", code)
    machine.__dict__.pop("opened", None)
    machine.fingerprint = show_fingerprint(opened(machine.credentials).card.fingerprint)
    return ran


def test_after_a_rotation_everybody_goes_on(moving_house: House, visit: Visit) -> None:
    house, old = moving_house, moving_house.acme.fingerprint
    before = house.marketing.extract("contact", of=house.acme)

    rotate(house.acme)
    embedded = filled(visit, walkthrough(house, old), "data-innovault-type")
    hosted = filled(visit, house.hosted)
    table = house.acme.split()

    for canary in (embedded, hosted):
        assert house.answers_of(canary) == [canary.answers]
    assert re.search(r"contact +2 +0 +1", table)  # what was split before is not written again
    after = house.marketing.run("extract", "--type", "contact", "--format", "jsonl").data
    assert all(one in after for one in before)
    for canary in (embedded, hosted):
        assert among(after, canary) == [as_contact(canary)]


def test_after_a_hand_over_pages_go_on_and_readers_are_asked(
    moving_house: House, visit: Visit
) -> None:
    house, pin = moving_house, moving_house.acme.fingerprint
    acme, clinic = house.acme, house.clinic
    acme.share_form("account", house.marketing, "signup")
    kept = house.fill()
    assert among(house.marketing.extract("account", of=acme), kept)

    acme.run("hand-over", "signup", "--to", clinic.id, "--fingerprint", clinic.fingerprint, "--yes")
    clinic.run("hand-over", "--accept", house.form, "--fingerprint", acme.fingerprint, "--yes")
    clinic.publish(house.form)
    embedded = filled(visit, walkthrough(house, pin), "data-innovault-type")
    hosted = filled(visit, house.hosted)

    answers = clinic.run(*ACCOUNTS).data
    for canary in (embedded, hosted):
        assert among(answers, canary) == [canary.answers]
        assert among(acme.run(*ACCOUNTS).data, canary) == []
    assert among(acme.run(*ACCOUNTS).data, kept)


def test_after_a_theft_each_refuses_and_says_what_to_do(moving_house: House, visit: Visit) -> None:
    house = moving_house
    clinic, marketing = house.clinic, house.marketing
    clinic.share_form("account", marketing, "signup")
    told = ("--fingerprint", clinic.fingerprint, "--yes")
    refused = marketing.try_to(*ACCOUNTS, SEALFORM_CREDENTIALS=str(marketing.credentials))
    assert "trust hand-over" in refused.err  # a person has to agree to the form's next owner
    marketing.run("trust", "hand-over", house.form, *told)
    before = house.fill()
    assert among(marketing.run(*ACCOUNTS).data, before) == [before.answers]
    pin = clinic.fingerprint

    rotate(clinic, "--compromised", "--plain")

    visit.page.on("dialog", lambda dialog: dialog.dismiss())
    visit.page.goto(walkthrough(house, pin))
    assert visit.wait_for("error")["code"] == "compromised"
    assert visit.is_locked()
    assert "put the form's new tag here" in visit.page.inner_text("body")
    refused = marketing.try_to(*ACCOUNTS, SEALFORM_CREDENTIALS=str(marketing.credentials))
    assert refused.code == 1
    assert refused.out == ""
    assert "says that its keys were stolen" in refused.err
    assert f"trust add {clinic.id} --fingerprint FP" in refused.err

    marketing.run("trust", "add", clinic.id, "--fingerprint", clinic.fingerprint)
    with_new_tag = filled(visit, walkthrough(house, clinic.fingerprint), "data-innovault-type")
    hosted = filled(visit, house.hosted)
    for reader in (clinic, marketing):
        answers = reader.run(*ACCOUNTS).data
        for canary in (before, with_new_tag, hosted):
            assert among(answers, canary) == [canary.answers]
