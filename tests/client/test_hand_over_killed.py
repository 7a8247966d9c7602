"""A hand-over that ends anywhere, on either side: run again, it ends well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from apps.client.acts import giving
from tests.client.killing import Counted, Killed, Steps, as_it_was, writing
from tests.client.parties import Party, Signup

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def offer(signup: Signup, acme: Party, clinic: Party, steps: Steps) -> None:
    with writing(steps):
        session = acme.through(Counted(steps)).session
        giving.offer(
            session, "signup", clinic.id, fingerprint=clinic.fingerprint, with_answers=True
        )


def accept(signup: Signup, acme: Party, clinic: Party, steps: Steps) -> None:
    with writing(steps):
        session = clinic.through(Counted(steps)).session
        form = str(signup.form.id)
        taken = giving.find_offer(session, form, fingerprint=acme.fingerprint)
        giving.accept(session, taken)


Act = Callable[[Signup, Party, Party, Steps], None]


def ends_well(signup: Signup, acme: Party, clinic: Party) -> None:
    assert clinic.publish("signup").error == ""
    signup.fill(fullname="Bo Canary")
    for party, expected in ((clinic, ["Ann Canary", "Bo Canary"]), (acme, ["Ann Canary"])):
        found = sorted(str(one.data["fullname"]) for one in party.client.query("account"))
        assert found == expected


@pytest.mark.parametrize("act", [offer, accept])
def test_it_is_run_again(
    act: Act, signup: Signup, acme: Party, clinic: Party, tmp_path: Path
) -> None:
    signup.fill()
    if act is accept:
        offer(signup, acme, clinic, Steps())
    counted = Steps()
    with as_it_was(tmp_path, acme, clinic):
        act(signup, acme, clinic, counted)
    assert counted.count >= 3
    for end in range(2 * counted.count):
        with as_it_was(tmp_path, acme, clinic):
            with pytest.raises(Killed):
                act(signup, acme, clinic, Steps(end // 2 + 1, after=bool(end % 2)))
            act(signup, acme, clinic, Steps())
            if act is offer:
                accept(signup, acme, clinic, Steps())
            ends_well(signup, acme, clinic)
