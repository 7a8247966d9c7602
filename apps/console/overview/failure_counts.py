"""What an admin sees of forms that refused to work at visitors': how often, and why."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from apps.intake.models import Form
from apps.intake.visiting.failures import CODES

DAYS = 30


class Failing(NamedTuple):
    """A reason and how often it was met."""

    code: str
    meaning: str
    times: int


def unlisted_sites(*, form: Form) -> list[tuple[str, int, date]]:
    """Return the sites that showed the form without being listed: how often, and when last."""
    now_listed = form.refused_sites.exclude(origin__in=form.origins)
    return list(now_listed.order_by("-last", "origin").values_list("origin", "count", "last"))


def lately(*, form: Form) -> list[Failing]:
    """Return what was counted within the last 30 days, the most frequent first."""
    since = timezone.now().date() - timedelta(days=DAYS)
    counted = form.failures.filter(day__gt=since).values_list("code").annotate(times=Sum("count"))
    return [
        Failing(code, CODES.get(code, code), times)
        for code, times in counted.order_by("-times", "code")
    ]
