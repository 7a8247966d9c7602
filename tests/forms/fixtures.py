"""pytest fixtures: a practice that has published its medical intake form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.client.parties import Party, enrolled
from tests.forms.drafting import create_form
from tests.forms.medical_intake import MEDICAL_INTAKE, SLUG


@pytest.fixture
def practice(db: None, in_process: None, tmp_path: Path) -> Iterator[Party]:
    """The form's owner, who publishes it with the real command."""
    practice = enrolled("practice", tmp_path)
    create_form(owner=practice.row, slug=SLUG, draft=MEDICAL_INTAKE)
    assert practice.publish(SLUG).error == ""
    yield practice
    practice.client.close()


@pytest.fixture
def intake_form(practice: Party, live_server: LiveServer) -> str:
    """The address of its hosted page."""
    return f"{live_server.url}/f/{SLUG}/"
