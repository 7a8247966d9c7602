"""Enrolment tokens: issued here, shown once, kept as digests."""

from datetime import timedelta
from shlex import quote
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify

from apps.console.admin.filters import happened
from apps.console.typed import Admin, ModelFormOf
from apps.directory.enrolment import issue_token, withdraw_tokens
from apps.directory.models import EnrolmentToken
from apps.envelope.errors import EnvelopeError
from apps.envelope.keys import client_name


class TokenForm(ModelFormOf):
    """For whom, and for how long."""

    name = forms.CharField(
        max_length=64,
        help_text="The client's name, such as acme: its operator enrols under it.",
    )
    days = forms.IntegerField(
        label="Valid for", min_value=1, max_value=90, initial=7, help_text="Days, 1 to 90."
    )

    class Meta:
        model = EnrolmentToken
        fields = ("name",)

    def clean_name(self) -> str:
        """Accept what a card can hold."""
        try:
            return client_name(self.cleaned_data["name"])
        except EnvelopeError as error:
            raise ValidationError(f"{str(error).capitalize()}.") from error


@admin.register(EnrolmentToken)
class EnrolmentTokenAdmin(Admin):
    """To add one is to issue it. Unused ones can be withdrawn, by deleting them."""

    form = TokenForm
    list_display = ("name", "state", "created", "expires", "client")
    list_filter = (happened("used_at", "not used", "used"),)
    list_select_related = ("client",)
    search_fields = ("name",)

    def get_fields(self, request: HttpRequest, obj: EnrolmentToken | None = None) -> Any:
        return ("name", "state", "created", "expires", "client") if obj else ("name", "days")

    @admin.display
    def state(self, token: EnrolmentToken) -> str:
        if token.used_at:
            return "used"
        return "expired" if token.expires <= timezone.now() else "waiting"

    def has_change_permission(
        self, request: HttpRequest, obj: EnrolmentToken | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: EnrolmentToken | None = None
    ) -> bool:
        unused = obj is None or obj.used_at is None
        return unused and super().has_delete_permission(request, obj)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> EnrolmentToken:
        """Issue the token; the request carries it to the one page that shows it."""
        super().save_form(request, form, change)
        data = form.cleaned_data
        token, row = issue_token(name=data["name"], valid_for=timedelta(days=data["days"]))
        request.issued_token = token  # type: ignore[attr-defined]
        return row

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing is left to save."""

    def delete_model(self, request: HttpRequest, obj: EnrolmentToken) -> None:
        """Withdraw it; who has been let in with it meanwhile stays in."""
        if not withdraw_tokens(tokens=EnrolmentToken.objects.filter(pk=obj.pk)):
            raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EnrolmentToken]) -> None:
        """Withdraw all that are still unused."""
        withdraw_tokens(tokens=queryset)

    def response_add(
        self, request: HttpRequest, obj: EnrolmentToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token in this answer, which no cache keeps: no redirect, message or session."""
        token: str = request.issued_token  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Enrolment token for {obj.name}",
            "token": token,
            "row": obj,
            "command": _command(token, name=obj.name, server=request.build_absolute_uri("/")),
        }
        return TemplateResponse(request, "console/token.html", context)


def _command(token: str, *, name: str, server: str) -> str:
    """Return what the operator types, fit for a shell whatever the client is called."""
    out = f"{slugify(name) or 'client'}.json"
    return (
        f"sealform enroll --name {quote(name)} --out {out} \\\n"
        f"  --api-url {server.rstrip('/')} \\\n"
        f"  --token {token}"
    )
