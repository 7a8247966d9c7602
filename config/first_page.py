"""What stands at the bare address of this server: what it is, and where to go from there."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.intake.models import Manifest

ON, OFF = "on", "off"


@require_safe
def first_page(request: HttpRequest) -> HttpResponse:
    """Show what FIRST_PAGE says: our own page, nothing, or another address."""
    if settings.FIRST_PAGE == OFF:
        raise Http404
    if settings.FIRST_PAGE != ON:
        return HttpResponseRedirect(settings.FIRST_PAGE)
    return render(request, "config/first_page.html", {"forms": _demo_forms()})


def _demo_forms() -> list[tuple[str, str]]:
    """Return slug and title of forms that can be filled, in the demonstration alone.

    Elsewhere who may know of a form has been sent its address.
    """
    if not settings.DEMO:
        return []
    published = Manifest.objects.filter(form__closed=False).order_by("form__slug")
    return list(published.values_list("form__slug", "form__title").distinct())
