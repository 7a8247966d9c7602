"""The client under a malicious server: each attack works without its defence, and not with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.client import endpoints
from apps.client.errors import ClientError, ConsentError, VerificationError
from config import inprocess
from tests.malicious import (
    attacks_on_calls,
    attacks_on_cards,
    attacks_on_forms,
    attacks_on_groups,
    attacks_on_key_files,
    attacks_on_keys,
    attacks_on_meta,
    attacks_on_owners,
    attacks_on_readers,
    attacks_on_records,
    attacks_on_single_records,
    attacks_on_submissions,
    tally,
)
from tests.malicious.attacks import Attack, Deed
from tests.malicious.lying import LyingServer, honest
from tests.malicious.parties import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ATTACKS = {
    f"{room}: {name}": attack
    for room, attacks in {
        "keys": attacks_on_keys.ATTACKS,
        "cards": attacks_on_cards.ATTACKS,
        "key files": attacks_on_key_files.ATTACKS,
        "owners": attacks_on_owners.ATTACKS,
        "readers": attacks_on_readers.ATTACKS,
        "groups": attacks_on_groups.ATTACKS,
        "records": attacks_on_records.ATTACKS,
        "meta": attacks_on_meta.ATTACKS,
        "single records": attacks_on_single_records.ATTACKS,
        "submissions": attacks_on_submissions.ATTACKS,
        "forms": attacks_on_forms.ATTACKS,
        "calls": attacks_on_calls.ATTACKS,
    }.items()
    for name, attack in attacks.items()
}
LAYERED = {
    f"{name}, layer {number + 1} alone": (attack, number)
    for name, attack in ATTACKS.items()
    for number in range(len(attack.defences))
    if len(attack.defences) > 1
}

Stage = Callable[[], World]


@pytest.fixture
def stage(in_process: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    """Makes a world: everybody enrolled anew, at a server that does not lie yet."""
    application = inprocess.InProcessHandler()

    def make() -> World:
        server = LyingServer(application)
        monkeypatch.setattr(inprocess, "transport", lambda: httpx.WSGITransport(server))
        return World(server, tmp_path)

    return make


def done(deed: Deed) -> tuple[Any, ClientError | None]:
    """What came of it, or how it was refused."""
    try:
        return deed.act(), None
    except ClientError as error:
        return None, error


def refusal(error: ClientError | None) -> str:
    """How tables name an error."""
    if isinstance(error, VerificationError):
        return error.code
    return type(error).__name__ if error else ""


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_server(
    attack: Attack,
    stage: Stage,
    record_property: Any,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tally.shown(record_property, "attack")
    with pytest.MonkeyPatch.context() as patch:
        for defence in attack.defences:
            for swap in defence:
                patch.setattr(*swap)
        deed = attack.arrange(stage())
        result, error = done(deed)
        assert deed.won(result), f"it has to work without the defence, and not: {error}"
    tally.shown(record_property, "works")

    world = stage()
    deed = attack.arrange(world)
    result, error = done(deed)
    assert refusal(error) == attack.refusal
    assert not deed.won(result)
    assert attack.warning in " ".join(one for party in parties(world) for one in party.warnings)
    said = [world.server.sent().decode(errors="replace"), str(error), *capsys.readouterr()]
    assert not any(world.canary in text for text in [*said, caplog.text])
    tally.shown(record_property, "refused")


def parties(world: World) -> list[Any]:
    return [world.acme, world.marketing, world.clinic, world.mallory]


@pytest.mark.parametrize(("attack", "layer"), LAYERED.values(), ids=LAYERED)
def test_one_layer_is_enough(attack: Attack, layer: int, stage: Stage) -> None:
    """Where several defences had to fall, each holds alone."""
    with pytest.MonkeyPatch.context() as patch:
        for number, defence in enumerate(attack.defences):
            for swap in defence if number != layer else ():
                patch.setattr(*swap)
        deed = attack.arrange(stage())
        result, error = done(deed)

    assert isinstance(error, VerificationError | ConsentError)
    assert not deed.won(result)


def test_an_honest_server_hears_no_word(stage: Stage) -> None:
    """The positive control: readers read, and the search finds what is in the open."""
    world = stage()
    assert world.server.lie is honest
    world.share("contact", world.marketing)
    world.write("contact")

    assert world.marketing.reads("contact") == [{"name": world.canary}]
    assert world.canary.encode() not in world.server.sent()
    assert world.opened_by(world.marketing.keys)
    assert not world.opened_by(world.mallory.keys)


def test_the_search_for_words_finds_one(stage: Stage) -> None:
    """The positive control of the search in `sent`."""
    world = stage()
    with pytest.raises(ClientError):
        world.acme.client().session.api.call(endpoints.CREATE_GRANTS, body={"n": world.canary})

    assert world.canary.encode() in world.server.sent()
