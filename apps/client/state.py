"""What a client remembers between runs, in a small file that only it can have written.

Pins came from outside the server; generations and manifest versions must never
go back (docs/protocol.md §7, §8, §11). The file is canonical JSON,
``{"state": {...}, "mac": ...}``, with ``mac`` = HMAC(state key, ctx("state",
client id, state)). Where it is missing nothing is remembered, and nothing is signed.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..envelope.encoding import b64, ctx, dump_json, load_json, members, unb64
from ..envelope.errors import EnvelopeError
from ..envelope.primitives import mac, same
from ..envelope.rosters import Known
from ..envelope.successions import Past, Succession, parse_past, parse_succession
from . import files
from .credentials import Credentials
from .days import has_passed
from .errors import StateError

MOST_SIGNED = 4
MOST_ENDED = 1000
"""Ends of single records that are remembered of one stream, one by one."""
PARTS = (
    *("groups", "pins", "streams", "forms", "signed", "lines", "rotating"),
    *("serial", "unconfirmed"),
)


class Extent(NamedTuple):
    """How far a share goes: its columns, none for all, and its last second, 0 for no end."""

    columns: tuple[str, ...]
    not_after: int


@dataclass
class StreamMemory:
    """The highest generation of an own stream; ``closed`` the highest one that was closed.

    ``columns`` are the names of all fields that this client has written there; ``readers`` those
    it shares the stream with, by id: which columns (none for all) and until when (0 for no end).
    ``decided`` is the generation at which each of the revoked and of the readers became so.
    ``renew`` are those of them whose keys were succeeded since the last generation was opened.
    ``spent`` is the highest generation that an earlier card of this client opened, or who had the
    form before: others may have its key, so nothing more is written under it.
    ``ended`` has the last generation whose grants of a single record are over, by reader and record
    ("" for all records): none of them is made anew.
    ``holds`` has the fingerprint (32 bytes) of the epoch that a generation was granted to first, by
    group and generation, for the last ones; ``lacks`` the generations that this client opened
    without a group of its readers. So no server decides by what it lists.
    """

    gen: int = 0
    akid: bytes = b""
    closed: int = 0
    revoked: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    readers: dict[str, Extent] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    renew: set[str] = field(default_factory=set)
    spent: int = 0
    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    holds: dict[tuple[str, int], bytes] = field(default_factory=dict)
    lacks: dict[str, set[int]] = field(default_factory=dict)

    def share(self, reader: str, extent: Extent, gen: int) -> None:
        """Take note that a reader has the stream from this generation on, or some before it."""
        self.revoked.discard(reader)
        self.readers[reader] = extent
        self.decided[reader] = max(gen, self.decided.get(reader, 0))

    def revoke(self, reader: str, gen: int) -> None:
        """Take note that a reader gets nothing that comes after this generation."""
        self._forget(reader)
        self.revoked.add(reader)
        self.decided[reader] = max(gen, self.decided.get(reader, 0))
        self.end(reader, "", gen)

    def lapse(self, now: int) -> None:
        """Forget readers whose time has passed: a generation was opened without them."""
        over = [id for id, extent in self.readers.items() if has_passed(extent.not_after, now)]
        for reader in over:
            self._forget(reader)
            self.decided.pop(reader, None)
        self.renew.clear()
        self.holds = {key: epoch for key, epoch in self.holds.items() if key[1] >= self.gen}

    def _forget(self, reader: str) -> None:
        self.readers.pop(reader, None)
        self.lacks.pop(reader, None)
        self.holds = {key: epoch for key, epoch in self.holds.items() if key[0] != reader}

    def hold(self, reader: str, gen: int, epoch: bytes) -> None:
        """Take note, before it is sent, that a generation is granted to this epoch of a group.

        Who had it by an earlier epoch has it still.
        """
        self.holds.setdefault((reader, gen), epoch)

    def open_without(self, reader: str, gen: int) -> None:
        """Take note that a group of the readers is not granted the generation that is opened."""
        self.lacks.setdefault(reader, set()).add(gen)

    def held_by(self, reader: str, last: int) -> bytes:
        """Return the epoch of a group that has the last generation, b"" if it is not remembered.

        Of one that another machine opened that of the one before.
        """
        if last in self.lacks.get(reader, ()) and (reader, last) not in self.holds:
            return b""
        found = [gen for id, gen in self.holds if id == reader and gen <= last]
        return self.holds[reader, max(found)] if found else b""

    def end(self, reader: str, record: str, gen: int) -> None:
        """Take note that no grant of a record up to this generation is made anew for a reader.

        A record of "" is all of them. Of more than MOST_ENDED the reader with the most of them has
        all of its records ended: it is granted too little anew rather than too much.
        """
        if gen > self.ended.get((reader, ""), 0):
            self.ended[reader, record] = max(gen, self.ended.get((reader, record), 0))
        self._tidy(reader)
        single = Counter(of for of, record in self.ended if record)
        if single.total() > MOST_ENDED:
            [(most, _)] = single.most_common(1)
            self.ended[most, ""] = max(gen for (of, _), gen in self.ended.items() if of == most)
            self._tidy(most)

    def _tidy(self, reader: str) -> None:
        """Forget what is said of all records anyway."""
        all_up_to = self.ended.get((reader, ""), 0)
        for key, gen in list(self.ended.items()):
            if key[0] == reader and key[1] and gen <= all_up_to:
                del self.ended[key]

    def has_ended(self, reader: str, record: str, gen: int) -> bool:
        """Whether a grant of one record, of this generation, is over for a reader."""
        return gen <= max(self.ended.get((reader, one), 0) for one in ("", record))


class FormerOwner(NamedTuple):
    """Who had a form, and the last version of its manifest that is this client's."""

    id: str
    version: int


