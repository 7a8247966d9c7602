"""Lists that cost the same at any size: nothing is counted, and no page is found by skipping rows.

A page says where the next one begins, by a key that an index has: not how many there are.
"""

from typing import Any, NamedTuple

from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.console.admin.readonly import ReadOnlyAdmin

AFTER = "after"
MAX_CURSOR = 200


class Part(NamedTuple):
    """Some rows of a list, and where those behind them begin, "" where there are none."""

    rows: list[Any]
    following: str


class EndlessList(ChangeList):
    """A list by parts."""

    model_admin: "EndlessAdmin"
    endless = True

    def get_filters_params(self, params: Any = None) -> Any:
        """Where a part begins is no filter, and another filter begins at the start."""
        self.params.pop(AFTER, None)
        found = super().get_filters_params(params)
        found.pop(AFTER, None)
        return found

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """As everywhere in the admin, but from the start unless ``new_params`` says where."""
        return super().get_query_string(new_params, [*(remove or ()), AFTER])

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one part."""
        self.after = request.GET.get(AFTER, "")
        if len(self.after) > MAX_CURSOR:
            raise IncorrectLookupParameters(AFTER)
        part = self.model_admin.part(request, self.queryset, self.after, self.list_per_page)
        self.model_admin.bring_along(part.rows)
        self.following = part.following
        self.result_list: Any = part.rows
        self.result_count = self.full_result_count = len(part.rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    @property
    def first_url(self) -> str:
        """Where the list begins, "" if that is here."""
        return self.get_query_string() if self.after else ""

    @property
    def following_url(self) -> str:
        """Where it goes on, "" if it does not."""
        return self.get_query_string({AFTER: self.following}) if self.following else ""


class EndlessAdmin(ReadOnlyAdmin):
    """For what may be there by the hundred thousand: the latest first, by primary key."""

    sortable_by = ()
    ordering: tuple[str, ...] = ("-pk",)  # type: ignore[misc]
    show_facets = ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EndlessList

    def part(self, request: HttpRequest, rows: QuerySet[Any], after: str, limit: int) -> Part:
        """Return the rows behind ``after``, which an earlier part ended with."""
        if after:
            if not (after.isascii() and after.isdigit()):
                raise IncorrectLookupParameters(AFTER)
            rows = rows.filter(pk__lt=min(int(after), 2**63 - 1))
        found = list(rows[: limit + 1])
        more = len(found) > limit
        return Part(found[:limit], str(found[limit - 1].pk) if more else "")

    def bring_along(self, rows: list[Any]) -> None:
        """Fetch what else these rows show, in as many queries however many they are."""
