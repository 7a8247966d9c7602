"""What is missing is noticed, however its file is called."""

from collections import Counter

from tests.tools.inventory import compared, lines, read

BEFORE = Counter({"attack keys: forges an inbox": 1, "promise test_it_wants_an_api_key": 9})


def test_a_list_reads_as_it_was_written() -> None:
    assert read("\n".join(lines(BEFORE))) == BEFORE


def test_the_same_list_lacks_nothing() -> None:
    assert compared(BEFORE, BEFORE, "")[1]


def test_what_is_missing_needs_a_reason() -> None:
    after = Counter({"promise test_it_wants_an_api_key": 9, "vector new": 1})
    told, complete = compared(BEFORE, after, "attack keys: a reason of something else\n")
    assert not complete
    assert told[:2] == ["missing: attack keys: forges an inbox (NO REASON)", "new: vector new"]


def test_one_less_of_a_name_is_missing_too() -> None:
    after = BEFORE - Counter(["promise test_it_wants_an_api_key"])
    told, complete = compared(BEFORE, after, "")
    assert not complete
    assert told[0] == "missing: promise test_it_wants_an_api_key (NO REASON)"


def test_a_reason_has_to_say_something() -> None:
    name = "attack keys: forges an inbox"
    after = BEFORE - Counter([name])
    assert not compared(BEFORE, after, f"{name}: \n")[1]
    told, complete = compared(BEFORE, after, f"{name}: there are no inboxes any more\n")
    assert complete
    assert told[0] == f"missing: {name} (there are no inboxes any more)"
