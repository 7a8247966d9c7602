"""The worst case: a server that keeps all that it ever stored, and gives everybody all of it.

A ``Tape`` has each grant, roster and record that a database ever had, also those of a moment. A
``Hoard`` tries on it every key that a party can come by: those of its own seed, what grants to it
hold, the epochs and inboxes that these open, what comes before such an epoch, and so on.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from apps.envelope.encoding import FORM, GROUP, ctx, load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.fields import open_field, open_value
from apps.envelope.grants import INBOX, TYPE, Grant, read_grant
from apps.envelope.keys import column_key
from apps.envelope.primitives import KemKey, expand, unseal
from apps.envelope.records import Record, read_record
from apps.envelope.rosters import Link, parse_roster

TABLES = {"grant": "vault_grant", "roster": "directory_group", "record": "vault_record"}
TRIGGER = """
CREATE TRIGGER tape_{what}_{number} AFTER {when} ON {table} WHEN length(NEW.body) > 0
BEGIN INSERT INTO tape (what, body) VALUES ('{what}', NEW.body); END
"""


class Tape:
    """Everything of interest that is stored in an SQLite database from now on, in its order."""

    def __init__(self, file: Path) -> None:
        self._file, self._last, self._seen = file, 0, set[bytes]()
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE tape (number INTEGER PRIMARY KEY, what TEXT, body BLOB)")
            for what, table in TABLES.items():
                for number, when in enumerate(("INSERT", "UPDATE OF body")):
                    database.execute(
                        TRIGGER.format(what=what, number=number, when=when, table=table)
                    )
            database.commit()

    def new(self) -> list[tuple[str, bytes]]:
        """What was stored since this was asked last, each thing once."""
        with closing(sqlite3.connect(self._file, timeout=60)) as database:
            rows = database.execute(
                "SELECT number, what, body FROM tape WHERE number > ? ORDER BY number",
                (self._last,),
            ).fetchall()
        found = []
        for self._last, what, body in rows:
            if body not in self._seen:
                self._seen.add(body)
                found.append((what, body))
        return found

    def is_whole(self) -> bool:
        """Whether the database says of itself that nothing in it is damaged."""
        with closing(sqlite3.connect(self._file, timeout=60)) as database:
            [[said]] = database.execute("PRAGMA quick_check").fetchall()
            return said == "ok" and not database.execute("PRAGMA foreign_key_check").fetchall()


class Key(NamedTuple):
    """A member of a key map: an access key is of the name ``*``, a seed of ``@``."""

    name: str
    octets: bytes


@dataclass(eq=False)
class Version:
    """A revision of a record, as it was stored; ``at`` counts all of these from 0.

    ``may`` has each (party, field) of which the party had a right to the field, at any time.
    """

    at: int
    record: Record
    may: set[tuple[str, str]] = field(default_factory=set)

    @property
    def source(self) -> str:
        """Its type, which says who the writer is."""
        return self.record.type


class _Holder:
    """What one KEM key opens; a client's own tries what is for the client and for groups."""

    def __init__(self, kem: KemKey, *, client: str = "", seed: bytes = b"") -> None:
        self._kem, self._client, self._seed = kem, client, seed
        self._grants = self._links = self._versions = 0
        self.found = set[Key]()

    def look(
        self, grants: list[Grant], links: list[tuple[str, Link]], versions: list[Version]
    ) -> None:
        for grant in grants[self._grants :]:
            if grant.reader.startswith(GROUP) or grant.reader == self._client:
                for name, key in _tried(self._kem, grant.keys, grant.info).items():
                    self.found.add(Key(name, unb64(key)))
        for group, link in links[self._links :] if self._seed else ():
            aad = ctx("past", group, link.epoch, link.before)
            try:
                former = unseal(expand(self._seed, "past"), link.sealed, aad)
            except EnvelopeError:
                continue
            self.found.add(Key(INBOX, former))
        for version in versions[self._versions :] if self._seed else ():
            if version.record.from_form:
                self._try_inbox(version.record)
        self._grants, self._links, self._versions = len(grants), len(links), len(versions)

    def _try_inbox(self, record: Record) -> None:
        form = record.writer.removeprefix(FORM)
        info = ctx("inbox", form, record.id, record.type, record.akid, record.manifest)
        try:
            self.found.add(Key(TYPE, self._kem.open(record.ak, info)))
        except EnvelopeError:
            return


