"""Teams, sharing and taking back, the commands and the server under them killed at any moment."""

import os
import random
import secrets
from pathlib import Path

import pytest
from django.db import connection

from apps.client.client import Client
from apps.envelope.keys import show_fingerprint
from tests.client.protection import enrol_trusted
from tests.end_to_end.hoards import Hoard, Tape
from tests.end_to_end.machines import Machine
from tests.end_to_end.servers import Server, serving
from tests.end_to_end.team_acts import addition, creation, next_act, sharing
from tests.end_to_end.teams import ACCOUNT, NOTE, World

# Each ended at each of its steps is in tests/client/*_killed.py, in a hundredth of the time.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.nightly,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads all that SQLite's file holds"),
]

PARTS = 4
"""Worlds that share the kills, so that several workers do."""
MOST, FEW = 300, 3
"""Kills in all parts of a night, and in each part of a run without --kills."""
KILLS_OF_ONE = 3
NAMES = ("acme", "clinic", "ann", "bea", "cid", "dora", "eve", "rob", "mallory")


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
                fallen += world.do(next_act(world), kills=most)
                world.write()
                world.check("acme", *chance.sample(NAMES[1:], k=3))
            world.check(*NAMES)
            for name in ("acme", "eve", "rob", "mallory"):  # by the command, too
                assert extracted(world, name) == sorted(world.least(name))
        except BaseException as error:
            error.add_note(f"TEAMS_SEED={seed}; the last of it:\n" + "\n".join(world.story[-12:]))
            raise
        finally:
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
