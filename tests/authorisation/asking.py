"""Asks one endpoint as one role, and says what is otherwise than in its row."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.core.cache import cache as counts
from django.db import connection
from django.test import Client as Browser

from apps.envelope.encoding import dump_json
from apps.vault.budgets import BUDGETS
from tests.authorisation.bodies import BODIES
from tests.authorisation.roles import ROLES, Headers
from tests.authorisation.table import PLACE, Cell, Row
from tests.authorisation.things import OWNED, Things, remove_everything, undone

READING = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA|SET)\b|.*django_session", re.S)
# What is another each time: numbers of requests, tokens against foreign posts, times, nonces.
ALWAYS_OTHER = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|nonce-[\w=+/-]+|nonce="[^"]*"')
OWNER = "owner"
OTHER_HEADERS = {"X-Request-Id", "Date", "Expires", "Last-Modified", "Retry-After"}


class World(NamedTuple):
    """What there is, what each role proves itself by, the digest of all tables, and who asks."""

    things: Things
    headers: Mapping[str, Headers]
    digest: bytes
    browser: Browser


class Question(NamedTuple):
    """A request that one role sends."""

    method: str
    path: str
    raw: bytes
    kind: str
    headers: Headers

    @property
    def text(self) -> str:
        return self.path + self.raw.decode()


class Answer(NamedTuple):
    """What came back, without what is another each time.

    ``wrote`` says whether a table changed, ``looked`` whether one of the owner's was looked at.
    """

    status: int
    text: str
    wrote: bool
    looked: bool


def problems(row: Row, world: World) -> Iterator[str]:
    """Yield a sentence on each answer that is not as in the row."""
    questions = [
        (role.name, _question(world, row, role.name, method))
        for role in ROLES
        for method in row.methods
    ]
    answers = [_ask(question, world) for _, question in questions]
    again = {
        number: question
        for number, (role, question) in enumerate(questions)
        if answers[number].looked and _is_secret(row.cells[role], role)
    }
    without = _without_the_owners_things(again, world)
    for number, (role, question) in enumerate(questions):
        cell, answer, alike = row.cells[role], answers[number], without.get(number)
        for problem in _differences(cell, role, question, answer, alike, world.things):
            yield f"{question.method} {question.path} {row.body} as {role}: {problem}"


def _is_secret(cell: Cell, role: str) -> bool:
    """Whether the answer may not depend on anything of the owner's."""
    return role != OWNER and not (cell.sees or cell.tells)


def _without_the_owners_things(
    questions: Mapping[int, Question], world: World
) -> dict[int, Answer]:
    if not questions:
        return {}
    with undone():
        remove_everything()
        empty = world._replace(digest=digest_of_tables())
        return {number: _ask(question, empty) for number, question in questions.items()}


def _question(world: World, row: Row, role: str, method: str) -> Question:
    path = PLACE.sub(lambda it: str(world.things.ids[it[1]]), row.path)
    body = BODIES[row.body](world.things, role) if row.body else None
    raw, kind = b"", "application/json"
    if path.startswith("/admin/"):
        raw, kind = urlencode(body or {}).encode(), "application/x-www-form-urlencoded"
    elif body is not None:
        raw = dump_json(body)
    return Question(method, path, raw, kind, world.headers[role])


def _ask(question: Question, world: World) -> Answer:
    counts.clear()  # throttles count there, and what they do is tested elsewhere
    BUDGETS.forget()
    world.browser.cookies.clear()
    method, path, raw, kind, headers = question
    with undone():
        seen = _Statements()
        with connection.execute_wrapper(seen):
            response: Any = world.browser.generic(method, path, raw, kind, headers=headers)
            content = b"".join(response) if response.streaming else response.content
        wrote = seen.writing and digest_of_tables() != world.digest
    named = {f"{name}: {value}" for name, value in response.items() if name not in OTHER_HEADERS}
    text = "\n".join([*sorted(named), ALWAYS_OTHER.sub(b"", content).decode(errors="replace")])
    return Answer(response.status_code, text, wrote, seen.of_owner)


class _Statements:
    """Sees whether one would change a table, and whether one looks at what is the owner's."""

    writing = of_owner = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.writing = self.writing or not READING.match(sql)
        self.of_owner = self.of_owner or any(model._meta.db_table in sql for model in OWNED)
        return execute(sql, params, many, context)


def _differences(
    cell: Cell,
    role: str,
    question: Question,
    answer: Answer,
    alike: Answer | None,
    things: Things,
) -> Iterator[str]:
    if answer.status != cell.status:
        yield f"{answer.status} instead of {cell.status}"
    if answer.wrote is not cell.writes:
        yield "something was stored" if answer.wrote else "nothing was stored"
    if alike and alike[:3] != answer[:3]:
        yield "the answer is another one where the owner has nothing"
    own = {f"grant_of_{role}" if name == "own" else name for name in cell.sees}
    for name, marks in things.marks.items():
        shown = [mark for mark in marks if mark in answer.text and mark not in question.text]
        asked = [mark for mark in marks if mark not in question.text]
        if name not in own and shown:
            yield f"the answer holds {name}"
        if name in own and asked and not shown and question.method != "HEAD":
            yield f"the answer lacks {name}"
    if unknown := own - set(things.marks):
        yield f"nothing is called {' '.join(sorted(unknown))} in things.py"


def digest_of_tables() -> bytes:
    """Return one digest of all rows of all tables but those of sessions."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows = [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor]
            digest.update(repr((table, sorted(map(repr, rows)))).encode())
    return digest.digest()


@cache
def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models} - {"django_session"})
