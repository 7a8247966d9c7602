"""Each endpoint, each method, each role: what is answered, seen and stored stands in matrix.txt"""

import pytest

from tests.authorisation.asking import World, problems
from tests.authorisation.endpoints import endpoints
from tests.authorisation.table import FILE, Row, read
from tests.tools.selection import nightly

TABLE = read(FILE.read_text(), endpoints())


def name(row: Row) -> str:
    return row.name


def test_each_endpoint_and_method_has_a_row() -> None:
    assert not TABLE.missing, "\n".join(["no row says who may ask", *TABLE.missing])


ADMIN = [row for row in TABLE.rows if row.path.startswith("/admin/")]
OTHERS = [row for row in TABLE.rows if row not in ADMIN and not row.of_section]
OF_SECTIONS = [row for row in TABLE.rows if row.of_section]
OF_BROWSERS = {"GET", "POST"}


def by_methods(rows: list[Row], *, of_browsers: bool) -> list[Row]:
    """The same rows, with those methods alone that browsers send by themselves, or the others."""
    parts = [
        row._replace(methods=tuple(m for m in row.methods if (m in OF_BROWSERS) == of_browsers))
        for row in rows
    ]
    return [row for row in parts if row.methods]


ADMIN_BY_BROWSERS = by_methods(ADMIN, of_browsers=True)
ADMIN_OTHERWISE = by_methods(ADMIN, of_browsers=False)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("row", [*OTHERS, *nightly(*OF_SECTIONS)], ids=name)
def test_the_answer_is_what_the_row_says(row: Row, world: World) -> None:
    check(row, world)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("row", [*ADMIN_BY_BROWSERS, *nightly(*ADMIN_OTHERWISE)], ids=name)
def test_the_admin_answers_what_the_row_says(row: Row, world: World) -> None:
    check(row, world)


def check(row: Row, world: World) -> None:
    found = list(problems(row, world))
    assert not found, "\n".join(found)
