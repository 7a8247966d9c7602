"""What lanes count is what a COUNT gives, after whatever was written, updated and deleted."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.envelope.records import Record
from apps.vault import models
from apps.vault.form_records import store_form_records
from apps.vault.lanes import LANES
from tests.people import Person, Type, accepted, error, wires
from tests.tools.selection import slow
from tests.vault.counting import check_counters
from tests.vault.inbox import Inboxes

pytestmark = [pytest.mark.database, pytest.mark.django_db]


class Days:
    """A clock that goes on by some hours whenever something is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = datetime(2026, 12, 30, 22, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: self.time)

    def pass_by(self, by: random.Random) -> None:
        self.time += timedelta(minutes=by.randrange(1, 600))


def statuses(answer: Any) -> set[str]:
    return {result["status"] for result in accepted(answer)["results"]}


@pytest.mark.parametrize("seed", [0, *slow(1, 2)])
def test_counters_are_what_a_count_gives(
    acme: Person, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = random.Random(seed)
    types = {name: Type(acme, name).open() for name in ("contact", "health")}
    inboxes = Inboxes(acme).open()
    clock = Days(monkeypatch)
    living: list[Record] = []
    done: set[str] = set()
    for _ in range(25):
        clock.pass_by(by)
        some = by.sample(living, min(len(living), by.randrange(1, 6)))
        step = by.choice(["write", "submit", "update", "delete", "repeat", "refused"])
        if step == "write":
            new = [by.choice(list(types.values())).record() for _ in range(by.randrange(1, 9))]
            done |= statuses(acme.post("/records", {"records": wires(new)}))
            living += new
        elif step == "submit":
            records = inboxes.submission()
            assert store_form_records(records=records, inboxes=inboxes.ids)
            assert not store_form_records(records=records, inboxes=inboxes.ids)
        elif step == "update" and some:
            changed = [types[one.type].record(id=one.id, rev=one.rev + 1) for one in some]
            done |= statuses(acme.put("/records", {"records": wires(changed)}))
            living = [*(one for one in living if one not in some), *changed]
        elif step == "delete" and some:
            gone = wires([types[one.type].deletion(one) for one in some])
            done |= statuses(acme.post("/deletions", {"deletions": gone}))
            assert statuses(acme.post("/deletions", {"deletions": gone})) == {"deleted"}
            living = [one for one in living if one not in some]
        elif step == "repeat" and some:
            body = {"records": wires(some)}
            done |= statuses(acme.put("/records", body)) | statuses(acme.post("/records", body))
        elif some:
            fresh, late = types["contact"].record(), types[some[0].type].record(rev=2)
            answer = acme.post("/records", {"records": wires([fresh, late])})
            assert error(answer) == (409, "revision_conflict")
        assert check_counters() == models.Record.objects.count()

    assert {"created", "existing", "updated", "deleted"} <= done
    assert models.Arrivals.objects.values("day").distinct().count() > 3
    assert models.Lane.objects.values("stream").distinct().count() * LANES == (
        models.Lane.objects.count()
    )


def test_the_comparison_notices(contact: Type) -> None:
    contact.write()
    check_counters()
    for change in ({"living": 0}, {"position": 2}, {"last_arrival": None}):
        lane = models.Lane.objects.get(position=1)
        models.Lane.objects.filter(pk=lane.pk).update(**change)
        with pytest.raises(AssertionError):
            check_counters()
        lane.save()
    models.Arrivals.objects.update(count=2)
    with pytest.raises(AssertionError):
        check_counters()


def test_the_bytes_that_arrive_are_counted(contact: Type) -> None:
    written = contact.write(contact.record(), contact.record()) + contact.write()

    counted = sum(models.Arrivals.objects.values_list("octets", flat=True))
    assert counted == sum(len(record.raw) for record in written)
