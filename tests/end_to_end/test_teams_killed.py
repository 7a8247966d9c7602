"""Teams, sharing and taking back, the commands and the server under them killed at any moment.

Beside the product the test keeps who may read what: the most (``upper``: what was begun to be given
counts, what was begun to be taken counts still) and the least (``lower``). After each round every
key that a party can have come by is tried on all that was ever stored, and each party reads by its
own client what it should.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.client.client import Client
from apps.client.errors import ClientError
from apps.envelope.encoding import GROUP
from apps.envelope.keys import show_fingerprint
from apps.envelope.manifests import in_force, parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from tests.client.protection import enrol_trusted, opened
from tests.end_to_end.canaries import Canary
from tests.end_to_end.hoards import Hoard, Tape, Version
from tests.end_to_end.machines import SEALFORM, Machine
from tests.end_to_end.rights import Columns, Rights, Team
from tests.end_to_end.servers import Server, serving
from tests.tools.processes import ROOT

# Each ended at each of its steps is in tests/client/*_killed.py, in a hundredth of the time.
pytestmark = [pytest.mark.slow, pytest.mark.nightly]

PARTS = 4
"""Worlds that share the kills, so that several workers do."""
MOST, FEW = 300, 3
"""Kills in all parts of a night, and in each part of a run without --kills."""
MOST_RUNS, KILLS_OF_ONE = 8, 3
NAMES = ("acme", "clinic", "ann", "bea", "cid", "dora", "eve", "rob", "mallory")
OWNERS, MEMBERS = ("acme", "clinic"), ("ann", "bea", "cid", "dora")
DIRECT: dict[str, Columns] = {"dora": (), "ann": (), "eve": ("zip",)}
SINGLE: dict[str, Columns] = {"rob": ("name",), "ann": ("name",)}
NOTE, ACCOUNT = "note", "account"
DONE, PENDING, AWAY = 0, 6, 5

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

    def next_act(self) -> Act:
        """One of the commands that were run least often."""
        kinds = list(ACTS)
        self.chance.shuffle(kinds)
        for kind in sorted(kinds, key=lambda kind: self.acts[kind]):
            if act := ACTS[kind](self):
                return act
        raise AssertionError("there is nothing to do")

    def pick(self, options: Iterator[Any] | list[Any]) -> Any:
        """One of these, or None of none."""
        options = list(options)
        return self.chance.choice(options) if options else None

    def recent(self) -> list[tuple[str, Team]]:
        """The groups in use: the first two, and the last three."""
        all = list(self.upper.teams.items())
        return list(dict(all[:2] + all[-3:]).items())


# --- Commands -------------------------------------------------------------------------------


def create(world: World) -> Act:
    owner = world.pick(list(OWNERS))
    name = f"team {len(world.upper.teams)}"
    return creation(world, owner, name)


def creation(world: World, owner: str, name: str) -> Act:
    def give(rights: Rights) -> None:
        if rights is world.lower:
            with world.client(owner) as client:
                [id] = [line.id for line in client.groups.lines() if line.name == name]
            for each in (world.upper, world.lower):
                each.teams[id] = Team(owner)

    words = ("groups", "create", name)
    return Act("groups create", world.machines[owner], words, give)


def add(world: World) -> Act | None:
    found = world.pick(
        [
            (id, team, name)
            for id, team in world.recent()
            for name in MEMBERS
            if name not in team.members.keys() - team.left
        ]
    )
    if not found:
        return None
    id, _, name = found
    return addition(world, id, name, from_now=world.chance.random() < 0.3)


def addition(world: World, id: str, name: str, *, from_now: bool = False) -> Act:
    def give(rights: Rights) -> None:
        rights.teams[id].members[name] = world.tick() if from_now else 0

    team = world.upper.teams[id]
    words = ("groups", "add", id, world.machines[name].id, *["--from-now"] * from_now)
    codes = (DONE, PENDING)
    by = world.machines[team.owner]
    return Act("groups add", by, words, give, codes=codes, team=id, stays=(name,))


def remove(world: World) -> Act | None:
    found = world.pick([(id, team) for id, team in world.recent() if team.members])
    if not found:
        return None
    id, team = found
    names = world.chance.sample(sorted(team.members), k=min(len(team.members), 1))
    anew = team.owner == "acme" and world.chance.random() < 0.3

    def take(rights: Rights) -> None:
        for name in names:
            rights.teams[id].members.pop(name, None)

    words = ("groups", "remove", id, *[world.machines[name].id for name in names], "--yes")
    words += ("--reencrypt",) if anew else ()
    by = world.machines[team.owner]
    return Act("groups remove", by, words, take=take, codes=(DONE, PENDING), team=id)


def renew(world: World) -> Act | None:
    id, team = world.pick(world.recent())
    words = ("groups", "renew", id)
    by = world.machines[team.owner]
    return Act("groups renew", by, words, codes=(DONE, PENDING), team=id)


def leave(world: World) -> Act | None:
    found = world.pick(
        [(id, name) for id, team in world.recent() for name in team.members.keys() - team.left]
    )
    if not found:
        return None
    id, name = found

    def take(rights: Rights) -> None:
        if rights is world.lower:  # what is written until the owner signs anew it can have still
            rights.teams[id].members.pop(name, None)
        elif rights is world.upper:
            rights.teams[id].left.add(name)

    return Act("groups leave", world.machines[name], ("groups", "leave", id, "--yes"), take=take)


def share(world: World) -> Act | None:
    options = [(NOTE, name) for name in DIRECT] + [(ACCOUNT, "dora"), (ACCOUNT, "ann")]
    options += [(NOTE, id) for id, _ in world.recent()]
    options += [(ACCOUNT, id) for id, team in world.recent() if team.owner == "acme"]
    type, reader = world.pick(options)
    return sharing(world, type, reader)


def sharing(world: World, type: str, reader: str) -> Act:
    is_team = reader in world.upper.teams
    columns = () if is_team or type == ACCOUNT else DIRECT[reader]

    def give(rights: Rights) -> None:
        if not is_team:
            rights.direct.setdefault(type, {})[reader] = columns
        elif rights is world.upper:
            rights.teams[reader].shared[type] = world.tick()
        else:
            rights.teams[reader].shared.setdefault(type, world.tick())

    words: tuple[str, ...] = ("share", type, "--with")
    if is_team:
        owner = world.machines[world.upper.teams[reader].owner]
        words += (GROUP + reader,)
        if owner.name != "acme":
            words += ("--owner", owner.id, "--fingerprint", owner.fingerprint)
    else:
        words += (world.machines[reader].id,)
    words += ("--columns", ",".join(columns)) if columns else ()
    words += ("--form", "signup") if type == ACCOUNT else ("--allow-empty",)
    return Act("share", world.machines["acme"], words, give)


def share_records(world: World) -> Act | None:
    reader, columns = world.pick(list(SINGLE.items()))
    notes = world.notes()
    ids = world.chance.sample(notes, k=min(len(notes), 4))

    def give(rights: Rights) -> None:
        rights.singles |= {(id, reader): columns for id in ids}

    words = ("share", "--record", *ids, "--with", world.machines[reader].id)
    words += ("--fields", ",".join(columns))
    return Act("share --record", world.machines["acme"], words, give) if ids else None


def revoke(world: World, *, anew: bool = False) -> Act | None:
    options = [
        (type, name)
        for type, readers in world.upper.direct.items()
        for name in readers
        if type == NOTE or not anew
    ]
    options += [
        (type, id)
        for id, team in world.recent()
        for type in team.shared
        if type == NOTE or not anew
    ]
    found = world.pick(options)
    if not found:
        return None
    type, reader = found

    def take(rights: Rights) -> None:
        if reader in rights.teams:
            rights.teams[reader].shared.pop(type, None)
        else:
            rights.direct[type].pop(reader, None)
        if type == NOTE:  # single ones that it was granted end, too
            for one in [one for one in rights.singles if one[1] == reader]:
                del rights.singles[one]

    whom = GROUP + reader if reader in world.upper.teams else world.machines[reader].id
    words: tuple[str, ...] = ("revoke", type, "--from", whom, "--yes")
    words += ("--form", "signup") if type == ACCOUNT else ()
    words += ("--reencrypt",) if anew else ()
    kind = "revoke --reencrypt" if anew else "revoke"
    return Act(kind, world.machines["acme"], words, take=take)


def revoke_and_encrypt_anew(world: World) -> Act | None:
    return revoke(world, anew=True)


def revoke_records(world: World) -> Act | None:
    reader = world.pick(list({reader for _, reader in world.upper.singles}))
    if not reader:
        return None
    had = [id for id, name in world.upper.singles if name == reader]
    ids = world.chance.sample(had, k=min(len(had), 3))

    def take(rights: Rights) -> None:
        for id in ids:
            rights.singles.pop((id, reader), None)

    words = ("revoke", "--record", *ids, "--from", world.machines[reader].id, "--yes")
    return Act("revoke --record", world.machines["acme"], words, take=take)


ACTS: dict[str, Callable[[World], Act | None]] = {
    "groups create": create,
    "groups add": add,
    "groups remove": remove,
    "groups renew": renew,
    "groups leave": leave,
    "share": share,
    "share --record": share_records,
    "revoke": revoke,
    "revoke --record": revoke_records,
    "revoke --reencrypt": revoke_and_encrypt_anew,
}


# --- The test -------------------------------------------------------------------------------


def built(server: Server, folder: Path, chance: random.Random) -> World:
    """Enrol everybody; three are in clinic's group, which reads the notes, and some besides."""
    assert server.database.file
    tape = Tape(server.database.file)
    machines = {name: Machine(name, folder / name, server.url) for name in NAMES}
    for machine, token in zip(machines.values(), server.tokens(NAMES), strict=True):
        machine.folder.mkdir()
        enrol_trusted(token=token, name=machine.name, path=machine.credentials, api_url=server.url)
        machine.fingerprint = show_fingerprint(machine.opened.card.fingerprint)
    for machine in machines.values():
        with Client.from_file(machine.credentials) as client:
            for other in machines.values():
                if other is not machine:
                    client.pin(other.id, other.fingerprint)
    form = server.draft_signup([])
    machines["acme"].publish("signup")
    keys = {name: (machine.id, machine.keys.kem) for name, machine in machines.items()}
    world = World(server, machines, form, Hoard(tape, keys), tape, chance)
    world.write()
    for owner, members in (("clinic", ("ann", "bea", "cid")), ("acme", ("dora",))):
        world.do(creation(world, owner, f"{owner} staff"))
        team = list(world.upper.teams)[-1]
        world.do(sharing(world, NOTE, team))
        for name in members:
            world.do(addition(world, team, name))
        world.write()
    world.do(sharing(world, ACCOUNT, team))
    world.do(sharing(world, NOTE, "eve"))
    world.submit()
    world.write()
    world.check(*NAMES)
    world.acts.clear()
    world.runs.clear()
    return world