@dataclass(frozen=True)
class FormMemory:
    """Who owns a form, and the version and hash (32 bytes) of its latest known manifest.

    ``former`` are the owners before, the first one first: a person agreed to each hand-over.
    """

    owner: str
    version: int
    hash: bytes
    former: tuple[FormerOwner, ...] = ()

    def owner_of(self, version: int) -> str:
        """Return whose signature this version of the manifest has to have."""
        for one in self.former:
            if version <= one.version:
                return one.id
        return self.owner


@dataclass
class GroupMemory:
    """The latest roster of a group that was verified.

    ``removed`` are clients that its owner, this client, decided to take out, each with the version
    of the roster up to which its membership is over: whatever becomes of the request, whoever was
    in then does not come back by an older roster.
    """

    known: Known
    removed: dict[str, int] = field(default_factory=dict)


class Rotating(NamedTuple):
    """A rotation of own keys that is not done yet: the signed step, and its past (§4)."""

    succession: Succession
    past: Past


@dataclass
class State:
    """Pins (client id to fingerprint, 32 bytes), own streams, forms, and groups.

    ``names`` are those on the verified cards of pinned clients, ``since`` when each was pinned
    (seconds since 1970), ``signed`` the hashes (32 bytes) of
    the manifests that this client signed last for each of its forms: the one that the server
    has acknowledged, and what was sent since; ``lines`` the digests (32
    bytes) of the successions of each client that were followed, from its first card on;
    ``groups`` by their ids those that this client shares with or owns; ``rotating`` is a rotation
    of this client's own keys that was begun. ``serial`` is the highest that its key file had,
    0 where nothing was ever kept; ``unconfirmed`` says that the file came from a copy and nobody
    has agreed so far that it is the newest.
    """

    pins: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    streams: dict[tuple[str, str], StreamMemory] = field(default_factory=dict)
    forms: dict[str, FormMemory] = field(default_factory=dict)
    signed: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    lines: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    groups: dict[str, GroupMemory] = field(default_factory=dict)
    rotating: Rotating | None = None
    serial: int = 0
    unconfirmed: bool = False

    @property
    def vouches(self) -> bool:
        """Whether the key file that was met is the newest, as far as is known here."""
        return self.serial > 0 and not self.unconfirmed

    def met(self, serial: int) -> None:
        """Take note of the serial of the key file; an older one than before is a copy.

        Who remembers nothing learns nothing by it: whether a file is the newest, a person says.
        """
        if not self.serial:
            return
        self.unconfirmed |= serial < self.serial
        self.serial = max(self.serial, serial)

    def stream(self, writer: str, type: str) -> StreamMemory:
        """Return what is known of an own stream, to be changed in place."""
        return self.streams.setdefault((writer, type), StreamMemory())

    def sign(self, form: str, hash: bytes) -> None:
        """Take note of a manifest before it is sent: whether it comes to be in force is not known.

        Of more than MOST_SIGNED the older ones are forgotten, and a person is asked again.
        """
        before = [one for one in self.signed.get(form, ()) if one != hash]
        self.signed[form] = (*before[1 - MOST_SIGNED :], hash)

    def spend(self, writer: str, type: str, gen: int) -> None:
        """Take note that others may have the keys of a stream up to this generation."""
        memory = self.stream(writer, type)
        memory.spent = max(memory.spent, gen)


