"""What belongs to one form's pages beside the page: its colours, its logo, an image that counts.

Addresses carry a digest of what is served, so that browsers may keep it for good; at an
address without one they ask each time whether it has changed.
"""

from base64 import b64decode
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from apps.embed.integrity import short_digest
from apps.intake.models import Form
from apps.intake.rules.looks import FONTS, RADIUS, Accent, accents
from apps.intake.visiting.failures import count_failure
from apps.intake.visiting.form_throttles import FailureThrottle

FAMILIES = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "serif": 'ui-serif, Georgia, "Noto Serif", "DejaVu Serif", serif',
    "mono": 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace',
}
NEVER_CHANGES = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
# Opened on its own, an image from a stranger is no page that could do anything.
HARMLESS = "default-src 'none'; frame-ancestors 'none'; sandbox"
ONE_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def theme_css(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the form's look as custom properties (static/css/sealform.css)."""
    form = get_object_or_404(Form, slug=slug)
    return _kept(request, theme_of(form=form), content_type="text/css; charset=utf-8")


@require_safe
def logo(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the form's logo, as the image that it was checked to be."""
    form = get_object_or_404(Form, slug=slug)
    if not form.logo:
        raise Http404
    response = _kept(request, bytes(form.logo), content_type=form.logo_type)
    response.headers["Content-Security-Policy"] = HARMLESS
    return response


@require_safe
def noscript_counter(request: HttpRequest, slug: str) -> HttpResponse:
    """Count that a browser runs no scripts, if the form can be filled at all."""
    form = get_object_or_404(Form, slug=slug)
    if FailureThrottle().allows(request, id=form.id):
        count_failure(form=form, code="noscript")
    return HttpResponse(ONE_PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store"})


def theme_address(*, form: Form) -> str:
    """Return where the form's look is, "" where it is our own."""
    look = (form.accent, form.accent_dark, form.font, form.radius)
    if look == ("", "", FONTS[0][0], RADIUS):
        return ""
    return _address("form-theme", form, theme_of(form=form))


def logo_address(*, form: Form) -> str:
    """Return where the form's logo is, "" without one."""
    return _address("form-logo", form, bytes(form.logo)) if form.logo else ""


def theme_of(*, form: Form) -> bytes:
    """Return the form's look: light as it is, dark where the visitor's device is."""
    light, dark = accents(accent=form.accent, accent_dark=form.accent_dark)
    return f"""\
:root {{
  {_colours(light)}
  --sealform-radius: {form.radius / 16}rem;
  --sealform-font: {FAMILIES[form.font]};
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    {_colours(dark)}
  }}
}}
""".encode()


def _colours(accent: Accent) -> str:
    return f"--sealform-accent: {accent.colour}; --sealform-accent-text: {accent.text};"


def _address(name: str, form: Form, content: bytes) -> str:
    return f"{reverse(name, args=[form.slug])}?v={short_digest(content)}"


def _kept(request: HttpRequest, content: bytes, **options: Any) -> HttpResponse:
    """Answer with what browsers may keep, or that what they have is still right."""
    digest = short_digest(content)
    named = request.GET.get("v") == digest
    etag, control = f'"{digest}"', NEVER_CHANGES if named else ALWAYS_ASK
    response = HttpResponse(content, headers={"ETag": etag, "Cache-Control": control}, **options)
    return get_conditional_response(request, etag=etag, response=response) or response
