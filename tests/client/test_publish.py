"""`publish`: the owner reads what it signs; inboxes are made here."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import termui
from django.utils import timezone

from apps.cli.exit_codes import ExitCode
from apps.client.acts.publishing import prepare, publish
from apps.client.errors import ConsentError, RollbackError
from apps.embed.release import SCRIPT, STATIC, released_files
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form, FormField
from apps.intake.models import Manifest as ManifestRow
from apps.intake.pages import embedding
from apps.vault.models import Generation
from tests.client.parties import Party, Signup, Tampering
from tests.client.servers import draft_in
from tests.intake.html import Tags
from tests.intake.releases import Server


@pytest.fixture
def draft(acme: Party) -> Form:
    return create_signup_form(owner=acme.row)


def test_it_shows_what_it_signs_and_where_the_form_is(acme: Party, draft: Form) -> None:
    ran = acme.publish("signup")

    assert ran.error == ""
    assert "Sign up, version 1 of signup" in ran.out
    for text in ("fullname", "Full name", "textarea", "account"):
        assert text in ran.out
    assert "/f/signup/" in ran.out
    assert f'data-sealform="{draft.id}"' in ran.out
    assert f'data-pin="{acme.fingerprint}"' in ran.out
    assert 'integrity="sha384-' in ran.out
    assert "<p data-sealform-status>This form has not loaded" in ran.out


def test_the_manifest_is_valid_for_as_long_as_was_said(acme: Party, draft: Form) -> None:
    acme.publish("signup", "--days", "7")

    manifest = Signup(acme, draft).manifest
    assert manifest.expires - manifest.issued == 7 * 24 * 3600
    assert manifest.owner == acme.id
    assert "1 to 3650 days" in acme.publish("signup", "--days", "0").error


def test_it_signs_nothing_without_a_yes(
    acme: Party, draft: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(termui, "visible_prompt_func", lambda question: "n")

    assert acme.run("publish", "signup").error == "nothing was done"
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert "nobody is here to confirm: pass --draft" in acme.run("publish", "signup").error
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert not ManifestRow.objects.exists()

    monkeypatch.setattr(termui, "visible_prompt_func", lambda question: "y")
    assert acme.run("publish", "signup").error == ""


Change = Callable[[Form], object]
CHANGES: dict[str, Change] = {
    "a title": lambda form: Form.objects.update(title="Join us"),
    "a description": lambda form: Form.objects.update(description="Read this"),
    "a confirmation": lambda form: Form.objects.update(confirmation="Done"),
    "a field more": lambda form: form.fields.create(
        name="iban", type="payment", kind="text", label="IBAN", order=99
    ),
    "a required field": lambda form: form.fields.filter(name="zip").update(required=True),
    "a field less": lambda form: form.fields.filter(name="age").delete(),
    "a label": lambda form: form.fields.filter(name="zip").update(label="Postcode"),
    "a help": lambda form: form.fields.filter(name="zip").update(help="Five digits"),
    "another type": lambda form: form.fields.filter(name="zip").update(type="contact"),
    "another order": lambda form: form.fields.filter(name="zip").update(order=98),
    "another rule": lambda form: form.fields.filter(name="zip").update(max_length=7),
    "a section": lambda form: form.sections.create(order=0, page=True, title="You"),
    "a language": lambda form: Form.objects.update(language="de"),
}


QUICK = {"a required field"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, change in CHANGES.items()
    ],
)
def test_unattended_it_renews_what_this_client_signed_last_and_nothing_else(
    change: Change, acme: Party, signup: Signup
) -> None:
    change(signup.form)

    ran = acme.run("publish", "signup", "--yes")

    assert ran.code == ExitCode.FAILED
    assert "differs from what this client signed last" in ran.error
    assert signup.manifest.version == 1
    assert acme.publish("signup").error == ""
    assert acme.run("publish", "signup", "--yes").error == ""
    assert signup.manifest.version == 3


@pytest.mark.slow
def test_unattended_it_opens_no_inbox_because_the_server_says_that_one_is_closed(
    acme: Party, signup: Signup
) -> None:
    Generation.objects.filter(stream__type="account").update(closed=timezone.now())

    ran = acme.run("publish", "signup", "--yes")

    assert "differs from what this client signed last" in ran.error
    assert signup.manifest.version == 1
    assert acme.publish("signup").error == ""
    assert signup.manifest.inbox("account").gen == 2


def test_unattended_it_signs_no_first_draft(acme: Party, draft: Form) -> None:
    ran = acme.run("publish", "signup", "--yes")

    assert ran.code == ExitCode.FAILED
    assert "a person has to read it" in ran.error
    assert not ManifestRow.objects.exists()


def test_unattended_it_renews_nothing_that_it_does_not_remember(
    acme: Party, signup: Signup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its memory an older form of its own could be shown to it as the last one."""
    acme.forgets()

    ran = acme.run("publish", "signup", "--yes")

    assert "is not known to be what this client signed last" in ran.error
    assert signup.manifest.version == 1


