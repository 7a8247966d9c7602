"""GET /api/v1/forms"""

import pytest
from django.test import Client as Browser

from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.intake.people import Person, error

pytestmark = pytest.mark.database

PATH = "/api/v1/forms"


def test_an_owner_sees_drafts_with_version_0(acme: Person, form: Form) -> None:
    assert acme.get(PATH).json() == {
        "forms": [
            {"id": str(form.id), "slug": "signup", "title": "Sign up", "version": 0, "expires": 0}
        ]
    }


def test_an_owner_sees_the_latest_version_and_its_end(
    acme: Person, form: Form, manifest: Manifest
) -> None:
    [line] = acme.get(PATH).json()["forms"]

    assert (line["version"], line["expires"]) == (1, manifest.expires)


def test_others_do_not_see_it(mallory: Person, marketing: Person, form: Form) -> None:
    assert mallory.get(PATH).json() == {"forms": []}
    assert marketing.get(PATH).json() == {"forms": []}


def test_nobody_sees_anything_without_credentials(form: Form) -> None:
    assert error(Browser().get(PATH)) == (401, "not_authenticated")
