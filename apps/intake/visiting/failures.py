"""How often forms refuse to work at visitors', by day and reason, and on which unlisted sites.

Whoever runs a form learns that something is wrong with it, and of nobody whom it happened to.
"""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.envelope import encoding
from apps.intake.models import Failure, Form, RefusedSite
from apps.intake.models.counts import MAX_ORIGIN
from apps.intake.rules.validators import is_origin
from apps.web.errors import Malformed

MAX_SITES = 20
KEPT = timedelta(days=30)

# What the page's script reports (static/src/form/kit/errors.js), and three that the server sees.
CODES = {
    "script": "the page's script did not load, or was altered",
    "noscript": "the visitor's browser runs no scripts",
    "insecure": "the page was not opened with https://",
    "unsupported": "the browser is too old to encrypt",
    "setup": "the page does not name form, pin or version correctly",
    "missing_field": "a field of the form is not on the page",
    "unknown_field": "the page has a field that the form does not have",
    "unfit_field": "the page asks a field in a way that its kind does not allow",
    "fingerprint": "the owner's key is not the one that the page names",
    "compromised": "the owner's keys that the page names were stolen: it needs the new tag",
    "signature": "the owner's signature does not verify",
    "mismatch": "the form is another one, or an older version, than the page names",
    "malformed": "the form's description is damaged",
    "limit": "the answers are too long together",
    "expired": "the form has expired",
    "clock": "the device's clock says that the form is not signed yet",
    "origin": "a site shows the form that is not listed with it",
    "part": "a further part of the script did not load",
    "internal": "the script failed in a way it does not know",
    "trap": "a box that people do not see was filled",
    "storage": "the answers could be neither sent nor kept on the device",
    "refused": "the server refused the answers",
}


def read_code(body: Any) -> str:
    """Return the code that a page reports, and nothing else; raises Malformed."""
    code = encoding.members(body, ("code",), "a failure")["code"]
    if not isinstance(code, str) or code not in CODES:
        raise Malformed("the code is not one of those that are counted")
    return code


def count_failure(*, form: Form, code: str) -> None:
    """Count one failure of today; right however many do so at once."""
    row = Failure(form=form, day=timezone.now().date(), code=code)
    counted = Failure.objects.filter(form=form, day=row.day, code=code)
    if counted.update(count=F("count") + 1):
        return
    Failure.objects.bulk_create([row], ignore_conflicts=True)
    counted.update(count=F("count") + 1)


def forget_failures(*, days: int) -> int:
    """Delete what was counted more days ago than that; return how many counts that were."""
    before = timezone.now().date() - timedelta(days=days)
    RefusedSite.objects.filter(last__lt=before).delete()
    return Failure.objects.filter(day__lt=before).delete()[0]


def count_refused_site(*, form: Form, origin: str) -> None:
    """Count that an unlisted site showed the form, and keep its address for the form's admin.

    Not more than 20 addresses a form, each for 30 days after it was last seen: who makes them up
    fills this list, and nothing else.
    """
    count_failure(form=form, code="origin")
    if not is_origin(origin) or len(origin) > MAX_ORIGIN:
        return
    today = timezone.now().date()
    seen = RefusedSite.objects.filter(form=form, origin=origin)
    if seen.update(count=F("count") + 1, last=today):
        return
    RefusedSite.objects.filter(form=form, last__lt=today - KEPT).delete()
    if RefusedSite.objects.filter(form=form).count() < MAX_SITES:
        row = RefusedSite(form=form, origin=origin, last=today, count=1)
        RefusedSite.objects.bulk_create([row], ignore_conflicts=True)
