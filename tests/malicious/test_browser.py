"""The browser under a malicious server: each attack works without its defence, and not with it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.malicious import (
    attacks_on_pages,
    attacks_on_pages_owners,
    attacks_on_parts,
    attacks_on_questions,
    attacks_on_visitors,
    tally,
)
from tests.malicious.attacks_on_visitors import Attack
from tests.malicious.bundles import Check, Dist
from tests.malicious.visitors import Scene, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KINDS = (
    attacks_on_visitors.ATTACKS,
    attacks_on_questions.ATTACKS,
    attacks_on_parts.ATTACKS,
    attacks_on_pages.ATTACKS,
    attacks_on_pages_owners.ATTACKS,
)
ATTACKS = {name: attack for kind in KINDS for name, attack in kind.items()}
CONTROLS = [
    pytest.param(kind[name], id=name, marks=pytest.mark.nightly if number else ())
    for kind in KINDS
    for number, name in enumerate(
        name for name, attack in kind.items() if isinstance(attack.defence, Check)
    )
]

Unguarded = Callable[[Check | None], Dist]
Stage = Callable[[], Scene]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_server(
    attack: Attack,
    scenes: Stage,
    chromium: Browser,
    unguarded: Unguarded,
    record_property: Any,
) -> None:
    tally.shown(record_property, "attack")
    mute = not attack.refusal

    scene = scenes()
    won = attack.arrange(scene)
    if isinstance(attack.defence, Check):
        scene.dist = unguarded(attack.defence)
    else:
        attack.defence(scene)
    assert won(Visit().go(scene, chromium, mute=mute)), "it has to work without the defence"
    tally.shown(record_property, "works")

    scene = scenes()
    won = attack.arrange(scene)
    visit = Visit().go(scene, chromium, mute=mute)
    assert not won(visit)
    assert visit.last.get("code", visit.last.get("what", "")) == attack.refusal
    assert not visit.leaked(scene)
    tally.shown(record_property, "refused")


@pytest.mark.parametrize("attack", CONTROLS)
def test_it_is_the_missing_check_that_lets_the_server(
    attack: Attack, scenes: Stage, chromium: Browser, unguarded: Unguarded
) -> None:
    """The control of what is built without a check: built so with all of them it refuses, too."""
    scene = scenes()
    won = attack.arrange(scene)
    scene.dist = unguarded(None)

    visit = Visit().go(scene, chromium)

    assert not won(visit)
    assert visit.last.get("code", visit.last.get("what", "")) == attack.refusal
    assert not visit.leaked(scene)


def test_an_honest_server_gets_the_answers_and_cannot_read_them(
    scenes: Stage, chromium: Browser
) -> None:
    """The positive control: nothing above is refused because nothing works."""
    scene = scenes()
    visit = Visit().go(scene, chromium)

    assert visit.last["what"] == "sent"
    assert scene.opened(scene.publisher.inboxes["account"][1], scene.manifest, visit.canary)
    assert not scene.opened(scene.kem, scene.manifest, visit.canary)
    assert not visit.leaked(scene)


def test_the_search_for_leaks_finds_one(scenes: Stage, chromium: Browser) -> None:
    """The positive control of `leaked`."""
    scene = scenes()
    scene.inputs = '<input name="fullname" data-sealform-field="fullname">'
    scene.tag = "<script></script>"

    visit = Visit().go(scene, chromium, mute=True)

    assert visit.leaked(scene)
