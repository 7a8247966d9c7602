"""``share``: let a client or a group read a type, or fields of single records."""

from collections import Counter
from collections.abc import Iterable, Sequence

import click

from ..client import Client
from ..client.acts.sharing import Plan, Reads, Shared
from ..client.acts.single_records import Offer, SharedRecords
from ..client.days import read_day, show_day
from ..client.quoting import plain
from ..client.session import Stream
from ..client.trust import readers
from ..envelope.encoding import GROUP
from ..envelope.holders import Recipient
from ..envelope.keys import show_fingerprint
from .commanding import Connect, client_command, not_empty, say
from .counting import records as counted
from .progress import Steps
from .record_ids import only_type, record_ids

SUMMARY = "Let another client, or a group, read a type, or single records."
HELP = """\
Let another client, or a group, read a record type of this one: what is there and what will be
written, in one small request. With --record, let it read fields of single records instead, and
nothing of what comes.

The reader's fingerprint is needed the first time; it must come from the reader, not from the
server. Of a group it is its owner who is named, and whose fingerprint is given: that client says
who is in it, today and later.

--dry-run says who would read what, past and future, and sends and remembers nothing.
"""
EXAMPLES = """
{program} share contact --with CLIENT_ID --fingerprint ABCD-... --dry-run
{program} share contact --with CLIENT_ID --fingerprint ABCD-...
{program} share contact --with marketing --columns zip,city --until 2027-12-31
{program} share account --with CLIENT_ID --form signup
{program} share health --with group:GROUP_ID --owner CLIENT_ID --fingerprint ABCD-...
{program} share --record RECORD_ID RECORD_ID --with clinic --fields name,zip --until 2027-12-31
"""


@client_command("share", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("words", metavar="[TYPE]", nargs=-1)
@click.option(
    "--with",
    "reader",
    required=True,
    metavar="READER",
    help="Who is to read it: the id that its `whoami` shows, group: and a group's id, or the name "
    "of either where it is known here.",
)
@click.option(
    "--fingerprint",
    default="",
    metavar="FP",
    help="The reader's, or that of a group's owner, the first time; pins it.",
)
@click.option(
    "--owner", default="", metavar="CLIENT", help="Who owns the group, the first time: its id."
)
@click.option(
    "--form", default="", metavar="SLUG", help="Share what this form collects of the type."
)
@click.option(
    "--record",
    "records",
    multiple=True,
    metavar="ID...",
    help="Share these records alone, own ones or a form's; - reads their ids, one a line.",
)
@click.option(
    "--until",
    callback=not_empty,
    metavar="DATE",
    help="Last day of access (UTC): 2027-12-31.",
)
@click.option(
    "--columns",
    callback=not_empty,
    metavar="A,B",
    help="Only these fields of a type.",
)
@click.option(
    "--fields",
    callback=not_empty,
    metavar="A,B",
    help="Only these fields of the records.",
)
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Share ahead what this client has not written yet, instead of taking it for misspelt.",
)
@click.option("--dry-run", is_flag=True, help="Only say who would read what.")
def share(
    connect: Connect,
    *,
    words: tuple[str, ...],
    reader: str,
    fingerprint: str,
    owner: str,
    form: str,
    records: tuple[str, ...],
    until: str,
    columns: str,
    fields: str,
    allow_empty: bool,
    dry_run: bool,
) -> None:
    """Share, and say what the reader has to type."""
    end = read_day(until) if until else None
    if records:
        _check_words(form=form, columns=columns, allow_empty=allow_empty)
        ids = record_ids(records, words)
        with connect() as client:
            party, names = client.reader(reader), _names(fields)
            whose = client.party(owner) if owner else ""
            if dry_run:
                offer = client.preview_share_records(
                    ids, party, fields=names, until=end, fingerprint=fingerprint, owner=whose
                )
                _show_offer(client, offer)
                return
            done = client.share_records(
                ids, party, fields=names, until=end, fingerprint=fingerprint, owner=whose
            )
            _report_records(client, done)
        return
    if fields:
        raise click.UsageError("--fields goes with --record; a type has --columns.")
    type = only_type(words)
    with connect() as client:
        party, names = client.reader(reader), _names(columns)
        whose = client.party(owner) if owner else ""
        if dry_run:
            plan = client.preview_share(
                type, party, fingerprint=fingerprint, owner=whose, columns=names, until=end,
                form=form, allow_empty=allow_empty,
            )  # fmt: skip
            _show_plan(client, plan)
            return
        shared = client.share(
            type, party, fingerprint=fingerprint, owner=whose, columns=names, until=end,
            form=form,
            allow_empty=allow_empty,
        )  # fmt: skip
        _report(client, shared)


