"""What is kept in mind between objects is small, whatever strangers send."""

import pytest

from apps.envelope import encoding, records
from apps.envelope.errors import EnvelopeError, MalformedError

LONG = "a" * 100_000
RECORD = {
    "v": "sealform/1",
    "id": "c2f4dfb7-a944-4212-a39e-faf30fedd1d0",
    "writer": "form:7c74170f-5b2b-4c65-ae5d-f7c1ee22fc2a",
    "type": "contact",
    "rev": 1,
    "akid": encoding.b64(bytes(32)),
    "manifest": encoding.b64(bytes(32)),
    "ak": encoding.b64(bytes(records.SEALED_AK)),
}


@pytest.mark.parametrize("check", [encoding.name, encoding.writer])
def test_a_long_word_is_refused_and_forgotten(check: object) -> None:
    cache = encoding._is_name if check is encoding.name else encoding._is_writer
    before = cache.cache_info()

    with pytest.raises(MalformedError):
        check(LONG)  # type: ignore[operator]

    assert cache.cache_info() == before


@pytest.mark.parametrize("more", [0, 1])
def test_the_names_of_an_object_that_is_no_record_are_forgotten(more: int) -> None:
    """Those of a record may be kept: 128 of 64 characters at the most."""
    fields = {f"a{number}": "x" for number in range(encoding.MAX_FIELDS + more)}
    before = records._check_names.cache_info().misses

    with pytest.raises(EnvelopeError):
        records.parse_record({**RECORD, "fields": fields})

    assert records._check_names.cache_info().misses - before == 1 - more
