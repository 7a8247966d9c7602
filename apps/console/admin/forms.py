"""Forms: drafted here, published by their owner's signature."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from apps.console.drafting import DraftForm, FieldForm, FieldSet
from apps.console.standing import notes_on, state_shown
from apps.console.times import show_seconds
from apps.console.typed import Admin, Stacked
from apps.intake.embedding import embed_snippet
from apps.intake.models import Form, FormField

UNPUBLISHED = "Here once the form has been published."


class FieldInline(Stacked):
    """The questions of a draft."""

    model = FormField
    form = FieldForm
    formset = FieldSet
    extra = 0
    min_num = 1
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("order", "name", "kind", "type", "required"),
                    ("label", "help", "options"),
                ]
            },
        )
    ]
    classes = ["draft-fields"]


@admin.register(Form)
class FormAdmin(Admin):
    """What is edited here is a draft: visitors see what the owner signed last."""

    form = DraftForm
    inlines = [FieldInline]
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ["owner"]
    list_display = ("title", "slug", "owner", "state", "version", "expires", "hosted")
    list_filter = ("owner", "closed")
    list_select_related = ("owner",)
    search_fields = ("title", "slug", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Form]:
        return super().get_queryset(request).prefetch_related("fields")

    def get_fieldsets(self, request: HttpRequest, obj: Form | None = None) -> Any:
        standing = [("Where it stands", {"fields": ["standing", "publishing", "hosted", "embed"]})]
        return [
            *(standing if obj else []),
            ("Draft", {"fields": ["title", "slug", "owner", "description", "confirmation"]}),
            ("Effective at once", {"fields": ["origins", "closed"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Form | None = None) -> Any:
        shown = ["standing", "publishing", "hosted", "embed"]
        published = obj is not None and obj.latest is not None
        return [*shown, "owner"] if published else shown  # whose keys it is sealed to is signed

    def get_prepopulated_fields(self, request: HttpRequest, obj: Form | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def has_delete_permission(self, request: HttpRequest, obj: Form | None = None) -> bool:
        """A published form stays: its records cannot be read without its manifests."""
        published = obj is not None and obj.latest is not None
        return not published and super().has_delete_permission(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        self.server = request.build_absolute_uri("/").rstrip("/")
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display
    def state(self, form: Form) -> SafeString:
        state = state_shown(form=form)
        return format_html('<span class="state {}">{}</span>', state.tone, state.text)

    @admin.display
    def version(self, form: Form) -> int | None:
        return form.latest.version if form.latest else None

    @admin.display
    def expires(self, form: Form) -> str | None:
        return show_seconds(form.latest.expires) if form.latest else None

    @admin.display(description="State")
    def standing(self, form: Form) -> SafeString:
        notes = format_html_join(
            "",
            '<li class="note {}">{}</li>',
            ((note.tone, note.text) for note in notes_on(form=form)),
        )
        until = f"Valid until {show_seconds(form.latest.expires)}." if form.latest else ""
        return format_html("{} {}<ul class='notes'>{}</ul>", self.state(form), until, notes)

    @admin.display(description="Publish")
    def publishing(self, form: Form) -> SafeString:
        return format_html(
            "<p>On the machine that holds the keys of {}, its operator runs:</p>"
            "<p><code class='command'>manage.py publish {}</code></p>"
            "<p>The command shows what it signs, signs it there, and brings it into force.</p>",
            form.owner,
            form.slug,
        )

    @admin.display(description="Hosted page")
    def hosted(self, form: Form) -> SafeString | str:
        if form.latest is None:
            return "not yet"
        path = reverse("hosted-form", args=[form.slug])
        return format_html('<a href="{}">{}</a>', path, path)

    @admin.display(description="Embed it")
    def embed(self, form: Form) -> SafeString | str:
        if form.latest is None:
            return UNPUBLISHED
        try:
            snippet = embed_snippet(form=form, manifest=form.latest, server=self.server)
        except ImproperlyConfigured as error:
            return str(error)
        return format_html(
            "<textarea class='snippet' rows='14' readonly spellcheck='false'>{}</textarea>"
            "<p class='hint'>Compare the pin with the fingerprint that {} told you: it is what "
            "visitors' browsers trust instead of this server. The integrity attribute names the "
            "script of this release; copy the tag again after an upgrade.</p>",
            escape(snippet),  # a template made it, so it would be taken for markup
            form.owner,
        )
