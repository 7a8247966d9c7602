"""The library as a key-value store: `read`, `update`, `change` and `delete` by an id."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from apps.client import Client, Opened
from apps.client.acts import updating
from apps.client.acts.storing import Outcome, run_ids
from apps.client.acts.updating import Change
from apps.client.acts.writing import New, roomed
from apps.client.errors import (
    ApiRefused,
    NotFoundError,
    RollbackError,
    TakenError,
    UnpinnedError,
    UsageError,
    VerificationError,
)
from apps.envelope.encoding import dump_json
from apps.envelope.errors import LimitError, MalformedError
from apps.vault.models import Record, RecordMeta
from config import inprocess
from tests.client.parties import Party, Signup, Tampering
from tests.client.test_share import share
from tests.tools.selection import slow

pytestmark = pytest.mark.slow


def test_it_is_as_short_as_promised(acme: Party) -> None:
    client = Client.from_file(acme.path, transport=inprocess.transport())
    id = client.write("note", {"text": "Ann Canary", "count": 1}, meta={"state": "open"})
    record = client.read(id)
    assert (record.data, record.meta) == ({"text": "Ann Canary", "count": 1}, {"state": "open"})
    client.update(id, {"text": "Bea"})
    client.change(id, {"count": 2}, meta={"customer": "4711"})
    [found] = client.query(type="note", meta={"state": "open", "customer": "4711"})
    assert (found.id, found.rev, found.data) == (id, 3, {"text": "Bea", "count": 2})
    assert found.meta == {"state": "open", "customer": "4711"}
    assert client.delete(id) == 1
    with pytest.raises(NotFoundError, match=f"no record {id} that"):
        client.read(id)


# --- Reading ------------------------------------------------------------------------------


def test_records_of_several_types_come_in_the_order_that_was_asked(acme: Party) -> None:
    client = acme.client
    ids = [client.write(type, {"text": type}) for type in ("note", "task", "note", "task")]
    wanted = [ids[2], ids[1], ids[0], ids[3]]

    assert [record.id for record in client.read_many([*wanted, ids[1]])] == wanted
    assert client.read_many([]) == []


def test_a_granted_record_is_read_with_what_was_granted(
    acme: Party, marketing: Party, mallory: Party, signup: Signup
) -> None:
    id = acme.client.write("note", {"text": "Ann", "secret": "x"}, meta={"state": "open"})
    share(acme, "note", marketing, "--columns", "text")
    signup.fill()
    [answer] = acme.client.query("account")

    with pytest.raises(UnpinnedError):
        marketing.client.read(id)
    marketing.knows(acme)
    record = marketing.client.read(id)
    assert (record.data, record.meta) == ({"text": "Ann"}, {"state": "open"})
    assert len(record.stored) == len("2026-01-01")
    assert acme.client.read(answer.id).data["fullname"] == "Ann Canary"
    assert acme.client.read(answer.id).meta == {}
    for person, other in ((marketing, answer.id), (mallory, id)):
        with pytest.raises(NotFoundError) as caught:
            person.client.read(other)
        assert caught.value.ids == (other,)
        assert "never been shared" in caught.value.hint

    acme.client.revoke("note", marketing.id)
    with pytest.raises(NotFoundError):
        marketing.client.read(id)


def test_what_visitors_sent_has_no_meta_to_be_asked_for(acme: Party, signup: Signup) -> None:
    signup.fill()
    places: list[dict[str, Any]] = [{}, {"form": "signup"}, {"writer": f"form:{signup.form.id}"}]
    for where in places:
        with pytest.raises(UsageError, match="has no meta"):
            list(acme.client.query("account", meta={"state": "open"}, **where))
    acme.client.write("account", {"fullname": "Ann"}, meta={"state": "open"})
    assert len(list(acme.client.query("account", meta={"state": "open"}))) == 1


def test_all_that_are_missing_are_told(acme: Party) -> None:
    client = acme.client
    ids = [str(uuid4()), client.write("note", {"text": "x"}), str(uuid4())]

    with pytest.raises(NotFoundError, match="and 1 more") as caught:
        client.read_many(ids)
    assert caught.value.ids == (ids[0], ids[2])
    with pytest.raises(MalformedError):
        client.read("note-1")


Lie = Callable[[dict[str, Any]], dict[str, Any]]
LOOKUP = "POST /records/lookup"


def lying(party: Party, lie: Lie) -> Client:
    """The party's client, where what is looked up is changed on its way."""
    return party.through(Tampering().on(LOOKUP, lie))


def test_a_record_that_was_not_asked_for_is_refused(acme: Party) -> None:
    first, second = acme.client.write_many("note", [{"text": "a"}, {"text": "b"}])
    [item] = items_of(acme, second)
    client = lying(acme, lambda answer: {"items": [item]})

    with pytest.raises(VerificationError, match="not asked for") as caught:
        client.read(first)
    assert caught.value.code == "mismatch"


