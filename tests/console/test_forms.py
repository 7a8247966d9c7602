"""Forms in the admin"""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.console.admin import form_admin
from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.drafting.composition import draft_of
from apps.intake.drafting.draft_store import save_draft
from apps.intake.models import Address, Form, FormField, Manifest
from apps.intake.pages.embedding import form_script
from tests.console.drafting import ADD, LIST, draft, drafted
from tests.intake.people import Person, Publisher
from tests.tools.remembered import once

pytestmark = pytest.mark.database


def test_a_draft_is_what_its_owner_will_sign(admin_client: Browser, acme: Person) -> None:
    options = "yes | Yes, please\nno\n\n unsure | I am not sure "

    saved = draft(
        admin_client,
        acme,
        {"name": "fullname", "label": "Full name", "required": "on", "help": "As in your\r\npass"},
        {"name": "call", "label": "May we call?", "kind": "radio", "options": options},
        description="One\r\nTwo",
        origins="https://WWW.example.com:443/shop/?a#b\n\nhttp://localhost:8080/\u200b",
    )

    assert saved == ""
    form = Form.objects.get()
    assert form.origins == ["https://www.example.com", "http://localhost:8080"]
    fields = draft_of(form=form)["fields"]
    assert [field["name"] for field in fields] == ["fullname", "call"]
    assert fields[0]["required"]
    assert fields[0]["help"] == "As in your\npass"
    assert fields[1]["options"] == [
        {"value": "yes", "label": "Yes, please"},
        {"value": "no", "label": "no"},
        {"value": "unsure", "label": "I am not sure"},
    ]


def test_it_can_be_published_as_it_was_drafted(admin_client: Browser, acme: Person) -> None:
    draft(admin_client, acme, {"kind": "select", "options": "a | Ay\nb | Bee"})

    assert Publisher(acme, Form.objects.get()).publish().title == "Visit"


def test_fields_without_a_place_go_last(admin_client: Browser, acme: Person) -> None:
    draft(admin_client, acme, {"name": "c"}, {"name": "b", "order": 1}, {"name": "d"})

    assert [field.name for field in FormField.objects.all()] == ["b", "c", "d"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        ({"name": "Full Name"}, "lower-case letters"),
        ({"name": "1st"}, "lower-case letters"),
        ({"name": ""}, "required"),
        ({"type": "Health!"}, "lower-case letters"),
        ({"label": "x" * 501}, "at most 500"),
        ({"help": "x" * 2001}, "at most 2000"),
        ({"kind": "file"}, "valid choice"),
        ({"kind": "radio"}, "Give 1 to 256 options"),
        ({"kind": "text", "options": "a"}, "no options"),
        ({"kind": "select", "options": "a | One\na | Two"}, "a value of its own"),
        ({"kind": "select", "options": "| One"}, "value | label"),
        ({"kind": "select", "options": "a |"}, "value | label"),
        ({"kind": "select", "options": "x" * 201}, "1 to 200 characters"),
        ({"kind": "select", "options": "\n".join(map(str, range(257)))}, "Give 1 to 256 options"),
    ],
)
def test_a_field_that_cannot_be_signed_is_refused(
    field: dict[str, str], complaint: str, admin_client: Browser, acme: Person
) -> None:
    assert complaint in draft(admin_client, acme, field)
    assert not Form.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"title": ""}, "required"),
        ({"title": "x" * 201}, "at most 200"),
        ({"description": "x" * 4001}, "at most 4000"),
        ({"confirmation": "x" * 2001}, "at most 2000"),
        ({"slug": "a b"}, "slug"),
        ({"origins": "www.example.com"}, "is not an origin"),
        ({"origins": "https://user@www.example.com/"}, "is not an origin"),
        ({"origins": "https://www.exa mple.com"}, "is not an origin"),
        ({"origins": "https://*.example.com"}, "is not an origin"),
        ({"origins": "javascript:alert(1)"}, "is not an origin"),
    ],
)
def test_a_form_that_cannot_be_signed_is_refused(
    changes: dict[str, str], complaint: str, admin_client: Browser, acme: Person
) -> None:
    assert complaint in draft(admin_client, acme, {}, **changes)
    assert not Form.objects.exists()


@pytest.mark.slow
def test_the_same_name_twice_is_refused(admin_client: Browser, acme: Person) -> None:
    assert "duplicate" in draft(admin_client, acme, {"name": "a"}, {"name": "a"})


@pytest.mark.slow
def test_more_types_than_a_manifest_holds_are_refused(admin_client: Browser, acme: Person) -> None:
    fields = [{"name": f"n{place}", "type": f"t{place}"} for place in range(17)]

    assert "at most 16 record types" in draft(admin_client, acme, *fields)


def test_a_form_without_fields_is_refused(admin_client: Browser, acme: Person) -> None:
    assert "at least one field" in draft(admin_client, acme)


def page(browser: Browser, form: Form) -> str:
    return html.unescape(raw_page(browser, form))


