"""The admin's page of one record"""

from django.test import Client as Browser

from tests.people import Type


def test_a_record_s_page_shows_what_its_writer_said_in_plaintext(
    admin_client: Browser, contact: Type
) -> None:
    [record] = contact.write(contact.record(meta={"state": "<open>", "customer": "4711"}))

    page = admin_client.get(f"/admin/vault/record/{record.id}/change/").content.decode()

    assert "customer: 4711" in page
    assert "state: &lt;open&gt;" in page
