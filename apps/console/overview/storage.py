"""What an admin should know about stored bytes, before a budget is used up."""

from django.conf import settings
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from apps.envelope.encoding import FORM
from apps.intake.models import Form
from apps.vault.budgets import ALARM, Level, of_the_server
from apps.vault.models import Arrivals


def storage_notices() -> list[str]:
    """Return a sentence on each budget that is nearly or wholly used up, [] mostly."""
    return [
        f"{level.what[:1].upper()}{level.what[1:]} "
        f"{'is full: submissions are refused' if level.is_full else 'is nearly full'} "
        f"({filesizeformat(level.used)} of {filesizeformat(level.budget)})."
        for level in (*of_the_server(), *_forms())
        if level.is_high
    ]


def _forms() -> list[Level]:
    """Of the forms that took most of their day; few ever do."""
    if not settings.FORM_BYTES_PER_DAY:
        return []
    today = Arrivals.objects.filter(day=timezone.now().date(), stream__writer__startswith=FORM)
    sums = today.order_by().values_list("stream__writer").annotate(sum=Sum("octets"))
    high = {
        writer.removeprefix(FORM): used
        for writer, used in sums.filter(sum__gte=ALARM * settings.FORM_BYTES_PER_DAY)
    }
    return [
        Level(f"the day of the form {form.title}", high[str(form.id)], settings.FORM_BYTES_PER_DAY)
        for form in Form.objects.filter(id__in=high).order_by("title")
    ]
