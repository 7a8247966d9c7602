"""Records, grants, cards, manifests and drafts that are not what they must be, in each member."""

import io
import json
import random
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from apps.cli.exit_codes import ExitCode
from apps.cli.program import status
from apps.client.acts import publishing
from apps.client.errors import ClientError
from apps.intake.models import Form
from tests.malicious import tally
from tests.malicious.alterations import put
from tests.malicious.parties import World
from tests.malicious.replays import Key, Recording, Replay, alterations, replaying
from tests.malicious.test_client import Stage, stage  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Act = Callable[[World], Any]


def reads(type: str) -> Act:
    return lambda world: world.marketing.reads(type)


def form(world: World) -> str:
    return str(Form.objects.get(owner=world.acme.row).id)


def prepares(world: World) -> Any:
    plan = publishing.prepare(world.acme.client().session, form(world))
    return plan.draft, plan.manifest.types


def lists_shares(world: World) -> Any:
    """A card that is none makes a share unverified, which is told and no error."""
    found = world.marketing.client().shares()
    if not all(one.verified for one in found):
        raise ClientError("unverified")
    return found


ACTS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "whoami": (lambda world: world.marketing.client().whoami(), ("whoami",)),
    "reads records": (reads("contact"), ("extract", "--type", "contact")),
    "reads a form": (reads("account"), ("extract", "--type", "account")),
    "lists shares": (lists_shares, ()),
    "prepares a form": (prepares, ("publish", "FORM", "--dry-run")),
}
VALID = (b'"last_used":null', b'"expires":null')
TRIED, COMMANDS = 120, 8
"""How many of each act's alterations are tried, and how many through its command, too."""


@pytest.fixture
def world(stage: Stage) -> World:  # noqa: F811
    world = stage().with_some_of_all()
    for party in (world.acme, world.marketing):  # what they remember from now on stays as it is
        list(party.client().query("account"))
        party.client().shares()
    return world


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def recorded(world: World, act: Act) -> tuple[dict[Key, bytes], Any]:
    recording = Recording()
    world.server.lie = recording
    return recording.answers, act(world)


@pytest.mark.parametrize(("act", "words"), ACTS.values(), ids=ACTS)
def test_each_alteration_of_an_object_has_a_typed_error(
    act: Act, words: tuple[str, ...], world: World, record_property: Any
) -> None:
    answers, honest = recorded(world, act)
    with replaying(Replay(answers)):
        assert act(world) == honest, "the positive control"
    before = files(world.folder)
    made = [(key, one) for key, body in answers.items() for one in alterations(load(body), put)]
    made = [(key, one) for key, one in made if not any(valid in one for valid in VALID)]
    some = random.Random(1).sample(made, min(TRIED, len(made)))
    unharmed = []

    for key, altered in some:
        replay = Replay(answers, key, altered)
        with replaying(replay):
            try:
                act(world)
                unharmed.append((key[1], altered))
            except ClientError:
                pass
            except Exception as error:
                pytest.fail(f"{key[:2]}, {altered[:300]!r}: {error!r}")
        assert files(world.folder) == before, (key[1], altered[:300])

    assert unharmed == []
    record_property(tally.ALTERATIONS, len(some))
    if words:
        for key, altered in some[:COMMANDS]:
            ends_badly(world, words, Replay(answers, key, altered))


def load(body: bytes) -> Any:
    """An answer whose API key was used, and ends."""
    answer = json.loads(body)
    if "api_key" in answer:
        answer["api_key"]["last_used"] = answer["api_key"]["expires"] = "2026-11-28"
    return answer


def ends_badly(world: World, words: tuple[str, ...], replay: Replay) -> None:
    """Run a command: it says what is wrong in words, and no exit code of success."""
    party = world.acme if words[0] == "publish" else world.marketing
    words = (
        *(form(world) if word == "FORM" else word for word in words),
        "--credentials",
        party.file,
    )
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = status(words, name="sealform", local=lambda: replay)
    assert code in {ExitCode.FAILED, ExitCode.KEPT, ExitCode.UNREAD, ExitCode.AWAY}
    assert "Traceback" not in err.getvalue()
    assert world.canary not in out.getvalue()
