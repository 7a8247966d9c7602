"""Who calls, once authentication has passed."""

from rest_framework.request import Request

from apps.directory.errors import NotAuthenticated
from apps.directory.models import ApiKey, Client


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
