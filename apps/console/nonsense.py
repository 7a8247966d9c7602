"""Nonsense in the admin's addresses and posts: a bad request, whatever would have come of it.

Django's admin hands filters and ids on to the database as they were typed: years that are no years,
numbers that no column holds, text for bytes. Forms check what they take by themselves.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError, NotSupportedError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

View = Callable[..., HttpResponseBase]

# What ids and posted choices can come to, and what a filter can besides.
OF_VALUES = (DataError, OverflowError, ValidationError)
OF_FILTERS = (*OF_VALUES, NotSupportedError, TypeError, ValueError)


def asked_sensibly(view: View) -> View:
    """Return the view; it raises BadRequest for what was not asked sensibly."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _has_nul(request):
            raise BadRequest("a NUL character is nowhere in what is asked here")
        filtered = request.method in ("GET", "HEAD") and request.GET
        not_sensible = OF_FILTERS if filtered else OF_VALUES
        try:
            answer = view(request, *args, **kwargs)
            # A list asks the database while it is written.
            if isinstance(answer, SimpleTemplateResponse) and not answer.is_rendered:
                answer = answer.render()
        except not_sensible as error:
            raise BadRequest("the address or the choice cannot be understood") from error
        return answer

    return guarded


def _has_nul(request: HttpRequest) -> bool:
    return "\0" in request.path_info or any(
        "\0" in text
        for values in (request.GET, request.POST)
        for name, several in values.lists()
        for text in (name, *_texts(several))
    )


def _texts(values: Iterable[Any]) -> Iterable[str]:
    return (value for value in values if isinstance(value, str))
