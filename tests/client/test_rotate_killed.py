"""A rotation that ends anywhere: what was begun is gone on with, under the same succession."""

from pathlib import Path

import pytest

from apps.client.acts import rotating
from apps.client.acts.rotating import Network, Rotated
from apps.client.errors import UsageError
from apps.client.slots import plain
from apps.client.state import state_file
from apps.directory.models import Client, Succession
from apps.envelope.key_files import RECOVERY
from tests.client.killing import Counted, Killed, Steps, as_it_was, writing
from tests.client.parties import Party, Signup
from tests.client.protection import opened

pytestmark = pytest.mark.django_db

FEW = 10


def rotate(party: Party, steps: Steps, *, compromised: bool) -> Rotated:
    with writing(steps):
        return rotating.rotate(
            party.path,
            [party.code.read_text()],
            network=Network(lambda url: Counted(steps), party.warnings.append),
            compromised=compromised,
            make_way=plain,
        )


@pytest.fixture
def stage(acme: Party, marketing: Party, signup: Signup) -> Signup:
    """acme has a type and a form, and shares both with marketing."""
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.write("contact", {"name": "before"})
    acme.client.share("contact", marketing.id)
    acme.client.share("account", marketing.id, form="signup")
    signup.fill()
    return signup


def whole(acme: Party, marketing: Party, stage: Signup, *, compromised: bool) -> None:
    """All of it is done: everybody reads what was and what comes, and nothing is left over."""
    found = opened(acme.path)
    assert state_file(found).load().rotating is None
    assert found.secrets.pending is None
    assert Client.objects.get(pk=acme.id).card == found.card
    assert len(found.secrets.seeds) == 2
    assert len([slot for slot in found.file.slots if slot.kind == RECOVERY]) == 1
    acme.client.write("contact", {"name": "after"})
    stage.fill()
    if compromised:
        marketing.knows(acme)  # a person compared the new fingerprint
    for party in (acme, marketing):
        read = {one.data["name"]: one.stolen for one in party.client.query("contact")}
        assert read == {"before": compromised, "after": False}
        assert len(list(party.client.query("account"))) == 2
    assert Succession.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("compromised", [False, True], ids=["plain", "compromised"])
def test_it_goes_on_where_it_stood(
    acme: Party,
    marketing: Party,
    stage: Signup,
    kills: int,
    compromised: bool,
    tmp_path: Path,
) -> None:
    points = _steps_of_all(acme, compromised, tmp_path)
    assert points > FEW
    before_its_end = 2 * points - 1  # behind the last step all is done, and another would begin
    wanted = min(max(FEW, kills), before_its_end)
    ends = [number * before_its_end // wanted for number in range(wanted)]
    for end in ends:
        at, after = end // 2 + 1, bool(end % 2)
        with as_it_was(tmp_path, acme, marketing):
            with pytest.raises(Killed):
                rotate(acme, Steps(at, after=after), compromised=compromised)
            assert len(opened(acme.path).secrets.seeds) in {1, 2}
            rotate(acme, Steps(), compromised=compromised)
            whole(acme, marketing, stage, compromised=compromised)


def _steps_of_all(acme: Party, compromised: bool, folder: Path) -> int:
    steps = Steps()
    with as_it_was(folder, acme):
        rotate(acme, steps, compromised=compromised)
    return steps.count


def test_what_was_begun_signs_nothing_else(acme: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    with pytest.raises(Killed):
        rotate(acme, Steps(4), compromised=False)
    assert len(opened(acme.path).secrets.seeds) == 2

    with pytest.raises(UsageError, match="was begun"):
        acme.client.write("contact", {"name": "between"})

    again = acme.rotate()
    assert again.error == ""
    assert "an earlier run had begun" in again.out
    acme.client.write("contact", {"name": "after"})


def test_a_theft_is_not_done_with_by_what_was_begun_before(acme: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    with pytest.raises(Killed):
        rotate(acme, Steps(4), compromised=False)

    ran = acme.rotate("--compromised")
    assert ran.code == 3
    assert "no rotation after a theft" in ran.error
    assert [step.compromised for step in Succession.objects.order_by("number")] == [False]

    assert acme.rotate("--compromised").error == ""
    assert [step.compromised for step in Succession.objects.order_by("number")] == [False, True]


def test_what_the_key_file_never_heard_of_is_dropped(acme: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    for steps in (Steps(1, after=True), Steps(2)):  # the memory was written, the file was not
        with pytest.raises(Killed):
            rotate(acme, steps, compromised=False)
    begun = state_file(opened(acme.path)).load().rotating
    assert begun is not None
    assert len(opened(acme.path).secrets.seeds) == 1
    acme.client.write("contact", {"name": "between"})

    assert acme.rotate().error == ""

    [step] = Succession.objects.all()
    assert step.signed() != begun.succession
    read = {one.data["name"] for one in acme.client.query("contact")}
    assert read == {"before", "between"}
