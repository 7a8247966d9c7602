"""Answers: canonical JSON as a whole (docs/protocol.md §2, §10)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework.renderers import BaseRenderer

from apps.envelope.encoding import dump_json


class CanonicalJSONRenderer(BaseRenderer):
    """Writes data as canonical JSON; bytes are canonical JSON already and go out as they are."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        return data if isinstance(data, bytes) else dump_json(data)


def show_time(time: datetime) -> str:
    """Return a time in UTC as RFC 3339, to the second."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def show_day(time: datetime) -> str:
    """Return the day alone, in UTC: all that readers other than the owner learn."""
    return time.astimezone(UTC).date().isoformat()
