"""Forms: drafted here, published by their owner's signature."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from apps.console.admin.inlines import FieldInline, SectionInline, TranslationInline
from apps.console.drafting.draft_form import ORIGINS, DraftForm
from apps.console.drafting.posted_draft import PostedDraft
from apps.console.overview.answer_counts import (
    bring_tallies,
    counts_shown,
    last_shown,
    table_shown,
)
from apps.console.overview.embed_tags import shown_snippets
from apps.console.overview.failure_counts import DAYS, lately, unlisted_sites
from apps.console.overview.form_notes import notes_on, state_shown
from apps.console.times import show_seconds
from apps.console.typed import Admin
from apps.intake.drafting.draft_store import (
    discard_drafts,
    duplicate_draft,
    save_draft,
    set_closed,
)
from apps.intake.models import Form
from apps.intake.models.forms import with_latest
from apps.intake.pages.embedding import embed_snippets

DELETE = "Delete: only what was never published"
PUBLISHED_STAY = (
    "Published, so not deleted: %s. Their answers could not be read without them. Close them to "
    "take no more answers, or duplicate them to begin a new draft."
)
NO_SITE_YET = format_html(
    "<p class='note warn'>No site may embed this yet: browsers show nothing there. List the site "
    "under <em>{}</em>, below. The hosted page works without.</p>",
    ORIGINS,
)
MAX_NAMED = 5
MAX_COPIES = 20
NOT_COPIED = "%d not duplicated: %d are duplicated at once. Choose the others, and do it again."
UNPUBLISHED = "Here once the form has been published."
OWNER_STAYS = (
    "This form was published while you edited it, so it keeps its owner, who signed it. "
    "Everything else of the draft was saved."
)
STANDING = ("standing", "publishing", "hosted", "answers_table", "failures")
DRAFT = ("title", "slug", "owner", "description", "confirmation", "language")
LOOK = ("accent", "accent_dark", "font", "radius", "logo_file")
ABUSE = {"fields": ["min_seconds", "work_bits"], "classes": ["collapse"]}


@admin.action(description=DELETE, permissions=["delete"])
def delete_drafts(
    admin: Admin, request: HttpRequest, queryset: QuerySet[Form]
) -> HttpResponse | None:
    """Ask for confirmation, and delete; say what becomes of those that were published."""
    drafts = queryset.filter(manifests=None)
    if published := list(queryset.exclude(manifests=None)[: MAX_NAMED + 1]):
        named = ", ".join(map(str, published[:MAX_NAMED]))
        more = " and others" if len(published) > MAX_NAMED else ""
        admin.message_user(request, PUBLISHED_STAY % (named + more), messages.WARNING)
    return delete_selected(admin, request, drafts) if drafts.exists() else None


class FormList(ChangeList):
    """The list of forms, with what is known of their answers."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        bring_tallies(self.result_list)


