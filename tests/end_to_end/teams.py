"""A world of teams: who has what in it, how a command is run and killed there, and what must hold.

Beside the product it keeps who may read what: the most (``upper``: what was begun to be given
counts, what was begun to be taken counts still) and the least (``lower``). Every key that a party
can have come by is tried on all that was ever stored, and each party reads by its own client what
it should.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import httpx

from apps.client.client import Client
from apps.client.errors import ClientError
from apps.envelope.manifests import in_force, parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from tests.client.protection import opened
from tests.end_to_end.canaries import Canary
from tests.end_to_end.hoards import Hoard, Tape, Version
from tests.end_to_end.machines import SEALFORM, Machine
from tests.end_to_end.rights import Rights, Team
from tests.end_to_end.servers import Server
from tests.tools.processes import ROOT

MOST_RUNS = 8
NOTE, ACCOUNT = "note", "account"
DONE, AWAY, PENDING = 0, 5, 6
"""Exit codes."""

Change = Callable[[Rights], None]


def nothing(rights: Rights) -> None:
    """Neither give nor take."""


@dataclass
class Act:
    """A command, what it gives and takes, and the codes that it ends well with."""

    kind: str
    by: Machine
    words: tuple[str, ...]
    give: Change = nothing
    take: Change = nothing
    codes: tuple[int, ...] = (DONE,)
    team: str = ""
    """The group whose roster its owner signs by it."""
    stays: tuple[str, ...] = ()
    """Who is in that group after it, whether they left it before or not."""


@dataclass
class World:
    """acme writes notes and has a form, clinic and acme have groups, and mallory nothing."""

    server: Server
    machines: dict[str, Machine]
    form: str
    hoard: Hoard
    tape: Tape
    chance: random.Random
    upper: Rights = field(default_factory=lambda: Rights("acme", most=True))
    lower: Rights = field(default_factory=lambda: Rights("acme", most=False))
    clock: int = 0
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored_at: dict[int, int] = field(default_factory=dict)
    """When each version was first seen, by its number."""
    living: dict[str, Version] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    takes: dict[str, float] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)

    # --- What is there --------------------------------------------------------------------

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def client(self, name: str) -> Client:
        """One of today, with nothing in mind but its files."""
        return Client.from_file(self.machines[name].credentials)

    def take_along(self, rights: Rights) -> None:
        """Note what was stored since, which these may read, and who came to have more."""
        for version in self.hoard.take():
            self.stored_at[version.at] = self.tick()
            version.may |= rights.of(version, self.stored_at[version.at])
            before = self.living.get(version.record.id)
            if before is None or before.record.rev < version.record.rev:
                self.living[version.record.id] = version

    def widen(self) -> None:
        """Let those who have a right now have all that it gives: also what is written over."""
        for version in self.hoard.versions:
            last = self.living[version.record.id] is version
            version.may |= self.upper.of(version, self.stored_at[version.at], last=last)
            for team in self.upper.teams.values():
                names = team.keep(version)
                version.may |= {
                    (name, column) for name in names for column in version.record.fields
                }

    def write(self) -> None:
        """acme writes, and changes a note; a visitor fills the form. All of it is acknowledged."""
        with self.client("acme") as acme:
            data = [{"name": f"note {secrets.token_hex(4)}", "zip": "1"}]
            for id, one in zip(acme.write_many(NOTE, data), data, strict=True):
                self.values[id] = one
            notes = self.notes()
            if notes and self.chance.random() < 0.3:
                id = self.chance.choice(notes)
                self.values[id] = {**self.values[id], "name": f"changed {secrets.token_hex(4)}"}
                acme.update(id, self.values[id])
        if self.chance.random() < 0.3:
            self.submit()
        self.take_along(self.upper)

    def submit(self) -> None:
        address, answers = f"{self.server.url}/api/v1/forms/{self.form}", Canary.new().answers
        wire = httpx.get(f"{address}/manifest").raise_for_status().json()
        manifest = in_force(parse_manifest(wire["manifest"].encode()), int(time.time()))
        records, _ = seal_submission(manifest, answers)
        headers = {"Content-Type": "application/json"}
        body = dump_submission(records)
        answer = httpx.post(f"{address}/submissions", content=body, headers=headers)
        assert answer.status_code == 201, answer.text
        self.values[records[0].id] = dict(answers)

    def notes(self) -> list[str]:
        return [id for id, one in self.living.items() if one.source == NOTE]

    # --- What is done ---------------------------------------------------------------------

    def do(self, act: Act, *, kills: int = 0) -> int:
        """Run a command until it ends well, with so many kills at most; returns how many."""
        self.acts[act.kind] += 1
        act.give(self.upper)
        act.take(self.lower)
        self.widen()
        after = deepcopy(self.upper)
        act.take(after)
        killed = 0
        for run in range(MOST_RUNS):
            self.runs[act.kind] += 1
            victim = self.chance.choice(("command", "server")) if killed < kills else ""
            code, said, fell = self.run(act, victim)
            self.story.append(f"{act.by.name}: {' '.join(act.words)}: {victim or 'whole'} {code}")
            killed += fell
            self.take_along(after)
            self.widen()
            if code in act.codes:
                break
            if not fell:
                raise AssertionError(f"run {run + 1} of {act.words} ended with {code}: {said}")
            assert code in (-signal.SIGKILL, AWAY), f"{act.words} ended with {code}: {said}"
            self.nobody_has_too_much()
            if self.chance.random() < 0.3:
                self.write()
        else:
            raise AssertionError(f"{act.words} did not end in {MOST_RUNS} runs: {said}")
        self.settle(act)
        return killed

    def settle(self, act: Act) -> None:
        act.take(self.upper)
        act.give(self.lower)
        if act.team:
            for rights in (self.upper, self.lower):
                team = rights.teams[act.team]
                for name in team.left - {*act.stays}:
                    team.members.pop(name, None)
                team.left = set()

    def run(self, act: Act, victim: str) -> tuple[int, str, bool]:
        """Run a command once; returns its code, what it said, and whether it was killed under."""
        words, begun = self.server.log.stat().st_size, time.monotonic()
        takes = self.takes.get(act.kind, 1.0)
        said = self.server.folder / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *SEALFORM, *act.words],
                cwd=act.by.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(act.by.folder),
                    "PYTHONPATH": str(ROOT),
                    "SEALFORM_CREDENTIALS": str(act.by.credentials),
                },
                stdout=output,
                stderr=output,
            )
        if victim and self.chance.random() < 0.7:  # else it may be before anything is asked for
            while process.poll() is None and self.server.log.stat().st_size == words:
                time.sleep(0.002)
            time.sleep(self.chance.uniform(0, 0.6) * takes)
        elif victim:
            time.sleep(self.chance.uniform(0.3, 1) * takes)
        fell = bool(victim) and process.poll() is None
        if fell:
            self.seen[f"{act.kind}: {victim}"] += 1
            if victim == "server":
                self.server.kill()
                time.sleep(self.chance.uniform(0, 0.3))
                self.server.start()
            else:
                process.kill()
        code = process.wait(120)
        if not fell:
            self.takes[act.kind] = time.monotonic() - begun
        return code, said.read_text(), fell

    # --- What is to hold ------------------------------------------------------------------

    def nobody_has_too_much(self) -> None:
        for name in self.machines:
            assert self.hoard.too_much(name) == set(), f"{name} opens what it should not"

    def check(self, *parties: str) -> None:
        """Nobody can read too much, these read all that they should, and no file is damaged."""
        self.nobody_has_too_much()
        for name in parties:
            self.reads_well(name)
        for team, one in self.upper.teams.items():
            with self.client(one.owner) as owner:
                known = {machine.id: name for name, machine in self.machines.items()}
                roster = owner.groups.show(team).roster
            assert {known[member.id] for member in roster.members} == one.members.keys()
        for machine in self.machines.values():
            assert opened(machine.credentials).client_id == machine.id
        assert self.tape.is_whole()

    def reads_well(self, party: str) -> None:
        found: dict[str, dict[str, Any]] = {}
        problems: list[ClientError] = []
        with self.client(party) as client:
            for type in (NOTE, ACCOUNT):
                for one in client.query(
                    type,
                    writer=self.machines["acme"].id,
                    allow_empty=True,
                    on_problem=problems.append,
                ):
                    assert one.rev == self.living[one.id].record.rev
                    found.setdefault(one.id, {}).update(one.data)
        lacking, wrong, more = [], [], []
        for id, version in self.living.items():
            at = self.stored_at[version.at]
            least = {name for who, name in self.lower.of(version, at) if who == party}
            got = found.get(id, {})
            lacking += [(id, name) for name in least - got.keys()]
            wrong += [(id, name) for name in got if got[name] != self.values[id].get(name)]
            more += [(id, name) for name in got if (party, name) not in version.may]
        assert (lacking, wrong, more) == ([], [], []), f"{party}: {problems}"
        if not any(party in each.members for each in self.upper.teams.values()):
            assert problems == []
        assert found.keys() <= self.living.keys()

    def least(self, party: str) -> list[tuple[tuple[str, str], ...]]:
        """The values in the notes that a party should read, those that it has a right to."""
        found = []
        for id, version in self.living.items():
            rights = self.lower.of(version, self.stored_at[version.at])
            fields = sorted(name for who, name in rights if who == party)
            if fields and version.source == NOTE:
                found.append(tuple((name, self.values[id][name]) for name in fields))
        return found

    # --- What may come next ---------------------------------------------------------------

    def pick(self, options: Iterable[Any]) -> Any:
        """One of these, or None of none."""
        options = list(options)
        return self.chance.choice(options) if options else None

    def recent(self) -> list[tuple[str, Team]]:
        """The groups in use: the first two, and the last three."""
        all = list(self.upper.teams.items())
        return list(dict(all[:2] + all[-3:]).items())
