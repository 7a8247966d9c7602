from django.urls import URLPattern, URLResolver, include, path

from tests.benchmarks.plain import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("plain/json", views.JSONView.as_view()),
    path("plain/bytes", views.BytesView.as_view()),
    path("", include("config.urls")),
]
