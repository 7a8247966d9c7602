"""What admins read: short things first, long ones folded away, nothing said that did not happen"""

import html
import re
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client as Browser

from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.envelope.keys import NO_RECOVERY
from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Form, Manifest
from tests.console.test_large_drafts import as_shown
from tests.intake.people import Person

pytestmark = pytest.mark.django_db


def unfolded(page: str) -> str:
    """What is seen without opening anything."""
    return html.unescape(re.sub(r"<details.*?</details>", "", page, flags=re.S))


def test_a_client_is_shown_by_its_fingerprint_and_its_keys_are_folded_away(
    admin_client: Browser, acme: Person
) -> None:
    page = admin_client.get(f"/admin/directory/client/{acme.card.id}/change/").content.decode()

    client = Client.objects.get()
    seen = unfolded(page)
    assert client.shown_fingerprint[:19] in seen
    for key in (client.kem_pk, client.sig_pk):
        assert b64(bytes(key)) in page
        assert b64(bytes(key)) not in seen
    assert b64(NO_RECOVERY) not in page
    assert "Recovery key (Ed25519)" in page


def test_a_manifest_is_read_as_a_table_and_its_bytes_are_folded_away(
    admin_client: Browser, manifest: SignedManifest
) -> None:
    row = Manifest.objects.get()
    page = admin_client.get(f"/admin/intake/manifest/{row.pk}/change/").content.decode()

    seen = unfolded(page)
    for field in manifest.fields:
        assert f"<th scope='row'>{field.label}</th><td>{field.name}</td>" in seen
    assert row.text in html.unescape(page)
    assert row.text not in seen


@pytest.mark.slow
def test_saving_what_was_not_changed_is_not_logged(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    path = f"/admin/intake/form/{form.pk}/change/"

    assert admin_client.post(path, as_shown(admin_client, form)).status_code == 302
    assert not LogEntry.objects.exists()

    changed = as_shown(admin_client, form) | {"title": "Another"}
    assert admin_client.post(path, changed).status_code == 302
    assert "Title" in LogEntry.objects.get().get_change_message()


def test_others_tables_are_called_by_words_that_admins_know(admin_client: Browser) -> None:
    page = admin_client.get("/admin/").content.decode()

    assert "Static devices" not in page
    assert "Access failures" not in page
    assert "Groups of admins" in page
    assert "Sets of recovery codes" in page
    assert "Apps for one-time codes" in page


def test_a_new_device_is_shown_as_a_qr_code() -> None:
    User.objects.create_user("ada")
    out, plain = StringIO(), StringIO()

    call_command("create_otp_device", "ada", stdout=out)
    call_command("create_otp_device", "ada", "--device", "second", "--no-qr", stdout=plain)

    address, *drawn = out.getvalue().strip().splitlines()
    assert address.startswith("otpauth://totp/")
    assert len(drawn) > 15
    assert "▀" in out.getvalue()
    assert len(plain.getvalue().strip().splitlines()) == 1


@pytest.mark.slow
def test_a_form_that_no_site_may_embed_says_so_beside_the_tags(
    admin_client: Browser, form: Form, manifest: SignedManifest
) -> None:
    path = f"/admin/intake/form/{form.pk}/change/"

    assert "No site may embed this yet" in admin_client.get(path).content.decode()

    Form.objects.update(origins=["https://www.example.com"])
    assert "No site may embed this yet" not in admin_client.get(path).content.decode()


def test_all_times_have_one_shape(admin_client: Browser, manifest: SignedManifest) -> None:
    page = admin_client.get("/admin/intake/manifest/").content.decode()

    cells = re.findall(r'<td class="field-(?:published|until)[^"]*">([^<]+)', page)
    assert len(cells) == 2
    for cell in cells:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", cell), cell


@pytest.mark.parametrize("path", ["otp_totp/totpdevice/", "otp_static/staticdevice/"])
def test_others_rooms_have_our_names_wherever_they_are_named(
    path: str, admin_client: Browser
) -> None:
    page = admin_client.get(f"/admin/{path}").content.decode()

    assert "Otp_" not in page
