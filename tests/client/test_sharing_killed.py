"""Sharing records, and encrypting anew, that end anywhere: nobody reads more, nothing is lost."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apps.vault.models import Record
from tests.client.killing import Counted, Killed, Steps, as_it_was, writing
from tests.client.parties import Party, Signup
from tests.client.test_revoke import revoke
from tests.client.test_revoke_records import Hoard
from tests.client.test_share import share

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FEW = 4
MANY = 20

Act = Callable[[Party, Party, list[str], Steps], Any]


def revoke_and_encrypt_anew(acme: Party, marketing: Party, _: list[str], steps: Steps) -> None:
    """What `revoke --reencrypt` does, as often as it is run."""
    client = acme.through(Counted(steps))
    above = client.revoked_at("contact", marketing.id)
    if not above or client.reads("contact", marketing.id).since:
        above = client.revoke("contact", marketing.id).closed
    client.encrypt_anew("contact", above=above)


def share_records(acme: Party, marketing: Party, ids: list[str], steps: Steps) -> None:
    acme.through(Counted(steps)).share_records(ids[:12], marketing.id, fields=["zip"])


def revoke_records(acme: Party, marketing: Party, ids: list[str], steps: Steps) -> None:
    acme.through(Counted(steps)).revoke_records(ids[:12], marketing.id)


@pytest.fixture
def stage(acme: Party, marketing: Party, clinic: Party, mallory: Party) -> list[str]:
    """acme's records; clinic reads the type, mallory a field of each of a few."""
    for reader in (marketing, clinic, mallory):
        acme.knows(reader)
        reader.knows(acme)
    ids = acme.client.write_many(
        "contact", [{"name": str(number), "zip": "1"} for number in range(MANY)]
    )
    acme.client.share("contact", clinic.id)
    acme.client.share_records(ids[:3], mallory.id, fields=["name"])
    return ids


def read(party: Party) -> list[dict[str, Any]]:
    return [one.data for one in party.client.query("contact", allow_empty=True)]


def others_are_well(acme: Party, clinic: Party, mallory: Party) -> None:
    """Nothing is lost, and those who remain read what they read."""
    everything = sorted(str(number) for number in range(MANY))
    for party in (acme, clinic):
        assert sorted(str(one["name"]) for one in read(party)) == everything
    assert sorted(str(one["name"]) for one in read(mallory)) == ["0", "1", "2"]


def at_each_step(
    act: Act,
    acme: Party,
    marketing: Party,
    ids: list[str],
    kills: int,
    folder: Path,
    *,
    parties: tuple[Party, ...],
    between: Callable[[], None],
    after: Callable[[], None],
    again: Callable[[], None] | None = None,
) -> None:
    """End a run before and after some of its steps, look, run it again, and look again."""
    counted = Steps()
    with as_it_was(folder, *parties), writing(counted):
        act(acme, marketing, ids, counted)
    points = 2 * counted.count
    wanted = min(max(FEW, kills), points)
    for end in [number * points // wanted for number in range(wanted)]:
        with as_it_was(folder, *parties):
            steps = Steps(end // 2 + 1, after=bool(end % 2))
            with pytest.raises(Killed), writing(steps):
                act(acme, marketing, ids, steps)
            between()
            (again or partial(act, acme, marketing, ids, Steps()))()
            after()


def test_encrypting_anew_goes_on_where_it_stood(
    acme: Party,
    marketing: Party,
    clinic: Party,
    mallory: Party,
    stage: list[str],
    kills: int,
    tmp_path: Path,
) -> None:
    acme.client.share("contact", marketing.id)
    hoard = Hoard(marketing).keep()
    assert hoard.opens() == set(stage)

    def between() -> None:
        others_are_well(acme, clinic, mallory)
        anew = {str(id) for id in Record.objects.filter(rev=2).values_list("pk", flat=True)}
        assert hoard.keep().opens() == set(stage) - anew

    def after() -> None:
        others_are_well(acme, clinic, mallory)
        assert hoard.keep().opens() == set()
        assert set(Record.objects.values_list("rev", flat=True)) == {2}

    at_each_step(
        revoke_and_encrypt_anew, acme, marketing, stage, kills, tmp_path,
        parties=(acme, marketing, clinic, mallory), between=between, after=after,
    )  # fmt: skip


def test_sharing_records_goes_on_where_it_stood(
    acme: Party,
    marketing: Party,
    clinic: Party,
    mallory: Party,
    stage: list[str],
    kills: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.client.acts.writing.MAX_ITEMS", 5)

    def between() -> None:
        others_are_well(acme, clinic, mallory)
        assert Hoard(marketing).keep().opens() <= set(stage[:12])

    def after() -> None:
        others_are_well(acme, clinic, mallory)
        assert Hoard(marketing).keep().opens() == set(stage[:12])
        assert read(marketing) == [{"zip": "1"}] * 12

    at_each_step(
        share_records, acme, marketing, stage, kills, tmp_path,
        parties=(acme, marketing, clinic, mallory), between=between, after=after,
    )  # fmt: skip


def test_taking_records_back_goes_on_where_it_stood(
    acme: Party,
    marketing: Party,
    clinic: Party,
    mallory: Party,
    stage: list[str],
    kills: int,
    tmp_path: Path,
) -> None:
    acme.client.share_records(stage[:15], marketing.id, fields=["zip"])
    hoard = Hoard(marketing).keep()

    def between() -> None:
        others_are_well(acme, clinic, mallory)
        assert set(stage[12:15]) <= hoard.keep().opens() <= set(stage[:15])

    def after() -> None:
        others_are_well(acme, clinic, mallory)
        assert hoard.keep().opens() == set(stage[12:15])
        assert len(read(marketing)) == 3

    at_each_step(
        revoke_records, acme, marketing, stage, kills, tmp_path,
        parties=(acme, marketing, clinic, mallory), between=between, after=after,
    )  # fmt: skip


def test_a_form_that_was_published_anew_is_known_again(
    acme: Party, marketing: Party, signup: Signup, kills: int, tmp_path: Path
) -> None:
    """Whenever the run before ended, nobody has to read the form again."""
    signup.fill(fullname="before")
    share(acme, "account", marketing, "--form", "signup")
    ids: list[str] = []

    def act(acme: Party, marketing: Party, _: list[str], steps: Steps) -> None:
        acme.through(Counted(steps)).revoke("account", marketing.id, form="signup")

    def again() -> None:
        assert revoke(acme, "account", marketing, "--form", "signup").error == ""

    def after() -> None:
        signup.fill(fullname="after")
        assert read(marketing) == []
        assert acme.run("publish", "signup", "--yes").error == ""

    at_each_step(
        act, acme, marketing, ids, max(kills, MANY), tmp_path, parties=(acme, marketing),
        between=lambda: None, again=again, after=after,
    )  # fmt: skip
