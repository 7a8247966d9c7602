"""The state file: only its client can have written it, and no run loses another's change."""

import json
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.client import credentials, slots
from apps.client.errors import StateError
from apps.client.state import (
    Extent,
    FormerOwner,
    FormMemory,
    GroupMemory,
    State,
    StateFile,
    StreamMemory,
    merged,
    state_file,
)
from apps.envelope.keys import ClientKeys
from apps.envelope.rosters import Known

ID = "f989507e-88c3-433a-a142-7c19e63314a0"
OTHER = "0f8fad5b-d9cb-469f-a165-70867728950e"


GROUP = GroupMemory(Known(ID, "staff", 3, bytes(32), 2, b"\1" * 32), {OTHER: 2})


def file_at(path: Path, client_id: str = ID, key: bytes = bytes(32)) -> StateFile:
    return StateFile(path, client_id=client_id, key=key)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "acme.json.state"
    with file_at(path).change() as state:
        state.pins[OTHER] = bytes(32)
        state.streams[ID, "contact"] = StreamMemory(
            2, bytes(32), 1, {OTHER}, decided={OTHER: 1}, spent=1
        )
        state.forms[OTHER] = FormMemory(ID, 3, bytes(32))
        state.groups[OTHER] = GROUP
    return path


def test_what_was_changed_is_remembered(path: Path) -> None:
    state = file_at(path).load()

    assert state.pins == {OTHER: bytes(32)}
    assert state.stream(ID, "contact") == StreamMemory(
        2, bytes(32), 1, {OTHER}, decided={OTHER: 1}, spent=1
    )
    assert state.forms == {OTHER: FormMemory(ID, 3, bytes(32))}
    assert state.groups == {OTHER: GROUP}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_is_a_first_run(tmp_path: Path) -> None:
    assert file_at(tmp_path / "none").load() == State()
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_changes_nothing(path: Path) -> None:
    before = path.read_bytes()

    def fail() -> None:
        with file_at(path).change() as state:
            state.pins.clear()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"pins":{', b'"pins":{"x":"",'),
        (b",2,", b",1,"),
        (b'"mac":"', b'"mac":"A'),
        (b'{"state"', b'{ "state"'),
        (b"}", b""),
    ],
)
def test_any_alteration_is_noticed(path: Path, old: bytes, new: bytes) -> None:
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new, 1))

    with pytest.raises(StateError) as caught:
        file_at(path).load()
    assert "restore it" in caught.value.hint


def test_every_flipped_bit_is_noticed(path: Path) -> None:
    raw = path.read_bytes()
    for position in range(len(raw)):
        path.write_bytes(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :])
        with pytest.raises(StateError):
            file_at(path).load()


@pytest.mark.parametrize(
    "state",
    [
        {},
        [],
        {"pins": {}, "streams": [["w", "t", 1]], "forms": {}, "signed": {}},
        {"pins": {"id": "one"}, "streams": [], "forms": {}, "signed": {}},
        {"pins": {}, "streams": [], "forms": {}, "signed": {"id": [1]}},
    ],
)
def test_what_another_version_wrote_is_said_to_be_that(path: Path, state: Any) -> None:
    """The same client made its MAC, so it was not altered."""
    file = file_at(path)
    path.write_bytes(file._sealed(state))

    with pytest.raises(StateError, match="another version"):
        file.load()


WHOLE, NAMES, TOWNS = Extent((), 0), Extent(("name",), 0), Extent(("town",), 0)


def remembering(**said: tuple[int, Extent | None]) -> State:
    """What one machine did with readers in order: shared with them, or revoked them, None."""
    state = State(serial=3)
    memory = state.stream(ID, "contact")
    for reader, (gen, extent) in said.items():
        if extent is None:
            memory.revoke(reader.rstrip("_"), gen)
        else:
            memory.share(reader.rstrip("_"), extent, gen)
        memory.gen, memory.akid = max(memory.gen, gen), bytes([max(memory.gen, gen)] * 32)
    return state