def test_a_draft_that_somebody_read_is_signed_and_no_later_one(acme: Party, draft: Form) -> None:
    read = draft_in(acme.run("publish", "signup", "--dry-run").out)
    Form.objects.update(title="Join us")

    changed = acme.run("publish", "signup", "--draft", read)
    both = acme.run("publish", "signup", "--yes", "--draft", read)

    assert "not the one that was named" in changed.error
    assert "not the one that was named" in both.error
    Form.objects.update(title="Sign up")
    assert acme.run("publish", "signup", "--draft", read).error == ""


def test_a_program_has_to_say_what_was_agreed_to(acme: Party, draft: Form) -> None:
    session = acme.client.session
    plan = prepare(session, "signup")

    with pytest.raises(ConsentError):
        publish(session, plan)
    assert publish(session, plan, agreed=plan.draft).version == 1


@pytest.mark.slow
def test_a_revocation_signs_no_form_that_is_not_known_to_be_the_last(
    acme: Party, signup: Signup, marketing: Party
) -> None:
    words = ("--form", "signup", "--with", marketing.id, "--fingerprint", marketing.fingerprint)
    assert acme.run("share", "account", *words).error == ""
    acme.forgets()

    words = ("account", "--form", "signup", "--from", marketing.id, "--yes")
    assert "signed last" in acme.run("revoke", *words).error
    assert acme.publish("signup").error == ""
    assert acme.run("revoke", *words).error == ""


def test_again_renews_with_the_same_inbox(acme: Party, signup: Signup) -> None:
    first = signup.manifest

    assert acme.run("publish", "signup", "--yes", "--days", "200").error == ""

    second = signup.manifest
    assert second.version == 2
    assert second.types == first.types
    assert second.expires > first.expires


def test_it_shows_what_changed(acme: Party, signup: Signup) -> None:
    FormField.objects.filter(name="age").delete()
    FormField.objects.filter(name="zip").update(label="Postcode")
    FormField.objects.create(form=signup.form, name="iban", type="payment", label="IBAN", order=99)
    Form.objects.update(title="Join us")

    out = acme.publish("signup").out

    words = [line.split()[:2] for line in out.splitlines()]
    assert ["new", "iban"] in words
    assert ["changed", "zip"] in words
    assert ["removed", "age"] in words
    assert ["new", "city"] not in words
    assert "The title changed." in out
    assert {inbox.type for inbox in signup.manifest.types} == {"account", "payment"}


@pytest.mark.slow
def test_a_type_that_went_and_came_back_keeps_its_inbox(acme: Party, signup: Signup) -> None:
    inbox = signup.manifest.inbox("account")
    FormField.objects.update(type="other")
    acme.publish("signup")
    FormField.objects.update(type="account")
    acme.publish("signup")

    assert signup.manifest.inbox("account") == inbox


@pytest.mark.slow
def test_records_of_every_version_can_be_read(acme: Party, signup: Signup) -> None:
    signup.fill(fullname="First")
    acme.publish("signup")
    signup.fill(fullname="Second")

    lines = acme.run("extract", "--type", "account", "--format", "jsonl").lines
    assert {line["data"]["fullname"] for line in lines} == {"First", "Second"}


def test_a_draft_that_no_manifest_can_say_is_not_published(acme: Party, draft: Form) -> None:
    FormField.objects.filter(name="zip").update(kind="select")

    ran = acme.publish("signup")

    assert "the draft of signup cannot be published" in ran.error
    draft.fields.all().delete()
    assert "has no fields" in acme.publish("signup").error


def test_only_the_owner_publishes(acme: Party, mallory: Party, draft: Form) -> None:
    assert "owns no form signup" in mallory.publish("signup").error
    assert mallory.publish(str(draft.id)).error
    assert not ManifestRow.objects.exists()


def test_a_hostile_label_cannot_hide_in_the_terminal(acme: Party, draft: Form) -> None:
    FormField.objects.filter(name="zip").update(label="Z\x1b[8mhidden\u202e")

    out = acme.publish("signup").out

    assert "\x1b" not in out
    assert "Z\\x1b[8mhidden\\u{202e}" in out


def test_a_server_that_forgets_the_publication_is_refused(acme: Party, signup: Signup) -> None:
    def forget(answer: Any) -> Any:
        return {"forms": [{**one, "version": 0} for one in answer["forms"]]}

    client = acme.through(Tampering().on("GET /forms", forget))

    with pytest.raises(RollbackError, match="version 1 was seen before"):
        prepare(client.session, "signup")


