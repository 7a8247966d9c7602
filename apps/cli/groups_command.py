"""``groups``: teams that read as one, as their owner says who is in them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from ..client import Client
from ..client.acts.grouping import DAYS, Changed, Line, Shown, Stale
from ..client.acts.writer_names import Sources
from ..client.days import show_day
from ..client.errors import ClientError, UsageError
from ..client.quoting import plain
from ..envelope.encoding import FORM
from ..envelope.keys import show_fingerprint
from .commanding import (
    Commands,
    Connect,
    Refused,
    client_command,
    confirm,
    note,
    say,
    show,
    yes_option,
)
from .exit_codes import ExitCode
from .revoke_command import encrypt_anew
from .safe_output import filled_table

SUMMARY = "Let teams read as one, and say who is in them."
HELP = """\
A group is a team that reads as one: what is shared with it, its members read, whoever they are on
that day. Its owner signs who they are, for some days, and every command here signs it anew; the
server has no say in it. A group whose days are over counts as having no members.
"""
EXAMPLES = """
{program} groups create clinic-staff
{program} groups add clinic-staff CLIENT_ID --fingerprint ABCD-...
{program} groups show clinic-staff
{program} groups COMMAND --help
"""
groups = Commands("groups", short_help=SUMMARY, help=HELP, examples=EXAMPLES)

READ = "What they have read already cannot be taken back."
KEPT = f"""\
{READ} Records of before stay readable to them by the
server's help, or with a copy of its data, unless they are encrypted anew: the server refuses them
from now on, and what is written from now on is under keys that they never get."""
ANEW = f"""\
{READ} Own records of before are encrypted
anew: these they cannot open then, even with the server's help. Records of other writers, and what
forms have collected, stay readable to them by the server's help, or with a copy of its data. The
server refuses them from now on, and what is written from now on is under keys that they never get.
"""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
days_option = click.option(
    "--for",
    "days",
    type=click.IntRange(1),
    default=DAYS,
    metavar="DAYS",
    help=f"For how many days the group is in force; {DAYS} by default, at most 400.",
)
group_argument = click.argument("group", metavar="GROUP")
clients_argument = click.argument("parties", metavar="CLIENT...", nargs=-1, required=True)


@client_command(
    "create",
    summary="Make a group.",
    help="""\
Make a group of this client's own, without members, and print what others type to share with it.
""",
    examples="""
{program} groups create clinic-staff --credentials clinic.json
""",
)
@click.argument("name")
@days_option
@json_option
def create(connect: Connect, *, name: str, days: int, as_json: bool) -> None:
    """Make it, and say how it is used."""
    with connect() as client:
        reader = client.groups.create(name, days=days)
        shown = client.groups.show(reader)
        if as_json:
            say(json.dumps(_shown_line(client, shown), ensure_ascii=False))
            return
        say(f"The group {plain(name)} is made, and in force until {_until(shown)}.")
        say(f"\ngroup  {reader}")
        say("\nNobody is in it yet: `groups add` takes clients in.")
        say("\nWhat others run to share with it (owner and fingerprint the first time only):")
        say(f"  sealform share TYPE --with {reader} --owner {client.id} \\")
        say(f"    --fingerprint {client.fingerprint}")


@client_command(
    "add",
    summary="Take clients into a group.",
    help="""\
Take clients into a group of this client's own. They read what was shared with it so far and what
will be, each with its own keys. With --from-now they read what is written from now on only.

Whose fingerprint is not pinned here is pinned by --fingerprint, one client at a time; it must come
from that client, and not from the server.
""",
    examples="""
{program} groups add clinic-staff CLIENT_ID --fingerprint ABCD-...
{program} groups add clinic-staff ann bea --from-now
""",
)
@group_argument
@clients_argument
@click.option("--fingerprint", default="", metavar="FP", help="Of the one CLIENT; pins it.")
@click.option("--from-now", is_flag=True, help="Only what is written from now on.")
@days_option
@json_option
def add(
    connect: Connect,
    *,
    group: str,
    parties: Sequence[str],
    fingerprint: str,
    from_now: bool,
    days: int,
    as_json: bool,
) -> None:
    """Take them in, and say what they read."""
    if fingerprint and len(parties) > 1:
        raise UsageError("--fingerprint is of one client", hint="add one at a time")
    with connect() as client:
        members = [client.party(party) for party in parties]
        done = client.groups.add(
            group, *members, fingerprint=fingerprint, from_now=from_now, days=days
        )
        if as_json:
            say(json.dumps(_changed_line(done), ensure_ascii=False))
        else:
            for id in members:
                what = "is in" if id in done.added else "was in already, and stays in"
                say(f"{_name(client, id)} {what} {plain(done.roster.name)}.")
            if from_now and done.added:
                say("They read what is written from now on.")
            _report(client, done)
            if done.added:
                say("\nWhat each of them runs, once, to know who says who is in the group:")
                say(f"  sealform trust add {client.id} --fingerprint {client.fingerprint}")
        _end(client, done, as_json=as_json)


@client_command(
    "remove",
    summary="Take clients out of a group.",
    help="""\
