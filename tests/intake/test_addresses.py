"""Addresses that were handed out go on, whatever a form is called later"""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from apps.envelope.manifests import Manifest as SignedManifest
from apps.intake.models import Address, Form
from tests.intake.people import Person, Publisher

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PAGES = ["/f/{}/", "/f/{}/embed/", "/f/{}/receipt/", "/f/{}/theme.css", "/f/{}/logo",
         "/f/{}/noscript.gif"]  # fmt: skip


@pytest.fixture
def old(publisher: Publisher, manifest: SignedManifest) -> str:
    """The slug under which a form was published that is called otherwise now."""
    form = publisher.form
    slug, form.slug = form.slug, "renamed"
    form.save()
    return slug


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "?lang=de&utm=a%20b", "?x=1&x=2"])
def test_the_old_address_leads_to_the_new_one(
    client: Browser, old: str, page: str, query: str
) -> None:
    answer = client.get(page.format(old) + query)

    assert answer.status_code == 307
    assert answer["Location"] == page.format("renamed") + query


def test_a_frame_is_led_on_whoever_shows_it(client: Browser, old: str) -> None:
    answer = client.get(f"/f/{old}/embed/")

    assert "X-Frame-Options" not in answer
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/f/renamed/embed/")["Content-Security-Policy"]


def test_it_goes_on_over_many_changes_and_back_again(
    client: Browser, publisher: Publisher, old: str
) -> None:
    form = publisher.form
    for slug in ("third", "fourth"):
        form.slug = slug
        form.save()
    for slug in (old, "renamed", "third"):
        assert client.get(f"/f/{slug}/")["Location"] == "/f/fourth/"

    form.slug = old
    form.save()

    assert client.get(f"/f/{old}/").status_code == 200
    assert client.get("/f/fourth/")["Location"] == f"/f/{old}/"


def test_no_other_form_can_ever_have_it(acme: Person, old: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Form.objects.create(slug=old, title="Other", owner=acme.row)
    other = Form.objects.create(slug="other", title="Other", owner=acme.row)
    other.slug = old
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()


def test_a_draft_keeps_no_address_that_nobody_was_given(client: Browser, form: Form) -> None:
    slug, form.slug = form.slug, "renamed"
    form.save()

    assert client.get(f"/f/{slug}/").status_code == 404
    assert list(Address.objects.values_list("slug", flat=True)) == ["renamed"]


def test_an_unknown_address_is_not_found(client: Browser, old: str) -> None:
    assert client.get("/f/nothing/").status_code == 404
    assert client.get("/f/nothing/theme.css").status_code == 404
