"""Groups of clients, and who is in: their owners' rosters say it, and nobody here."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.console.admin.client_admin import LookedAt
from apps.console.admin.readonly import ReadOnlyAdmin
from apps.console.times import show_seconds
from apps.directory.models import Client, Group, Membership
from apps.envelope.encoding import GROUP


def linked(row: Client | Group) -> SafeString:
    """Return a client's or a group's name, which leads to its page."""
    path = reverse(f"admin:directory_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', path, row)


def group_names(writers: Iterable[str]) -> dict[str, str]:
    """Return the names of those of these writers that are groups, in one query."""
    ids = {writer.removeprefix(GROUP): writer for writer in writers if writer.startswith(GROUP)}
    found = Group.objects.filter(pk__in=ids).values_list("pk", "name") if ids else []
    return {ids[str(id)]: name for id, name in found}


class MemberInline(LookedAt):
    """Who is in, by the latest roster, and who has left since it was signed."""

    model = Membership
    verbose_name, verbose_name_plural = "member", "members"
    none = "Nobody is in it: what is shared with it, nobody reads but its owner."
    fields = readonly_fields = ("member", "in_since", "left")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("client", "group")
        return rows.defer("leave", "group__body").order_by("client__name", "client")

    @admin.display(description="client")
    def member(self, membership: Membership) -> SafeString:
        return linked(membership.client)

    @admin.display(description="since version")
    def in_since(self, membership: Membership) -> int:
        return membership.since


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """Teams that read as one."""

    list_display = ("name", "whose", "members", "version", "epoch", "until", "stored")
    list_select_related = ("owner",)
    search_fields = ("name", "id", "owner__name")
    search_help_text = "A group's name or id, or its owner's name."
    fields = readonly_fields = (
        "name", "id", "whose", "version", "epoch", "until", "stored", "created"
    )  # fmt: skip
    inlines = [MemberInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Leave the rosters in the database, and count who is in."""
        inside = Count("memberships", filter=Q(memberships__left=None))
        return super().get_queryset(request).defer("body").annotate(inside=inside)

    @admin.display(description="owner", ordering="owner__name")
    def whose(self, group: Group) -> SafeString:
        return linked(group.owner)

    @admin.display(description="members", ordering="inside")
    def members(self, group: Any) -> int:
        return int(group.inside)

    @admin.display(description="until", ordering="expires")
    def until(self, group: Group) -> str:
        return show_seconds(group.expires)
