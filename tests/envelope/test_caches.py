"""What is kept in mind between objects is small, whatever strangers send."""

import pytest

from apps.envelope import encoding, records
from apps.envelope.errors import LimitError, MalformedError

LONG = "a" * 100_000
RECORD = {"v": "sealform/1", "id": "x", "writer": "form:x", "type": "a", "rev": 1, "akid": "x"}


@pytest.mark.parametrize("check", [encoding.name, encoding.writer])
def test_a_long_word_is_refused_and_forgotten(check: object) -> None:
    cache = encoding._is_name if check is encoding.name else encoding._is_writer
    before = cache.cache_info()

    with pytest.raises(MalformedError):
        check(LONG)  # type: ignore[operator]

    assert cache.cache_info() == before


def test_the_names_of_an_object_that_is_no_record_are_forgotten() -> None:
    fields = {f"a{number}": "x" for number in range(encoding.MAX_FIELDS + 1)}
    before = records._check_names.cache_info()

    with pytest.raises(LimitError):
        records.parse_record({**RECORD, "fields": fields, "manifest": "x", "ak": "x"})

    assert records._check_names.cache_info() == before
