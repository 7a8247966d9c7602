"""Manifests, streams, records, grants: when, whose and how large. Never what is in them."""

import re
from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.console.admin.endless_list import AFTER, EndlessAdmin, Part
from apps.console.admin.filters import happened
from apps.console.admin.group_admin import group_names, linked
from apps.console.overview.manifest_summary import manifest_shown
from apps.console.times import show_seconds
from apps.directory.models import Client, Group
from apps.envelope.encoding import FORM, GROUP, b64
from apps.intake.models import Form, Manifest
from apps.intake.models.forms import titles
from apps.intake.publishing.stored_manifests import signed
from apps.vault.listings import latest
from apps.vault.models import Generation, Grant, Record, Stream
from apps.web.errors import Invalid

SHOWN_STREAMS = 200
LEAST_DIGITS = 8
UUID_DIGITS = 32
PLACE = re.compile("[0-9]{1,15}-[0-9]{1,2}-[0-9]{1,15}")
ID = re.compile(f"[0-9a-f]{{{LEAST_DIGITS},{UUID_DIGITS}}}")


EXACT = ("named", "signed_text")
WORDS = "Words of a form's title or a group's name, a record type, a client's name."


class StreamFilter(admin.SimpleListFilter):
    """By whose and of which type: each pair is one stream."""

    title = "form, client or group, and type"
    parameter_name = "stream"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = chosen_stream(request)
        streams = list(Stream.objects.select_related("owner").order_by("-pk")[:SHOWN_STREAMS])
        if chosen and chosen not in streams:  # as a form's own page asks
            streams.append(chosen)
        known = named({stream.writer for stream in streams})
        choices = [
            (str(one.pk), f"{known.get(one.writer) or one.owner}: {one.type}") for one in streams
        ]
        return sorted(choices, key=lambda choice: choice[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        stream = chosen_stream(request)
        return queryset.filter(stream=stream) if stream else queryset


def chosen_stream(request: HttpRequest) -> Stream | None:
    """Return the stream that the address names; raises IncorrectLookupParameters for none."""
    asked = request.GET.get(StreamFilter.parameter_name)
    if asked is None:
        return None
    known = asked.isascii() and asked.isdigit() and len(asked) < len(str(2**63))
    stream = Stream.objects.filter(pk=int(asked)).first() if known else None
    if stream is None:
        raise IncorrectLookupParameters(StreamFilter.parameter_name)
    return stream


def named(writers: Collection[str]) -> dict[str, str]:
    """Return the titles of those of these writers that are forms, and the names of groups."""
    return titles(writers) | group_names(writers)


def _clients_called(word: str) -> QuerySet[Any]:
    return Client.objects.filter(name__icontains=word).values_list("pk", flat=True)


def _groups_called(word: str) -> QuerySet[Any]:
    return Group.objects.filter(name__icontains=word).values_list("pk", flat=True)


def _forms_called(word: str) -> QuerySet[Any]:
    return Form.objects.filter(title__icontains=word).values_list("pk", flat=True)


def _latest(stream: Stream, rows: QuerySet[Any], after: str, limit: int) -> Part:
    try:
        found = latest(stream=stream, after=after, limit=limit)
    except Invalid as error:
        raise IncorrectLookupParameters(AFTER) from error
    shown = rows.select_related("stream__owner").filter(pk__in=found.ids).order_by()
    return Part(sorted(shown, key=lambda row: row.stored, reverse=True), found.following)


class Place(NamedTuple):
    """Where a record stands among all."""

    stream: int
    lane: int
    position: int


def _read_place(after: str) -> Place | None:
    if not after:
        return None
    if not PLACE.fullmatch(after):
        raise IncorrectLookupParameters(AFTER)
    return Place(*map(int, after.split("-")))


def _behind(rows: QuerySet[Any], after: Place | None, limit: int) -> list[Any]:
    """Return the rows behind a place: three ranges of the one index, each read as far as needed."""
    if after is None:
        return list(rows[:limit])
    ranges = (
        {"stream": after.stream, "lane": after.lane, "position__lt": after.position},
        {"stream": after.stream, "lane__lt": after.lane},
        {"stream__lt": after.stream},
    )
    found: list[Any] = []
    for within in ranges:
        if len(found) < limit:
            found += rows.filter(**within)[: limit - len(found)]
    return found


@admin.register(Manifest)
class ManifestAdmin(EndlessAdmin):
    """What owners signed."""

    list_display = ("form", "version", "published", "until")
    list_filter = ("form",)
    list_select_related = ("form",)
    fieldsets = [
        (None, {"fields": ["form", "version", "published", "until", "summary"]}),
        ("Hash, and what exactly was signed", {"fields": EXACT, "classes": ["collapse"]}),
    ]
    readonly_fields = ("form", "version", "published", "until", "summary", *EXACT)

    @admin.display(description="expires")
    def until(self, manifest: Manifest) -> str:
        return show_seconds(manifest.expires)

    @admin.display(description="what it says")
    def summary(self, manifest: Manifest) -> SafeString:
        return manifest_shown(signed(manifest))

    @admin.display(description="hash")
    def named(self, manifest: Manifest) -> str:
        return b64(bytes(manifest.hash))

    @admin.display(description="what was signed")
    def signed_text(self, manifest: Manifest) -> SafeString:
        return format_html('<code class="key">{}</code>', manifest.text)


class StreamedAdmin(EndlessAdmin):
    """Whatever belongs to a stream: whose, and of which type."""

    def bring_along(self, rows: list[Any]) -> None:
        """Fetch the titles of the forms, and names of the groups, that these rows belong to."""
        known = named({row.stream.writer for row in rows})
        for row in rows:
            row.writer_name = known.get(row.stream.writer, "")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look among the streams, of which there are few, and not among the rows."""
        words = search_term.split()
        if not words:
            return queryset, False
        streams = Stream.objects.all()
        for word in words:
            in_title = [f"{FORM}{id}" for id in _forms_called(word)]
            in_title += [f"{GROUP}{id}" for id in _groups_called(word)]
            streams = streams.filter(
                Q(type__icontains=word) | Q(writer__icontains=word) | Q(writer__in=in_title)
                | Q(owner__name__icontains=word)
            )  # fmt: skip
        return queryset.filter(stream__in=list(streams.values_list("pk", flat=True))), False

    @admin.display
    def type(self, row: Any) -> str:
        return str(row.stream.type)

    @admin.display(description="written by")
    def whose(self, row: Any) -> SafeString | str:
        writer, owner = row.stream.writer, row.stream.owner
        if not writer.startswith((FORM, GROUP)):
            return str(owner)
        name = getattr(row, "writer_name", None)
        if name is None:
            name = named([writer]).get(writer, "")
        page, what = ("intake_form", "a form")
        if row.stream.from_group:
            page, what = ("directory_group", "a group")
        path = reverse(f"admin:{page}_change", args=[writer.partition(":")[2]])
        return format_html('<a href="{}">{}</a> of {}', path, name or what, owner)

    @admin.display
    def writer(self, row: Any) -> str:
        return str(row.stream.writer)


@admin.register(Generation)
class GenerationAdmin(StreamedAdmin):
    """Which access key or inbox is in force; the keys themselves are not here."""

    list_display = ("type", "whose", "number", "in_force", "opened", "closed")
    list_filter = (happened("closed", "in force", "closed"), StreamFilter)
    list_select_related = ("stream__owner",)
    search_fields = ("stream__type",)
    search_help_text = WORDS
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
    list_filter = (StreamFilter,)
    list_select_related = ("stream__owner",)
    search_fields = ("id",)
    search_help_text = f"The beginning of a record's id, {LEAST_DIGITS} digits at least."
    ordering = ("-stream", "-lane", "-position")  # type: ignore[misc]
    fields = readonly_fields = (
        "id", "type", "whose", "writer", "generation", "revision", "size", "stored", "deleted_at"
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Leave the ciphertext in the database."""
        return super().get_queryset(request).defer("body").annotate(bytes=Length("body"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look for ids that begin so: a range of the primary key."""
        digits = search_term.strip().lower().replace("-", "")
        if not digits:
            return queryset, False
        if not ID.fullmatch(digits):
            return queryset.none(), False
        ends = (UUID(digits.ljust(UUID_DIGITS, fill)) for fill in "0f")
        return queryset.filter(pk__range=tuple(ends)).order_by("pk"), False

    def part(self, request: HttpRequest, rows: QuerySet[Any], after: str, limit: int) -> Part:
        """Of one stream the latest, from all its lanes; else the streams one after the other."""
        if request.GET.get("q", "").strip():
            return Part(list(rows[:limit]), "")
        if stream := chosen_stream(request):
            # By their ids alone: with the stream as well SQLite would go through all of its rows.
            return _latest(stream, self.get_queryset(request), after, limit)
        found = _behind(rows, _read_place(after), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        following = f"{last.stream_id}-{last.lane}-{last.position}" if last else ""
        return Part(found[:limit], following)

    @admin.display(description="id")
    def short_id(self, record: Record) -> str:
        return f"{str(record.id)[:8]}…"

    @admin.display
    def revision(self, record: Record) -> int:
        return record.rev

    @admin.display
    def size(self, record: Any) -> str:
        return filesizeformat(record.bytes) if record.deleted_at is None else "deleted"

    @admin.display(boolean=True)
    def kept(self, record: Record) -> bool:
        return record.deleted_at is None


@admin.register(Grant)
class GrantAdmin(StreamedAdmin):
    """Who may read what. The keys in a grant are sealed to its reader."""

    list_display = ("type", "whose", "generation_number", "whom", "what", "granted", "until")
    list_filter = (StreamFilter,)
    list_select_related = ("stream__owner", "generation", "reader", "group")
    search_fields = ("stream__type",)
    search_help_text = f"{WORDS} Or the name of a reader, a client or a group."
    fields = readonly_fields = (
        "type", "whose", "writer", "generation_number",
        "whom", "what", "record", "granted", "until",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Leave the sealed keys in the database."""
        return super().get_queryset(request).defer("body", "group__body")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look among the readers, too."""
        name = search_term.strip()
        clients = list(_clients_called(name)) if name else []
        groups = list(_groups_called(name)) if name else []
        if clients or groups:
            return queryset.filter(Q(reader__in=clients) | Q(group__in=groups)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="reader")
    def whom(self, grant: Grant) -> SafeString | str:
        """A client by its name, a group by its name and epoch."""
        if grant.group is None:
            return str(grant.reader)
        return format_html("{}, a group, epoch {}", linked(grant.group), grant.epoch)

    @admin.display(description="generation")
    def generation_number(self, grant: Grant) -> int:
        return grant.generation.number

    @admin.display(description="what")
    def what(self, grant: Grant) -> str:
        if grant.fields:
            return f"{', '.join(grant.fields)}{' of one record' if grant.record_id else ''}"
        return "everything"

    @admin.display(description="until")
    def until(self, grant: Grant) -> str:
        return show_seconds(grant.not_after) if grant.not_after else "for good"
