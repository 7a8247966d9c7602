"""How a client gets in: a token handed to a person, once, for a card and an API key.

The server learns the card and two digests; keys and secrets stay with the client
(docs/protocol.md §10).
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.directory.errors import (
    ApiKeyConflict,
    CardConflict,
    ClientDisabled,
    TokenExpired,
    TokenName,
    TokenRefused,
    TokenUsed,
)
from apps.directory.models import ApiKey, Client, EnrolmentToken
from apps.envelope.keys import Card
from apps.envelope.primitives import same
from apps.envelope.tokens import ENROLMENT, new_token, read_token, token_digest

VALID_FOR = timedelta(days=7)


class Enrolment(NamedTuple):
    """Who is enrolled with which API key, and whether this request did it."""

    client: Client
    api_key: ApiKey
    created: bool


def issue_token(*, name: str, valid_for: timedelta = VALID_FOR) -> tuple[str, EnrolmentToken]:
    """Return a new token, which cannot be shown again, and the row that knows its digest."""
    token = new_token(ENROLMENT)
    row = EnrolmentToken.objects.create(
        digest=token_digest(token), name=name, expires=timezone.now() + valid_for
    )
    return token, row


@transaction.atomic
def withdraw_tokens(*, tokens: QuerySet[EnrolmentToken]) -> list[EnrolmentToken]:
    """Let nobody in with these any more; return them. What was used stays: it says by whom."""
    unused = EnrolmentToken.objects.select_for_update().filter(used_at=None)
    withdrawn = list(unused.filter(pk__in=tokens.values("pk")))
    EnrolmentToken.objects.filter(pk__in=[token.pk for token in withdrawn]).delete()
    return withdrawn


def forget_unused_tokens(*, days: int) -> int:
    """Delete tokens that ended unused more days ago than that; return how many."""
    before = timezone.now() - timedelta(days=days)
    return EnrolmentToken.objects.filter(used_at=None, expires__lt=before).delete()[0]


@transaction.atomic
def enrol(*, token: str, card: Card, api_key_id: str, digest: bytes) -> Enrolment:
    """Let the client with this card in, or give one that is in already a further API key.

    ``card`` has been parsed, so its own key signed it; ``digest`` is SHA-256 of the API
    secret, 32 bytes. The exact same request again changes nothing. Raises MalformedError,
    TokenRefused, TokenExpired, TokenUsed, TokenName, ClientDisabled, CardConflict,
    ApiKeyConflict.
    """
    read_token(ENROLMENT, token)  # tells of a mistyped token before anything is looked up
    row = EnrolmentToken.objects.select_for_update().filter(digest=token_digest(token)).first()
    if row is None:
        raise TokenRefused
    if row.used_at:
        return _repeated(row, card, api_key_id, digest)
    if timezone.now() >= row.expires:
        raise TokenExpired
    client = _client(card, row.name)
    api_key = add_api_key(client, api_key_id, digest)
    row.used_at, row.client = timezone.now(), client
    row.save(update_fields=["used_at", "client"])
    return Enrolment(client, api_key, created=True)


def _repeated(row: EnrolmentToken, card: Card, api_key_id: str, digest: bytes) -> Enrolment:
    """Answer the same for a request whose first answer got lost."""
    client = row.client
    api_key = ApiKey.objects.filter(pk=api_key_id, client=client).first()
    if client is None or api_key is None or client.card != card:
        raise TokenUsed
    if not same(bytes(api_key.digest), digest):
        raise TokenUsed
    return Enrolment(client, api_key, created=False)


def _client(card: Card, issued_for: str) -> Client:
    """Return the client, enrolled if it is new: then under the name that an admin chose.

    Admins pick the owners of forms by their names, so a newcomer must not choose its own.
    """
    client, is_new = Client.objects.get_or_create(
        pk=UUID(card.id),
        defaults={
            "name": card.name,
            "kem_pk": card.kem_pk,
            "sig_pk": card.sig_pk,
            "recovery": card.recovery,
            "card_sig": card.sig,
        },
    )
    if is_new and card.name != issued_for:
        raise TokenName(
            hint=f"enrol as '{issued_for}', or ask an admin for a token for '{card.name}'"
        )
    if client.card != card:
        raise CardConflict
    if client.disabled_at:
        raise ClientDisabled
    return client


def add_api_key(client: Client, id: str, digest: bytes) -> ApiKey:
    """Give a client an API key that it made; raises ApiKeyConflict where others have it."""
    try:
        with transaction.atomic():
            return ApiKey.objects.create(pk=UUID(id), client=client, digest=digest)
    except IntegrityError as error:
        raise ApiKeyConflict from error
