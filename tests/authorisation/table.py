"""Reads ``matrix.txt``, whose head says how it is written, and finds what has no line in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.authorisation.bodies import BODIES
from tests.authorisation.endpoints import METHODS, Endpoint, route_of
from tests.authorisation.roles import ROLES, Role

FILE = Path(__file__).with_name("matrix.txt")
WHERE = "tests/authorisation/matrix.txt"
ANY, UNSERVED, OPTIONS = "ANY", "unserved", "OPTIONS"
WRITES, TELLS = "writes", "tells"
PLACE = re.compile(r"\{(\w+)\}")
# Any value of the form that a pattern asks for finds the pattern.
NUMBERS = {"manifest", "generation", "grant", "token", "user", "group", "totp", "static"}
NUMBER, UUID = "1", "00000000-0000-4000-8000-000000000000"


class Wrong(Exception):
    """A line of the matrix that cannot be read; says which, and why."""


class Cell(NamedTuple):
    """What one role is answered.

    ``sees`` names what of the owner's is in the answer, which holds nothing else of it; ``writes``
    says that something is stored, ``tells`` that the answer depends on what the owner has.
    """

    status: int
    sees: frozenset[str] = frozenset()
    writes: bool = False
    tells: bool = False


class Row(NamedTuple):
    """A path with names of things in braces, methods, the body that they carry, a cell a role.

    ``of_section`` rows have no line: their section says what is expected.
    """

    path: str
    methods: tuple[str, ...]
    body: str
    cells: Mapping[str, Cell]
    of_section: bool = False

    @property
    def name(self) -> str:
        return " ".join([self.path, *self.methods, self.body]).strip()

    @property
    def route(self) -> str | None:
        return route_of(PLACE.sub(lambda it: NUMBER if it[1] in NUMBERS else UUID, self.path))


class Table(NamedTuple):
    """All rows, those that sections say for what a view does not serve included."""

    rows: list[Row]
    missing: list[str]


def read(text: str, found: Mapping[str, Endpoint], roles: Iterable[Role] = ROLES) -> Table:
    """Return all rows, and a sentence on each endpoint or method of ``found`` that has none."""
    reader = _Reader(found, list(roles))
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.partition("#")[0].strip()
        if bare:
            try:
                reader.take(bare)
            except (ValueError, LookupError, Wrong) as error:
                raise Wrong(f"{WHERE}, line {number}: {error}") from error
    return Table(reader.rows, list(reader.missing()))


class _Reader:
    def __init__(self, found: Mapping[str, Endpoint], roles: list[Role]) -> None:
        self.rows: list[Row] = []
        self._found, self._roles = found, roles
        self._sights: dict[str, list[str]] = {}
        self._rules: dict[str, str] = {}
        self._named: dict[str, set[str]] = {}
        self._ruled: set[str] = set()

    def take(self, line: str) -> None:
        if line.startswith("["):
            self._rules = {}
        elif line.startswith("$"):
            name, _, marks = line.partition("=")
            self._sights[name.strip()] = marks.split()
        elif line.startswith("/"):
            self._take_row(line)
        else:
            name, _, cells = line.partition("=")
            if name.strip() not in {UNSERVED, OPTIONS}:
                raise Wrong(f"a rule is of {UNSERVED} or {OPTIONS} methods")
            self._rules[name.strip()] = cells

    def _take_row(self, line: str) -> None:
        path, asked, cells = (part.strip() for part in line.split("|"))
        words = asked.split()
        body = words.pop() if words[-1].islower() else ""
        if body and body not in BODIES:
            raise Wrong(f"there is no body {body} in bodies.py")
        row = Row(path, tuple(words), body, self._cells(cells))
        route = row.route
        if route is None or route not in self._found:
            raise Wrong(f"no pattern of the URL configuration answers {path}")
        endpoint = self._found[route]
        named = self._named.setdefault(route, set())
        if words == [ANY]:
            if endpoint.methods < set(METHODS):
                raise Wrong("views of the API say which methods they serve: name these")
            row = row._replace(methods=_in_order(set(METHODS) - named))
        if unknown := set(row.methods) - endpoint.methods:
            raise Wrong(f"{path} does not serve {' '.join(sorted(unknown))}")
        named |= set(row.methods)
        self.rows.append(row)
        if endpoint.methods < set(METHODS) and route not in self._ruled:
            self._ruled.add(route)
            self._take_rules(row, endpoint)

    def _take_rules(self, row: Row, endpoint: Endpoint) -> None:
        """What the section says of OPTIONS, and of methods that the view does not serve."""
        unserved = set(METHODS) - endpoint.methods - {OPTIONS}
        for name, methods in ((UNSERVED, unserved), (OPTIONS, {OPTIONS})):
            if name not in self._rules:
                raise Wrong(f"the section of a view of the API says what is {name}")
            if methods:
                cells = self._cells(self._rules[name])
                self.rows.append(Row(row.path, _in_order(methods), "", cells, True))

    def _cells(self, text: str) -> dict[str, Cell]:
        """Each role's cell: its own, or that of the role that it is like."""
        written: dict[str, Cell] = {}
        for part in text.split(";"):
            *names, cell = re.split(r"\s+(?=\d{3}\b)", part.strip(), maxsplit=1)
            for name in " ".join(names).split():
                if name in written:
                    raise Wrong(f"{name} stands there twice")
                written[name] = self._cell(cell)
        if unknown := set(written) - {role.name for role in self._roles}:
            raise Wrong(f"roles.py has no {' '.join(sorted(unknown))}")
        cells: dict[str, Cell] = {}
        for role in self._roles:
            cells[role.name] = written[role.name] if role.name in written else cells[role.like]
        return cells

    def _cell(self, text: str) -> Cell:
        status, *words = text.split()
        marks = [mark for word in words for mark in self._sights.get(word, [word])]
        sees = frozenset(marks) - {WRITES, TELLS}
        return Cell(int(status), sees, WRITES in marks, TELLS in marks)

    def missing(self) -> Iterator[str]:
        for route, endpoint in self._found.items():
            served = endpoint.methods
            if lacking := served - self._named.get(route, set()):
                methods = " ".join(_in_order(lacking))
                yield f"/{route.removeprefix('/')} {methods}: add a line to {WHERE}"


def _in_order(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(methods, key=METHODS.index))
