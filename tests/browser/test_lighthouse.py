"""Lighthouse's judgement of a hosted page. How fast it is tells tests/tools/lighthouse.py."""

from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.envelope.manifests import Manifest
from tests.tools.lighthouse import below, measure

pytestmark = [
    pytest.mark.browser,
    pytest.mark.nightly,  # by day axe judges each page
    pytest.mark.django_db(transaction=True),
]


def test_a_hosted_page_follows_the_rules(
    live_server: LiveServer, manifest: Manifest, tmp_path: Path
) -> None:
    report = measure(f"{live_server.url}/f/signup/", tmp_path)
    assert below(report, {"accessibility": 100, "best-practices": 100}) == ""