Take clients out of a group of this client's own, in one request: the server refuses them from then
on. Then own types and forms that the group reads go on under new keys, at once; who else shares
with the group does so before its next write. What is not done yet is listed, and the exit code is
6 then; `groups show` goes on to list it.

What they have read already cannot be taken back. --reencrypt then writes each own record anew of
the types that the group reads: what is encrypted anew they cannot open, even with the server's
help. A run that ended is gone on with by the same words.
""",
    examples="""
{program} groups remove clinic-staff ann
{program} groups remove clinic-staff ann bea --yes
{program} groups remove clinic-staff ann --reencrypt
""",
)
@group_argument
@clients_argument
@click.option(
    "--reencrypt", is_flag=True, help="Then write each own record of what the group reads anew."
)
@days_option
@yes_option
@json_option
def remove(
    connect: Connect,
    *,
    group: str,
    parties: Sequence[str],
    reencrypt: bool,
    days: int,
    yes: bool,
    as_json: bool,
) -> None:
    """Ask, take them out, and say plainly what that means."""
    if reencrypt and as_json:
        raise click.UsageError("--json goes without --reencrypt, which tells people how it goes.")
    with connect() as client:
        members = [client.party(party) for party in parties]
        id = client.groups.find(group)
        who = ", ".join(_name(client, one) for one in members)
        if not as_json:
            say(ANEW if reencrypt else KEPT)
        confirm(f"Take {who} out of the group {plain(_called(client, id, group))}?", yes=yes)
        done = client.groups.remove(id, *members, days=days)
        if as_json:
            say(json.dumps(_changed_line(done), ensure_ascii=False))
        else:
            out = "is" if len(members) == 1 else "are"
            say(f"{who} {out} out of {plain(done.roster.name)}.")
            _report(client, done, but=members)
        for one in done.still_read:
            by = f"as a member of {plain(one.by)}" if one.by else "by a share of its own"
            note(
                f"note: {_name(client, one.member)} still reads {one.type} of this client, {by}: "
                "`revoke` ends a share, `groups remove` a membership"
            )
        for type in client.groups.own_types(id) if reencrypt else ():
            encrypt_anew(client, type)
        _end(client, done, as_json=as_json, is_removal=True)


@client_command(
    "renew",
    summary="Sign who is in a group anew.",
    help="""\
Sign anew who is in a group of this client's own, or in each of them, before its days are over: run
it each week, or each day. Members that left are left out, and those that go on under new keys are
in with the new ones.

Where an older database of the server was restored, --restored goes on from what it has, without
those whom this client has taken out.
""",
    examples="""
{program} groups renew
{program} groups renew clinic-staff --for 90
""",
)
@click.argument("group", metavar="[GROUP]", default="")
@days_option
@click.option("--restored", is_flag=True, help="Go on from an older roster than was seen before.")
@json_option
def renew(connect: Connect, *, group: str, days: int, restored: bool, as_json: bool) -> None:
    """Renew one, or all; one that fails does not hold up the others."""
    if restored and not group:
        raise UsageError("--restored is for one group", hint="name it")
    with connect() as client:
        due = [client.groups.find(group)] if group else client.groups.own()
        if not due:
            say("This client owns no group: `groups create` makes one.")
        failed: list[ClientError] = []
        pending: list[Changed] = []
        for id in due:
            try:
                done = client.groups.renew(id, days=days, restored=restored)
            except ClientError as error:
                if len(due) == 1:
                    raise
                failed.append(error)
                note(f"{plain(_called(client, id, id))}: {plain(str(error))}")
                note(f"hint: {plain(error.hint)}" if error.hint else "")
                continue
            if as_json:
                say(json.dumps(_changed_line(done), ensure_ascii=False))
            else:
                name, until = plain(done.roster.name), show_day(done.roster.expires)
                say(f"The group {name} is in force until {until}.")
                _report(client, done)
            pending.append(done)
        if failed:
            raise Refused(f"{len(failed)} of {len(due)} groups were not renewed; see above")
        for done in pending:
            _end(client, done, as_json=as_json)


@client_command(
    "show",
    summary="Show who is in a group.",
    help="""\