class StateFile:
    """The file of one client; every change is a read-modify-write under a lock."""

    def __init__(self, path: Path, *, client_id: str, key: bytes) -> None:
        self.path = path
        self._client_id = client_id
        self._key = key
        self._turn = threading.RLock()
        self._turns = 0

    def load(self) -> State:
        """Return the state; raises StateError if the file is not as this client wrote it."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return State()
        except OSError as error:
            raise StateError(f"{self.path} cannot be read: {error.strerror}") from error
        try:
            wire = members(load_json(raw), ("state", "mac"), "the state file")
            self._check_mac(wire)
        except EnvelopeError as error:
            raise StateError(f"{self.path} is damaged: {error}", hint=RESTORE) from error
        try:
            return _from_wire(wire["state"])
        except (EnvelopeError, LookupError, TypeError, ValueError, AttributeError) as error:
            problem = f"{self.path} was written by another version of this program"
            raise StateError(problem, hint=f"use that version; or {RESTORE}") from error

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold off other runs of this client on this machine that ask for a turn, too.

        Reading and changing the state is not held off. A turn may be taken inside a turn.
        """
        with self._turn, ExitStack() as stack:
            if not self._turns:
                with self._keeping():
                    stack.enter_context(files.locked(self.path.with_name(f"{self.path.name}.turn")))
            self._turns += 1
            try:
                yield
            finally:
                self._turns -= 1

    @contextmanager
    def change(self) -> Iterator[State]:
        """Yield the state as it is now, and keep what the block made of it."""
        with self._keeping(), files.locked(self.path):
            state = self.load()
            before = _to_wire(state)
            yield state
            if (after := _to_wire(state)) != before:
                files.write_private(self.path, self._sealed(after))

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Make the folder of the file; raises StateError for what cannot be kept there."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise StateError(
                f"{self.path} cannot be kept: {error.strerror}",
                hint="name a writable place in SEALFORM_STATE",
            ) from error

    def _sealed(self, wire: dict[str, Any]) -> bytes:
        return dump_json({"state": wire, "mac": b64(self._mac(wire))})

    def _mac(self, wire: dict[str, Any]) -> bytes:
        return mac(self._key, ctx("state", self._client_id, dump_json(wire)))

    def _check_mac(self, wire: dict[str, Any]) -> None:
        if not same(unb64(wire["mac"], 32), self._mac(wire["state"])):
            raise StateError(f"{self.path} was altered, or belongs to another client", hint=RESTORE)


