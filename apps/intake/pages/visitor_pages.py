"""The pages that visitors see: /f/SLUG/, the same for an iframe, and where receipts are checked."""

from collections.abc import Mapping
from typing import Any

from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from apps.intake.models import Form, Manifest
from apps.intake.pages import page_context
from apps.intake.pages.embedding import served
from apps.intake.pages.languages import Choice, language_for
from apps.intake.publishing.states import State, state_of
from apps.intake.publishing.stored_manifests import form_in_force, signed
from apps.intake.rules.validators import ANY_ORIGIN, is_origin, tidy_origin
from apps.intake.visiting.failures import count_failure, count_refused_site
from apps.intake.visiting.form_throttles import FailureThrottle
from apps.intake.visiting.receipt_lookups import types_ever

# Nothing may be sent by the browser on its own, and no script may write markup. The one
# policy names addresses of scripts: the main script loads its own further parts.
TIGHTER = {"form-action": ["'none'"], "font-src": ["'none'"], "img-src": ["'self'"]}
TRUSTED_TYPES: dict[str, Any] = {
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["sealform"],
}
NOBODY = ["'none'"]
FRAMES = {"iframe", "frame", "embed", "object"}
# No script runs whose bytes the page does not name, wherever it comes from: the further parts
# of our scripts are named by the scripts themselves.
INTEGRITY_POLICY = "blocked-destinations=(script)"

# status, and what the texts call it
UNKNOWN = (404, "page.unknown")
UNAVAILABLE = {
    State.UNPUBLISHED: (404, "page.unpublished"),
    State.CLOSED: (410, "page.closed"),
    State.EXPIRED: (410, "page.expired"),
}


@require_safe
@cache_control(no_cache=True)
def hosted_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form as it was last published, or say kindly why it cannot be filled."""
    return _fillable(request, slug, "intake/form.html", framed=False)


@require_safe
@cache_control(no_cache=True)
def embedded_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the same form for an iframe, to the sites alone that the form lists."""
    return _fillable(request, slug, "intake/embedded.html", framed=True)


@require_safe
@cache_control(no_cache=True)
def receipt_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Check receipts of a form that was ever published, whether or not it takes answers."""
    form, manifest, language = _found(request, slug)
    if form is None or manifest is None:
        return _unavailable(request, *_why_not(form, manifest), form=form, language=language)
    context = page_context.base_page(form=form, manifest=manifest, language=language)
    context["texts"] = page_context.check_texts(language)
    context["types"] = " ".join(types_ever(form=form))
    context["script"] = served("dist/sealform-receipt.js")
    return _answer(request, "intake/receipt.html", context)


def _fillable(request: HttpRequest, slug: str, template: str, *, framed: bool) -> HttpResponse:
    form, manifest, language = _found(request, slug)
    ancestors = form.origins if form and framed else []
    if form and framed and (site := _unlisted_site(request, ancestors)):
        return _not_here(request, form=form, language=language, site=site)
    if form is None or manifest is None or state_of(form=form, manifest=manifest) in UNAVAILABLE:
        status, key = _why_not(form, manifest)
        return _unavailable(request, status, key, form=form, language=language, ancestors=ancestors)
    context = page_context.form_page(form=form, manifest=manifest, language=language)
    context |= {"script": served("dist/sealform.js"), "guard": served("dist/sealform-guard.js")}
    context["frame_origins"] = page_context.attribute_json(ancestors)
    return _answer(request, template, context, ancestors=ancestors)


def _found(request: HttpRequest, slug: str) -> tuple[Form | None, Manifest | None, Choice]:
    form = form_in_force(slug=slug)
    manifest = form.latest if form else None
    languages = signed(manifest).languages if manifest else ()
    return form, manifest, language_for(request, languages=languages)


def _why_not(form: Form | None, manifest: Manifest | None) -> tuple[int, str]:
    return UNAVAILABLE[state_of(form=form, manifest=manifest)] if form else UNKNOWN


def _unavailable(
    request: HttpRequest,
    status: int,
    key: str,
    *,
    form: Form | None,
    language: Choice,
    ancestors: list[str] | None = None,
) -> HttpResponse:
    if form and key == "page.expired" and FailureThrottle().allows(request, id=form.id):
        count_failure(form=form, code="expired")
    context = {"key": key, "help": f"{key}.help", "language": language}
    if form and form.latest:
        context["receipts"] = page_context.receipts_address(form=form)
    return _answer(
        request, "intake/unavailable.html", context, status=status, ancestors=ancestors or []
    )


def _unlisted_site(request: HttpRequest, origins: list[str]) -> str:
    """Return the site that shows the page in a frame although the form does not list it, or "".

    The tag lets browsers say which site that is (referrerpolicy). What they do not say is left to
    them: they show nothing at all then.
    """
    site = tidy_origin(request.headers.get("referer", ""))
    framed = request.headers.get("sec-fetch-dest", "") in FRAMES
    own = f"{request.scheme}://{request.get_host()}"
    foreign = framed and is_origin(site) and site not in (own, *origins)
    return site if foreign and ANY_ORIGIN not in origins else ""


def _not_here(request: HttpRequest, *, form: Form, language: Choice, site: str) -> HttpResponse:
    """Say in the frame why there is no form in it, and where it is."""
    if FailureThrottle().allows(request, id=form.id):
        count_refused_site(form=form, origin=site)
    key = "page.embedding"
    context = {"key": key, "help": f"{key}.help", "language": language, "slug": form.slug}
    template = "intake/unavailable.html"
    return _answer(request, template, context, status=403, ancestors=[site])


def _answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    ancestors: list[str] | None = None,
) -> HttpResponse:
    """Render under a policy that lets these origins alone, or nobody, frame the page."""

    def page(request: HttpRequest) -> HttpResponse:
        return render(request, template, dict(context), status=status)

    view = csp_replace(TIGHTER | {"frame-ancestors": ancestors or NOBODY})(page)
    view = csp_update(TRUSTED_TYPES)(view)
    response: Any = (xframe_options_exempt(view) if ancestors else view)(request)
    response.headers["Integrity-Policy"] = INTEGRITY_POLICY
    patch_vary_headers(response, ["Accept-Language", *(["Referer"] if ancestors else [])])
    return response
