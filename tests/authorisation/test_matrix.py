"""Each endpoint, each method, each role: what is answered, seen and stored stands in matrix.txt"""

import pytest

from tests.authorisation.asking import World, problems
from tests.authorisation.endpoints import endpoints
from tests.authorisation.table import FILE, Row, read
from tests.tools.selection import slow

TABLE = read(FILE.read_text(), endpoints())


def name(row: Row) -> str:
    return row.name


def test_each_endpoint_and_method_has_a_row() -> None:
    assert not TABLE.missing, "\n".join(["no row says who may ask", *TABLE.missing])


ADMIN = [row for row in TABLE.rows if row.path.startswith("/admin/")]
OTHERS = [row for row in TABLE.rows if row not in ADMIN and not row.of_section]
OF_SECTIONS = [row for row in TABLE.rows if row.of_section]


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize("row", [*OTHERS, *slow(*OF_SECTIONS)], ids=name)
def test_the_answer_is_what_the_row_says(row: Row, world: World) -> None:
    check(row, world)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("row", ADMIN, ids=name)
def test_the_admin_answers_what_the_row_says(row: Row, world: World) -> None:
    check(row, world)


def check(row: Row, world: World) -> None:
    found = list(problems(row, world))
    assert not found, "\n".join(found)
