"""The overview, and what it says to do next"""

from django.test import Client as Browser

from apps.console.overview.next_steps import next_steps
from apps.envelope.manifests import Manifest
from apps.intake.drafting.sample_form import create_signup_form
from tests.intake.people import Publisher, enrolled
from tests.intake.test_submit import sealed, submit


def open_steps() -> list[str]:
    return [step.title for step in next_steps() if not step.done]


def test_an_empty_server_tells_the_whole_way(admin_client: Browser) -> None:
    page = admin_client.get("/admin/").content.decode()

    assert "What to do next" in page
    assert "/admin/directory/enrolmenttoken/add/" in page
    assert "/admin/intake/form/add/" in page


def test_each_step_is_done_in_its_turn(db: None) -> None:
    assert len(open_steps()) == 4
    acme = enrolled("acme")
    assert open_steps()[0] == "Draft a form"
    publisher = Publisher(acme, create_signup_form(owner=acme.row))
    assert open_steps()[0] == "Have its owner publish it"
    manifest = publisher.publish()
    assert open_steps() == ["Receive the first answer"]
    submit(publisher, sealed(manifest))
    assert next_steps() == []


def test_it_is_gone_once_answers_arrive(
    admin_client: Browser, publisher: Publisher, manifest: Manifest
) -> None:
    submit(publisher, sealed(manifest))

    assert "What to do next" not in admin_client.get("/admin/").content.decode()
