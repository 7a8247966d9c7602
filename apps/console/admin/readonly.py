"""For whatever is written once, or written by signed requests alone."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from apps.console.typed import Admin


class ReadOnlyAdmin(Admin):
    """Shows; never adds, changes or deletes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ActionsOnlyAdmin(Admin):
    """Changes by named actions of the list; the page of one object has nothing to save."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        nothing_to_save = {"show_save": False, "show_save_and_continue": False}
        return super().changeform_view(
            request, object_id, form_url, nothing_to_save | (extra_context or {})
        )
