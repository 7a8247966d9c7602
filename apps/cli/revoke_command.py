"""``revoke``: a party reads no more of a type, or of single records."""

import click

from ..client import Client
from ..client.acts.rewriting import Rewritten
from ..client.acts.sharing import Access
from ..client.acts.single_records import RevokedRecords
from ..client.errors import ClientError, UsageError
from ..client.quoting import plain
from ..client.trust import readers
from .commanding import Connect, Refused, client_command, confirm, note, say, yes_option
from .complaints import Complaints
from .counting import records as counted
from .exit_codes import ExitCode
from .progress import Steps
from .record_ids import only_type, record_ids
from .share_command import told_before

SUMMARY = "End the access of another client, or of a group, to a type or single records."
HELP = """\
End the access of another client, or of a group, to a type.

The server stops serving it at once, and what is written from now on is under a new key that it
never gets. It says which columns the client may have read, since when and, after it asked, of how
many records. What it has read already cannot be taken back; what it could read and has not
downloaded it still opens if the server goes on to show it, unless --reencrypt writes it anew.

--reencrypt then writes each own record of the type anew: what is encrypted anew the client cannot
open, even with the server's help. What it has downloaded it keeps. A run that ended is gone on with
by the same words. What a form collects stays as it was submitted, since receipts prove it.

With --record, end what the client was granted of single records. Own ones are written anew; those
of a form the server only stops to show.
"""
EXAMPLES = """
{program} revoke contact --from marketing
{program} revoke contact --from marketing --reencrypt
{program} revoke account --from CLIENT_ID --form signup
{program} revoke --record RECORD_ID RECORD_ID --from clinic
"""
COLLECTED = (
    "what a form collects stays as it was submitted, since receipts prove it: it cannot be "
    "encrypted anew, and nothing was done"
)
SPLIT = (
    "revoke without --reencrypt, `split` what was collected into a type of your own, and delete "
    "the source"
)