@pytest.mark.parametrize("part", range(PARTS))
def test_each_command_run_again_ends_well(
    part: int, tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = max(FEW, min(kills, MOST) // PARTS)
    seed = int(os.environ.get("TEAMS_SEED", secrets.randbelow(10**9)))
    chance = random.Random(seed)
    with capsys.disabled():
        print(f"\npart {part}: {wanted} kills, TEAMS_SEED={seed}")
    with serving(tmp_path) as server:
        world = built(server, tmp_path, chance)
        fallen = 0
        try:
            while fallen < wanted:
                most = min(wanted - fallen, chance.randint(1, KILLS_OF_ONE))
                fallen += world.do(world.next_act(), kills=most)
                world.write()
                world.check("acme", *chance.sample(NAMES[1:], k=3))
            world.check(*NAMES)
            for name in ("acme", "eve", "rob", "mallory"):  # by the command, too
                assert extracted(world, name) == sorted(world.least(name))
        except BaseException as error:
            error.add_note(f"TEAMS_SEED={seed}; the last of it:\n" + "\n".join(world.story[-12:]))
            raise
    with capsys.disabled():
        print(told(world))
    assert not list(tmp_path.rglob("*.part"))


def extracted(world: World, party: str) -> list[tuple[tuple[str, str], ...]]:
    acme = world.machines["acme"]
    data = world.machines[party].extract(NOTE, of=None if party == "acme" else acme)
    return sorted(tuple(sorted(one.items())) for one in data)


def test_the_counts_would_tell(tmp_path: Path) -> None:
    """The positive control: a right that was taken on paper alone, and a record that is lost."""
    with serving(tmp_path) as server:
        world = built(server, tmp_path, random.Random(1))
        staff, *_ = world.upper.teams.values()
        assert staff.members.pop("cid") == 0
        world.write()
        with pytest.raises(AssertionError, match="cid opens what it should not"):
            world.nobody_has_too_much()
        staff.members["cid"] = 0
        world.widen()
        world.check("cid")

        world.values[world.notes()[0]] = {"name": "another", "zip": "1"}
        with pytest.raises(AssertionError, match="acme"):
            world.reads_well("acme")
        world.lower.direct[NOTE]["mallory"] = ()
        with pytest.raises(AssertionError, match="mallory"):
            world.reads_well("mallory")


def told(world: World) -> str:
    """The counts of what was done."""
    lines = [f"{sum(world.seen.values())} kills: {dict(sorted(world.seen.items()))}"]
    lines += [f"runs of {kind}: {world.runs[kind]} for {n}" for kind, n in world.acts.items()]
    refused = {name: world.hoard.refused(name) for name in world.machines}
    lines.append(
        f"{sum(refused.values())} pairs of a key and a revision of a record were tried and refused:"
        f" {refused}; of {len(world.hoard.versions)} revisions of {len(world.living)} records"
    )
    return "\n".join(lines)