def raw_page(browser: Browser, form: Form) -> str:
    """The admin's page, made once in a process for each state of the database."""
    path = f"{LIST}{form.pk}/change/"
    return once(path, lambda: browser.get(path).content.decode())


def test_an_unpublished_form_says_how_to_publish_it(admin_client: Browser, form: Form) -> None:
    shown = page(admin_client, form)

    assert "sealform publish signup" in shown
    assert "unpublished" in shown
    assert "<textarea class='snippet'" not in shown


def snippets(shown: str) -> list[str]:
    """The tags that a page offers: rendered by the script, an own form, a frame."""
    return re.findall(r"<textarea class='snippet'[^>]*>(.*?</script>)", shown, re.DOTALL)


def test_the_snippets_pin_the_owner_the_version_and_the_script(
    admin_client: Browser, acme: Person, form: Form, manifest: SignedManifest
) -> None:
    rendered, own, framed = snippets(page(admin_client, form))

    for snippet in (rendered, own):
        assert f'data-sealform="{form.id}"' in snippet
        assert f'data-pin="{acme.row.shown_fingerprint}"' in snippet
        assert 'data-min-version="1"' in snippet
        assert f'src="http://testserver{form_script().url}"' in snippet
        assert f'integrity="{form_script().integrity}"' in snippet
        assert 'crossorigin="anonymous"' in snippet
    assert len(re.findall("data-sealform-field=", own)) == len(manifest.fields)
    assert not re.findall(r"<(?:input|select|textarea)[^>]*\sname=", own)
    assert "data-sealform-field" not in rendered
    assert 'src="http://testserver/f/signup/embed/"' in framed


