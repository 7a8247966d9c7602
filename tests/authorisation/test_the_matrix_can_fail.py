"""The matrix complains of what has no row, and of whatever is opened to who must be refused"""

from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.console.admin.stored_admin import RecordAdmin
from apps.directory.models import ApiKey, Client, Membership
from apps.intake import owner_views
from apps.intake.errors import FormClosed, FormNotFound
from apps.intake.models import Form, HandOver
from apps.vault import listings, visibility
from apps.vault.models import Record
from apps.vault.record_views import RecordView
from config.urls import urlpatterns
from tests.authorisation.asking import World, problems
from tests.authorisation.endpoints import endpoints
from tests.authorisation.table import FILE, Wrong, read

Patch = pytest.MonkeyPatch


def missing(patterns: Any = None) -> list[str]:
    return read(FILE.read_text(), endpoints(patterns)).missing


def complaints(world: World, name: str) -> str:
    """What the rows of this name complain of, a line each."""
    rows = [row for row in read(FILE.read_text(), endpoints()).rows if row.name == name]
    assert rows
    return "\n".join(problem for row in rows for problem in problems(row, world))


def test_a_new_pattern_needs_a_row() -> None:
    def view(request: HttpRequest, id: UUID) -> HttpResponse:
        return HttpResponse()

    found = missing([*urlpatterns, path("f/backdoor/<uuid:id>", view)])

    assert found == [
        "/f/backdoor/<uuid:id> GET HEAD OPTIONS POST PUT PATCH DELETE: "
        "add a line to tests/authorisation/matrix.txt"
    ]


def test_a_new_method_of_the_api_needs_a_row(monkeypatch: Patch) -> None:
    monkeypatch.setattr(RecordView, "delete", RecordView.get, raising=False)

    assert missing() == [
        "/api/v1/records/<uuid:id> DELETE: add a line to tests/authorisation/matrix.txt"
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/nowhere | GET | anonymous 200", "no pattern"),
        ("/api/v1/me | DELETE | anonymous 200", "does not serve DELETE"),
        ("/api/v1/me | GET no_body | anonymous 200", "no body"),
        ("/api/v1/me | GET | anonymous 401; somebody 200", "somebody"),
        ("/api/v1/me | GET | anonymous 401; anonymous 200", "twice"),
        ("/api/v1/me | ANY | anonymous 401", "name these"),
    ],
)
def test_a_line_that_says_nothing_is_refused(line: str, why: str) -> None:
    with pytest.raises(Wrong, match=f"line 1: .*{why}"):
        read(line, endpoints())


@pytest.mark.django_db
@pytest.mark.slow
def test_records_that_are_shown_without_a_grant(world: World, monkeypatch: Patch) -> None:
    everything = Record.objects.filter(deleted_at=None)
    monkeypatch.setattr(listings, "readable", lambda reader, grants: everything.all())

    found = complaints(world, "/api/v1/records/{record} GET HEAD")

    for role in ("other", "ex_reader", "ended_reader", "taker"):
        assert f"as {role}: 200 instead of 404" in found
    assert "as expired_key" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_columns_that_are_not_hidden(world: World, monkeypatch: Patch) -> None:
    monkeypatch.setattr(visibility, "hide_fields", lambda record, visible: record)

    found = complaints(world, "/api/v1/records?writer={owner}&type={type} GET HEAD")

    for role in ("column_reader", "record_reader"):
        assert f"as {role}: the answer holds zip" in found
    assert "as reader" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_a_query_that_asks_for_no_grant(world: World, monkeypatch: Patch) -> None:
    everything = Record.objects.filter(deleted_at=None)
    monkeypatch.setattr(listings, "readable", lambda reader, grants: everything.all())

    found = complaints(world, "/api/v1/records/query POST state_of_rounds")

    for role in ("other", "ex_member", "left_member", "team_owner"):
        assert f"as {role}: the answer holds round" in found
    assert "as member" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_a_group_that_goes_on_for_who_has_left(world: World, monkeypatch: Patch) -> None:
    def groups_with(client: Client) -> Any:
        return Membership.objects.filter(client=client).values("group")

    monkeypatch.setattr(visibility, "groups_with", groups_with)

    found = complaints(world, "/api/v1/records/{round} GET HEAD")

    assert "as left_member: 200 instead of 404" in found
    assert "as left_member: the answer holds round_zip" in found
    assert "as ex_member" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_keys_that_go_on_after_their_end(world: World, monkeypatch: Patch) -> None:
    monkeypatch.setattr(ApiKey, "is_live", lambda self, now: True)

    found = complaints(world, "/api/v1/forms GET HEAD")

    for role in ("expired_key", "revoked_key"):
        assert f"as {role}: 200 instead of 401" in found
        assert f"as {role}: the answer holds draft" in found
    assert "as disabled" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_a_refusal_that_tells_what_there_is(world: World, monkeypatch: Patch) -> None:
    """With the same status, and nothing in it that is the owner's."""

    def told(*, caller: Client, id: UUID) -> Form:
        error = FormNotFound()
        if Form.objects.filter(id=id).exists():
            error.hint = FormClosed.hint
        raise error

    monkeypatch.setattr(owner_views, "own_form", told)

    found = complaints(world, "/api/v1/forms/{draft}/draft GET HEAD").splitlines()

    telling = "the answer is another one where the owner has nothing"
    assert {line.rpartition(": ")[2] for line in found if " as other:" in line} == {telling}


@pytest.mark.django_db
@pytest.mark.slow
def test_a_refusal_that_does_what_it_refuses(world: World, monkeypatch: Patch) -> None:
    def withdraw(*, caller: Client, id: UUID) -> int:
        HandOver.objects.filter(form=id).delete()
        raise FormNotFound

    monkeypatch.setattr(owner_views, "withdraw", withdraw)

    found = complaints(world, "/api/v1/forms/{offered}/hand-over/withdrawal POST nothing")

    assert "as other: something was stored" in found
    assert "as other: 2" not in found
    assert "as anonymous" not in found


@pytest.mark.django_db
@pytest.mark.slow
def test_a_list_of_the_admin_for_all_of_the_staff(world: World, monkeypatch: Patch) -> None:
    monkeypatch.setattr(RecordAdmin, "has_view_permission", lambda self, request, obj=None: True)

    found = complaints(world, "/admin/vault/record/ GET HEAD OPTIONS POST PUT PATCH DELETE")

    assert "as staff: 200 instead of 403" in found
    assert "as staff: the answer holds records" in found
    assert "as without_code" not in found
