"""Clients go on under next cards, and everybody may follow them (docs/protocol.md §4)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from apps.directory.enrolment import add_api_key
from apps.directory.errors import SuccessionExists
from apps.directory.models import ApiKey, Client, Succession
from apps.envelope.encoding import dump_json, load_json
from apps.envelope.errors import MalformedError, MismatchError
from apps.envelope.primitives import same
from apps.envelope.successions import Past, follow
from apps.envelope.successions import Succession as SignedSuccession


class NewApiKey(NamedTuple):
    """Its id, and the SHA-256 of a secret that only the client has, 32 bytes."""

    id: str
    digest: bytes


def line_to_wire(client: Client) -> dict[str, Any]:
    """Return a client's card of today, its first one, and the steps between them."""
    steps = list(client.successions.order_by("number"))
    return {
        "card": client.card.to_wire(),
        "first": load_json(bytes(steps[0].old_card)) if steps else None,
        "successions": [load_json(bytes(step.body)) for step in steps],
    }


@transaction.atomic
def succeed(
    *, client: Client, succession: SignedSuccession, past: Past, api_key: NewApiKey | None
) -> bool:
    """Make the next card the client's, and return whether that is new; a repeat changes nothing.

    After a theft ``api_key`` is the client's only one from then on. Raises MalformedError without
    one then, or with one else; SuccessionExists; MismatchError, FingerprintError, SignatureError or
    LimitError for what does not lead on from the client's cards; ApiKeyConflict.
    """
    if succession.compromised is (api_key is None):
        raise MalformedError("an API key comes with a succession after a theft, and with no other")
    locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    steps = list(locked.successions.order_by("number"))
    if succession.number <= len(steps):
        return _repeated(steps[succession.number - 1], succession, api_key)
    _check_next(client=locked, steps=steps, succession=succession, past=past)
    Succession.objects.create(
        client=locked,
        number=succession.number,
        old_card=dump_json(locked.card.to_wire()),
        body=succession.raw,
        past=dump_json(past.to_wire()),
        compromised=succession.compromised,
    )
    locked.go_on_under(succession.card)
    if api_key:
        _replace_api_keys(client=locked, api_key=api_key)
    return True


def _check_next(
    *,
    client: Client,
    steps: Sequence[Succession],
    succession: SignedSuccession,
    past: Past,
) -> None:
    """Follow the whole line: keys that were ever succeeded do not come back."""
    if succession.number != len(steps) + 1:
        raise MismatchError(f"the next succession of this client has number {len(steps) + 1}")
    if not same(past.digest, succession.past):
        raise MismatchError("this is the past of another card")
    first = steps[0].card if steps else client.card
    follow(first, [*(step.signed() for step in steps), succession], [past])


def _repeated(stored: Succession, succession: SignedSuccession, api_key: NewApiKey | None) -> bool:
    if bytes(stored.body) != succession.raw:
        raise SuccessionExists
    if api_key:
        found = ApiKey.objects.filter(pk=api_key.id, client=stored.client_id).first()
        if found is None or not same(bytes(found.digest), api_key.digest):
            raise SuccessionExists
    return False


def _replace_api_keys(*, client: Client, api_key: NewApiKey) -> None:
    client.api_keys.filter(revoked_at=None).update(revoked_at=timezone.now())
    add_api_key(client, api_key.id, api_key.digest)
