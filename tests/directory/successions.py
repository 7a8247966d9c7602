"""A person whose card has a recovery key, and the successions that it signs."""

from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.envelope.keys import Card, ClientKeys, make_card
from apps.envelope.primitives import SigningKey
from apps.envelope.successions import (
    NO_PAST,
    LastGeneration,
    LastVersion,
    Past,
    Succession,
    sign_succession,
)
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from apps.intake.models import Form
from apps.vault.models import Stream
from tests.people import Person, accepted, basic

RECOVERY = SigningKey(bytes(range(32)))


class Signs(Protocol):
    """Somebody with a card and its keys."""

    card: Card
    keys: ClientKeys


def with_recovery(person: Person) -> Person:
    """Return the person, whose card has a recovery key as if it was enrolled so."""
    card = next_card(person, person.keys)
    person.row.go_on_under(card)
    return replace(person, card=card)


def next_card(person: Signs, keys: ClientKeys, **changes: Any) -> Card:
    """Return a card of the person under these keys."""
    given = {"id": person.card.id, "name": person.card.name, "recovery": RECOVERY.public}
    return make_card(keys=keys, **given | changes)


def step_of(
    person: Signs,
    keys: ClientKeys,
    *,
    number: int = 1,
    past: Past = NO_PAST,
    compromised: bool = False,
    recovery: SigningKey = RECOVERY,
    card: Card | None = None,
) -> Succession:
    """Return the succession from the person's card to one of these keys."""
    bare = Succession(
        person.card.id,
        number,
        person.card.fingerprint,
        card or next_card(person, keys),
        compromised,
        past.digest,
    )
    old = None if compromised else person.keys
    return sign_succession(bare, old=old, next=keys, recovery=recovery)


def body_of(step: Succession, past: Past = NO_PAST, api_key: Any = None) -> dict[str, Any]:
    """Return what is posted."""
    return {"succession": step.to_wire(), "past": past.to_wire(), "api_key": api_key}


def new_api_key() -> tuple[dict[str, str], str]:
    """Return what the server is told of a new API key, and the header that calls with it."""
    id, secret = str(uuid4()), new_token(API_SECRET)
    return {"id": id, "digest": b64(token_digest(secret))}, basic(id, secret)


def past_of(row: Client) -> Past:
    """Return what a client's card stands for, as the server has it."""
    streams = [
        (stream, stream.generations.latest("number"))
        for stream in Stream.objects.filter(owner=row, generations__isnull=False).distinct()
        if not stream.from_group
    ]
    last = [
        LastGeneration(stream.writer, stream.type, one.number, bytes(one.akid))
        for stream, one in streams
    ]
    forms = Form.objects.filter(owner=row, manifests__isnull=False).distinct()
    versions = [LastVersion(str(form.id), form.latest.version) for form in forms if form.latest]
    return Past(tuple(sorted(last)), tuple(sorted(versions)))


def rotated(person: Person, *, number: int = 1) -> Person:
    """Return the person after a plain rotation, which must succeed."""
    keys, past = ClientKeys.generate(), past_of(person.row)
    step = step_of(person, keys, number=number, past=past)
    accepted(person.post("/me/successions", body_of(step, past)))
    row = Client.objects.get(pk=person.row.pk)
    return replace(person, keys=keys, card=step.card, row=row)
