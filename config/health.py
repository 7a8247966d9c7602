"""What monitors ask: does the process live, can it serve, how much does it do.

Answered before a host name, HTTPS or a session is asked for, since load balancers and scripts have
none of these. Nothing is told of forms, clients or visitors.
"""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.envelope.primitives import same
from apps.vault.budgets import of_the_server
from apps.web import metrics
from apps.web.outages import is_outage
from config.schema_guard import problems

GetResponse = Callable[[HttpRequest], HttpResponseBase]
TEXT = "text/plain; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, and is the one that this code was written for."""
    try:
        found = next(problems(), "")
    except Exception as error:
        if not is_outage(error):
            raise
        found = "the database does not answer"
    return HttpResponse(f"{found or 'ok'}\n", TEXT, status=503 if found else 200)


def show_metrics(request: HttpRequest) -> HttpResponse:
    """Numbers in Prometheus's format, to this machine or to who has METRICS_TOKEN."""
    if not may_see_metrics(request):
        return HttpResponse("only from this machine, or with METRICS_TOKEN\n", TEXT, status=403)
    try:
        for level in of_the_server():
            metrics.stored(what=level.what, used=level.used, budget=level.budget)
    except Exception as error:
        if not is_outage(error):  # then the other numbers are wanted most
            raise
    return HttpResponse(metrics.exposed(), "text/plain; version=0.0.4; charset=utf-8")


def may_see_metrics(request: HttpRequest) -> bool:
    """Whether a token came, where one is set; else whether it was asked on this very machine.

    What a proxy hands on comes from this machine too, so nothing that says it was handed on counts.
    """
    if settings.METRICS_TOKEN:
        said = request.headers.get("authorization", "")
        return same(said.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


MONITORED = {"/healthz": healthz, "/readyz": readyz, "/metrics": show_metrics}


def answer_monitors(get_response: GetResponse) -> GetResponse:
    """Answer what monitors ask, and pass on everything else."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = MONITORED.get(request.path_info)
        if view is None or request.method not in ("GET", "HEAD"):
            return get_response(request)
        answer = view(request)
        answer["Cache-Control"] = "no-store"
        return answer

    return middleware
