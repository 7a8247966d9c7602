"""Two admins who save at the same moment: the second reads in words what the first has taken.

Each post is checked before it is saved. What another admin saves in between is found by the
database's constraints alone. Then all of this post is undone, and it is looked at once more, with
what is there now: the page says what is wrong, and holds what was typed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def looked_at_again(view: View) -> View:
    """Return the view; a post that a constraint refuses is given to it a second time."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except IntegrityError:
            if request.method != "POST":
                raise
        for _, files in request.FILES.lists():
            for file in files:
                file.seek(0)
        return view(request, *args, **kwargs)

    return guarded