Show who is in a group, until when that is signed, and what of it other clients still write under
keys that somebody has who is out. Without GROUP the groups are listed that this client owns or is
in, as the server says.
""",
    examples="""
{program} groups show
{program} groups show clinic-staff
{program} groups show clinic-staff --format jsonl
""",
)
@click.argument("group", metavar="[GROUP]", default="")
@click.option(
    "--format",
    type=click.Choice(["table", "jsonl"]),
    default="table",
    help="A table for people (the default), or lines of JSON for programs.",
)
def show_group(connect: Connect, *, group: str, format: str) -> None:
    """Print one group, or the list of all."""
    with connect() as client:
        if not group:
            _print_lines(client, client.groups.lines(), format)
            return
        shown = client.groups.show(group)
        if format == "jsonl":
            say(json.dumps(_shown_line(client, shown), ensure_ascii=False))
        else:
            _print_shown(client, shown)


@client_command(
    "leave",
    summary="Go out of a group.",
    help="""\
Go out of a group of somebody else's, by a statement that this client signs. The server serves
nothing of the group to it from then on; the owner's next command lets the others go on without it.
""",
    examples="""
{program} groups leave clinic-staff
{program} groups leave GROUP_ID --yes
""",
)
@group_argument
@yes_option
def leave(connect: Connect, *, group: str, yes: bool) -> None:
    """Ask, and leave."""
    with connect() as client:
        id = client.groups.find(group)
        name = plain(_called(client, id, group))
        confirm(f"Leave the group {name} ({id})?", yes=yes)
        left = client.groups.leave(id)
    if left.now:
        say(f"This client is out of {name}, and reads nothing by it any more.")
        say("What it has read already, it has.")
    else:
        say(f"This client was out of {name} before: there is nothing to leave.")


for command in (create, add, remove, renew, show_group, leave):
    groups.add_command(command)


# --- What was done --------------------------------------------------------------------------


def _report(client: Client, done: Changed, but: Iterable[str] = ()) -> None:
    """Say what else became of it: who left or has new keys, and what goes on under new ones."""
    told: list[tuple[Sequence[str], Callable[[str], str]]] = [
        (sorted({*done.removed} - {*but}), lambda who: f"{who} is out: that was decided before."),
        (done.left, lambda who: f"{who} has left, and is out."),
        (done.renewed, lambda who: f"{who} goes on under new keys, and is in with these."),
    ]
    for ids, text in told:
        for id in ids:
            say(text(_name(client, id)))
    for type in done.types:
        say(f"What is written next of {plain(type)} is under a new key.")
    for slug in done.forms:
        say(f"The form {plain(slug)} was published again with a new inbox; it looks as before.")


def _end(client: Client, done: Changed, *, as_json: bool, is_removal: bool = False) -> None:
    """End with a code of its own where others, or a person, have something left to do."""
    if done.pending:
        for slug, why in sorted(done.pending.items()):
            note(f"{plain(slug)}: {plain(why)}")
        raise Refused(
            f"the group is signed, but these forms still collect for who was in it: "
            f"{', '.join(plain(slug) for slug in sorted(done.pending))}\n"
            "hint: `publish` each of them, after reading what it asks",
            code=ExitCode.KEPT,
        )
    if done.stale and (is_removal or done.is_new_epoch):
        if not as_json:
            say("\nStill open under keys that the members of before have:")
            _print_stale(client, done.stale, more=done.more_stale)
        count = len(done.stale)
        what = "1 type goes on under a new key" if count == 1 else f"{count} types go on under new"
        raise Refused(
            f"{what}{'' if count == 1 else ' keys'} only when other clients write there again\n"
            "hint: nobody has to do anything; `groups show` lists what is left until then",
            code=ExitCode.PENDING,
        )


# --- Printing -------------------------------------------------------------------------------


def _print_lines(client: Client, lines: Sequence[Line], format: str) -> None:
    if format == "jsonl":
        for line in lines:
            say(json.dumps({**line._asdict(), "own": line.owner == client.id}, ensure_ascii=False))
    elif lines:
        rows = [
            [
                plain(line.name),
                line.id,
                "this client" if line.owner == client.id else _name(client, line.owner),
                "yes" if line.member else "no",
                _day(client, line.expires),
            ]
            for line in lines
        ]
        show(filled_table(("name", "group id", "owner", "member", "in force until"), rows))
    else:
        say("This client owns no group and is in none: `groups create` makes one.")


def _print_shown(client: Client, shown: Shown) -> None:
    roster = shown.roster
    mine = " (this client)" if roster.owner == client.id else ""
    say(f"name      {plain(roster.name)}")
    say(f"group id  {roster.group}")
    say(f"owner     {plain(shown.owner) or 'not pinned'} {roster.owner}{mine}")
    say(f"in force  {_in_force(client, shown)}")
    say(f"version   {roster.version}, epoch {roster.epoch}")
    say(f"reads     {', '.join(map(plain, shown.types)) or 'nothing'} of this client\n")
    rows = [
        [_name(client, one.id), one.id, str(one.since), _leaves(shown, one.id)]
        for one in roster.members
    ]
    if rows:
        show(filled_table(("member", "client id", "since version", ""), rows))
    else:
        say("Nobody is in it: `groups add` takes clients in.")
    if shown.stale:
        say("\nStill open under keys that members of before have, until that is written next:")
        _print_stale(client, shown.stale, more=shown.more_stale)


def _print_stale(client: Client, stale: Sequence[Stale], *, more: bool) -> None:
    sources = Sources(client.session)
    rows = [[_source(sources, one.writer), one.writer, plain(one.type)] for one in stale]
    show(filled_table(("writer", "id", "type"), rows))
    if more:
        say("There are more.")


def _source(sources: Sources, writer: str) -> str:
    try:
        return plain(sources.of(writer))
    except ClientError:
        return "not pinned" if not writer.startswith(FORM) else "a form"


def _in_force(client: Client, shown: Shown) -> str:
    if shown.why_not:
        return f"NO: {plain(shown.why_not)}"
    if not shown.owner:
        return "unknown: the owner's fingerprint is not pinned here, so nothing here is verified"
    return f"until {_until(shown)}"


def _leaves(shown: Shown, id: str) -> str:
    return "has left: `groups renew` lets the others go on" if id in shown.leaving else ""


def _until(shown: Shown) -> str:
    return show_day(shown.roster.expires)


def _day(client: Client, expires: int) -> str:
    ended = " (ended)" if expires <= client.session.now() else ""
    return show_day(expires) + ended


def _name(client: Client, id: str) -> str:
    """Return the name of a client that is known here, else its id; nobody is asked."""
    if id == client.id:
        return plain(client.session.me.name)
    return plain(client.session.state.load().names.get(id, "")) or id


def _called(client: Client, id: str, otherwise: str) -> str:
    memory = client.session.state.load().groups.get(id)
    return memory.known.name if memory else otherwise


def _changed_line(done: Changed) -> dict[str, Any]:
    return {
        "group": done.roster.group,
        "name": done.roster.name,
        "version": done.roster.version,
        "epoch": done.roster.epoch,
        "expires": done.roster.expires,
        "added": done.added,
        "removed": done.removed,
        "left": done.left,
        "renewed": done.renewed,
        "types": done.types,
        "forms": done.forms,
        "pending": done.pending,
        "stale": _stale_lines(done.stale),
        "more": done.more_stale,
        "still_read": [one._asdict() for one in done.still_read],
    }


def _shown_line(client: Client, shown: Shown) -> dict[str, Any]:
    roster = shown.roster
    names = client.session.state.load().names | {client.id: client.session.me.name}
    return {
        "group": roster.group,
        "name": roster.name,
        "owner": roster.owner,
        "verified": bool(shown.owner),
        "in_force": bool(shown.owner) and not shown.why_not,
        "why_not": shown.why_not,
        "version": roster.version,
        "epoch": roster.epoch,
        "expires": roster.expires,
        "members": [
            {
                "client_id": one.id,
                "name": names.get(one.id, ""),
                "fingerprint": show_fingerprint(one.fingerprint),
                "since": one.since,
                "left": one.id in shown.leaving,
            }
            for one in roster.members
        ],
        "reads": shown.types,
        "stale": _stale_lines(shown.stale),
        "more": shown.more_stale,
    }


def _stale_lines(stale: Iterable[Stale]) -> list[dict[str, str]]:
    return [one._asdict() for one in stale]
