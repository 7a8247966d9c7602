"""What people do in a browser, for documents that are run: an admin drafts, a visitor answers.

Called in `manage.py shell`, on the server's machine.
"""

import httpx

from apps.directory.models import Client
from apps.envelope.manifests import parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from tests.client.parties import ANN


def drafts(url: str, owner: str) -> None:
    """Draft the sign-up form for a client, by name."""
    create_signup_form(owner=Client.objects.get(name=owner))


def visits(url: str) -> None:
    """Fill in the sign-up form as Ann Canary, and send it."""
    address = f"{url}/api/v1/forms/{Form.objects.get(slug='signup').id}"
    served = httpx.get(f"{address}/manifest").raise_for_status().json()
    records, _ = seal_submission(parse_manifest(served["manifest"].encode()), ANN)
    httpx.post(
        f"{address}/submissions",
        content=dump_submission(records),
        headers={"content-type": "application/json"},
    ).raise_for_status()
