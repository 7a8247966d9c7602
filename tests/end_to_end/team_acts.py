"""The commands of teams and sharing, drawn at random, with what each gives and takes."""

from collections.abc import Callable

from apps.envelope.encoding import GROUP
from tests.end_to_end.rights import Columns, Rights, Team
from tests.end_to_end.teams import ACCOUNT, DONE, NOTE, PENDING, Act, World

OWNERS, MEMBERS = ("acme", "clinic"), ("ann", "bea", "cid", "dora")
DIRECT: dict[str, Columns] = {"dora": (), "ann": (), "eve": ("zip",)}
SINGLE: dict[str, Columns] = {"rob": ("name",), "ann": ("name",)}


def next_act(world: World) -> Act:
    """One of the commands that were run least often."""
    kinds = list(ACTS)
    world.chance.shuffle(kinds)
    for kind in sorted(kinds, key=lambda kind: world.acts[kind]):
        if act := ACTS[kind](world):
            return act
    raise AssertionError("there is nothing to do")


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
    most = min(len(team.members), 2)
    names = world.chance.sample(sorted(team.members), k=world.chance.randint(1, most))
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
