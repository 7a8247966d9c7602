"""How many answers a form has, by record type, and when the last one came."""

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.intake.models import Form
from apps.vault.tallies import Tally, arrivals, tallies

DAYS = (1, 7, 30)
NONE_YET = "none yet"


def bring_tallies(forms: Iterable[Form]) -> None:
    """Give each form what is known of its answers, in one query for all of them."""
    found = tallies(writers=[form.writer for form in forms])
    for form in forms:
        form.tallies = found.get(form.writer, [])  # type: ignore[attr-defined]


def tallies_of(form: Form) -> Sequence[Tally]:
    """Return what is known of a form's answers, by type."""
    if not hasattr(form, "tallies"):
        bring_tallies([form])
    return form.tallies  # type: ignore[attr-defined]


def counts_shown(form: Form) -> str:
    """Return the counts in a few words."""
    kept = [f"{tally.living:,} {tally.type}" for tally in tallies_of(form) if tally.last_arrival]
    return ", ".join(kept) or NONE_YET


def last_shown(form: Form) -> str:
    """Return when the last answer came."""
    times = [tally.last_arrival for tally in tallies_of(form) if tally.last_arrival]
    return f"{max(times):%Y-%m-%d %H:%M} UTC" if times else ""


def table_shown(form: Form) -> SafeString | str:
    """Return a table of the form's answers, each type leading to its records."""
    found = tallies_of(form)
    if not any(tally.last_arrival for tally in found):
        return "None yet. They are counted here; only the owner's client can read them."
    lately = {days: arrivals(writer=form.writer, days=days) for days in DAYS}
    rows = format_html_join(
        "",
        "<tr><th scope='row'><a href='{}?stream={}'>{}</a></th><td>{}</td><td>{}</td>{}</tr>",
        (
            (
                reverse("admin:vault_record_changelist"),
                tally.stream,
                tally.type,
                f"{tally.living:,}",
                f"{tally.last_arrival:%Y-%m-%d %H:%M}" if tally.last_arrival else "never",
                format_html_join(
                    "", "<td>{}</td>", ((f"{lately[days].get(tally.type, 0):,}",) for days in DAYS)
                ),
            )
            for tally in found
        ),
    )
    return format_html(
        "<div class='wide' tabindex='0' role='region' aria-label='Answers'>"
        "<table class='answers'><caption>One record for each record type that "
        "the form feeds; times and days are UTC.</caption><thead><tr><th scope='col'>Record type"
        "</th><th scope='col'>Kept</th><th scope='col'>Last came</th><th scope='col'>Came today"
        "</th><th scope='col'>7 days</th><th scope='col'>30 days</th></tr></thead>"
        "<tbody>{}</tbody></table></div>",
        rows,
    )