def _tried(kem: KemKey, sealed: bytes, info: bytes) -> dict[str, str]:
    try:
        found: dict[str, str] = load_json(kem.open(sealed, info))
    except EnvelopeError:
        return {}
    return found


class _Tried:
    """What one key that is no seed opens of all versions: (number of the version, field)."""

    def __init__(self, key: Key) -> None:
        self._key, self._done = key, 0
        self.opened = set[tuple[int, str]]()

    def look(self, versions: list[Version]) -> None:
        for version in versions[self._done :]:
            self.opened |= {(version.at, name) for name in opened(self._key, version.record)}
        self._done = len(versions)


def opened(key: Key, record: Record) -> list[str]:
    """The fields that a key opens, whatever it was granted for, past every check of a client."""
    return [name for name in record.fields if _opens(key, record, name)]


def _opens(key: Key, record: Record, name: str) -> bool:
    place, sealed = record.place, record.fields[name]
    if key.name not in (TYPE, name):
        return False
    column = column_key(key.octets, name) if key.name == TYPE else key.octets
    try:
        open_field(column, place, name, sealed)
    except EnvelopeError:
        pass
    else:
        return True
    if key.name == TYPE:
        return False
    try:
        open_value(key.octets, place, name, sealed)
    except EnvelopeError:
        return False
    return True


class Hoard:
    """What is on the tape, and what each party, by its name, opens of it."""

    def __init__(self, tape: Tape, parties: Mapping[str, tuple[str, KemKey]]) -> None:
        """``parties`` has the id and the key of each."""
        self._tape = tape
        self.versions: list[Version] = []
        self._grants: list[Grant] = []
        self._links: list[tuple[str, Link]] = []
        self._own = {name: _Holder(kem, client=id) for name, (id, kem) in parties.items()}
        self._seeds: dict[bytes, _Holder] = {}
        self._tried: dict[Key, _Tried] = {}

    def take(self) -> list[Version]:
        """Take along what was stored since, and return the records in it."""
        before = len(self.versions)
        for what, body in self._tape.new():
            if what == "record":
                self.versions.append(Version(len(self.versions), read_record(body)))
            elif what == "grant":
                self._grants.append(read_grant(body))
            else:
                roster = parse_roster(load_json(body))
                known = set(self._links)
                links = [(roster.group, link) for link in roster.links]
                self._links += [link for link in links if link not in known]
        return self.versions[before:]

    def keys(self, party: str) -> set[Key]:
        """All keys that a party can come by, its own seed apart."""
        found, holders, done = set[Key](), [self._own[party]], set[bytes]()
        while holders:
            holder = holders.pop()
            holder.look(self._grants, self._links, self.versions)
            found |= holder.found
            new = {key.octets for key in holder.found if key.name == INBOX} - done
            done |= new
            holders += [self._holder(seed) for seed in new]
        return found

    def _holder(self, seed: bytes) -> _Holder:
        if seed not in self._seeds:
            self._seeds[seed] = _Holder(KemKey(seed), seed=seed)
        return self._seeds[seed]

    def opens(self, keys: Iterable[Key]) -> set[tuple[int, str]]:
        """The versions and fields that any of these keys opens."""
        found = set[tuple[int, str]]()
        for key in keys:
            if key.name != INBOX:
                tried = self._tried.setdefault(key, _Tried(key))
                tried.look(self.versions)
                found |= tried.opened
        return found

    def too_much(self, party: str) -> set[tuple[str, int, str]]:
        """The id, revision and field of what a party opens and never had a right to."""
        return {
            (version.record.id, version.record.rev, name)
            for at, name in self.opens(self.keys(party))
            if (party, name) not in (version := self.versions[at]).may
        }

    def refused(self, party: str) -> int:
        """How many pairs of a key and a version were tried that the party had no right to."""
        closed = sum(all(one != party for one, _ in each.may) for each in self.versions)
        return closed * sum(key.name != INBOX for key in self.keys(party))