def _check_words(*, form: str, columns: str, allow_empty: bool) -> None:
    if form or columns or allow_empty:
        raise click.UsageError("--form, --columns and --allow-empty go with a type, not --record.")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _report(client: Client, shared: Shared) -> None:
    done = "shares" if shared.sent else "already shares"
    what = f"{', '.join(shared.columns)} of {shared.stream.type}"
    what = what if shared.columns else shared.stream.type
    until = f" until {show_day(shared.not_after)}" if shared.not_after else ""
    is_group = shared.reader.id.startswith(GROUP)
    kind = "group " if is_group else ""
    say(f"This client {done} {what} with {kind}{plain(shared.reader.name)}{until}.")
    _say_what_to_type(client, shared.stream, shared.reader)


def _report_records(client: Client, shared: SharedRecords) -> None:
    done = "shares" if shared.sent else "already shares"
    until = f" until {show_day(shared.not_after)}" if shared.not_after else ""
    say(f"This client {done} with {plain(shared.reader.name)}{until}:")
    _say_fields(shared.stream, shared.fields.values())
    _say_what_to_type(client, shared.stream, shared.reader)


def _say_fields(stream: Stream, fields: Iterable[Sequence[str]]) -> None:
    for names, count in sorted(Counter(map(tuple, fields)).items()):
        say(f"  {', '.join(names)} of {counted(count)} of {stream.type}")


def _say_what_to_type(client: Client, stream: Stream, reader: Recipient) -> None:
    whoever = "each member runs" if reader.id.startswith(GROUP) else "the reader runs"
    say(f"\nWhat {whoever} (it needs the fingerprint the first time only):")
    say(
        f"  sealform extract --type {stream.type} --writer {client.id} \\\n"
        f"    --fingerprint {client.fingerprint}"
    )


def _show_plan(client: Client, plan: Plan) -> None:
    stream = plan.stream
    with Steps() as steps:
        count = client.count(stream, lambda done: steps.at(f"counting {stream.type}", done, 0))
    _say_reader(plan.reader)
    say(f"  what         {', '.join(plan.columns) or 'all columns'} of {_title(stream)}")
    say(f"  today        {counted(count)}, as the server lists them")
    say(f"  past         from generation {plan.known[0].gen} on, all that was written")
    say(f"  future       what is written later, too{_until(plan.not_after)}")
    _say_before(plan.reads)
    _say_end(bool(plan.due))


def _show_offer(client: Client, offer: Offer) -> None:
    _say_reader(offer.reader)
    say("  what")
    _say_fields(offer.stream, [tuple(one.keys) for one in offer.records])
    gens = sorted({one.gen for one in offer.records})
    say(f"  past         generation {', '.join(map(str, gens))} of {_title(offer.stream)}")
    say(f"  future       these records as they are{_until(offer.not_after)}, and when this client")
    say("               updates one, its next revision; nothing that is written later")
    _say_before(offer.reads)
    _say_end(bool(offer.due))


def _say_reader(reader: Recipient) -> None:
    say(f"{plain(reader.name)} would be able to read:")
    kind = readers.kind(reader.id)
    say(f"  {f'{kind} id':<12} {reader.id.removeprefix(GROUP)}")
    if kind == "group":
        say("  who          its members of today and later, and its owner, who says who they are")
    else:
        say(f"  fingerprint  {show_fingerprint(reader.fingerprint)}")


def _title(stream: Stream) -> str:
    return f"{stream.type}, as a form collects it" if stream.form else stream.type


def _until(not_after: int) -> str:
    return f" until {show_day(not_after)}" if not_after else ", without an end"


def _say_before(reads: Reads) -> None:
    said = told_before(reads)
    say(f"  before       {said[0] if said else 'it read nothing of this so far'}")
    for line in said[1:]:
        say(f"               {line}")


def told_before(reads: Reads) -> list[str]:
    """Say what a reader may have read already, in lines; none for nothing that is known."""
    lines: list[str] = []
    since = f" since {reads.since[:10]}" if reads.since else ""
    if reads.extent is not None:
        columns = ", ".join(reads.extent.columns) or "all columns"
        end = f" until {show_day(reads.extent.not_after)}" if reads.extent.not_after else ""
        source = "" if reads.listed else ", as this client remembers"
        lines.append(f"it may have read {columns} of all records{since}{end}{source}")
    if reads.records:
        lines.append(f"it may have read {counted(reads.records)}, granted one by one{since}")
    if reads.revoked:
        lines.append(
            f"it was revoked, and may have read what was written up to generation {reads.revoked}"
        )
    return lines


def _say_end(due: bool) -> None:
    again = "" if due else " It is shared just so already."
    say(f"This was a dry run: nothing was sent, and nothing remembered.{again}")