def items_of(party: Party, id: str) -> list[Any]:
    """What the server answers about a record."""
    seen: list[Any] = []

    def listen(answer: dict[str, Any]) -> dict[str, Any]:
        seen.extend(answer["items"])
        return answer

    lying(party, listen).read(id)
    return seen


def test_an_older_revision_than_this_run_has_seen_is_refused(acme: Party) -> None:
    id = acme.client.write("note", {"text": "a"})
    old = items_of(acme, id)
    lies = False
    client = lying(acme, lambda answer: {"items": old} if lies else answer)
    client.update(id, {"text": "b"})
    lies = True

    with pytest.raises(RollbackError, match="saw replaced"):
        client.read(id)


def test_one_that_fails_leaves_the_others(acme: Party) -> None:
    first, second = acme.client.write_many("note", [{"text": "a"}, {"text": "b"}])

    def alter(answer: dict[str, Any]) -> dict[str, Any]:
        for item in answer["items"]:
            if item["record"]["id"] == first:
                item["record"]["meta"] = {"state": "open"}
        return answer

    problems: list[Any] = []
    client = lying(acme, alter)
    found = client.read_many([first, second], on_problem=problems.append)

    assert [record.id for record in found] == [second]
    assert [(one.code, one.record) for one in problems] == [("signature", first)]
    with pytest.raises(VerificationError):
        client.read_many([first, second])


# --- Writing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meta", "error"),
    [
        ({f"m{number}": "x" for number in range(17)}, LimitError),
        *slow(
            ({"State": "open"}, MalformedError),
            ({"state": ""}, MalformedError),
            ({"state": " open"}, MalformedError),
            ({"state": "x" * 201}, MalformedError),
            ({"state": 1}, MalformedError),
        ),
    ],
)
def test_meta_that_no_record_can_have_is_refused_before_anything_is_sent(
    acme: Party, meta: Any, error: type[Exception]
) -> None:
    client, before = acme.client, acme.client.write("note", {"text": "x"})
    with pytest.raises(error):
        client.write("note", {"text": "y"}, meta=meta)
    with pytest.raises(error):
        client.update(before, {"text": "y"}, meta=meta)
    with pytest.raises(error):
        client.change(before, meta=meta)
    with pytest.raises(error):
        list(client.query("note", meta=meta))
    assert Record.objects.count() == 1
    assert client.read(before).rev == 1


def test_an_id_of_ones_own_is_written_once(acme: Party, mallory: Party) -> None:
    id, client = str(uuid4()), acme.client
    assert client.write("note", {"text": "a"}, meta={"state": "open"}, id=id) == id
    assert acme.client.write("note", {"text": "a"}, meta={"state": "open"}, id=id) == id
    assert client.read(id).rev == 1

    others: list[tuple[Any, dict[str, str]]] = [("b", {"state": "open"}), ("a", {})]
    for text, meta in [*others, (True, {"state": "open"})]:
        with pytest.raises(TakenError, match="other contents"):
            client.write("note", {"text": text}, meta=meta, id=id)
    with pytest.raises(TakenError, match="another type"):
        client.write("task", {"text": "a"}, meta={"state": "open"}, id=id)
    with pytest.raises(TakenError, match="another client"):
        mallory.client.write("note", {"text": "a"}, meta={"state": "open"}, id=id)
    client.delete(id)
    with pytest.raises(TakenError, match="was deleted"):
        client.write("note", {"text": "a"}, id=id)
    with pytest.raises(MalformedError):
        client.write("note", {"text": "a"}, id="mine")


def test_what_was_not_acknowledged_is_written_again_without_duplicates(acme: Party) -> None:
    """Some of a run are there already: these are compared, the others written."""
    session = acme.client.session
    ids = run_ids(session, "note", "import of March", range(1, 8))
    new = [New(id, roomed({"text": str(n)}, {})) for n, id in enumerate(ids)]
    acme.client.store("note", new[:3])

    told: list[Any] = []
    outcomes = acme.client.store("note", new, lambda *one: told.append(one))

    assert list(outcomes.values()) == [Outcome.EXISTING] * 3 + [Outcome.CREATED] * 4
    assert told == list(outcomes.items())
    assert Record.objects.count() == 7
    assert run_ids(session, "note", "import of March", range(1, 8)) == ids
    assert not set(ids) & set(run_ids(session, "note", "import of April", range(1, 8)))
    assert not set(ids) & set(run_ids(session, "task", "import of March", range(1, 8)))


@pytest.mark.slow
def test_a_run_goes_on_under_its_ids_after_keys_were_stolen(acme: Party) -> None:
    ids = run_ids(acme.client.session, "note", "March", [1, 2])
    acme.client.store("note", [New(ids[0], roomed({"text": "1"}, {}))])
    assert acme.rotate("--compromised").error == ""

    after = run_ids(acme.client.session, "note", "March", [1, 2])

    assert after[0] == ids[0]
    assert after[1] != ids[1]


# --- Changing -----------------------------------------------------------------------------