@pytest.mark.parametrize(
    ("one", "other", "readers", "revoked"),
    [
        ({"ann": (1, WHOLE)}, {"ben": (2, NAMES)}, {"ann": WHOLE, "ben": NAMES}, set()),
        ({"ann": (1, WHOLE), "ann_": (2, None)}, {"ann": (1, WHOLE)}, {}, {"ann"}),
        ({"ann": (1, None), "ann_": (2, WHOLE)}, {"ann": (1, None)}, {"ann": WHOLE}, set()),
        ({"ann": (2, None)}, {"ann": (2, WHOLE)}, {}, {"ann"}),
        ({"ann": (1, None), "ben": (5, WHOLE)}, {"ann": (2, WHOLE)},
         {"ann": WHOLE, "ben": WHOLE}, set()),
        ({"ann": (2, WHOLE)}, {"ann": (1, NAMES)}, {"ann": WHOLE}, set()),
        ({"ann": (1, WHOLE)}, {"ann": (1, NAMES)}, {"ann": NAMES}, set()),
        ({"ann": (1, Extent((), 9))}, {"ann": (1, Extent((), 7))},
         {"ann": Extent((), 7)}, set()),
        ({"ann": (4, None)}, {}, {}, {"ann"}),
    ],
    ids=[
        "readers of both", "revoked later", "shared again", "a tie", "of an older memory",
        "more columns later", "two extents of one time", "two ends", "only one knows",
    ],
)  # fmt: skip
def test_two_memories_know_together_what_the_later_one_of_each_says(
    one: Any, other: Any, readers: Any, revoked: Any
) -> None:
    for left, right in ((one, other), (other, one)):
        both = merged(remembering(**left), remembering(**right)).stream(ID, "contact")
        assert both.readers == readers
        assert both.revoked == revoked
        assert both.gen == max(gen for said in (one, other) for gen, _ in said.values())


def contradicting() -> list[tuple[State, State]]:
    pinned = State(pins={OTHER: bytes(32)}), State(pins={OTHER: b"\1" * 32})
    keys = remembering(ann=(2, WHOLE)), remembering(ann=(2, WHOLE))
    keys[1].stream(ID, "contact").akid = bytes(32)
    forms = [State(forms={OTHER: FormMemory(ID, 3, bytes([one] * 32))}) for one in (1, 2)]
    columns = remembering(ann=(2, NAMES)), remembering(ann=(2, TOWNS))
    return [pinned, keys, (forms[0], forms[1]), columns]


@pytest.mark.parametrize("pair", contradicting(), ids=["pins", "keys", "manifests", "columns"])
def test_two_memories_that_contradict_each_other_are_not_merged(pair: tuple[State, State]) -> None:
    for one, other in (pair, pair[::-1]):
        with pytest.raises(StateError) as caught:
            merged(one, other)
        assert "restore with" in caught.value.hint


def in_group(version: int, hash: int = 1, owner: str = ID, **removed: int) -> State:
    """A group of which this version was seen."""
    known = Known(owner, "staff", version, bytes([hash] * 32), 1, bytes(32))
    return State(groups={OTHER: GroupMemory(known, removed)})


def test_of_two_rosters_the_later_one_is_known_and_nobody_comes_back() -> None:
    for left, right in (
        (in_group(3, ann=2, ben=1), in_group(2, 2, ann=1, cleo=2)),
        (in_group(2, 2, ann=1, cleo=2), in_group(3, ann=2, ben=1)),
    ):
        found = merged(left, right).groups[OTHER]
        assert (found.known.version, found.known.digest) == (3, bytes([1] * 32))
        assert found.removed == {"ann": 2, "ben": 1, "cleo": 2}
    assert merged(State(), in_group(1)).groups == in_group(1).groups


@pytest.mark.parametrize(
    "other", [in_group(3, 2), in_group(2, owner=OTHER)], ids=["a fork", "another owner"]
)
def test_two_memories_of_a_group_that_contradict_each_other_are_not_merged(other: State) -> None:
    for left, right in ((in_group(3), other), (other, in_group(3))):
        with pytest.raises(StateError, match="contradict"):
            merged(left, right)


