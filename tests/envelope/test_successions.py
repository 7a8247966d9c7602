"""How long a succession and a line of cards may be, just below and just above."""

from dataclasses import replace

import pytest

from apps.envelope.encoding import MAX_BODY, dump_json
from apps.envelope.errors import LimitError
from apps.envelope.keys import ClientKeys
from apps.envelope.successions import (
    MAX_FORMS,
    MAX_STEPS,
    MAX_STREAMS,
    LastGeneration,
    LastVersion,
    Past,
    Succession,
    follow,
    parse_past,
    sign_succession,
)
from tests.tools.scenarios.successions import (
    FIRST,
    PAST,
    PLAIN,
    RECOVERY,
    SECOND_KEYS,
    card_of,
)
from tests.tools.scenarios.world import ACME

STREAMS = tuple(
    LastGeneration(ACME.id, f"t{number:063}", 2**53 - 1, bytes(32)) for number in range(MAX_STREAMS)
)
FORMS = tuple(
    LastVersion(f"f989507e-88c3-433a-a142-{number:012x}", 2**53 - 1) for number in range(MAX_FORMS)
)


MAX_ANSWER = 64 * 1024


def test_the_longest_past_fits_into_a_request_and_is_read() -> None:
    past = Past(STREAMS, FORMS)
    signed = sign_succession(
        replace(PLAIN, past=past.digest), old=ACME.keys, next=SECOND_KEYS, recovery=RECOVERY
    )

    assert len(dump_json({"succession": signed.to_wire(), "past": past.to_wire()})) < MAX_BODY
    assert follow(FIRST, [signed], [parse_past(past.to_wire())]).card == PLAIN.card


def test_the_longest_line_fits_into_an_answer() -> None:
    longest = replace(PLAIN, number=2**53 - 1, card=replace(PLAIN.card, name="\U0010ffff" * 64))
    line = {
        "card": longest.card.to_wire(),
        "first": longest.card.to_wire(),
        "successions": [longest.to_wire()] * MAX_STEPS,
    }

    assert len(dump_json(line)) < MAX_ANSWER


@pytest.mark.parametrize(
    "more", [{"streams": (*STREAMS, STREAMS[0])}, {"forms": (*FORMS, FORMS[0])}]
)
def test_one_more_is_refused(more: dict[str, tuple[LastGeneration | LastVersion, ...]]) -> None:
    with pytest.raises(LimitError):
        parse_past(Past(**more).to_wire())  # type: ignore[arg-type]


def test_sixteen_steps_are_followed_and_one_more_is_not() -> None:
    steps: list[Succession] = []
    card, keys = FIRST, ACME.keys
    for number in range(1, MAX_STEPS + 2):
        following = ClientKeys(bytes([number] * 32))
        bare = Succession(ACME.id, number, card.fingerprint, card_of(following), False, PAST.digest)
        steps.append(sign_succession(bare, old=keys, next=following, recovery=RECOVERY))
        card, keys = card_of(following), following

    assert len(follow(FIRST, steps[:-1]).earlier) == MAX_STEPS
    with pytest.raises(LimitError):
        follow(FIRST, steps)
