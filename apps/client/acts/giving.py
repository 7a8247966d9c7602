"""Giving a form to another client: offered by its owner, accepted by who takes it (§8)."""

from dataclasses import dataclass

from ...envelope import encoding
from ...envelope.encoding import FORM
from ...envelope.hand_overs import (
    HandOver,
    accept_hand_over,
    offer_hand_over,
    parse_hand_over,
    verify_hand_over,
    verify_offer,
)
from ...envelope.manifests import Manifest
from ...envelope.seen import pasted
from .. import endpoints
from ..errors import UsageError, VerificationError, verifying
from ..session import Session
from ..state import FormerOwner, FormMemory
from ..trust import generations, keyring, pins, readers, verified_manifests
from ..trust.generations import Generation
from ..trust.keyring import Keyring
from . import own_forms, publishing, sharing
from .own_forms import FormLine
from .writing import post_grants

LISTED = "`hand-over` lists what is offered"


@dataclass(frozen=True)
class Offered:
    """A form that was offered; ``types`` are those whose answers so far the taker reads, too."""

    line: FormLine
    hand_over: HandOver
    taker: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A form that this client has been offered, and the manifest of who gives it."""

    hand_over: HandOver
    manifest: Manifest
    giver: str


def offer(
    session: Session, name: str, taker: str, *, fingerprint: str = "", with_answers: bool = False
) -> Offered:
    """Offer an own form to a client that is pinned, or is pinned by this call.

    ``with_answers`` grants it what the form has collected so far. Raises UsageError, ApiError,
    VerificationError.
    """
    line = own_forms.own_form(session, name)
    readers.check(session, taker)
    card = pins.known_card(session, taker, fingerprint)
    manifest = publishing.in_force(session, line)
    if manifest is None:
        raise UsageError(
            f"the form {line.slug} was never published",
            hint="an admin can name another owner in the draft",
        )
    types: list[str] = []
    if with_answers:
        for stream in keyring.incoming(session):
            if stream.form == line.id:
                sharing.share(session, stream, reader=taker)
                types.append(stream.type)
    signed = offer_hand_over(
        form=line.id, version=manifest.version, giver=session.me, taker=card, keys=session.keys
    )
    _send(session, signed)
    return Offered(line, signed, card.name, tuple(sorted(types)))


def withdraw(session: Session, name: str) -> int:
    """Take the offer of an own form back; return how many there were, 0 or 1."""
    line = own_forms.own_form(session, name)
    answer = session.api.call(endpoints.WITHDRAW, line.id, body={})
    withdrawn: int = answer["withdrawn"]
    return withdrawn


def offers(session: Session) -> list[HandOver]:
    """Return what the server says is offered to this client and by it; nothing is verified yet."""
    answer = session.api.call(endpoints.LIST_HAND_OVERS)
    with verifying("an offer in the server's list"):
        return [parse_hand_over(one) for one in answer["hand_overs"]]


def find_offer(session: Session, form: str, *, fingerprint: str = "") -> Taken:
    """Return a form, by its id, that is offered to this client by who is pinned, verified.

    One that was accepted by a run that ended then is found, too. Raises UsageError,
    UnpinnedError, VerificationError.
    """
    form = encoding.uuid(pasted(form).removeprefix(FORM), "form id")
    mine = [one for one in offers(session) if (one.form, one.taker.id) == (form, session.me.id)]
    signed = mine[0] if mine else _accepted(session, form)
    giver = pins.known_card(session, signed.giver.id, fingerprint)
    with verifying(f"the offer of form {form}"):
        verify = verify_hand_over if signed.accepted else verify_offer
        verify(signed, form=form, giver=giver, taker=session.me)
    manifest = verified_manifests.latest(session, form, owner=giver.id)
    check_version(signed, manifest)
    return Taken(signed, manifest, giver.name)


def check_version(signed: HandOver, manifest: Manifest) -> None:
    """Refuse an offer of another version than its giver's last one."""
    if manifest.version != signed.version:
        raise VerificationError(
            f"the offer is of version {signed.version} of the form, and version "
            f"{manifest.version} is in force",
            code="mismatch",
        )


def accept(session: Session, taken: Taken) -> tuple[str, ...]:
    """Take a form that a person agreed to; return the types whose answers so far can be read.

    What it collects goes on to the giver until this client has published it.
    """
    form, giver = taken.hand_over.form, taken.hand_over.giver.id
    signed = taken.hand_over
    if not signed.accepted:
        signed = accept_hand_over(signed, keys=session.keys)
        _send(session, signed)
    with session.state.change() as state:
        known = state.forms[form]
        former = known.former
        if known.owner == giver:
            former = (*former, FormerOwner(giver, signed.version))
        manifest = taken.manifest
        state.forms[form] = FormMemory(session.me.id, manifest.version, manifest.hash, former)
    session.verified.owners.pop(form, None)
    generations.spend_granted(session, form)
    return _granted_to_itself(session, form, giver)


def _granted_to_itself(session: Session, form: str, giver: str) -> tuple[str, ...]:
    """Sign grants of old inboxes to itself: the giver's end with its card."""
    card, types = pins.known_card(session, giver), []
    for stream, grants in keyring.incoming(session).items():
        if stream.form != form:
            continue
        ring = Keyring(session, stream, grants, session.me, card)
        old = [
            Generation(one.gen, one.akid, False, ring.own_key(one.gen, one.akid))
            for one in grants
            if not one.record
        ]
        post_grants(session, [generations.grant(session, stream, one, session.me) for one in old])
        types.append(stream.type)
    return tuple(sorted(types))


def _accepted(session: Session, form: str) -> HandOver:
    """Return the last hand-over of a form if it is to this client, which has accepted it.

    Once it has published the form there is nothing left to go on with.
    """
    with verifying(f"the owners of form {form}"):
        found = [
            parse_hand_over(one)
            for one in session.api.call(endpoints.OWNERS, form)["hand_overs"][-1:]
        ]
    known = session.state.load().forms.get(form)
    is_mine = bool(found) and found[0].taker.id == session.me.id
    if not is_mine or (known and known.version > found[0].version):
        raise UsageError(f"form {form} is not offered to this client", hint=LISTED)
    return found[0]


def _send(session: Session, signed: HandOver) -> None:
    session.api.call(endpoints.HAND_OVER, signed.form, body={"hand_over": signed.to_wire()})
