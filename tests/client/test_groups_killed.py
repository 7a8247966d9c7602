"""Changes of a group that end anywhere: run again they end well; who is out reads nothing new."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from apps.client.acts import rotating
from apps.client.acts.rotating import Network
from apps.client.slots import plain
from apps.envelope.encoding import load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import INBOX, TYPE, parse_grant
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.holders import Opener
from apps.envelope.primitives import KemKey
from apps.envelope.records import open_record, parse_record
from apps.vault.models import Grant, Record
from tests.client.killing import Counted, Killed, Steps, as_it_was, writing
from tests.client.parties import Party
from tests.client.protection import opened
from tests.client.test_groups import names, staff
from tests.tools.selection import nightly

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW = 6

Act = Callable[[Steps], None]


class Hoard:
    """All keys that somebody ever held of a group, and what they open with the whole database."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.seeds = set[bytes]()

    def keep(self) -> "Hoard":
        """Take along what the database has for the party now."""
        for grant in _grants():
            for name, key in _opened(grant, opened(self.party.path).keys.kem).items():
                if name == INBOX:
                    self.seeds.add(key)
        return self

    def opens(self) -> set[str]:
        """The names in the records that it opens."""
        return self.opens_with([opened(self.party.path).keys.kem, *map(KemKey, self.seeds)])

    def opens_with(self, openers: Sequence[Opener]) -> set[str]:
        """The names in the records that these keys open, with all grants that there are."""
        keys = {
            key
            for grant in _grants()
            for opener in openers
            for name, key in _opened(grant, opener).items()
            if name == TYPE
        }
        found = set[str]()
        for row in Record.objects.all():
            record = parse_record(load_json(bytes(row.body)))
            for key in keys:
                try:
                    found.add(str(open_record(record, key)["name"]))
                except EnvelopeError:
                    continue
        return found


def _grants() -> list[SealedGrant]:
    return [parse_grant(load_json(bytes(row.body))) for row in Grant.objects.all()]


def _opened(grant: SealedGrant, opener: Opener) -> dict[str, bytes]:
    try:
        found = load_json(opener.open(grant.keys, grant.info))
    except EnvelopeError:
        return {}
    return {name: unb64(key) for name, key in found.items()}


@pytest.fixture
def group(acme: Party, clinic: Party, marketing: Party, mallory: Party) -> str:
    """acme's group of marketing and mallory, for which acme and the clinic have written."""
    group = staff(acme, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    acme.client.share("contact", group)
    clinic.client.share(
        "health", group, owner=acme.id, fingerprint=acme.fingerprint, allow_empty=True
    )
    clinic.client.write("health", {"name": "well before"})
    for party in (acme, marketing, mallory):
        party.knows(clinic)
    for party in (marketing, mallory):
        party.knows(acme)
    return group


def at_each_step(
    act: Act,
    kills: int,
    folder: Path,
    *parties: Party,
    after: Callable[[], None],
    begins_again: bool = False,
) -> None:
    """End a run before and after some of its steps, run it again, and look.

    What ``begins_again`` is not ended behind its last step: all is done there.
    """
    counted = Steps()
    with as_it_was(folder, *parties), writing(counted):
        act(counted)
    points = 2 * counted.count - begins_again
    assert points > 0
    wanted = min(max(FEW, kills), points)
    for end in [number * points // wanted for number in range(wanted)]:
        with as_it_was(folder, *parties):
            steps = Steps(end // 2 + 1, after=bool(end % 2))
            with pytest.raises(Killed), writing(steps):
                act(steps)
            act(Steps())
            after()


def test_taking_somebody_out(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    group: str,
    kills: int,
    tmp_path: Path,
) -> None:
    hoard = Hoard(mallory).keep()
    assert hoard.opens() == {"before", "well before"}

    def act(steps: Steps) -> None:
        acme.through(Counted(steps)).groups.remove(group, mallory.id)

    def after() -> None:
        shown = acme.client.groups.show(group)
        assert [one.id for one in shown.roster.members] == [marketing.id]
        assert shown.roster.epoch == 2
        acme.client.write("contact", {"name": "after"})
        clinic.client.write("health", {"name": "well after"})
        assert Hoard(mallory).keep().opens() | hoard.opens() <= {"before", "well before"}
        assert names(marketing, acme.id) == ["after", "before"]
        assert names(marketing, clinic.id, "health") == ["well after", "well before"]
        assert names(mallory, acme.id) == []
        assert acme.client.groups.show(group).stale == []

    at_each_step(act, kills, tmp_path, acme, clinic, marketing, mallory, after=after)


def test_taking_somebody_in(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    group: str,
    kills: int,
    tmp_path: Path,
) -> None:
    def act(steps: Steps) -> None:
        acme.through(Counted(steps)).groups.add(
            group, clinic.id, fingerprint=clinic.fingerprint, from_now=True
        )

    def after() -> None:
        acme.client.write("contact", {"name": "after"})
        for party in (marketing, mallory):
            assert names(party, acme.id) == ["after", "before"]
        read = [one.data for one in clinic.client.query("contact", on_problem=lambda error: None)]
        assert read == [{"name": "after"}]

    clinic.knows(acme)
    at_each_step(act, kills, tmp_path, acme, clinic, marketing, mallory, after=after)


def test_making_one(acme: Party, marketing: Party, kills: int, tmp_path: Path) -> None:
    def act(steps: Steps) -> None:
        client = acme.through(Counted(steps))
        named = {one.known.name for one in client.session.state.load().groups.values()}
        if "night-shift" not in named:
            client.groups.create("night-shift")
        client.groups.add("night-shift", marketing.id, fingerprint=marketing.fingerprint)

    def after() -> None:
        [line] = acme.client.groups.lines()
        assert [one.id for one in acme.client.groups.show(line.id).roster.members] == [marketing.id]

    at_each_step(act, kills, tmp_path, acme, marketing, after=after)


@pytest.mark.parametrize("compromised", [False, *nightly(True)], ids=["plain", "compromised"])
def test_new_keys_of_the_owner(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    group: str,
    kills: int,
    tmp_path: Path,
    compromised: bool,
) -> None:
    thief = Hoard(acme).keep()
    code = acme.code.read_text()

    def act(steps: Steps) -> None:
        rotating.rotate(
            acme.path, [code], network=Network(lambda url: Counted(steps), acme.warnings.append),
            compromised=compromised, make_way=plain,
        )  # fmt: skip

    def after() -> None:
        if compromised:
            for party in (clinic, marketing, mallory):
                party.knows(acme)
        acme.client.write("contact", {"name": "after"})
        clinic.client.write("health", {"name": "well after"})
        for party in (marketing, mallory):
            assert names(party, acme.id) == ["after", "before"]
            assert names(party, clinic.id, "health") == ["well after", "well before"]
        openers = [KemKey(seed) for seed in thief.seeds]
        assert acme.client.groups.show(group).roster.epoch == 2
        assert not {"after", "well after"} & thief.opens_with(openers)

    at_each_step(
        act, kills, tmp_path, acme, clinic, marketing, mallory, after=after, begins_again=True
    )
