"""Which views ask for no CSRF token, and why that is safe for each"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from apps.directory.authentication import ApiKeyAuthentication

PUBLIC = {
    "forms/<uuid:id>/manifest",
    "forms/<uuid:id>/manifests/<str:hash>",
    "forms/<uuid:id>/submissions",
    "forms/<uuid:id>/owners",
    "forms/<uuid:id>/challenge",
    "forms/<uuid:id>/receipts",
    "forms/<uuid:id>/failures",
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


@pytest.mark.django_db
def test_the_pages_take_nothing_at_all() -> None:
    pages = {path: view for path, view in views(get_resolver()) if path.startswith("f/")}

    assert len(pages) == 6
    for path, view in pages.items():
        assert not getattr(view, "csrf_exempt", False), path
        assert Browser().post(f"/{path.replace('<slug:slug>', 'signup')}").status_code == 405
