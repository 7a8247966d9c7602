"""Groups of clients in the admin, and what they were granted"""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.directory.models import Group
from apps.vault.models import Generation, Grant
from tests.groups import Team, team
from tests.people import Person, Type, accepted, enrolled

pytestmark = pytest.mark.database

GROUPS = "/admin/directory/group/"
GRANTS = "/admin/vault/grant/"


@pytest.fixture(autouse=True)
def acme(db: None) -> Person:
    return enrolled("acme")


@pytest.fixture
def clinic(db: None) -> Person:
    return enrolled("clinic")


@pytest.fixture
def marketing(db: None) -> Person:
    return enrolled("marketing")


@pytest.fixture
def mallory(db: None) -> Person:
    return enrolled("mallory")


@pytest.fixture
def contact(acme: Person) -> Type:
    return Type(acme, "contact").open()


@pytest.fixture
def staff(clinic: Person, marketing: Person, mallory: Person, contact: Type) -> Team:
    """clinic's group, with marketing and mallory in it, that was granted acme's contacts."""
    staff = team(clinic, marketing, mallory)
    contact.share(staff)
    return staff


def rows(page: str) -> str:
    """What the table of a list holds."""
    return page.partition('id="result_list"')[2].partition("</table>")[0]


def test_the_list_says_whose_they_are_and_until_when(admin_client: Browser, staff: Team) -> None:
    found = rows(admin_client.get(GROUPS).content.decode())

    assert "clinic staff" in found
    assert f"/admin/directory/client/{staff.owner.id}/change/" in found
    assert '<td class="field-members">2</td>' in found
    assert " UTC" in found


def test_without_groups_the_list_is_empty(admin_client: Browser) -> None:
    page = admin_client.get(GROUPS).content.decode()

    assert "0 groups" in page
    assert not rows(page)


def test_its_page_says_who_is_in_and_who_has_left(
    admin_client: Browser, staff: Team, marketing: Person, mallory: Person
) -> None:
    path = f"{GROUPS}{staff.id}/change/"
    before = admin_client.get(path).content.decode()
    accepted(mallory.post(f"/groups/{staff.id}/leave", staff.leave(mallory).to_wire()))
    after = admin_client.get(path).content.decode()

    assert staff.id in before
    for person in (marketing, mallory):
        assert f"/admin/directory/client/{person.id}/change/" in before
    year = str(staff.in_force.issued // (365 * 24 * 3600) + 1970)
    assert before.count(year) < after.count(year)  # when she left
    assert "_save" not in before
    found = rows(admin_client.get(GROUPS).content.decode())
    assert '<td class="field-members">1</td>' in found


def test_nobody_changes_a_group_here(
    admin_client: Browser, viewer: Browser, mallory_on_the_staff: Browser, staff: Team
) -> None:
    before = Group.objects.values().get()
    path = f"{GROUPS}{staff.id}/change/"

    assert admin_client.get(f"{GROUPS}add/").status_code == 403
    for browser in (admin_client, viewer, mallory_on_the_staff):
        assert browser.post(path, {"name": "x", "epoch": 9}).status_code == 403
        assert browser.post(f"{GROUPS}{staff.id}/delete/", {"post": "yes"}).status_code == 403
    assert mallory_on_the_staff.get(path).status_code == 403
    assert viewer.get(path).status_code == 200
    assert Group.objects.values().get() == before


@pytest.mark.parametrize(("asked", "count"), [("STAFF", 1), ("clini", 1), ("acme", 0)])
def test_a_group_is_found_by_its_name_or_its_owner_s(
    admin_client: Browser, staff: Team, asked: str, count: int
) -> None:
    found = rows(admin_client.get(f"{GROUPS}?q={asked}").content.decode())

    assert found.count(f"{GROUPS}{staff.id}/change/") == count


def test_a_grant_names_the_group_that_reads(admin_client: Browser, staff: Team) -> None:
    grant = Grant.objects.exclude(group=None).get()
    link = f'<a href="{GROUPS}{staff.id}/change/">clinic staff</a>, a group, epoch 1'

    for path in (GRANTS, f"{GRANTS}{grant.pk}/change/"):
        assert link in admin_client.get(path).content.decode()


def test_grants_are_found_by_the_name_of_a_group(
    admin_client: Browser, staff: Team, contact: Type, acme: Person
) -> None:
    contact.share(acme)

    found = rows(admin_client.get(f"{GRANTS}?q=clinic+staff").content.decode())

    assert "a group, epoch 1" in found
    assert found.count("field-whom") == 1


def test_epochs_are_called_by_their_group(admin_client: Browser, staff: Team) -> None:
    epoch = Generation.objects.get(stream__type="epoch")
    link = f'<a href="{GROUPS}{staff.id}/change/">clinic staff</a> of clinic'

    listed = admin_client.get("/admin/vault/generation/").content.decode()
    assert link in rows(listed)
    assert "clinic staff: epoch" in listed  # the filter
    shown = admin_client.get(f"/admin/vault/generation/{epoch.pk}/change/").content.decode()
    assert link in shown
    of_stream = f"/admin/vault/record/?stream={epoch.stream_id}"
    assert admin_client.get(of_stream).status_code == 200
    asked = admin_client.get("/admin/vault/generation/?q=staff").content.decode()
    assert rows(asked).count("field-number") == 1


def test_lists_cost_the_same_with_more_groups(
    admin_client: Browser, staff: Team, contact: Type, clinic: Person
) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as said:
            assert admin_client.get(path).status_code == 200
        return len(said)

    paths = (GROUPS, GRANTS, f"{GROUPS}{staff.id}/change/")
    before = [cost(path) for path in paths]
    for number in range(3):
        contact.share(team(clinic, name=f"team {number}"))
    staff.add(*(enrolled(f"nurse {number}") for number in range(3)))

    assert [cost(path) for path in paths] == before
