from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

API = "/api/"


def keep_no_answers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let no cache keep what the API answers, except where a view says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware
