"""Runs that end before or after any one thing that others can see, without a word."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction

from apps.client import files
from config import inprocess
from tests.client.parties import Party


class Killed(BaseException):
    """Nothing of the program goes on."""


class Steps:
    """Counts what a run does that others can see, and ends it before or after one of these."""

    def __init__(self, end: int = 0, *, after: bool = False) -> None:
        self.count, self._end, self._after = 0, end, after

    def do(self, act: Callable[[], Any]) -> Any:
        self.count += 1
        if self.count == self._end and not self._after:
            raise Killed
        done = act()
        if self.count == self._end:
            raise Killed
        return done


class Counted(httpx.BaseTransport):
    """The server in this process; requests that change something are steps."""

    def __init__(self, steps: Steps) -> None:
        self._steps, self._server = steps, inprocess.transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self._server.handle_request(request)
        response: httpx.Response = self._steps.do(lambda: self._server.handle_request(request))
        return response


@contextmanager
def writing(steps: Steps) -> Iterator[None]:
    """Writes of files are steps, too."""
    really = files.write_private
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "write_private", lambda *a: steps.do(lambda: really(*a)))
        yield


@contextmanager
def as_it_was(folder: Path, *parties: Party) -> Iterator[None]:
    """Take back what is done in the block, in the database and on the machines."""
    before = {
        path: path.read_bytes()
        for party in parties
        for path in party.path.parent.iterdir()
        if path.is_file()
    }
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    for party in parties:
        for path in party.path.parent.iterdir():
            if path.is_file() and path not in before:
                path.unlink()
    for path, raw in before.items():
        files.write_private(path, raw)
