"""Manifests, streams, records, grants: when, whose and how large. Never what is in them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.console.admin.filters import happened
from apps.console.admin.readonly import ReadOnlyAdmin
from apps.console.times import show_seconds
from apps.envelope.encoding import FORM, b64
from apps.intake.models import Manifest
from apps.vault.models import Generation, Grant, Record


@admin.register(Manifest)
class ManifestAdmin(ReadOnlyAdmin):
    """What owners signed."""

    list_display = ("form", "version", "published", "until")
    list_filter = ("form",)
    list_select_related = ("form",)
    fields = readonly_fields = ("form", "version", "published", "until", "named", "signed")

    @admin.display(description="expires", ordering="expires")
    def until(self, manifest: Manifest) -> str:
        return show_seconds(manifest.expires)

    @admin.display(description="hash")
    def named(self, manifest: Manifest) -> str:
        return b64(bytes(manifest.hash))

    @admin.display(description="what was signed")
    def signed(self, manifest: Manifest) -> SafeString:
        return format_html('<code class="key">{}</code>', manifest.text)


class StreamedAdmin(ReadOnlyAdmin):
    """Whatever belongs to a stream: whose, and of which type."""

    @admin.display(ordering="stream__type")
    def type(self, row: Any) -> str:
        return str(row.stream.type)

    @admin.display(description="written by", ordering="stream__writer")
    def whose(self, row: Any) -> str:
        writer, owner = row.stream.writer, row.stream.owner
        is_form = writer.startswith(FORM)
        return f"form {writer[len(FORM) :][:8]}… of {owner}" if is_form else str(owner)

    @admin.display
    def writer(self, row: Any) -> str:
        return str(row.stream.writer)


@admin.register(Generation)
class GenerationAdmin(StreamedAdmin):
    """Which access key or inbox is in force; the keys themselves are not here."""

    list_display = ("type", "whose", "number", "in_force", "opened", "closed")
    list_filter = (happened("closed", "in force", "closed"), "stream__type")
    list_select_related = ("stream__owner",)
    search_fields = ("stream__writer", "stream__type")
    fields = readonly_fields = ("type", "whose", "writer", "number", "opened", "closed", "named")

    @admin.display(boolean=True)
    def in_force(self, generation: Generation) -> bool:
        return generation.closed is None

    @admin.display(description="key id")
    def named(self, generation: Generation) -> str:
        return b64(bytes(generation.akid))


@admin.register(Record)
class RecordAdmin(StreamedAdmin):
    """Ciphertext stays where it is: only its writer's signature deletes a record."""

    list_display = ("short_id", "type", "whose", "revision", "size", "stored", "kept")
    list_filter = (happened("deleted_at", "kept", "deleted"), "stream__type")
    list_select_related = ("stream__owner",)
    search_fields = ("id", "stream__writer")
    ordering = ("-stored",)
    fields = readonly_fields = (
        "id", "type", "whose", "writer", "generation", "revision", "size", "stored", "deleted_at"
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Leave the ciphertext in the database."""
        return super().get_queryset(request).defer("body").annotate(bytes=Length("body"))

    @admin.display(description="id", ordering="id")
    def short_id(self, record: Record) -> str:
        return f"{str(record.id)[:8]}…"

    @admin.display(ordering="rev")
    def revision(self, record: Record) -> int:
        return record.rev

    @admin.display(ordering="bytes")
    def size(self, record: Any) -> str:
        return filesizeformat(record.bytes) if record.deleted_at is None else "deleted"

    @admin.display(boolean=True, ordering="deleted_at")
    def kept(self, record: Record) -> bool:
        return record.deleted_at is None


@admin.register(Grant)
class GrantAdmin(StreamedAdmin):
    """Who may read what. The keys in a grant are sealed to its reader."""

    list_display = ("type", "whose", "generation_number", "reader", "what", "granted", "until")
    list_filter = ("reader", "stream__type")
    list_select_related = ("stream__owner", "generation", "reader")
    search_fields = ("stream__writer", "stream__type", "reader__name")
    ordering = ("-granted",)
    fields = readonly_fields = (
        "type", "whose", "writer", "generation_number",
        "reader", "what", "record", "granted", "until",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Leave the sealed keys in the database."""
        return super().get_queryset(request).defer("body")

    @admin.display(description="generation")
    def generation_number(self, grant: Grant) -> int:
        return grant.generation.number

    @admin.display(description="what")
    def what(self, grant: Grant) -> str:
        if grant.fields:
            return f"{', '.join(grant.fields)}{' of one record' if grant.record_id else ''}"
        return "everything"

    @admin.display(description="until", ordering="not_after")
    def until(self, grant: Grant) -> str:
        return show_seconds(grant.not_after) if grant.not_after else "for good"
