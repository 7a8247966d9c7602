"""The admin's page of one record"""

import pytest
from django.test import Client as Browser

from tests.people import Type, enrolled

pytestmark = pytest.mark.django_db


def test_it_shows_what_the_writer_said_in_plaintext(admin_client: Browser) -> None:
    contact = Type(enrolled("acme"), "contact").open()
    [record] = contact.write(contact.record(meta={"state": "<open>", "customer": "4711"}))

    page = admin_client.get(f"/admin/vault/record/{record.id}/change/").content.decode()

    assert "customer: 4711" in page
    assert "state: &lt;open&gt;" in page
