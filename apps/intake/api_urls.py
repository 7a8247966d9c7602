from django.urls import URLPattern, path

from apps.intake import owner_views, visitor_views

urlpatterns: list[URLPattern] = [
    path("forms", owner_views.FormsView.as_view(), name="forms"),
    path("forms/<uuid:id>/draft", owner_views.DraftView.as_view(), name="draft"),
    path("forms/<uuid:id>/manifests", owner_views.ManifestsView.as_view(), name="manifests"),
    path("forms/<uuid:id>/owners", visitor_views.OwnersView.as_view(), name="owners"),
    path("forms/<uuid:id>/hand-over", owner_views.HandOverView.as_view(), name="hand-over"),
    path(
        "forms/<uuid:id>/hand-over/withdrawal",
        owner_views.WithdrawalView.as_view(),
        name="hand-over-withdrawal",
    ),
    path("hand-overs", owner_views.HandOversView.as_view(), name="hand-overs"),
    path("me/successions", owner_views.SuccessionsView.as_view(), name="successions"),
    path("clients/<uuid:id>/pasts/<int:number>", owner_views.PastView.as_view(), name="past"),
    path("forms/<uuid:id>/manifest", visitor_views.LatestManifestView.as_view(), name="manifest"),
    path(
        "forms/<uuid:id>/manifests/<str:hash>",
        visitor_views.ManifestByHashView.as_view(),
        name="manifest-by-hash",
    ),
    path(
        "forms/<uuid:id>/submissions", visitor_views.SubmissionsView.as_view(), name="submissions"
    ),
    path("forms/<uuid:id>/challenge", visitor_views.ChallengeView.as_view(), name="challenge"),
    path("forms/<uuid:id>/receipts", visitor_views.ReceiptsView.as_view(), name="receipts"),
    path("forms/<uuid:id>/failures", visitor_views.FailuresView.as_view(), name="failures"),
]