@pytest.fixture
def survey(acme: Party) -> Form:
    """Two pages in two languages, with rules and conditions."""
    form = Form.objects.create(slug="survey", owner=acme.row, title="Survey", language="en")
    FormField.objects.create(
        form=form, order=1, name="smoker", kind="radio", label="Do you smoke?",
        options=[{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}],
    )  # fmt: skip
    FormField.objects.create(
        form=form, order=2, name="daily", kind="number", label="How many a day?", min="1", max="99",
        when=[{"field": "smoker", "in": ["yes"]}],
    )  # fmt: skip
    FormField.objects.create(
        form=form, order=12, name="zip", kind="text", label="ZIP", type="contact",
        pattern=r"\d{5}", example="97301", sensitive=False, autocomplete="postal-code",
    )  # fmt: skip
    form.sections.create(order=10, page=True, title="Where you live")
    texts = {"title": "استبيان", "field.smoker.label": "هل تدخن؟"}
    form.translations.create(language="ar", texts=texts)
    return form


def test_it_shows_every_rule_section_and_translation_that_it_signs(
    acme: Party, survey: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")

    out = acme.publish("survey").out

    for text in (
        "en: Survey / ar: استبيان", "هل تدخن؟", "from 1; to 99", "if smoker is yes",
        r"like \d{5}; such as 97301", "browsers complete postal-code; not sensitive",
        "page 1: without a title; smoker, daily", "page 2: Where you live; zip",
    ):  # fmt: skip
        assert text in out
    manifest = Signup(acme, survey).manifest
    assert manifest.languages == ("en", "ar")
    assert [section.fields for section in manifest.sections] == [("smoker", "daily"), ("zip",)]


@pytest.mark.parametrize(
    ("language", "says"),
    [("de-CH", "Dieses Formular ist nicht geladen"), ("it", "This form has not loaded")],
)
def test_the_tag_speaks_the_forms_first_language_until_the_script_does(
    language: str, says: str, acme: Party, draft: Form
) -> None:
    Form.objects.update(language=language)

    assert f"<p data-sealform-status>{says}" in acme.publish("signup").out


@pytest.mark.slow
def test_the_script_that_it_names_is_there_with_these_bytes_after_an_upgrade_too(
    acme: Party, draft: Form, tmp_path: Path
) -> None:
    [script] = Tags(acme.publish("signup").out).named("script")
    address = (script["src"] or "").removeprefix("https://YOUR-SERVER")
    server = Server(tmp_path)
    server.release(sealform_js=(STATIC / SCRIPT).read_text())

    now, _ = server.serves()
    server.release(sealform_js="newer();")
    [newer, _], answers = server.serves(address)

    assert now == [address, script["integrity"]]
    assert newer != address
    status, control, body = answers[address]
    assert (status, body) == (200, (STATIC / SCRIPT).read_text())
    assert "immutable" in str(control)


@pytest.mark.slow
def test_it_prints_what_the_admin_shows_where_the_server_has_the_same_release(
    acme: Party, draft: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(tmp_path)
    server.release_this()
    monkeypatch.setattr(embedding, "served", server.serves_now)

    printed = acme.publish("signup").out

    [manifest] = draft.manifests.all()
    shown = embedding.embed_snippets(form=draft, manifest=manifest, server="https://YOUR-SERVER")
    assert shown.rendered in printed
    assert all(file.url in "".join(shown) for file in released_files())


@pytest.mark.slow
def test_it_says_that_sections_changed(acme: Party, survey: Form) -> None:
    acme.publish("survey")
    survey.sections.update(title="Your address")

    out = acme.publish("survey").out

    assert "The sections changed." in out
    assert "The languages changed." not in out


@pytest.mark.slow
def test_a_new_inbox_keeps_sections_and_languages(
    acme: Party, survey: Form, marketing: Party
) -> None:
    acme.publish("survey")
    words = ("--form", "survey", "--with", marketing.id, "--fingerprint", marketing.fingerprint)
    assert acme.run("share", "contact", *words).error == ""
    before = Signup(acme, survey).manifest

    ran = acme.run("revoke", "contact", "--form", "survey", "--from", marketing.id, "--yes")

    after = Signup(acme, survey).manifest
    assert ran.error == ""
    assert (after.languages, after.sections, after.fields) == (
        before.languages, before.sections, before.fields
    )  # fmt: skip
    assert after.inbox("contact").public != before.inbox("contact").public


def test_a_draft_that_no_manifest_can_say_is_refused(acme: Party, survey: Form) -> None:
    survey.fields.filter(name="zip").update(example="973")

    ran = acme.publish("survey")

    assert "the draft of survey cannot be published: the example does not match" in ran.error
    assert not ManifestRow.objects.exists()