@admin.register(Form)
class FormAdmin(Admin):
    """What is edited here is a draft: visitors see what the owner signed last."""

    form = DraftForm
    inlines = [FieldInline, SectionInline, TranslationInline]
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ["owner"]
    list_display = (
        "title", "owner", "state", "answers", "last_answer", "expires", "hosted"
    )  # fmt: skip
    actions = ("close", "open_again", "duplicate")
    list_filter = ("owner", "closed")
    list_select_related = ("owner",)
    search_fields = ("title", "slug", "id")

    class Media:
        css = {"all": ["css/drafting.css"]}
        js = [Script("console/ordering.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Form]:
        drafts = with_latest(super().get_queryset(request).defer("logo"))
        return drafts.prefetch_related("fields", "sections", "translations")

    def get_fieldsets(self, request: HttpRequest, obj: Form | None = None) -> Any:
        standing: list[Any] = [("Where it stands", {"fields": list(STANDING)})]
        if obj:
            embed = {"fields": [], "classes": ["collapse"], "description": _embed(request, obj)}
            standing.append(("Embed it", embed))
        kept = ["logo_shown", "remove_logo"] if obj and obj.logo else []
        look: dict[str, Any] = {"fields": [*LOOK, *kept], "classes": ["collapse"]}
        if obj and obj.latest:
            look["description"] = format_html("As saved last: {}", self.hosted(obj))
        seen = ["seen"] if obj and self.has_change_permission(request, obj) else []
        return [
            *(standing if obj else []),
            ("Draft", {"fields": [*DRAFT, *seen]}),
            ("Effective at once", {"fields": ["origins", "closed"]}),
            ("Look, effective at once", look),
            ("Against abuse, effective at once", ABUSE),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Form | None = None) -> Any:
        shown = [*STANDING, "logo_shown"]
        published = obj is not None and obj.latest is not None
        return [*shown, "owner"] if published else shown  # whose keys it is sealed to is signed

    def get_prepopulated_fields(self, request: HttpRequest, obj: Form | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def has_delete_permission(self, request: HttpRequest, obj: Form | None = None) -> bool:
        """A published form stays: its records cannot be read without its manifests."""
        published = obj is not None and obj.latest is not None
        return not published and super().has_delete_permission(request, obj)

    def get_formsets_with_inlines(
        self, request: HttpRequest, obj: Form | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Let all sets of one request hold one posted draft; their classes are made for it."""
        draft = PostedDraft()
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.draft = draft
            yield formset, inline

    def save_model(self, request: HttpRequest, obj: Form, form: Any, change: bool) -> None:
        """It is saved together with what belongs to it, next."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the whole draft."""
        for formset in formsets:
            formset.save(commit=False)
        as_drafted = save_draft(
            form=form.instance,
            changed=[row for formset in formsets for row in _changed(formset)],
            removed=[row for formset in formsets for row in formset.deleted_objects],
        )
        if not as_drafted:
            self.message_user(request, OWNER_STAYS, messages.WARNING)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no log of saving what was not changed."""
        return super().log_change(request, obj, message) if message else None

    def delete_model(self, request: HttpRequest, obj: Form) -> None:
        """Throw the draft away, unless its owner has published it meanwhile."""
        if not discard_drafts(forms=Form.objects.filter(pk=obj.pk)):
            raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Form]) -> None:
        """Throw away all that were never published."""
        discard_drafts(forms=queryset)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FormList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Delete only drafts: what was published is closed, or duplicated."""
        found: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in found:
            found["delete_selected"] = (delete_drafts, "delete_selected", DELETE)
        return found

    @admin.action(description="Close: take no answers any more", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Form]) -> None:
        closed = set_closed(forms=queryset, closed=True)
        self.message_user(
            request, f"{len(closed)} closed. Their answers stay, and so do visitors' receipts."
        )

    @admin.action(description="Open again", permissions=["change"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[Form]) -> None:
        opened = set_closed(forms=queryset, closed=False)
        self.message_user(request, f"{len(opened)} opened again.")

    @admin.action(description="Duplicate: as a new draft", permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Form]) -> None:
        with transaction.atomic():  # all of them, or it is done again
            copies = [duplicate_draft(form=form) for form in queryset[:MAX_COPIES]]
        for copy in copies:
            path = reverse("admin:intake_form_change", args=[copy.pk])
            text = format_html('{} is a new draft: <a href="{}">edit it</a>.', copy, path)
            self.message_user(request, text, messages.SUCCESS)
        if left := queryset.count() - len(copies):
            self.message_user(request, NOT_COPIED % (left, MAX_COPIES), messages.WARNING)

    @admin.display(description="answers")
    def answers(self, form: Form) -> str:
        return counts_shown(form)

    @admin.display(description="last answer")
    def last_answer(self, form: Form) -> str:
        return last_shown(form)

    @admin.display(description="Answers")
    def answers_table(self, form: Form) -> SafeString | str:
        return table_shown(form)

    @admin.display
    def state(self, form: Form) -> SafeString:
        state = state_shown(form=form)
        return format_html('<span class="state {}">{}</span>', state.tone, state.text)

    @admin.display
    def expires(self, form: Form) -> str | None:
        return show_seconds(form.latest.expires)[: len("2026-01-01")] if form.latest else None

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
            "<p><code class='command'>sealform publish {}</code></p>"
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

    @admin.display(description="Failures")
    def failures(self, form: Form) -> SafeString | str:
        counted = lately(form=form)
        if not counted:
            return f"None in the last {DAYS} days. Nothing about visitors would be kept."
        rows = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", counted)
        return format_html(
            "<table class='failures'><caption>How often the form refused to work in the last {} "
            "days. Nothing about visitors is kept.</caption><thead><tr><th scope='col'>Code</th>"
            "<th scope='col'>Meaning</th><th scope='col'>Times</th></tr></thead>"
            "<tbody>{}</tbody></table>",
            DAYS,
            rows,
        ) + _unlisted(form)

    @admin.display(description="Logo now")
    def logo_shown(self, form: Form) -> SafeString:
        image = b64encode(bytes(form.logo)).decode()
        return format_html(
            "<img class='logo' src='data:{};base64,{}' alt='{}'>",
            form.logo_type,
            image,
            form.title,
        )


def _unlisted(form: Form) -> SafeString:
    sites = format_html_join(
        "",
        "<li><code>{}</code>, {} times, last on {}</li>",
        unlisted_sites(form=form),
    )
    if not sites:
        return SafeString()
    return format_html(
        "<p class='note warn'>These sites show it and are not listed under <em>{}</em>. List one "
        "if it is yours: anybody can put the tag on a page.</p><ul class='notes'>{}</ul>",
        ORIGINS,
        sites,
    )


def _embed(request: HttpRequest, form: Form) -> str:
    if form.latest is None:
        return UNPUBLISHED
    server = request.build_absolute_uri("/").rstrip("/")
    try:
        tags = embed_snippets(form=form, manifest=form.latest, server=server)
    except ImproperlyConfigured as error:
        return escape(str(error))
    shown = shown_snippets(tags, owner=str(form.owner))
    return shown if form.origins else format_html("{}{}", NO_SITE_YET, shown)


def _changed(formset: Any) -> list[Any]:
    return [*formset.new_objects, *(row for row, _ in formset.changed_objects)]
