from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from apps.web.views import NothingView, SchemaView
from config.first_page import first_page
from config.workspace import workspace

api: list[URLPattern | URLResolver] = [
    path("", include("apps.directory.urls")),
    path("", include("apps.vault.urls")),
    path("", include("apps.intake.api_urls")),
    path("schema", SchemaView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(template_name="config/api_docs.html"),
        name="api-docs",
    ),
    path("<path:rest>", NothingView.as_view()),
]

handler400 = "apps.web.error_handler.bad_request"
handler500 = "apps.web.error_handler.server_error"

urlpatterns = [
    path("", first_page, name="first-page"),
    path("workspace/", workspace, name="workspace"),
    path("workspace/<path:name>", workspace),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("", include("apps.intake.page_urls")),
]
