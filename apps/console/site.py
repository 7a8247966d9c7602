"""The admin site: Django's own, with our name on it and a second factor where one is asked for."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from apps.console.login import OneTimeCodeForm
from apps.console.nonsense import asked_sensibly
from apps.console.overview.next_steps import next_steps
from apps.console.overview.storage import storage_notices
from apps.console.permitted import permitted_first
from apps.console.same_moment import looked_at_again
from apps.intake.models import Form
from apps.web.throttles import LogIns

HISTORY = ModelAdmin.history_view.__name__
# What admins come for stands first.
ORDER = ["intake", "directory", "vault", "auth", "otp_totp", "otp_static"]


class ConsoleSite(AdminSite):
    """See ADMIN_REQUIRE_OTP in config/settings.py."""

    site_title = "Sealform"
    site_header = "Sealform"
    index_title = "Overview"
    site_url = None
    login_template = "console/login.html"

    @property
    def login_form(self) -> type[AdminAuthenticationForm]:  # type: ignore[override]
        """Password alone, or password and one-time code."""
        return OneTimeCodeForm if settings.ADMIN_REQUIRE_OTP else AdminAuthenticationForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, verified by a device where that is required."""
        if not super().has_permission(request):
            return False
        return not settings.ADMIN_REQUIRE_OTP or request.user.is_verified()  # type: ignore[union-attr]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse in each view what only somebody who writes addresses by hand can ask."""
        if getattr(view, "__name__", "") == HISTORY:
            view = permitted_first(view)
        return asked_sensibly(super().admin_view(looked_at_again(view), cacheable))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Ask for password and code; not too often, whatever the names are."""
        throttle = LogIns()
        if request.method == "POST" and not throttle.allows(request):
            wait = timedelta(seconds=int(throttle.wait()) + 1)
            answer = render(request, "console/locked.html", {"cooloff_timedelta": wait}, status=429)
            answer["Retry-After"] = str(int(wait.total_seconds()))
            return answer
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Show what there is, and to who may see forms what to do next and what is full."""
        shown: dict[str, Any] = {}
        if self.get_model_admin(Form).has_view_or_change_permission(request):
            shown = {"steps": next_steps(), "notices": storage_notices()}
        return super().index(request, shown | (extra_context or {}))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Forms, clients, what is stored; then the house's own affairs."""
        apps = super().get_app_list(request, app_label)
        labels = {label: place for place, label in enumerate(ORDER)}
        return sorted(apps, key=lambda app: labels.get(app["app_label"], len(ORDER)))
