"""How large a draft may be: no larger than what its owner can publish in one request."""

from typing import Any

from django.core.exceptions import ValidationError

from apps.envelope.encoding import MAX_BODY, dump_json

# Of a publication's body (docs/protocol.md §10), for what comes with the draft: sixteen inboxes,
# the owner's grants of them to itself, and the signature.
ROOM = 64 * 1024
MAX_DRAFT = MAX_BODY - ROOM
KIB = 1024


def size_of(draft: dict[str, Any]) -> int:
    """Return the bytes that a draft has in a publication: a JSON text in a JSON string."""
    return len(dump_json(dump_json(draft).decode()))


def validate_size(draft: dict[str, Any]) -> None:
    """Refuse a draft that nobody could publish, and say what to do."""
    size = size_of(draft)
    if size <= MAX_DRAFT:
        return
    languages = len(draft.get("languages", ()))
    advice = f", or leave out some of its {languages} languages" if languages > 1 else ""
    raise ValidationError(
        f"This draft is too large to be published: {-(-size // KIB):,} KiB, where at most "
        f"{MAX_DRAFT // KIB:,} KiB can be signed and sent at once. Shorten its texts{advice}, or "
        "make two forms of it. Nothing has been saved; what you typed is still here."
    )