def having(version: int, *owners: str, until: tuple[int, ...] = (5, 8)) -> State:
    """A form that these had in turn, of which this version was seen."""
    former = tuple(map(FormerOwner, owners[:-1], until))
    memory = FormMemory(owners[-1], version, bytes([version]) * 32, former)
    return State(forms={ID: memory}, signed={ID: (bytes([version]) * 32,)})


@pytest.mark.parametrize(
    ("one", "other", "version"),
    [
        (having(5, "acme", "clinic"), having(5, "acme"), 5),
        (having(5, "acme", "clinic"), having(4, "acme"), 5),
        (having(3, "acme", "clinic"), having(5, "acme"), 5),
        (having(5, "acme", "clinic", until=(5, 8)), State(), 5),
        (having(8, "acme", "clinic", "acme"), having(6, "acme", "clinic"), 8),
        (having(9, "acme", "clinic", "acme"), having(4, "acme"), 9),
        (having(8, "acme", "clinic", "acme"), having(9, "acme"), 9),
        (having(8, "acme", "clinic", "acme"), having(7, "clinic"), 8),
    ],
    ids=[
        "one version", "followed later", "seen later", "only one knows", "it came back",
        "it came back unseen", "met when it had come back", "met in between",
    ],
)  # fmt: skip
def test_who_follows_a_hand_over_in_one_memory_follows_it_in_both(
    one: State, other: State, version: int
) -> None:
    for left, right in ((one, other), (other, one)):
        found = merged(left, right)
        assert found.forms[ID] == replace(
            one.forms[ID], version=version, hash=bytes([version]) * 32
        )
        assert found.signed[ID] == (bytes([version]) * 32,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (having(6, "acme", "clinic"), having(7, "acme")),
        (having(6, "acme", "clinic"), having(7, "acme", "mallory")),
        (having(6, "acme", "clinic"), having(7, "acme", "clinic", until=(6,))),
        (having(6, "acme", "clinic"), having(4, "mallory")),
        (having(9, "acme", "clinic", "acme"), having(10, "acme", "clinic")),
        (having(9, "acme", "clinic", "acme"), having(5, "clinic")),
    ],
    ids=[
        "the giver went beyond it", "two takers", "two versions", "of another first",
        "the second giver went beyond it", "met before the owner had it",
    ],
)  # fmt: skip
def test_two_memories_that_tell_of_other_owners_are_not_merged(one: State, other: State) -> None:
    for left, right in ((one, other), (other, one)):
        with pytest.raises(StateError, match="contradict each other") as caught:
            merged(left, right)
        assert "restore with the newer one alone" in caught.value.hint


def test_another_client_cannot_have_written_it(path: Path) -> None:
    for other in (file_at(path, client_id=OTHER), file_at(path, key=b"\1" * 32)):
        with pytest.raises(StateError, match="belongs to another client"):
            other.load()


def test_a_place_that_cannot_be_written_is_said() -> None:
    with (
        pytest.raises(StateError, match="cannot be kept") as caught,
        file_at(Path("/proc/nothing/state")).change(),
    ):
        pass
    assert "SEALFORM_STATE" in caught.value.hint


def _pin_many(path: str, first: int) -> None:
    for number in range(first, first + 25):
        with file_at(Path(path)).change() as state:
            state.pins[str(number)] = bytes(32)


@pytest.mark.slow
def test_runs_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state"

    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_pin_many, [str(path)] * 4, range(0, 100, 25)))

    assert len(file_at(path).load().pins) == 100


def test_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    way = slots.plain()
    keys = ClientKeys(bytes(32))
    made = credentials.new(id=ID, keys=keys, name="acme", path=path, api_url="", slots=[way.slot])

    assert state_file(made, {}).path == tmp_path / "acme.json.state"
    assert state_file(made, {"SEALFORM_STATE": "/x/y"}).path == Path("/x/y")


def test_its_text_is_canonical_json(path: Path) -> None:
    assert list(json.loads(path.read_bytes())) == ["state", "mac"]


def known(pin: bytes, *line: bytes) -> State:
    return State(pins={OTHER: pin}, lines={OTHER: line})


