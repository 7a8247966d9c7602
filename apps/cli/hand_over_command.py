"""``hand-over`` and ``trust hand-over``: a form gets another owner."""

import json
from typing import Any

import click

from ..client.acts import giving
from ..client.acts.giving import Offered, Taken
from ..client.acts.own_forms import form_id
from ..client.quoting import plain
from ..client.session import Session
from ..client.trust import owners, pins
from ..envelope.hand_overs import HandOver, Party
from ..envelope.keys import show_fingerprint
from .commanding import Connect, client_command, confirm, say, show, yes_option
from .questionnaire import said
from .safe_output import filled_table

SUMMARY = "Give a form to another client, or take one."
HELP = """\
Offer a form to another client, which accepts it on its own machine; both sign. From then on that
client publishes it and reads what visitors send, once it has published it anew: until then the form
goes on as it is, and what comes still goes to the one who gave it.

With --with-answers the taker may also read what came so far. Without, that stays with the giver,
as everything does that the giver has split: split before you give.

Without FORM it lists what is offered to this client, and by it. While a form is offered it cannot
be published; --withdraw takes the offer back.
"""
EXAMPLES = """
{program} hand-over signup --to marketing
{program} hand-over signup --to CLIENT_ID --fingerprint ABCD-... --with-answers
{program} hand-over
{program} hand-over --accept FORM_ID --fingerprint ABCD-...
{program} hand-over --withdraw signup
"""
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
fingerprint_option = click.option(
    "--fingerprint", default="", metavar="FP", help="The other client's, the first time; pins it."
)


