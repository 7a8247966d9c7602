"""Sites that show a form without being listed: the admin learns which, and no more"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Form, RefusedSite
from apps.intake.visiting.failures import MAX_SITES, count_refused_site

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SITE = "https://shop.example"


def asked_from(form: Form, origin: str) -> None:
    Browser().get(f"/api/v1/forms/{form.id}/manifest", headers={"origin": origin})


def kept() -> list[tuple[str, int]]:
    return list(RefusedSite.objects.values_list("origin", "count"))


@pytest.mark.slow
def test_the_admin_says_which_site_it_was(
    admin_client: Browser, settings: Settings, form: Form, manifest: SignedManifest
) -> None:
    settings.ADMIN_REQUIRE_OTP = False
    for _ in range(3):
        asked_from(form, SITE)

    page = admin_client.get(f"/admin/intake/form/{form.pk}/change/").content.decode()

    assert kept() == [(SITE, 3)]
    assert f"<code>{SITE}</code>, 3 times" in page
    Form.objects.update(origins=[SITE])
    assert f"<code>{SITE}</code>" not in (
        admin_client.get(f"/admin/intake/form/{form.pk}/change/").content.decode()
    )


def test_a_frame_on_an_unlisted_site_is_kept_as_well(
    client: Browser, form: Form, manifest: SignedManifest
) -> None:
    headers = {"sec-fetch-dest": "iframe", "referer": f"{SITE}/a/page?of=mine"}

    client.get(f"/f/{form.slug}/embed/", headers=headers)

    assert kept() == [(SITE, 1)]


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://shop.example/path", "HTTPS://SHOP.EXAMPLE", "javascript:alert(1)",
     "https://<script>", f"https://{'a' * 300}.example", "http://testserver"],
)  # fmt: skip
def test_what_is_no_origin_is_not_kept(form: Form, manifest: SignedManifest, origin: str) -> None:
    asked_from(form, origin)

    assert kept() == []


def test_strangers_fill_a_short_list_and_nothing_else(form: Form) -> None:
    for number in range(MAX_SITES + 5):
        count_refused_site(form=form, origin=f"https://{number}.example")

    assert len(kept()) == MAX_SITES
    count_refused_site(form=form, origin="https://0.example")
    assert ("https://0.example", 2) in kept()

    RefusedSite.objects.update(last=timezone.now().date() - timedelta(days=31))
    count_refused_site(form=form, origin=SITE)
    assert kept() == [(SITE, 1)]


def test_one_address_counts_as_often_as_failures_do(
    settings: Settings, form: Form, manifest: SignedManifest
) -> None:
    settings.FAILURE_RATE = "2/minute"
    cache.clear()
    for _ in range(4):
        asked_from(form, f"https://{uuid4()}.example")

    assert len(kept()) == 2
