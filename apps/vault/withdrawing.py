"""Grants that ended: what was revoked or replaced is not accepted again (docs/protocol.md §10)."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from apps.directory.errors import GrantWithdrawn
from apps.envelope.encoding import load_json
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.grants import parse_grant
from apps.vault.models import Grant, WithdrawnGrant


def remove(grants: QuerySet[Grant]) -> int:
    """Delete these grants of locked streams, for good, and return their number."""
    remember(grants)
    removed, _ = grants.delete()
    return removed


def remember(grants: Iterable[Grant]) -> None:
    """Keep the signatures of grants that are about to be deleted or replaced."""
    WithdrawnGrant.objects.bulk_create(
        WithdrawnGrant(sig=parse_grant(load_json(bytes(grant.body))).sig) for grant in grants
    )


def refuse_withdrawn(grants: Sequence[SealedGrant]) -> None:
    """Raise GrantWithdrawn if one of these verified grants had its time.

    A signature names its grant: the signer makes a new one for each seal, and nobody else any.
    """
    if WithdrawnGrant.objects.filter(sig__in=[grant.sig for grant in grants]).exists():
        raise GrantWithdrawn
