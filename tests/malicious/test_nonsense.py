"""A server that answers nonsense: whatever it says, the client has a word for it."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.client.acts.split_rules import read_rules
from apps.client.errors import ClientError, VerificationError
from apps.envelope.errors import EnvelopeError
from apps.intake.models import Form
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import World
from tests.malicious.replays import places
from tests.malicious.test_client import Stage, stage  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NONSENSE: list[Any] = [
    None, True, 5, -1, 2**53 - 1, "", "x", "\x1b[2J", [], [None], [[]], {}, {"x": {}},
]  # fmt: skip

Act = Callable[[World], Any]
Place = tuple[str | int, ...]


def changed(value: Any, at: Place, instead: Any) -> Any:
    """The same answer with something else in one place."""
    if not at:
        return instead
    first, *rest = at
    copy = value.copy()
    copy[first] = changed(copy[first], tuple(rest), instead)
    return copy


@dataclass
class OneLie:
    """Puts nonsense in one place of the answer of this number."""

    number: int
    place: Place
    value: Any

    def __call__(self, asked: Asked, pass_on: PassOn) -> Answer:
        answer, self.number = pass_on(), self.number - 1
        if self.number != -1:
            return answer
        try:
            return answer.telling(changed(answer.json, self.place, self.value))
        except (LookupError, TypeError):  # this run was answered otherwise
            return answer


def lies(world: World, act: Act) -> list[OneLie]:
    """One for each place of each answer that an honest server gives."""
    answers: list[Any] = []

    def listen(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        answers.append(answer.json)
        return answer

    world.server.lie = listen
    act(world)
    pick = random.Random(1)
    return [
        OneLie(number, place, pick.choice(NONSENSE))
        for number, answer in enumerate(answers)
        for place, _ in places(answer)
    ]


def delete(world: World) -> None:
    world.write("contact")
    client = world.acme.client()
    client.delete(list(client.query("contact")))


META = {"state": "open"}


def change(world: World) -> None:
    client = world.acme.client()
    [id] = [record.id for record in client.query("contact", meta=META)]
    client.change(id, {"name": str(client.read(id).rev)})


def split(world: World) -> None:
    rules = world.folder / "rules.toml"
    rules.write_text('[source]\ntype = "contact"\n[targets.other]\nname = "name"\n')
    world.acme.client().split(read_rules(str(rules)))


def share(world: World, form: str = "") -> None:
    reader, type = world.clinic, "account" if form else "contact"
    world.acme.client().share(type, reader.id, fingerprint=reader.fingerprint, form=form)


def slug(world: World) -> str:
    return Form.objects.get(owner=world.acme.row).slug


def command(*words: str) -> Act:
    def act(world: World) -> None:
        given = [slug(world) if word == "FORM" else word for word in words]
        call_command(
            *given,
            f"--credentials={world.acme.file}",
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )

    return act


ACTS: dict[str, Act] = {
    "whoami": lambda world: world.acme.client().whoami(),
    "reads its own": lambda world: world.acme.reads("contact"),
    "reads its form's": lambda world: world.acme.reads("account"),
    "reads a type": lambda world: world.marketing.reads("contact"),
    "reads an inbox": lambda world: world.marketing.reads("account"),
    "is shared with": lambda world: world.marketing.client().shares(),
    "writes": lambda world: world.write("contact"),
    "deletes": delete,
    "splits": split,
    "asks for meta": lambda world: list(world.marketing.client().query("contact", meta=META)),
    "changes": change,
    "shares": share,
    "shares an inbox": lambda world: share(world, form=slug(world)),
    "runs publish": command("publish", "FORM", "--yes"),
    "runs shares": command("shares"),
    "runs extract": command("extract", "--type=account"),
}


@pytest.fixture
def world(stage: Stage) -> World:  # noqa: F811
    return stage().with_some_of_all()


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_every_failure_has_a_name(act: Act, world: World) -> None:
    tries = lies(world, act)
    assert len(tries) > 5
    memories = {path: path.read_bytes() for path in world.folder.glob("*.state")}
    for lie in tries:
        what = f"{lie.place} = {lie.value!r}"
        world.server.lie = lie
        try:
            act(world)
        except (ClientError, EnvelopeError, CommandError):
            pass
        except Exception as error:
            pytest.fail(f"{what}: {error!r}")
        for path, memory in memories.items():
            path.write_bytes(memory)


def test_nonsense_is_noticed(world: World) -> None:
    """The positive control: what is put in arrives."""
    world.server.lie = OneLie(0, (), {})

    with pytest.raises(VerificationError, match="lacks"):
        world.acme.client().whoami()
