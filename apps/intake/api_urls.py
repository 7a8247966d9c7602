from django.urls import URLPattern, path

from apps.intake import public_views, views

urlpatterns: list[URLPattern] = [
    path("forms", views.FormsView.as_view(), name="forms"),
    path("forms/<uuid:id>/draft", views.DraftView.as_view(), name="draft"),
    path("forms/<uuid:id>/manifests", views.ManifestsView.as_view(), name="manifests"),
    path("forms/<uuid:id>/manifest", public_views.LatestManifestView.as_view(), name="manifest"),
    path(
        "forms/<uuid:id>/manifests/<str:hash>",
        public_views.ManifestByHashView.as_view(),
        name="manifest-by-hash",
    ),
    path("forms/<uuid:id>/submissions", public_views.SubmissionsView.as_view(), name="submissions"),
    path("forms/<uuid:id>/challenge", public_views.ChallengeView.as_view(), name="challenge"),
    path("forms/<uuid:id>/receipts", public_views.ReceiptsView.as_view(), name="receipts"),
    path("forms/<uuid:id>/failures", public_views.FailuresView.as_view(), name="failures"),
]