@client_command("revoke", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("words", metavar="[TYPE]", nargs=-1)
@click.option(
    "--from",
    "reader",
    required=True,
    metavar="READER",
    help="Whose access ends: a client's id, group: and a group's id, or the name of either where "
    "it is known here; `shares` lists them.",
)
@click.option("--form", default="", metavar="SLUG", help="Revoke what this form collects of it.")
@click.option(
    "--record",
    "records",
    multiple=True,
    metavar="ID...",
    help="End the access to these records alone; - reads their ids, one a line.",
)
@click.option(
    "--reencrypt",
    is_flag=True,
    help="Then write each own record of the type anew; may be repeated.",
)
@yes_option
def revoke(
    connect: Connect,
    *,
    words: tuple[str, ...],
    reader: str,
    form: str,
    records: tuple[str, ...],
    reencrypt: bool,
    yes: bool,
) -> None:
    """Ask, revoke, and say plainly what that means."""
    if records:
        if form or reencrypt:
            raise click.UsageError("--form and --reencrypt go with a type, not with --record.")
        ids = record_ids(records, words)
        with connect() as client:
            _revoke_records(client, ids, client.reader(reader), yes=yes)
        return
    type = only_type(words)
    if form and reencrypt:
        raise UsageError(COLLECTED, hint=SPLIT)
    with connect() as client:
        reader = client.reader(reader)
        closed = 0
        if not (reencrypt and is_revoked(client, type, reader)):
            closed = _revoke(client, type, reader, form, reencrypt=reencrypt, yes=yes)
        if reencrypt:
            _reencrypt(client, type, reader, closed, yes=yes or bool(closed))


def is_revoked(client: Client, type: str, reader: str) -> bool:
    """Whether an earlier run has revoked the reader, and nobody has shared with it since."""
    memory = client.session.state.load().stream(client.id, type)
    return reader in memory.revoked and not client.reads(type, reader).since


def _revoke(
    client: Client, type: str, reader: str, form: str, *, reencrypt: bool, yes: bool
) -> int:
    found = client.access(type, reader, form=form)
    who = plain(found.title)
    for line in told_before(found.reads):
        say(f"{who}: {line}.")
    say(f"What {who} has read already cannot be taken back.")
    if reencrypt:
        _say_what_it_means(who, type)
    confirm(f"End the access of {who} to {type}?", yes=yes)
    if not yes:  # while a person thought about it, another run may have shared with others
        found = client.access(type, reader, form=form)
    revoked = client.end(found)
    if not found.listed:
        say(
            f"The server lists no share of {type} with {who}; "
            "a new key was put in force all the same."
        )
    say(f"From now on, {who} reads no {type} (generation {revoked.closed} closed).")
    if form:
        say("The form was published again with a new inbox; it looks as before.")
    else:
        say("What is written next is under a new key; other readers keep their access.")
    if found.reads.extent is not None and not yes:  # it takes as long as there are records
        _say_count(client, found)
    return revoked.closed


def _say_count(client: Client, found: Access) -> None:
    """Say how much there is that the reader could read; it is revoked whether that is told."""
    stream = found.stream
    try:
        with Steps() as steps:
            count = client.count(stream, lambda done: steps.at(f"counting {stream.type}", done, 0))
    except ClientError as error:
        note(f"note: how many records it could read was not told: {plain(str(error))}")
        return
    say(f"It could read {counted(count)} until now, as the server lists them.")


def _say_what_it_means(who: str, type: str) -> None:
    say(f"What {who} has downloaded of {type} it keeps. What is encrypted anew it cannot open,")
    say("even with the server's help; before that it could.")


def _reencrypt(client: Client, type: str, reader: str, closed: int, *, yes: bool) -> None:
    who = plain(client.name_of(reader) or readers.called(reader))
    above = closed or client.revoked_at(type, reader)
    if not closed:
        say(f"{who} was revoked before (generation {above}): what is left is encrypted anew.")
        _say_what_it_means(who, type)
        confirm(f"Encrypt {type} anew?", yes=yes)
    encrypt_anew(client, type, above=above)


def encrypt_anew(client: Client, type: str, *, above: int = 0) -> None:
    """Write own records of a type anew, and say what came of it; see ``Client.encrypt_anew``."""
    complaints = Complaints(note)
    with Steps() as steps:
        done = client.encrypt_anew(
            type,
            above=above,
            on_problem=lambda error: complaints.refused(error, plain(str(error))),
            progress=steps.at,
        )
    complaints.sum_up()
    _report(done, type)


def _report(done: Rewritten, type: str) -> None:
    if done.written:
        say(
            f"{counted(done.written)} of {type} encrypted anew, under generation {done.generation}."
        )
    else:
        say(f"No record of {type} is under an earlier key: there was nothing to encrypt anew.")
    say("What forms collect of it stays as it was submitted, since receipts prove it: `split` it")
    say("into a type of your own, and delete the source, where that is to be closed, too.")
    if done.stolen:
        note(
            f"note: {counted(done.stolen)} were left: only a stolen key signed them, and signed "
            "anew nobody could tell; look at them, then update or delete them"
        )
    if done.failed:
        raise Refused(
            f"{counted(done.failed)} failed verification and were left as they are",
            code=ExitCode.UNREAD,
        )


def _revoke_records(client: Client, ids: list[str], reader: str, *, yes: bool) -> None:
    who = plain(client.name_of(reader) or readers.called(reader))
    say(f"What {who} has read already cannot be taken back.")
    confirm(f"End the access of {who} to {counted(len(ids))}?", yes=yes)
    _report_records(client.revoke_records(ids, reader), who)


def _report_records(done: RevokedRecords, who: str) -> None:
    type = done.stream.type
    say(f"{who} was granted {counted(len(done.records))} of {type}, and is no more.")
    if done.stream.form:
        say("The server stops to show them to it. They stay as they were submitted, since receipts")
        say("prove them: with keys that it kept, and the server's help, it opens them still.")
    elif done.written:
        say(f"{counted(done.written)} encrypted anew: keys that it kept open nothing of that, even")
        say("with the server's help. Others who were granted them keep what they had.")
    else:
        say("All of it had been encrypted anew before.")
    if done.reads:
        note(f"note: {who} reads {type} as a whole, these records too: `revoke {type}` ends that")
