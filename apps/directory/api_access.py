"""Who may call: clients that admins disable and enable again, API keys that admins end.

Everything that changes it stands here. Each function returns the rows that it changed, so that
what happened can be told of each.
"""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.directory.models import ApiKey, Client

Row = TypeVar("Row", Client, ApiKey)


@transaction.atomic
def disable_clients(*, clients: QuerySet[Client]) -> list[Client]:
    """Refuse their calls from now on; return those that were enabled.

    What they were given before stays theirs.
    """
    return _set_disabled(_locked(clients).filter(disabled_at=None), timezone.now())


@transaction.atomic
def enable_clients(*, clients: QuerySet[Client]) -> list[Client]:
    """Take their calls again; return those that were disabled."""
    return _set_disabled(_locked(clients).exclude(disabled_at=None), None)


def _set_disabled(clients: QuerySet[Client], at: datetime | None) -> list[Client]:
    changed = list(clients)
    for client in changed:
        client.disabled_at = at
        client.save(update_fields=["disabled_at"])
    return changed


@transaction.atomic
def revoke_api_keys(*, keys: QuerySet[ApiKey]) -> list[ApiKey]:
    """Refuse calls with these keys for good; return those that were not revoked yet."""
    changed = list(_locked(keys).filter(revoked_at=None))
    now = timezone.now()
    for key in changed:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
    return changed


@transaction.atomic
def set_end_of_api_key(*, key: ApiKey, expires: datetime | None) -> ApiKey:
    """Refuse calls with this key from ``expires`` on, None for never; return it."""
    key.expires = expires
    key.save(update_fields=["expires"])
    return key


def _locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """The same rows, for whoever changes them now: the query of a list may hold more than that."""
    return rows.model._default_manager.select_for_update().filter(pk__in=rows.values("pk"))