def test_an_update_keeps_meta_unless_another_is_given(acme: Party) -> None:
    client = acme.client
    id = client.write("note", {"text": "a"}, meta={"state": "open"})

    client.update(client.read(id), {"text": "b"})
    assert client.read(id).meta == {"state": "open"}
    client.update(id, {"text": "c"}, meta={"state": "closed"})
    assert client.read(id).meta == {"state": "closed"}
    client.update(id, {"text": "d"}, meta={})
    assert (client.read(id).meta, client.read(id).rev) == ({}, 4)
    assert not RecordMeta.objects.exists()


def test_a_change_sets_and_takes_out_and_leaves_the_rest(acme: Party) -> None:
    client = acme.client
    id = client.write("note", {"a": 1, "b": 2, "c": 3}, meta={"x": "1", "y": "2"})

    client.change(id, {"a": 9}, unset=["c", "never"], meta={"z": "3"}, unset_meta=["x"])

    assert client.read(id).data == {"a": 9, "b": 2}
    assert client.read(id).meta == {"y": "2", "z": "3"}
    client.change(id, {"a": 9}, meta={"z": "3"})
    assert client.read(id).rev == 2  # nothing was to be changed
    with pytest.raises(UsageError, match="no value left"):
        client.change(id, unset=["a", "b"])
    with pytest.raises(UsageError, match="nothing is said"):
        client.change(id)


class Meanwhile(Tampering):
    """Lets something happen before each of the first updates."""

    def __init__(self, times: int, happens: Callable[[], object]) -> None:
        super().__init__()
        self.left = [happens] * times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and self.left:
            self.left.pop()()
        return super().handle_request(request)


def meanwhile(party: Party, times: int, happens: Callable[[], object]) -> Client:
    """The party's client, with somebody who comes first."""
    return party.through(Meanwhile(times, happens))


def test_two_changes_at_once_are_both_kept(acme: Party) -> None:
    id = acme.client.write("note", {"a": 0, "b": 0})
    count = iter(range(1, 9))
    client = meanwhile(acme, 3, lambda: acme.client.change(id, {"b": next(count)}))

    client.change(id, {"a": 1})

    assert acme.client.read(id).data == {"a": 1, "b": 3}


def test_a_change_is_tried_a_number_of_times(acme: Party) -> None:
    id = acme.client.write("note", {"a": 0, "b": 0})
    count = iter(range(1, 99))
    client = meanwhile(acme, 50, lambda: acme.client.change(id, {"b": next(count)}))

    with pytest.raises(ApiRefused) as caught:
        client.change(id, {"a": 1})
    assert caught.value.code == "revision_conflict"
    assert acme.client.read(id).data == {"a": 0, "b": updating.ROUNDS}


def test_a_replacement_undoes_nothing_that_it_did_not_see(acme: Party) -> None:
    id = acme.client.write("note", {"a": 0})
    client = meanwhile(acme, 2, lambda: acme.client.change(id, {"b": 1}))

    with pytest.raises(ApiRefused):
        client.update(id, {"a": 1})
    other = meanwhile(acme, 1, lambda: acme.client.change(id, {"b": 2}))
    with pytest.raises(ApiRefused):
        other.change_many({id: Change({"a": 1}, replaces=True)})
    assert acme.client.read(id).data == {"a": 0, "b": 2}


def test_a_server_that_only_says_that_there_is_another_revision_is_refused(acme: Party) -> None:
    id = acme.client.write("note", {"a": 0})
    error = {"error": {"code": "revision_conflict", "message": "no", "hint": ""}}

    class Refusing(Tampering):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                return httpx.Response(409, content=dump_json(error), request=request)
            return super().handle_request(request)

    with pytest.raises(VerificationError, match="shows no other"):
        acme.through(Refusing()).change(id, {"a": 1})


def test_others_records_are_neither_changed_nor_deleted(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    own = acme.client.write("note", {"text": "a"})
    share(acme, "note", marketing)
    marketing.knows(acme)
    signup.fill()
    [answer] = acme.client.query("account")
    mine = marketing.client.write("note", {"text": "m"})

    with pytest.raises(UsageError, match="another client's"):
        marketing.client.update(own, {"text": "b"})
    with pytest.raises(UsageError, match="another client's"):
        marketing.client.change_many({mine: Change({"text": "n"}), own: Change({"text": "n"})})
    with pytest.raises(UsageError, match="what visitors sent stays"):
        acme.client.change(answer.id, {"fullname": "Bea"})
    with pytest.raises(UsageError, match="another client's"):
        marketing.client.delete([mine, own])
    assert marketing.client.read(mine).data == {"text": "m"}
    assert acme.client.read(own).rev == 1
    assert acme.client.delete([answer.id, own]) == 2


def test_nothing_is_deleted_where_one_is_missing(acme: Party) -> None:
    client = acme.client
    id = client.write("note", {"text": "a"})

    with pytest.raises(NotFoundError):
        client.delete([id, str(uuid4())])
    assert client.read(id)
    read: list[Opened | str] = [client.read(id)]
    assert client.delete(read) == 1