class Unkept(StateFile):
    """What a client remembers, for a run that only looks: what it learns, no file ever has."""

    def __init__(self, kept: StateFile) -> None:
        super().__init__(kept.path, client_id=kept._client_id, key=kept._key)
        self._state = kept.load()

    def load(self) -> State:
        """Return a copy of what is known so far."""
        return _from_wire(_to_wire(self._state))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold off nobody."""
        yield

    @contextmanager
    def change(self) -> Iterator[State]:
        """Yield what is known so far, to be changed in this process."""
        yield self._state


RESTORE = (
    "restore it from a backup; or move it away and start without memory, with `keys confirm`: "
    "fingerprints have to be given again, and an older state of the server would not be noticed"
)


def beside(path: Path) -> Path:
    """Return where the state file of a key file stands, if nothing else is said."""
    file = files.real(path)
    return file.with_name(f"{file.name}.state")


def state_path(path: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Return where the state file of a key file is; see ``state_file``."""
    values = os.environ if environ is None else environ
    return Path(values.get("SEALFORM_STATE") or beside(path))


def state_file(credentials: Credentials, environ: Mapping[str, str] | None = None) -> StateFile:
    """Return the state file that belongs to these credentials.

    $SEALFORM_STATE names it, where the key file is in a folder that cannot be written, such as
    that of a container's secrets; else it stands beside the key file itself, wherever symbolic
    links to that stand, with ``.state`` behind its name.
    """
    path = state_path(credentials.path, environ)
    return StateFile(path, client_id=credentials.client_id, key=credentials.keys.state)


def merged(one: State, other: State) -> State:
    """Return what two memories of one client know together: the higher generation or version wins.

    So a reader who was revoked, and one who was given access again, is what the later generation
    says, and revoked where both were in one. Raises StateError for two pins of one client, and for
    two keys or manifests under one number.
    """
    lines = {id: _merged_line(one, other, id) for id in one.lines.keys() | other.lines.keys()}
    pins = one.pins | other.pins
    for id in one.pins.keys() & other.pins.keys():
        if one.pins[id] != other.pins[id]:
            further = [each for each in (one, other) if each.lines.get(id) == lines.get(id)]
            if len(further) != 1:
                raise _two_fingerprints(id)
            pins[id] = further[0].pins[id]  # the other has not followed it so far
    both = State(
        pins=pins,
        lines=lines,
        rotating=one.rotating or other.rotating,
        names=one.names | other.names,
        since=other.since | one.since,
        serial=max(one.serial, other.serial),
        unconfirmed=one.unconfirmed or other.unconfirmed,
    )
    for key in sorted(one.streams.keys() | other.streams.keys()):
        both.streams[key] = _merged_stream(
            one.streams.get(key, StreamMemory()), other.streams.get(key, StreamMemory())
        )
    for id in sorted(one.forms.keys() | other.forms.keys()):
        knows = [each for each in (one, other) if id in each.forms]
        if len({(each.forms[id].version, each.forms[id].hash) for each in knows}) != len(
            {each.forms[id].version for each in knows}
        ):
            raise _contradict(f"version {knows[0].forms[id].version} of form {id}")
        newer = max(knows, key=lambda each: each.forms[id].version)
        both.forms[id] = _merged_form(id, newer.forms[id], *(each.forms[id] for each in knows))
        if id in newer.signed:
            both.signed[id] = newer.signed[id]
    for id in sorted(one.groups.keys() | other.groups.keys()):
        known = [each.groups[id] for each in (one, other) if id in each.groups]
        both.groups[id] = _merged_group(id, known[0], known[-1])
    return both


def _merged_group(id: str, one: GroupMemory, other: GroupMemory) -> GroupMemory:
    """Return the latest roster that was seen, and whoever was taken out in either memory."""
    newer, older = sorted((one, other), key=lambda each: each.known.version, reverse=True)
    whose = {(each.known.owner, each.known.name) for each in (one, other)}
    same_version = newer.known.version == older.known.version
    if len(whose) > 1 or (same_version and newer.known != older.known):
        raise _contradict(f"whose group {id} is, or version {newer.known.version} of its roster")
    removed = dict(one.removed)
    for member, version in other.removed.items():
        removed[member] = max(version, removed.get(member, 0))
    return GroupMemory(newer.known, removed)


