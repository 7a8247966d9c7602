"""Every page of the admin: who may see it, and what it must not hold"""

import re

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from apps.directory.enrolment import issue_token
from apps.directory.models import ApiKey, Client, EnrolmentToken, Group
from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Form, Manifest
from apps.vault.models import Generation, Grant, Record
from tests.groups import team
from tests.intake.people import Publisher
from tests.intake.test_inboxes_of_groups import calling
from tests.intake.test_submit import sealed, submit

pytestmark = pytest.mark.database

OURS = [Client, Group, ApiKey, EnrolmentToken, Form, Manifest, Generation, Record, Grant]
WRITTEN_BY_SIGNATURE = [Group, Manifest, Generation, Record, Grant]


@pytest.fixture(autouse=True)
def one_of_each(publisher: Publisher, manifest: SignedManifest) -> None:
    issue_token(name="clinic")
    team(calling(publisher.owner))
    submit(publisher, sealed(manifest))


def lists() -> list[type[Model]]:
    return list(admin.site._registry)


def path(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def detail(model: type[Model]) -> str:
    row = model._default_manager.first()
    assert row is not None
    return path(model, "change", row.pk)


def test_every_list_loads_and_holds_nothing_inline(admin_client: Browser) -> None:
    for model in lists():
        response = admin_client.get(path(model, "changelist"))

        assert response.status_code == 200, model
        assert not inline(response.content.decode()), model


@pytest.mark.parametrize("model", OURS)
def test_every_detail_loads_and_holds_nothing_inline(
    model: type[Model], admin_client: Browser
) -> None:
    response = admin_client.get(detail(model))

    assert response.status_code == 200
    assert not inline(response.content.decode())


@pytest.mark.parametrize("model", [Form, EnrolmentToken])
def test_what_can_be_added_has_a_page_for_it(model: type[Model], admin_client: Browser) -> None:
    response = admin_client.get(path(model, "add"))

    assert response.status_code == 200
    assert not inline(response.content.decode())


@pytest.mark.parametrize("model", [Client, ApiKey, *WRITTEN_BY_SIGNATURE])
def test_nothing_else_can_be_added_or_deleted(model: type[Model], admin_client: Browser) -> None:
    row = model._default_manager.first()
    assert row is not None

    assert admin_client.get(path(model, "add")).status_code == 403
    assert admin_client.post(path(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", WRITTEN_BY_SIGNATURE)
def test_what_was_signed_or_sealed_cannot_be_changed(
    model: type[Model], admin_client: Browser
) -> None:
    rows = list(model._default_manager.values())

    response = admin_client.post(detail(model), {"body": "x", "text": "x", "rev": 9, "number": 9})

    assert response.status_code == 403
    assert list(model._default_manager.values()) == rows


@pytest.mark.parametrize("model", [Record, Grant])
def test_no_page_shows_ciphertext(model: type[Model], admin_client: Browser) -> None:
    body = bytes(Record.objects.get().body).decode()
    grant = bytes(Grant.objects.first().body).decode()  # type: ignore[union-attr]
    secrets = [*re.findall(r"[\w-]{40,}", body), *re.findall(r"[\w-]{100,}", grant)]
    assert len(secrets) > 20

    for page in (path(model, "changelist"), detail(model)):
        shown = admin_client.get(page).content.decode()
        assert not [secret for secret in secrets if secret in shown]


def test_no_page_shows_a_digest_of_a_secret(admin_client: Browser) -> None:
    for model in (ApiKey, EnrolmentToken):
        digest = bytes(model._default_manager.first().digest)  # type: ignore[union-attr]
        shown = admin_client.get(detail(model)).content.decode()

        assert digest.hex() not in shown
        assert b64(digest) not in shown


def test_anonymous_visitors_are_sent_to_the_login(client: Browser) -> None:
    for model in lists():
        response = client.get(path(model, "changelist"))

        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")


def test_staff_without_permission_sees_nothing(mallory_on_the_staff: Browser) -> None:
    for model in lists():
        assert mallory_on_the_staff.get(path(model, "changelist")).status_code == 403, model
    for model in OURS:
        assert mallory_on_the_staff.get(detail(model)).status_code == 403


def test_who_may_only_look_can_change_nothing(viewer: Browser) -> None:
    for model in OURS:
        assert viewer.get(detail(model)).status_code == 200
        assert viewer.post(detail(model), {}).status_code == 403
    assert viewer.get(path(Form, "add")).status_code == 403
    assert viewer.get(path(EnrolmentToken, "add")).status_code == 403


def test_a_deleted_record_stays_visible_as_a_tombstone(
    admin_client: Browser, publisher: Publisher
) -> None:
    Record.objects.update(deleted_at="2026-01-01T00:00:00Z", body=b"")

    page = admin_client.get(path(Record, "changelist")).content.decode()

    rows = page.partition('id="result_list"')[2].partition("</table>")[0]
    assert "deleted" in rows


def inline(page: str) -> list[str]:
    """Script, style or handlers that stand in the page itself."""
    scripts = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
    return scripts + re.findall(r"<style|\sstyle=|\son[a-z]+=", page)
