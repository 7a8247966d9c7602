"""What is written down: one line of JSON an event, and nothing of what anybody sent.

No address, header, query, path as it was typed, posted value or token stands in a log, whoever
wrote the line (docs/operations.md, Logs). Our own messages are written in full, since we know what
is in them. Those of Django and other libraries hold whatever was in a request: of these the
logger, the kind of the error and the lines of code that it passed are kept, never the text.
"""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

OURS = ("apps", "config", "gunicorn.error", "waitress.queue")
"""Loggers whose messages hold nothing of a request: our rooms, and how processes come and go."""

FACTS = ("method", "route", "status", "code", "ms", "bytes")
"""What the line of a request says besides, in this order."""

ROOT = Path(__file__).resolve().parent.parent
MAX_FRAMES = 30

request_id: ContextVar[str] = ContextVar("request_id", default="")


class PolicyFormatter(logging.Formatter):
    """Writes a record as one line of JSON, and leaves out what the policy rules out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
        }
        if is_ours(record.name):
            line["message"] = record.getMessage()
        if id := request_id.get():
            line["request"] = id
        line |= {name: getattr(record, name) for name in FACTS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            line["error"] = type(record.exc_info[1]).__name__
            line["at"] = frames(record.exc_info[1])
        return json.dumps(line)


def is_ours(name: str) -> bool:
    """Whether a logger's messages are written in full."""
    return any(name == ours or name.startswith(f"{ours}.") for ours in OURS)


def frames(error: BaseException) -> list[str]:
    """Return where an error and its causes passed: file, line and function, and no value."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < MAX_FRAMES:
        found += [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or seen.__context__
        if seen is not None:
            found.append(f"because of {type(seen).__name__}")
    return found[:MAX_FRAMES]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(ROOT))
    _, found, inside = filename.partition("/site-packages/")
    return inside if found else path.name
