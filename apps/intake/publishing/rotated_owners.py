"""A client goes on under a next card, with all of its forms (docs/protocol.md §4, §10)."""

from collections.abc import Iterable

from django.db import transaction

from apps.directory.lines import NewApiKey
from apps.directory.models import Client
from apps.envelope.encoding import load_json
from apps.envelope.keys import parse_card
from apps.envelope.primitives import same
from apps.envelope.successions import Past, Succession
from apps.intake.models import Form
from apps.vault import rotations
from apps.vault.errors import PastNotLast


@transaction.atomic
def rotate(
    *, client: Client, succession: Succession, past: Past, api_key: NewApiKey | None
) -> bool:
    """Do what ``rotations.rotate`` of the vault does, unless a form was published meanwhile.

    Its forms are locked before all else, as by who publishes. Raises PastNotLast, too, and what
    that raises.
    """
    forms = list(Form.objects.select_for_update().filter(owner=client).order_by("pk"))
    created = rotations.rotate(client=client, succession=succession, past=past, api_key=api_key)
    if created:
        check_last_versions(forms=forms, succession=succession, past=past)
    return created


def check_last_versions(*, forms: Iterable[Form], succession: Succession, past: Past) -> None:
    """Refuse a past without a manifest in force that the old card signed; raises PastNotLast.

    Another machine of the client may have published since it was drawn up: nobody who follows the
    succession would ever believe that version, the client itself included.
    """
    told = {one.form: one.version for one in past.forms}
    for form in forms:
        last = form.latest
        if last is None or last.version <= told.get(str(form.id), 0):
            continue
        if same(parse_card(load_json(bytes(last.card))).fingerprint, succession.fingerprint):
            raise PastNotLast
