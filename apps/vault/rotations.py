"""What a succession ends in the vault: nothing more is written under the old card's keys."""

from django.db import transaction

from apps.directory.lines import NewApiKey, succeed
from apps.directory.models import Client
from apps.envelope.successions import Past, Succession
from apps.vault import streams
from apps.vault.models import Stream


@transaction.atomic
def rotate(
    *, client: Client, succession: Succession, past: Past, api_key: NewApiKey | None
) -> bool:
    """Make the next card the client's and close its own streams; return whether that is new.

    Inboxes of its forms stay open: a form must not stop until its owner has published it again.
    Raises what ``succeed`` does.
    """
    created = succeed(client=client, succession=succession, past=past, api_key=api_key)
    if created:
        own = Stream.objects.filter(owner=client, writer=str(client.pk))
        for stream in streams.locked(ids=own.values_list("pk", flat=True)).values():
            streams.close(stream=stream)
    return created
