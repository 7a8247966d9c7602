"""groups: what a client remembers itself, whatever the server lists, and what others share."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from apps.client.acts import grouping
from apps.vault.models import Generation, Grant
from tests.client.parties import Party, Tampering
from tests.client.test_groups import names, shared, staff

pytestmark = pytest.mark.database


def hiding(reader: str) -> Tampering:
    """A server that lists no grant to this reader."""

    def change(answer: Any) -> Any:
        answer["items"] = [one for one in answer["items"] if one["grant"]["reader"] != reader]
        return answer

    return Tampering().on("GET /grants", change)


def generations() -> int:
    return Generation.objects.filter(stream__type="contact").count()


def test_a_server_that_hides_a_grant_keeps_nobody_in(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.remove(group, mallory.id)
    Grant.objects.filter(group__isnull=False).update(epoch=2)  # the server tells nobody

    acme.through(hiding(group)).write("contact", {"name": "after"})

    assert generations() == 2


def test_a_server_that_hides_a_grant_prolongs_no_roster(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing, mallory)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    client = acme.through(hiding(group))
    end = client.session.now() + 31 * grouping.DAY
    client.session.now = lambda: end

    client.write("contact", {"name": "after"})
    assert generations() == 2
    again = acme.through(hiding(group))
    again.session.now = lambda: end
    again.write("contact", {"name": "later"})

    assert generations() == 2  # once is enough


def test_a_server_that_hides_a_grant_opens_no_past(
    acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before"})
    clinic.client.groups.add(group, mallory.id, fingerprint=mallory.fingerprint, from_now=True)
    mallory.knows(clinic)

    acme.through(hiding(group)).write("contact", {"name": "meanwhile"})
    acme.client.write("contact", {"name": "after"})

    records = mallory.client.query("contact", writer=acme.id, on_problem=lambda error: None)
    assert sorted(str(one.data["name"]) for one in records) == ["after", "meanwhile"]
    assert names(marketing, acme.id) == ["after", "before", "meanwhile"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"columns": ["name"]}, {"columns": ["name", "age"]}),
        (
            {"until": date.today() + timedelta(days=30)},
            {"until": date.today() + timedelta(days=60)},
        ),
    ],
    ids=["columns", "end"],
)
def test_sharing_more_after_a_removal_is_under_a_new_key(
    acme: Party,
    clinic: Party,
    marketing: Party,
    mallory: Party,
    first: dict[str, Any],
    then: dict[str, Any],
) -> None:
    group = staff(clinic, marketing, mallory)
    acme.client.write("contact", {"name": "before", "age": "3"})
    acme.client.share("contact", group, owner=clinic.id, fingerprint=clinic.fingerprint, **first)
    clinic.client.groups.remove(group, mallory.id)

    acme.client.share("contact", group, **then)
    acme.client.write("contact", {"name": "after", "age": "4"})

    marketing.knows(acme)
    assert generations() == 2
    assert names(marketing, acme.id) == ["after", "before"]


def _nothing(acme: Party, group: str) -> None:
    pass


def _less(acme: Party, group: str) -> None:
    acme.client.share("contact", group, columns=["name"])


@pytest.mark.parametrize(("then", "reads"), [(_nothing, []), (_less, ["after", "before"])])
def test_who_was_revoked_on_another_machine_stays_so(
    acme: Party,
    clinic: Party,
    marketing: Party,
    then: Callable[[Party, str], None],
    reads: list[str],
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    elsewhere = acme.copy("elsewhere")
    acme.client.revoke("contact", group)
    then(acme, group)

    elsewhere.client.write("contact", {"name": "after", "age": "3"})
    elsewhere.client.write("contact", {"name": "after", "age": "3"})

    found = marketing.client.query("contact", writer=acme.id, allow_empty=True)
    assert sorted({str(one.data["name"]) for one in found}) == reads
    assert not any("age" in one.data for one in found)


def test_a_group_that_ended_was_shared_less_on_another_machine(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    group = staff(clinic, marketing)
    shared(acme, group, clinic, marketing)
    acme.client.write("contact", {"name": "before"})
    elsewhere = acme.copy("elsewhere")
    acme.client.revoke("contact", group)
    acme.client.share("contact", group, columns=["name"])
    late = elsewhere.client
    end = late.session.now() + 31 * grouping.DAY
    late.session.now = lambda: end
    late.write("contact", {"name": "meanwhile", "age": "3"})
    clinic.client.groups.renew(group)

    elsewhere.client.write("contact", {"name": "after", "age": "3"})

    found = list(marketing.client.query("contact", writer=acme.id))
    assert sorted(str(one.data["name"]) for one in found) == ["after", "before", "meanwhile"]
    assert not any("age" in one.data for one in found)
