"""Which views ask for no CSRF token, and why that is safe for each"""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from apps.directory.authentication import ApiKeyAuthentication

PUBLIC = {
    "forms/<uuid:id>/manifest",
    "forms/<uuid:id>/manifests/<str:hash>",
    "forms/<uuid:id>/submissions",
}


def views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern.callback
        else:
            yield from views(pattern, path)


def exempt() -> dict[str, Any]:
    return {
        path: view for path, view in views(get_resolver()) if getattr(view, "csrf_exempt", False)
    }


def test_only_the_api_needs_no_csrf_token() -> None:
    assert exempt()
    assert all(path.startswith("api/v1/") for path in exempt())


def test_nothing_there_believes_a_cookie() -> None:
    for path, view in exempt().items():
        allowed = {ApiKeyAuthentication}
        assert set(view.view_class.authentication_classes) <= allowed, path


def test_of_forms_only_what_browsers_need_is_public() -> None:
    open_to_all = {
        path.removeprefix("api/v1/")
        for path, view in exempt().items()
        if path.startswith("api/v1/forms") and not view.view_class.authentication_classes
    }

    assert open_to_all == PUBLIC


def test_the_hosted_page_takes_nothing_at_all() -> None:
    [page] = [view for path, view in views(get_resolver()) if path == "f/<slug:slug>/"]

    assert not getattr(page, "csrf_exempt", False)
