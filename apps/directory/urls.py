from django.urls import URLPattern, path

from apps.directory import views

urlpatterns: list[URLPattern] = [
    path("enrolments", views.EnrolmentsView.as_view(), name="enrolments"),
    path("me", views.MeView.as_view(), name="me"),
    path("clients/<uuid:id>", views.ClientView.as_view(), name="client"),
]
