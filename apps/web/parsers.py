"""Request bodies: strict JSON of at most 1 MiB (docs/protocol.md §10)."""

import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.parsers import BaseParser

from apps.envelope.encoding import MAX_BODY
from apps.web.errors import BodyTooLarge, Malformed


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without duplicate keys, NaN or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return parse_json(read_body(stream))


def read_body(stream: IO[Any]) -> bytes:
    """Return the body; raises BodyTooLarge after one byte too many, whatever was declared."""
    body: bytes = stream.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise BodyTooLarge
    return body


def parse_json(raw: bytes) -> Any:
    """Parse strictly; raises Malformed."""
    try:
        value = orjson.loads(raw)
        if not _writes_the_same(value, raw):
            json.loads(raw.decode(), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        if isinstance(error, _DuplicateKeyError):
            raise Malformed("an object in the body has a key twice") from error
        raise Malformed("the body is not JSON in UTF-8") from error
    return value


def _writes_the_same(value: Any, raw: bytes) -> bool:
    """Whether the body is canonical, and so has no duplicate key: no need to look again."""
    try:
        return orjson.dumps(value) == raw
    except orjson.JSONEncodeError as error:
        raise Malformed("the body is nested too deeply") from error


class _DuplicateKeyError(ValueError):
    pass


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _DuplicateKeyError
