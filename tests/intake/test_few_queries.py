"""How often the paths of visitors ask the database: each is asked by everybody."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from tests.intake.people import Publisher

SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/f/signup/", 1),
        ("/f/signup/embed/", 1),
        ("/f/signup/receipt/", 2),
        ("{api}/manifest", 1),
        ("{api}/manifests/{hash}", 2),
        ("{api}/challenge", 1),
    ],
)
def test_a_form_is_asked_for_once(
    path: str, most: int, publisher: Publisher, form: Form, manifest: Manifest
) -> None:
    Form.objects.filter(id=form.id).update(origins=[SHOP])
    address = path.format(api=publisher.path, hash=b64(manifest.hash))
    Browser().get(address)  # the first has its manifest parsed

    with CaptureQueriesContext(connection) as asked:
        response = Browser().get(address, headers={"origin": SHOP})

    assert response.status_code == 200
    assert len(asked) <= most, "\n".join(each["sql"] for each in asked)
