"""Old pages, made for TozStore's easy SDK: three attributes changed, and they work."""

import pytest
from playwright.sync_api import Dialog, Error

from tests.browser.visits import Visit
from tests.end_to_end.canaries import FIELDS, Canary
from tests.end_to_end.house import CONFIRMATION, House
from tests.end_to_end.pages import adopted, old_page, walkthrough_page

pytestmark = pytest.mark.browser


@pytest.fixture(params=["of our own", "of the walkthrough"])
def page(request: pytest.FixtureRequest) -> str:
    found = old_page() if request.param == "of our own" else walkthrough_page()
    if found is None:
        pytest.skip("the walkthrough is only there where Sealform is developed")
    return found


def test_what_is_typed_arrives_and_only_acme_reads_it(
    page: str, house: House, visit: Visit
) -> None:
    """In spite of an alert that stops everything, and of a button that calls what is not there."""
    house.site.page = adopted(
        page, server=house.server.url, form=house.form, pin=house.acme.fingerprint
    )
    said: list[str] = []
    errors: list[Error] = []
    visit.page.on("dialog", lambda dialog: dismiss(dialog, said))
    visit.page.on("pageerror", lambda error: errors.append(error))
    posts = len(house.site.posts)
    canary = Canary.new()
    visit.page.goto(house.site.origin)
    visit.wait_for("ready")
    for name, answer in canary.answers.items():
        visit.page.fill(f"[data-innovault-type={name}]", answer)

    visit.page.click("button")

    visit.wait_for("sent")
    assert visit.page.text_content(".sealform-confirmation") == CONFIRMATION
    assert house.answers_of(canary) == [canary.answers]
    assert len(said) == 1
    assert ["clearForm" in str(error) for error in errors] == [True]
    assert len(house.site.posts) == posts


def dismiss(dialog: Dialog, said: list[str]) -> None:
    said.append(dialog.message)
    dialog.dismiss()


def test_only_three_things_are_changed(page: str, house: House) -> None:
    changed = adopted(page, server="http://x", form="FORM", pin="PIN")

    for attribute in ('src="http://x/static/dist/sealform.js"', 'token="FORM"', 'data-pin="PIN"'):
        assert changed.count(attribute) == 1
    before, after = page.split("\n"), changed.split("\n")
    different = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(different) == 2
    assert "<script" in different[0]
    assert "<form" in different[1]


def test_our_own_page_has_the_quirks_of_the_walkthroughs() -> None:
    page = old_page()

    assert [f'data-innovault-type="{name}"' in page for name in FIELDS] == [True] * len(FIELDS)
    for quirk in (
        'onclick="clearForm()"',
        "alert(",
        '<form data-innovault-token="..." method="post">',
    ):
        assert quirk in page
    for tidiness in ("</head>", "<!doctype", "charset", " name=", "action="):
        assert tidiness not in page


@pytest.mark.parametrize("change", ["pin", "integrity"])
def test_a_wrong_pin_or_script_sends_nothing(change: str, house: House, visit: Visit) -> None:
    """The page's own server gets what an empty form gives, as before it was adopted."""
    page = adopted(old_page(), server=house.server.url, form=house.form, pin=house.acme.fingerprint)
    wrong = {"pin": house.mallory.fingerprint, "integrity": 64 * "A"}
    right = {"pin": house.acme.fingerprint, "integrity": page.split("sha384-")[1].split('"')[0]}
    house.site.page = page.replace(right[change], wrong[change])
    visit.page.on("dialog", lambda dialog: dialog.dismiss())
    posts = len(house.site.posts)
    canary = Canary.new()
    visit.page.goto(house.site.origin)
    if change == "pin":
        assert visit.wait_for("error")["code"] == "fingerprint"
        assert visit.is_locked()
    visit.page.fill("[data-innovault-type=fullname]", canary.answers["fullname"])

    visit.page.evaluate("document.forms[0].requestSubmit()")
    visit.page.wait_for_timeout(300)

    assert visit.submissions == []
    assert house.site.posts[posts:] == ([] if change == "pin" else [""])
    assert canary.found_in({"site": repr(house.site.requests).encode()}) == []
