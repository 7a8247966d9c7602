"""Hosted forms: /f/<slug>/."""

from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.intake.embedding import form_script
from apps.intake.manifests import signed
from apps.intake.models import Form, Manifest
from apps.intake.states import State, state_of

# Nothing may be sent by the browser on its own, and no script may write markup.
TIGHTER = {"form-action": ["'none'"], "font-src": ["'none'"], "img-src": ["'self'"]}
TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}

# status, heading, explanation
UNKNOWN = (
    404,
    "This form does not exist",
    "Please check the address, or ask whoever sent you here for a new one.",
)
UNAVAILABLE = {
    State.UNPUBLISHED: (
        404,
        "This form is not published yet",
        "Its owner is still working on it. Please come back later.",
    ),
    State.CLOSED: (410, "This form is closed", "It does not take answers any more."),
    State.EXPIRED: (
        410,
        "This form has expired",
        "Its owner has to publish it again before it can be filled. Please let them know.",
    ),
}


@require_safe
@csp_replace(TIGHTER)
@csp_update(TRUSTED_TYPES)  # type: ignore[arg-type]  # it does pass the slug along
@cache_control(no_cache=True)
def hosted_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form as it was last published, or say kindly why it cannot be filled."""
    form = Form.objects.select_related("owner").filter(slug=slug).first()
    if form is None:
        return _unavailable(request, *UNKNOWN)
    manifest = form.latest
    state = state_of(form=form, manifest=manifest)
    if manifest is None or state in UNAVAILABLE:
        return _unavailable(request, *UNAVAILABLE[state])
    return _fillable(request, form=form, manifest=manifest)


def _fillable(request: HttpRequest, *, form: Form, manifest: Manifest) -> HttpResponse:
    context = {
        "manifest": signed(manifest),
        "owner": form.owner,
        "fingerprint": form.owner.shown_fingerprint,
        "script": form_script(),
    }
    return render(request, "intake/form.html", context)


def _unavailable(request: HttpRequest, status: int, heading: str, explanation: str) -> HttpResponse:
    context = {"heading": heading, "explanation": explanation}
    return render(request, "intake/unavailable.html", context, status=status)
