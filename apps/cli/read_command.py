"""``read``: records by their ids."""

import json
import sys

import click

from ..client import Opened
from ..client.acts.writer_names import Sources
from ..client.errors import ClientError, UsageError
from ..client.quoting import plain
from ..envelope import encoding
from ..envelope.encoding import FORM
from ..envelope.seen import pasted
from .commanding import Connect, Refused, client_command, not_empty, note
from .complaints import Complaints, tell_of_doubts
from .exit_codes import ExitCode
from .record_formats import SEPARATORS, TABLE, WRITERS, XLSX, Look
from .record_lines import ids_of
from .safe_output import cell_text

SUMMARY = "Decrypt single records by their ids."
HELP = """\
Read records by their ids: own ones, those of own forms, and those that were granted to this client.
Each one is verified, then decrypted on this machine; --field prints one value alone, for scripts.

An id says nothing of who wrote the record, who may be anybody that is pinned and shares with this
client: --own takes what this client and its forms wrote, --writer what another one did.

An id that is not there, or that this client may not read, is named on stderr, the others are
printed, and the exit code is 1. A server can say that a record is not there although it is. A
record that fails is named, too, and the exit code is 4.
"""
EXAMPLES = """
{program} read RECORD_ID
{program} read RECORD_ID --own --field password
{program} read RECORD_ID RECORD_ID --format jsonl
{program} read - --format jsonl <ids.txt
"""


@client_command("read", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--format",
    type=click.Choice([name for name in WRITERS if name != XLSX]),
    default=TABLE,
    help="A table for people, lines of JSON for programs, csv for spreadsheets.",
)
@click.option(
    "--writer",
    callback=not_empty,
    metavar="CLIENT",
    help="Only if this client wrote it, its forms included: its id, its name where it is pinned "
    "here, or form:ID.",
)
@click.option("--own", is_flag=True, help="Only if this client wrote it, or one of its forms.")
@click.option("--field", default="", metavar="NAME", help="Only the value of this field.")
def read(
    connect: Connect, *, ids: tuple[str, ...], format: str, writer: str, own: bool, field: str
) -> None:
    """Read, verify, decrypt and print."""
    if own and writer:
        raise UsageError("--own says whose, and --writer does too")
    if field:
        encoding.name(field, "field")
    wanted = ids_of(ids)
    if field and len(set(wanted)) > 1:
        raise UsageError("--field is for one record", hint="--format jsonl has all fields")
    complaints, failed, missing = Complaints(note), list[ClientError](), list[str]()

    def problem(error: ClientError) -> None:
        failed.append(error)
        complaints.refused(error, f"refused {plain(str(error))}")

    def lacks(id: str) -> None:
        missing.append(id)
        complaints.tell("not found", f"there is no record {id} that this client may read")

    with connect() as client:
        whose = client.id if own else pasted(writer)
        if whose and not (own or whose.startswith(FORM)):
            whose = client.party(whose)
        found = client.read_many(wanted, writer=whose, on_problem=problem, on_missing=lacks)
        for record in found:
            tell_of_doubts(record, complaints)
        if field and found:
            text = _value(found[0], field)
            click.echo(cell_text(text) if sys.stdout.isatty() else text)
        elif not field:
            WRITERS[format](
                sys.stdout, iter(found), Sources(client.session), Look(SEPARATORS["comma"])
            )
    complaints.sum_up()
    if missing:
        raise Refused(
            f"{len(missing):,} of {len(set(wanted)):,} records were not found\n"
            "hint: they may have been deleted, never been shared with this client, or not any more"
        )
    if failed:
        raise Refused(f"{len(failed):,} records failed verification", code=ExitCode.UNREAD)


def _value(record: Opened, field: str) -> str:
    if field not in record.data:
        has = ", ".join(record.data)
        raise UsageError(f"record {record.id} shows no field {field}", hint=f"it has: {has}")
    value = record.data[field]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