OLD, NEW = bytes([1]) * 32, bytes([2]) * 32
FIRST, SECOND, FORKED = (bytes([n]) * 32 for n in (3, 4, 5))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_memories_the_one_that_followed_further_has_the_pin(turned: bool) -> None:
    both = [known(OLD, FIRST), known(NEW, FIRST, SECOND)]

    found = merged(*(both[::-1] if turned else both))

    assert found.pins == {OTHER: NEW}
    assert found.lines == {OTHER: (FIRST, SECOND)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (known(OLD, FIRST, SECOND), known(NEW, FIRST, FORKED)),
        (known(OLD, FIRST), known(NEW, FORKED, SECOND)),
        (known(OLD, FIRST), known(NEW, FIRST)),
        (known(OLD), known(NEW)),
    ],
    ids=["a fork", "another first step", "one line and two pins", "no line and two pins"],
)
def test_two_memories_that_contradict_each_other_are_refused(one: State, other: State) -> None:
    with pytest.raises(StateError, match="two fingerprints"):
        merged(one, other)


def test_what_was_ended_is_remembered_by_record_and_by_reader(path: Path) -> None:
    with file_at(path).change() as state:
        memory = state.stream(ID, "contact")
        memory.end(OTHER, ID, 3)
        memory.end(OTHER, ID, 2)

    memory = file_at(path).load().stream(ID, "contact")

    assert memory.has_ended(OTHER, ID, 3)
    assert not memory.has_ended(OTHER, ID, 4)
    assert not memory.has_ended(OTHER, OTHER, 1)
    assert not memory.has_ended(ID, ID, 1)
    memory.revoke(OTHER, 5)
    assert memory.has_ended(OTHER, OTHER, 5)
    memory.share(OTHER, Extent((), 0), 6)
    assert memory.has_ended(OTHER, OTHER, 5)


def test_too_many_ends_are_those_of_all_records_of_one_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.client.state.MOST_ENDED", 5)
    memory = StreamMemory()
    memory.end(ID, "only", 9)
    for number in range(5):
        memory.end(OTHER, f"record {number}", number + 1)

    assert memory.ended == {(ID, "only"): 9, (OTHER, ""): 5}
    assert not memory.has_ended(OTHER, "record 0", 6)


def test_what_groups_have_and_lack_is_remembered(path: Path) -> None:
    with file_at(path).change() as state:
        memory = state.stream(ID, "contact")
        memory.hold("group:a", 2, bytes([1]) * 32)
        memory.hold("group:a", 2, bytes([2]) * 32)
        memory.open_without("group:b", 2)

    memory = file_at(path).load().stream(ID, "contact")

    assert memory.held_by("group:a", 2) == bytes([1]) * 32
    assert memory.held_by("group:a", 3) == bytes([1]) * 32
    assert memory.held_by("group:b", 2) == b""
    assert memory.lacks == {"group:b": {2}}
    memory.revoke("group:a", 2)
    assert memory.held_by("group:a", 2) == b""


def test_of_two_memories_an_epoch_that_they_do_not_agree_on_is_none_of_today() -> None:
    one, other = State(), State()
    one.stream(ID, "contact").hold("group:a", 2, bytes([1]) * 32)
    other.stream(ID, "contact").hold("group:a", 2, bytes([2]) * 32)
    other.stream(ID, "contact").hold("group:a", 1, bytes([2]) * 32)
    one.stream(ID, "contact").open_without("group:b", 2)
    other.stream(ID, "contact").open_without("group:b", 3)

    both = merged(one, other).stream(ID, "contact")

    assert both.holds == {("group:a", 1): bytes([2]) * 32, ("group:a", 2): bytes(32)}
    assert both.lacks == {"group:b": {2, 3}}


def test_of_two_memories_what_either_ended_is_over() -> None:
    one, other = State(), State()
    one.stream(ID, "contact").end(OTHER, "a", 2)
    other.stream(ID, "contact").end(OTHER, "a", 3)
    other.stream(ID, "contact").end(OTHER, "b", 1)

    for both in (merged(one, other), merged(other, one)):
        assert both.stream(ID, "contact").ended == {(OTHER, "a"): 3, (OTHER, "b"): 1}
