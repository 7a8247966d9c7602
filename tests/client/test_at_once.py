"""Runs of one client at the same time: none fails, and nothing that one of them did is lost."""

import fcntl
from collections.abc import Callable
from itertools import count

import httpx
import pytest
from django.db import transaction

from apps.client import Client
from apps.client.acts import publishing
from apps.client.errors import ApiRefused
from apps.client.state import StateFile
from apps.client.trust import turns
from apps.vault.models import Generation, Grant
from tests.client.parties import Party, Signup, Tampering
from tests.tools.selection import slow

Act = Callable[[Client], object]
"""What a run does; its form, its type and its readers are set up beforehand."""


class World:
    """acme, who shares contacts with marketing, and two machines of hers."""

    def __init__(self, acme: Party, marketing: Party, clinic: Party, signup: Signup) -> None:
        self.acme, self.marketing, self.clinic, self.signup = acme, marketing, clinic, signup
        acme.client.pin(marketing.id, marketing.fingerprint)
        acme.client.pin(clinic.id, clinic.fingerprint)

    def share(self, client: Client) -> None:
        client.share("contact", self.clinic.id, allow_empty=True)

    def share_with_marketing(self, client: Client) -> None:
        client.share("contact", self.marketing.id, allow_empty=True)

    def revoke(self, client: Client) -> None:
        client.revoke("contact", self.marketing.id)

    def revoke_clinic(self, client: Client) -> None:
        client.revoke("contact", self.clinic.id)

    def write(self, client: Client) -> None:
        client.write("contact", {"name": "Ann"})

    def publish(self, client: Client) -> None:
        plan = publishing.prepare(client.session, "signup")
        publishing.publish(client.session, plan, agreed=plan.draft)

    def revoke_inbox(self, client: Client) -> None:
        client.revoke("account", self.marketing.id, form="signup")

    def here(self, transport: httpx.BaseTransport) -> Client:
        return self.acme.through(transport)

    def elsewhere(self) -> Client:
        """The same client on another machine: of what it remembers it has a copy."""
        client = self.acme.through(Tampering())
        state = client.session.state
        path = state.path.with_name("elsewhere.state")
        path.write_bytes(state.path.read_bytes())
        key = client.session.keys.state  # type: ignore[attr-defined]
        client.session.state = StateFile(path, client_id=client.id, key=key)
        return client


@pytest.fixture
def world(acme: Party, marketing: Party, clinic: Party, signup: Signup) -> World:
    return World(acme, marketing, clinic, signup)


def interrupted(world: World, act: Act, other: Act, at: int) -> bool:
    """Do one thing, and the other from another machine before the request with this number."""
    wire = Tampering()
    handle, came = wire.handle_request, count(1)
    done = []

    def between(request: httpx.Request) -> httpx.Response:
        if next(came) == at:
            done.append(other(world.elsewhere()))
        return handle(request)

    wire.handle_request = between  # type: ignore[method-assign]
    act(world.here(wire))
    return bool(done)


def grants_to(party: Party, type: str = "contact") -> set[int]:
    """The generations that are granted to a party."""
    found = Grant.objects.filter(reader=party.row, stream__type=type)
    return set(found.values_list("generation__number", flat=True))


def generations(type: str = "contact") -> set[int]:
    found = Generation.objects.filter(stream__type=type)
    return set(found.values_list("number", flat=True))


def both_read(world: World) -> None:
    assert grants_to(world.clinic) == grants_to(world.marketing) == generations() != set()


def nobody_reads(world: World) -> None:
    assert grants_to(world.clinic) == grants_to(world.marketing) == set()


def clinic_reads(world: World) -> None:
    """What was shared covers all there was; what was opened since may wait for the next share."""
    world.share(world.acme.client)
    assert grants_to(world.clinic) == generations()
    assert not grants_to(world.marketing)


def clinic_reads_alone(world: World) -> None:
    assert grants_to(world.clinic)
    assert not grants_to(world.marketing)


def nothing_more(world: World) -> None:
    pass


def shared_with_both(world: World) -> None:
    world.share(world.acme.client)
    world.share_with_marketing(world.acme.client)


def shared_inbox(world: World) -> None:
    world.acme.client.share("account", world.marketing.id, form="signup")


def inbox_ended(world: World) -> None:
    assert not grants_to(world.marketing, "account")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "act", "other", "after"),
    [
        (nothing_more, World.write, World.write, nothing_more),
        (shared_with_both, World.revoke, World.write, clinic_reads),
        *slow(
            (nothing_more, World.share, World.share_with_marketing, both_read),
            (nothing_more, World.share, World.write, nothing_more),
            (nothing_more, World.write, World.share, nothing_more),
            (shared_with_both, World.revoke, World.revoke_clinic, nobody_reads),
            (shared_with_both, World.revoke, World.revoke, clinic_reads),
            (shared_with_both, World.write, World.revoke, clinic_reads),
            (shared_with_both, World.share, World.revoke, clinic_reads),
            (nothing_more, World.publish, World.publish, nothing_more),
            (shared_inbox, World.publish, World.revoke_inbox, inbox_ended),
        ),
    ],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_on_two_machines_neither_fails(
    world: World,
    before: Callable[[World], None],
    act: Callable[[World, Client], None],
    other: Callable[[World, Client], None],
    after: Callable[[World], None],
) -> None:
    """The other run comes from beginning to end before each request of the first in turn."""
    before(world)
    state = world.acme.client.session.state.path
    remembered = state.read_bytes()
    for at in count(1):
        with transaction.atomic():
            met = interrupted(world, lambda c: act(world, c), lambda c: other(world, c), at)
            if met:
                after(world)
            transaction.set_rollback(True)
        state.write_bytes(remembered)
        if not met:
            break
    assert at > 2


@pytest.mark.slow
def test_without_another_try_a_share_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the test above would show without what is tested."""
    monkeypatch.setattr(turns, "OVERTAKEN", set())
    refused = set()
    state = world.acme.client.session.state.path
    remembered = state.read_bytes()
    for at in count(1):
        met = True
        with transaction.atomic():
            try:
                met = interrupted(world, world.share, world.share_with_marketing, at)
            except ApiRefused as error:
                refused.add(error.code)
            transaction.set_rollback(True)
        state.write_bytes(remembered)
        if not met:
            break
    assert refused == {"generation_conflict"}


@pytest.mark.parametrize("act", ["share", "write", "publish"])
def test_on_one_machine_the_other_waits(world: World, act: str) -> None:
    """Whatever it sends that changes something, it sends in its turn."""
    wire = Tampering()
    handle, held = wire.handle_request, []

    def watched(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not request.url.path.endswith("/records"):
            held.append(is_held(world.acme.client.session.state))
        return handle(request)

    wire.handle_request = watched  # type: ignore[method-assign]
    getattr(world, act)(world.here(wire))

    assert held
    assert all(held)
    assert not is_held(world.acme.client.session.state)


def is_held(state: StateFile) -> bool:
    """Whether another run would wait for its turn."""
    with open(state.path.with_name(f".{state.path.name}.turn.lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
