"""The client in JavaScript, and a server that answers it wrongly in every way that shapes leave."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.client.endpoints import ENDPOINTS, Endpoint
from tests.malicious import tally
from tests.malicious.alterations import Alteration, example, of_bytes, of_http, of_members, written

ROOT = Path(__file__).parents[2]
OF_ALL = "LIST_GENERATIONS"
"""The endpoint of which every alteration is tried; others differ by their shapes alone."""
MOST = 4_000_000
"""Bytes of the largest answer to the others."""
BY_THE_PLATFORM = {"br", "deflate", "zstd", "gzip, gz", "xxxxxxxxx", "a bomb", "not gzip"}
"""Encodings: what `fetch` hands over is inflated, and counted like any other."""

pytestmark = pytest.mark.slow


def altered(name: str, endpoint: Endpoint) -> Iterator[Alteration]:
    """What is tried of one endpoint: nothing that only a connection could deliver."""
    honest = written(example(endpoint.answer))
    yield Alteration("honest", honest, is_harmless=True)
    yield from of_members(endpoint.answer, example(endpoint.answer))
    for one in of_bytes(honest):
        if name == OF_ALL or len(one.body) < MOST:
            yield one
    if name == OF_ALL:
        for one in of_http(endpoint, honest):
            encoded = one.what in BY_THE_PLATFORM or one.what.startswith("gzip")
            if not (one.again or one.status < 200 or encoded):
                yield one


def asked(name: str, one: Alteration) -> str:
    told: dict[str, Any] = {
        "endpoint": name,
        "what": one.what,
        "body": b64encode(one.body).decode(),
        "status": one.status,
        "headers": one.headers,
    }
    return json.dumps(told)


def test_each_alteration_of_an_answer_has_a_typed_error(record_property: Any) -> None:
    given = [(name, one) for name, end in ENDPOINTS.items() for one in altered(name, end)]
    command = ["node", "--no-warnings", "tests/js/client/altered.js"]
    text = "\n".join(asked(*one) for one in given)
    run = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]

    assert len(found) == len(given) > 2500
    for (name, one), refused in zip(given, found, strict=True):
        assert refused["what"] == one.what
        assert refused["code"] != "defect", (name, refused)
        assert (refused["error"] == "") == one.is_harmless, (name, one.what)
        assert refused["length"] < 1000, (name, one.what)
    record_property(tally.ALTERATIONS, len(given))
