from django.urls import URLPattern, path

from apps.directory import views

urlpatterns: list[URLPattern] = [
    path("enrolments", views.EnrolmentsView.as_view(), name="enrolments"),
    path("me", views.MeView.as_view(), name="me"),
    path("me/keyfile", views.KeyFileView.as_view(), name="own_key_file"),
    path("keyfiles/<uuid:id>", views.KeyFilesView.as_view(), name="key_file"),
    path("clients/<uuid:id>", views.ClientView.as_view(), name="client"),
]