def _merged_form(id: str, newer: FormMemory, *both: FormMemory) -> FormMemory:
    """Return the latest manifest that was seen, of an owner that was followed as far as in any."""
    short, long = sorted((both[0], both[-1]), key=lambda each: len(each.former))
    if not any(_is_part(short, long, at) for at in range(len(long.former) + 1)):
        raise _contradict(f"who has form {id}, or had it up to which version")
    return FormMemory(long.owner, newer.version, newer.hash, long.former)


def _is_part(short: FormMemory, long: FormMemory, at: int) -> bool:
    """Whether a memory tells the same as another does from this owner of the form on.

    It may have met the form only then, and may not have followed as far. Its latest version is one
    that its last owner can have signed, or one before.
    """
    end = at + len(short.former)
    ways = [*long.former, FormerOwner(long.owner, short.version)]
    if end > len(long.former) or tuple(ways[at:end]) != short.former:
        return False
    first = ways[at - 1].version + 1 if at and not short.former else 0
    return short.owner == ways[end].id and first <= short.version <= ways[end].version


def _merged_line(one: State, other: State, id: str) -> tuple[bytes, ...]:
    """Return the longer one of what two memories followed of a client's cards."""
    short, long = sorted((one.lines.get(id, ()), other.lines.get(id, ())), key=len)
    if long[: len(short)] != short:
        raise _two_fingerprints(id)
    return long


def _two_fingerprints(id: str) -> StateError:
    return StateError(
        f"two memories of this client know {id} by two fingerprints",
        hint="ask that party which one is right, and restore with that memory alone",
    )


def _merged_stream(one: StreamMemory, other: StreamMemory) -> StreamMemory:
    newer = max(one, other, key=lambda each: each.gen)
    if one.gen == other.gen and one.akid != other.akid:
        raise _contradict(f"generation {one.gen} of one of its streams")
    both = StreamMemory(
        gen=newer.gen,
        akid=newer.akid,
        closed=max(one.closed, other.closed),
        columns=one.columns | other.columns,
        renew=one.renew | other.renew,
        spent=max(one.spent, other.spent),
    )
    for key in one.holds.keys() | other.holds.keys():
        epochs = {each.holds[key] for each in (one, other) if key in each.holds}
        both.holds[key] = epochs.pop() if len(epochs) == 1 else bytes(32)  # none of today
    for reader in sorted(one.lacks.keys() | other.lacks.keys()):
        both.lacks[reader] = one.lacks.get(reader, set()) | other.lacks.get(reader, set())
    for (reader, record), gen in sorted((one.ended | other.ended).items()):
        both.end(reader, record, max(gen, one.ended.get((reader, record), 0)))
    for id in one.readers.keys() | one.revoked | other.readers.keys() | other.revoked:
        knows = [each for each in (one, other) if id in each.readers or id in each.revoked]
        gen = max(each.decided.get(id, 0) for each in knows)
        last = [each for each in knows if each.decided.get(id, 0) == gen]
        if any(id in each.revoked for each in last):
            both.revoke(id, gen)
        else:
            both.share(id, _narrower(*(each.readers[id] for each in last)), gen)
    return both


def _narrower(one: Extent, other: Extent = Extent((), 0)) -> Extent:  # noqa: B008 - a constant
    """Return what two memories agree on of one share; raises StateError for nothing."""
    columns = one.columns or other.columns
    if one.columns and other.columns:
        columns = tuple(name for name in one.columns if name in other.columns)
        if not columns:
            raise _contradict("which columns a reader has")
    ends = [each.not_after for each in (one, other) if each.not_after]
    return Extent(columns, min(ends, default=0))


def _contradict(what: str) -> StateError:
    return StateError(
        f"two memories of this client contradict each other: {what}",
        hint="restore with the newer one alone",
    )


def dump_state(state: State) -> bytes:
    """Return a state as canonical JSON."""
    return dump_json(_to_wire(state))


