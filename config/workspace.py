"""Where this server answers with the workspace's files: /workspace/."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.workspace.application import application


@require_safe
def workspace(request: HttpRequest, name: str = "") -> HttpResponse:
    """Answer with the file of exactly this name, under its own policy.

    A browser that has the bytes is told the headers again: it takes them for those of what it has,
    and what ``front`` says of answers without a policy would close the page.
    """
    file = application().get(name)
    if file is None:
        raise Http404
    if file.is_known(request.headers.get("If-None-Match", "")):
        headers = {name: value for name, value in file.headers.items() if name != "Content-Type"}
        answer = HttpResponse(status=304, headers=headers)
        del answer["Content-Type"]
        return answer
    return HttpResponse(file.content, headers=dict(file.headers))