@client_command("hand-over", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("form", metavar="FORM", required=False, default="")
@click.option(
    "--to",
    "taker",
    default="",
    metavar="CLIENT",
    help="Offer it to this client: the id that its `whoami` shows, or its name where it is pinned.",
)
@click.option("--accept", is_flag=True, help="Take the form that is offered to this client.")
@click.option("--withdraw", is_flag=True, help="Take an offer back that nobody has accepted.")
@click.option("--with-answers", is_flag=True, help="Let the taker read what came so far, too.")
@fingerprint_option
@yes_option
@json_option
def hand_over(
    connect: Connect,
    *,
    form: str,
    taker: str,
    accept: bool,
    withdraw: bool,
    with_answers: bool,
    fingerprint: str,
    yes: bool,
    as_json: bool,
) -> None:
    """List, offer, accept or withdraw."""
    _check_words(form, taker, accept=accept, withdraw=withdraw, with_answers=with_answers)
    with connect() as client:
        session = client.session
        if not form:
            _list(session, as_json=as_json)
        elif withdraw:
            count = giving.withdraw(session, form)
            _done({"withdrawn": count}, _withdrawn(form, count), as_json=as_json)
        elif accept:
            _accept(session, form, fingerprint, yes=yes, as_json=as_json)
        else:
            _offer(session, form, client.party(taker), fingerprint, with_answers, yes, as_json)


def _check_words(
    form: str, taker: str, *, accept: bool, withdraw: bool, with_answers: bool
) -> None:
    what = [bool(taker), accept, withdraw]
    if not form and any([*what, with_answers]):
        raise click.UsageError("Name the form.")
    if form and sum(what) != 1:
        raise click.UsageError("Give --to CLIENT, --accept or --withdraw.")
    if with_answers and not taker:
        raise click.UsageError("--with-answers goes with --to.")


def _offer(
    session: Session,
    form: str,
    taker: str,
    fingerprint: str,
    with_answers: bool,
    yes: bool,
    as_json: bool,
) -> None:
    who = plain(pins.name_of(session, taker)) or taker
    what = "and what it has collected so far " if with_answers else ""
    confirm(f"Offer {plain(form)} {what}to {who}?", yes=yes)
    done = giving.offer(session, form, taker, fingerprint=fingerprint, with_answers=with_answers)
    _done(_line(done.hand_over, "outgoing"), _offered(session, done), as_json=as_json)


def _offered(session: Session, done: Offered) -> str:
    shared = f"\nIt may read what came so far of: {', '.join(done.types)}." if done.types else ""
    return (
        f"{plain(done.line.slug)} is offered to {plain(done.taker)}.{shared}\n"
        "\nWhat the taker runs:\n"
        f"  sealform hand-over --accept {done.line.id} \\\n"
        f"    --fingerprint {show_fingerprint(session.me.fingerprint)}\n"
        f"  sealform publish {plain(done.line.slug)}\n"
        "\nPages whose tags pin this client go on, since it signed that. Put the tags there all\n"
        "the same that `publish` prints then: until then they trust this client's keys.\n"
        "Readers of the form run `trust hand-over` with the taker's fingerprint."
    )


def _accept(session: Session, form: str, fingerprint: str, *, yes: bool, as_json: bool) -> None:
    taken = giving.find_offer(session, form, fingerprint=fingerprint)
    title = plain(said(taken.manifest.title))
    confirm(f"Take the form {title} from {plain(taken.giver)}?", yes=yes)
    types = giving.accept(session, taken)
    line = _line(taken.hand_over, "incoming") | {"types": list(types)}
    _done(line, _taken(taken, title, types), as_json=as_json)


def _taken(taken: Taken, title: str, types: tuple[str, ...]) -> str:
    so_far = (
        f"This client reads what came so far of: {', '.join(types)}."
        if types
        else "What came so far stays with the giver."
    )
    return (
        f"{title} is this client's form now. {so_far}\n"
        f"\nUntil `publish {taken.hand_over.form}` it goes on as it is, and answers go to\n"
        f"{plain(taken.giver)}; `publish` prints the tags that replace the old ones."
    )


def _withdrawn(form: str, count: int) -> str:
    return f"The offer of {plain(form)} is withdrawn." if count else "Nothing was offered."


def _list(session: Session, *, as_json: bool) -> None:
    found = [
        _line(one, "incoming" if one.taker.id == session.me.id else "outgoing")
        for one in giving.offers(session)
    ]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
        return
    if not found:
        say("Nothing is offered to this client, nor by it.")
        return
    rows = [
        [one["form"], one["direction"], plain(pins.name_of(session, one["other"])) or one["other"]]
        for one in found
    ]
    show(filled_table(("form", "direction", "other client"), rows))
    say("\nThe server says so; an offer is verified when it is accepted.")


def _line(signed: HandOver, direction: str) -> dict[str, Any]:
    other: Party = signed.giver if direction == "incoming" else signed.taker
    return {
        "form": signed.form,
        "direction": direction,
        "other": other.id,
        "fingerprint": show_fingerprint(other.fingerprint),
        "version": signed.version,
    }


def _done(line: dict[str, Any], text: str, *, as_json: bool) -> None:
    say(json.dumps(line, ensure_ascii=False) if as_json else text)


@client_command(
    "hand-over",
    summary="Follow a form to its next owner.",
    help="""\
Believe another client than before what it says about a form, after its owner has handed it over:
both have signed that, and you have the next owner's fingerprint from that party itself, or from the
one before, and not from the server.

Until then this client reads what came before the hand-over, and refuses the rest. Who met the form
only after one can follow it backwards, too, to read what came before: as far as it has pinned each
owner there.
""",
    examples="""
{program} trust hand-over 7c74170f-5b2b-4c65-ae5d-f7c1ee22fc2a --fingerprint ABCD-...
{program} trust hand-over FORM_ID --yes
""",
)
@click.argument("form", metavar="FORM")
@fingerprint_option
@yes_option
@json_option
def trust_hand_over(
    connect: Connect, *, form: str, fingerprint: str, yes: bool, as_json: bool
) -> None:
    """Show who owns the form now, ask, and follow."""
    with connect() as client:
        session = client.session
        found = owners.find(session, form_id(session, form))
        name = plain(found.card.name)
        shown = show_fingerprint(found.card.fingerprint)
        if not as_json:
            say(f"form         {found.form}")
            say(f"owner        {name}, client {found.card.id}")
            say(f"fingerprint  {shown}")
            for one in found.former:
                say(f"before       client {one.id}, up to version {one.version}")
            say("")
        owners.check_known(session, found, fingerprint)
        confirm(f"Believe {name} from now on what it says about this form?", yes=yes)
        owners.agree(session, found, fingerprint=fingerprint)
    line = {"form": found.form, "owner": found.card.id, "fingerprint": shown}
    _done(line, f"{name} is believed as the owner of the form.", as_json=as_json)
