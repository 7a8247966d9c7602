from django.urls import URLPattern, path

from apps.vault import grant_views, group_views, record_views

urlpatterns: list[URLPattern] = [
    path("records", record_views.RecordsView.as_view(), name="records"),
    path("records/lookup", record_views.LookupView.as_view(), name="lookup"),
    path("records/query", record_views.QueryView.as_view(), name="query"),
    path("records/<uuid:id>", record_views.RecordView.as_view(), name="record"),
    path("deletions", record_views.DeletionsView.as_view(), name="deletions"),
    path("generations", grant_views.GenerationsView.as_view(), name="generations"),
    path("grants", grant_views.GrantsView.as_view(), name="grants"),
    path("revocations", grant_views.RevocationsView.as_view(), name="revocations"),
    path("groups", group_views.GroupsView.as_view(), name="groups"),
    path("groups/<uuid:id>", group_views.GroupView.as_view(), name="group"),
    path("groups/<uuid:id>/rosters", group_views.RostersView.as_view(), name="rosters"),
    path("groups/<uuid:id>/stale", group_views.StaleView.as_view(), name="stale"),
    path("groups/<uuid:id>/leave", group_views.LeaveView.as_view(), name="leave"),
]
