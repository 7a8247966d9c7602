"""manage.py purge: what has served its time goes, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.directory.enrolment import issue_token
from apps.directory.models import EnrolmentToken
from apps.intake.models import Failure, Form
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.people import Person

pytestmark = pytest.mark.django_db


def purged(*words: str) -> str:
    out = StringIO()
    call_command("purge", *words, stdout=out)
    return out.getvalue()


def test_what_is_older_goes_and_what_is_younger_stays(form: Form, acme: Person) -> None:
    now = timezone.now()
    for days in (89, 90, 91):
        Failure.objects.create(form=form, day=now.date() - timedelta(days=days), code="script")
    for name, days in (("old", 91), ("young", 89)):
        _, row = issue_token(name=name)
        EnrolmentToken.objects.filter(pk=row.pk).update(expires=now - timedelta(days=days))
    for name, hours in (("ended", -1), ("lives", 1)):
        Session.objects.create(session_key=name, expire_date=now + timedelta(hours=hours))
    used = EnrolmentToken.objects.filter(used_at__isnull=False).count()

    assert "1 counts of failures, 1 unused enrolment tokens" in purged()

    assert Failure.objects.count() == 2
    assert list(Session.objects.values_list("pk", flat=True)) == ["lives"]
    assert not EnrolmentToken.objects.filter(name="old").exists()
    assert EnrolmentToken.objects.filter(name="young").exists()
    assert EnrolmentToken.objects.filter(used_at__isnull=False).count() == used == 1


def test_how_much_is_kept_can_be_said(form: Form) -> None:
    day = timezone.now().date() - timedelta(days=8)
    Failure.objects.create(form=form, day=day, code="script")

    assert "0 counts" in purged("--days", "8")
    assert "1 counts" in purged("--days", "7")
    with pytest.raises(CommandError, match="from 1 to 3650"):
        purged("--days", "0")
