"""Who is calling: an API key's id and secret over HTTP Basic (docs/protocol.md §10)."""

from base64 import b64decode
from binascii import Error as Base64Error
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from apps.directory.models import DIGEST, ApiKey, Client
from apps.envelope.primitives import same
from apps.envelope.tokens import token_digest
from apps.web.error_handler import REALM
from apps.web.errors import NotAuthenticated
from apps.web.throttles import WrongSecrets

USES_ARE_NOTED_EVERY = timedelta(minutes=1)
NOBODY = bytes(DIGEST)


class ApiKeyAuthentication(BaseAuthentication):
    """Sets ``request.user`` to the Client and ``request.auth`` to its ApiKey."""

    def authenticate(self, request: Request) -> tuple[Client, ApiKey] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        try:
            api_key = check_credentials(*_read_basic(header))
        except NotAuthenticated:
            WrongSecrets().count(request)
            raise
        _note_use(api_key)
        return api_key.client, api_key

    def authenticate_header(self, request: Request) -> str:
        return REALM


def check_credentials(id: str, secret: str) -> ApiKey:
    """Return the live API key with this id and secret, else raise NotAuthenticated.

    An unknown id, a wrong secret, a revoked or expired key and a disabled client give the
    same answer after the same comparison.
    """
    try:
        found = ApiKey.objects.select_related("client").filter(pk=UUID(id)).first()
    except ValueError:
        found = None
    expected = bytes(found.digest) if found else NOBODY
    is_right = same(token_digest(secret), expected)
    if found is None or not is_right or not found.is_live(timezone.now()):
        raise NotAuthenticated
    if found.client.disabled_at:
        raise NotAuthenticated
    return found


def _read_basic(header: bytes) -> tuple[str, str]:
    scheme, _, credentials = header.partition(b" ")
    try:
        id, colon, secret = b64decode(credentials, validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError) as error:
        raise NotAuthenticated from error
    if scheme.lower() != b"basic" or not colon:
        raise NotAuthenticated
    return id, secret


def _note_use(api_key: ApiKey) -> None:
    """Keep the time of the last use to the minute: reading does not have to write each time."""
    now = timezone.now()
    stale = now - USES_ARE_NOTED_EVERY
    if api_key.last_used is None or api_key.last_used < stale:
        is_stale = Q(last_used__isnull=True) | Q(last_used__lt=stale)
        ApiKey.objects.filter(is_stale, pk=api_key.pk).update(last_used=now)


def calling_client(request: Request) -> Client:
    """Return the client whose API key came with the request; raises NotAuthenticated."""
    user: object = request.user  # the stubs know Django's users only
    if not isinstance(user, Client):
        raise NotAuthenticated
    return user


def calling_key(request: Request) -> ApiKey:
    """Return the API key that came with the request; raises NotAuthenticated."""
    if not isinstance(request.auth, ApiKey):
        raise NotAuthenticated
    return request.auth