def parse_state(raw: bytes) -> State:
    """Return what ``dump_state`` wrote; raises StateError for anything else."""
    try:
        return _from_wire(load_json(raw))
    except (EnvelopeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise StateError("the memory was written by another version of this program") from error


def _to_wire(state: State) -> dict[str, Any]:
    return {
        "groups": {id: _group(one) for id, one in sorted(state.groups.items())},
        "pins": {
            id: [b64(state.pins[id]), state.names.get(id, ""), state.since.get(id, 0)]
            for id in sorted(state.pins)
        },
        "streams": [
            [
                writer,
                type,
                one.gen,
                b64(one.akid),
                one.closed,
                sorted(one.revoked),
                sorted(one.columns),
                [[id, [*wide], until] for id, (wide, until) in sorted(one.readers.items())],
                [[id, gen] for id, gen in sorted(one.decided.items())],
                sorted(one.renew),
                one.spent,
                [[*key, gen] for key, gen in sorted(one.ended.items())],
                [[*key, b64(epoch)] for key, epoch in sorted(one.holds.items())],
                [[id, sorted(gens)] for id, gens in sorted(one.lacks.items())],
            ]
            for (writer, type), one in sorted(state.streams.items())
        ],
        "forms": {
            id: [form.owner, form.version, b64(form.hash), [[*one] for one in form.former]]
            for id, form in sorted(state.forms.items())
        },
        "signed": {id: [b64(one) for one in sent] for id, sent in sorted(state.signed.items())},
        "lines": {id: [b64(step) for step in line] for id, line in sorted(state.lines.items())},
        "rotating": state.rotating
        and {
            "succession": state.rotating.succession.to_wire(),
            "past": state.rotating.past.to_wire(),
        },
        "serial": state.serial,
        "unconfirmed": state.unconfirmed,
    }


def _group(one: GroupMemory) -> list[Any]:
    known = one.known
    removed = [[id, version] for id, version in sorted(one.removed.items())]
    hash, fingerprint = b64(known.digest), b64(known.fingerprint)
    return [known.owner, known.name, known.version, hash, known.epoch, fingerprint, removed]


def _from_wire(wire: dict[str, Any]) -> State:
    """Shapes are not checked one by one: only some version of this client can have made the MAC."""
    members(wire, PARTS, "the memory")
    return State(
        pins={id: unb64(fingerprint) for id, (fingerprint, _, _) in wire["pins"].items()},
        names={id: name for id, (_, name, _) in wire["pins"].items() if name},
        since={id: since for id, (_, _, since) in wire["pins"].items() if since},
        streams={
            (writer, type): StreamMemory(
                gen,
                unb64(akid),
                closed,
                set(revoked),
                set(columns),
                {id: Extent(tuple(wide), until) for id, wide, until in readers},
                dict(decided),
                set(renew),
                spent,
                {(reader, record): gen for reader, record, gen in ended},
                {(reader, gen): unb64(epoch) for reader, gen, epoch in holds},
                {reader: set(gens) for reader, gens in lacks},
            )
            for (
                writer,
                type,
                gen,
                akid,
                closed,
                revoked,
                columns,
                readers,
                decided,
                renew,
                spent,
                ended,
                holds,
                lacks,
            ) in wire["streams"]
        },
        forms={
            id: FormMemory(owner, version, unb64(hash), tuple(FormerOwner(*one) for one in former))
            for id, (owner, version, hash, former) in wire["forms"].items()
        },
        signed={id: tuple(map(unb64, sent)) for id, sent in wire["signed"].items()},
        lines={id: tuple(map(unb64, line)) for id, line in wire["lines"].items()},
        groups={
            id: GroupMemory(
                Known(owner, name, version, unb64(hash), epoch, unb64(fingerprint)), dict(removed)
            )
            for id, (owner, name, version, hash, epoch, fingerprint, removed) in wire[
                "groups"
            ].items()
        },
        rotating=_rotating(wire["rotating"]),
        serial=wire["serial"],
        unconfirmed=wire["unconfirmed"],
    )


def _rotating(wire: dict[str, Any] | None) -> Rotating | None:
    if wire is None:
        return None
    return Rotating(parse_succession(wire["succession"]), parse_past(wire["past"]))
