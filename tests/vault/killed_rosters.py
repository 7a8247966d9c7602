"""A process that is killed while it takes a roster: after each step, and nothing of it is there.

For PostgreSQL a test calls ``story``; for SQLite, whose tests run in memory, it is run in a process
with a file of its own.
"""

import os
import signal
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.db import connection

from apps.directory.models import Group, Membership
from apps.vault import models, stored_rosters
from tests.groups import team
from tests.people import Type, accepted, enrolled

STEPS = (
    "keep_roster",
    "open_inbox_generation",
    "keep_grants",
    "_withdraw_from_others",
    "_check_all_granted",
)


def story() -> int:
    """Kill one process at each step of a removal; return how many, after it was done again."""

    def stored() -> list[Any]:
        rooms = (Group, Membership, models.Generation, models.Grant, models.WithdrawnGrant)
        return [list(model._default_manager.order_by("pk").values()) for model in rooms]

    acme, clinic, marketing, mallory = map(enrolled, ("acme", "clinic", "marketing", "mallory"))
    staff = team(clinic, marketing, mallory)
    contact = Type(acme, "contact").open()
    contact.share(staff)
    [record] = contact.write()
    next = staff.next_roster([marketing], new_epoch=True)
    grants = staff.grants(next, [marketing])

    def read(person: Any) -> int:
        status: int = person.get(f"/records/{record.id}").status_code
        return status

    for person in (clinic, marketing, mallory):
        read(person)  # notes that the API key was used
    before = stored()
    for step in STEPS:
        kill_after(stored_rosters, step, lambda: staff.post(next, grants))
        assert stored() == before, step
        assert (read(marketing), read(mallory)) == (200, 200)
    accepted(staff.post(next, grants))
    assert (read(marketing), read(mallory)) == (200, 404)
    return len(STEPS)


def kill_after(module: Any, step: str, act: Callable[[], object]) -> None:
    """Do it in another process, which kills itself after this step."""
    function = getattr(module, step)

    def and_die(*arguments: Any, **named: Any) -> None:
        function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    connection.close()
    child = os.fork()
    if not child:
        try:
            with mock.patch.object(module, step, and_die):
                act()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), step
    assert os.WTERMSIG(status) == signal.SIGKILL, step
