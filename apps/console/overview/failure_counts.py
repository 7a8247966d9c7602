"""What an admin sees of forms that refused to work at visitors': how often, and why."""

from datetime import timedelta
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


def lately(*, form: Form) -> list[Failing]:
    """Return what was counted within the last 30 days, the most frequent first."""
    since = timezone.now().date() - timedelta(days=DAYS)
    counted = form.failures.filter(day__gt=since).values_list("code").annotate(times=Sum("count"))
    return [
        Failing(code, CODES.get(code, code), times)
        for code, times in counted.order_by("-times", "code")
    ]
