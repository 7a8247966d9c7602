"""Permission before existence: who may see none of a kind does not learn which ids it has.

Django's page of an object's history looks for the object first, and sends back to the start where
there is none; all its other pages ask first who wants to know.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase


def permitted_first(view: Any) -> Callable[..., HttpResponseBase]:
    """Return a view of a ModelAdmin; it raises PermissionDenied before it looks for anything."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not view.__self__.has_view_or_change_permission(request):
            raise PermissionDenied
        answer: HttpResponseBase = view(request, *args, **kwargs)
        return answer

    return guarded