@pytest.mark.slow
def test_each_way_says_what_it_protects_against(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    shown = page(admin_client, form)

    for sentence in (
        "neither this server nor anybody who breaks into it",
        "The same protection",
        "not against an operator who changes the page",
    ):
        assert sentence in shown


def test_the_snippets_are_text_to_copy_and_not_part_of_the_page(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    raw = raw_page(admin_client, form)

    for tag in ("form data-sealform", "div data-sealform", "iframe "):
        assert f"<{tag}" not in raw
        assert f"&lt;{tag}" in raw


def test_a_changed_draft_is_told_from_what_visitors_see(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    assert "differs" not in page(admin_client, form)
    form.fields.filter(name="age").update(label="How old are you?")

    assert "publish it again" in page(admin_client, form)
    assert "draft differs" in admin_client.get(LIST).content.decode()


@pytest.mark.slow
def test_an_end_that_is_near_is_told(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    Manifest.objects.update(expires=manifest.issued + 7 * 24 * 3600)

    assert "within 30 days" in page(admin_client, form)
    assert "expires soon" in admin_client.get(LIST).content.decode()


@pytest.mark.slow
def test_an_expired_form_is_told(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    Manifest.objects.update(expires=1)

    assert "It has expired" in page(admin_client, form)


def test_the_owner_of_a_published_form_is_settled(
    admin_client: Browser, mallory: Person, form: Form, manifest: SignedManifest
) -> None:
    data = drafted(mallory, {}, title="Changed")

    response = admin_client.post(f"{LIST}{form.pk}/change/", data)

    form.refresh_from_db()
    assert response.status_code == 302
    assert (form.title, form.owner_id) == ("Changed", manifest_owner(manifest))


@pytest.mark.slow
def test_an_admin_is_told_that_the_form_was_published_meanwhile(
    admin_client: Browser,
    acme: Person,
    mallory: Person,
    form: Form,
    publisher: Publisher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def save_late(**draft: Any) -> bool:
        publisher.publish()
        return save_draft(**draft)

    monkeypatch.setattr(form_admin, "save_draft", save_late)
    data = drafted(mallory, {}, title="Changed")

    response = admin_client.post(f"{LIST}{form.pk}/change/", data, follow=True)

    form.refresh_from_db()
    assert (form.title, form.owner) == ("Changed", acme.row)
    assert "was published while you edited it" in html.unescape(response.content.decode())


def manifest_owner(manifest: SignedManifest) -> Any:
    return Manifest.objects.get(version=manifest.version).form.owner_id


def test_a_published_form_cannot_be_deleted_but_a_draft_can(
    admin_client: Browser, acme: Person, form: Form, manifest: SignedManifest
) -> None:
    spare = Form.objects.create(slug="spare", owner=acme.row, title="Spare")

    for each in (form, spare):
        admin_client.post(f"{LIST}{each.pk}/delete/", {"post": "yes"})

    assert [each.slug for each in Form.objects.all()] == ["signup"]


@pytest.mark.slow
def test_a_server_without_the_script_says_so(
    admin_client: Browser, form: Form, manifest: SignedManifest, settings: Settings
) -> None:
    settings.STATICFILES_DIRS = []

    answer = admin_client.get(f"{LIST}{form.pk}/change/")

    assert "collectstatic" in answer.content.decode()


def test_mallory_can_neither_draft_nor_change(
    mallory_on_the_staff: Browser, viewer: Browser, acme: Person, form: Form
) -> None:
    for browser in (mallory_on_the_staff, viewer):
        assert browser.post(ADD, drafted(acme, {})).status_code == 403
        changed = browser.post(f"{LIST}{form.pk}/change/", {"title": "Mallory's"})
        assert changed.status_code == 403
    assert [each.title for each in Form.objects.all()] == ["Sign up"]


def forms_of(owner: Person, *, count: int) -> None:
    """Forms in all states, each with a question, a section and a translation."""
    for place in range(count):
        form = Form.objects.create(slug=f"form-{place}", owner=owner.row, title=f"{place}")
        FormField.objects.create(form=form, order=1, name="a", label="A")
        publisher = Publisher(owner, form)
        for version in range(1, 1 + place % 3):  # unpublished, once, twice
            publisher.publish_keeping_inboxes(version) if version > 1 else publisher.publish()
        form.sections.create(order=1, title="Now the draft differs")
        form.translations.create(language="de")


def queries_of_the_list(browser: Browser) -> int:
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(LIST)
    assert page.status_code == 200
    return len(asked)


@pytest.mark.slow
def test_the_list_asks_the_database_as_often_for_thirty_forms_as_for_three(
    admin_client: Browser, acme: Person
) -> None:
    forms_of(acme, count=3)
    shown = html.unescape(admin_client.get(LIST).content.decode())
    for state in ("unpublished", "open, draft differs"):
        assert state in shown
    three = queries_of_the_list(admin_client)
    for model in (Form, Address):
        model._default_manager.update(slug=Concat(Value("first-"), "slug"))

    forms_of(acme, count=27)

    assert queries_of_the_list(admin_client) == three
    assert three <= 15


def act(browser: Browser, action: str, *forms: Form, **further: str) -> str:
    """Choose an action of the list for these forms; returns the page that follows."""
    chosen = {"action": action, "_selected_action": [str(form.pk) for form in forms]}
    answer = browser.post(LIST, chosen | further, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_published_form_is_closed_or_duplicated_and_never_deleted(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    page = act(admin_client, "delete_selected", form)

    assert "Published, so not deleted: Sign up" in page
    assert "Close them" in page
    assert "permission" not in page
    assert Form.objects.filter(pk=form.pk).exists()


@pytest.mark.slow
def test_of_several_the_drafts_are_deleted_after_confirmation(
    admin_client: Browser, acme: Person, form: Form, manifest: SignedManifest
) -> None:
    draft = Form.objects.create(slug="draft", title="Only a draft", owner=acme.row)

    page = act(admin_client, "delete_selected", form, draft)
    assert "Are you sure" in page
    assert "Only a draft" in page
    assert Form.objects.filter(pk=draft.pk).exists()

    act(admin_client, "delete_selected", form, draft, post="yes")
    assert list(Form.objects.all()) == [form]


def test_forms_are_closed_and_opened_by_actions(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    assert "1 closed" in act(admin_client, "close", form)
    assert Form.objects.get().closed
    assert "0 closed" in act(admin_client, "close", form)

    assert "1 opened again" in act(admin_client, "open_again", form)
    assert not Form.objects.get().closed


@pytest.mark.slow
def test_a_duplicate_says_the_same_under_another_address(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    page = act(admin_client, "duplicate", form)

    copy = Form.objects.exclude(pk=form.pk).get()
    assert f"/admin/intake/form/{copy.pk}/change/" in page
    assert (copy.slug, copy.title, copy.latest) == ("signup-2", "Sign up (copy)", None)
    before, after = draft_of(form=form), draft_of(form=copy)
    same = before.keys() - {"form", "slug", "title"}
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    act(admin_client, "duplicate", form)
    assert Form.objects.filter(slug="signup-3").exists()


@pytest.mark.parametrize("over", [0, 1])
def test_of_more_forms_than_are_duplicated_at_once_the_rest_is_named(
    over: int, admin_client: Browser, acme: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_admin, "MAX_COPIES", 2)
    slugs = ["a", "b", "c"][: 2 + over]
    forms = [Form.objects.create(slug=slug, title=slug, owner=acme.row) for slug in slugs]

    page = act(admin_client, "duplicate", *forms)

    assert Form.objects.count() == len(forms) + 2
    assert (f"{over} not duplicated: 2 are duplicated at once" in page) == bool(over)


def test_a_viewer_is_offered_no_action(viewer: Browser, form: Form) -> None:
    page = viewer.get(LIST).content.decode()

    assert not [name for name in ("close", "duplicate", "delete_selected") if f'"{name}"' in page]


@pytest.mark.slow
def test_a_published_form_says_what_becomes_of_its_old_address(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    page = admin_client.get(f"{LIST}{form.pk}/change/").content.decode()

    assert "goes on to the new one" in page


def test_an_address_of_another_form_is_refused_with_words(
    admin_client: Browser, acme: Person, form: Form, manifest: SignedManifest
) -> None:
    old, form.slug = form.slug, "renamed"
    form.save()

    assert "This is an address of Sign up, or was" in draft(admin_client, acme, {}, slug=old)
