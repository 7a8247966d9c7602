"""A form gets another owner, once both have signed it (docs/protocol.md §8)."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.directory.errors import UnknownReader
from apps.directory.lines import line_to_wire
from apps.directory.models import Client, Succession
from apps.envelope.encoding import GROUP, load_json
from apps.envelope.errors import LimitError
from apps.envelope.hand_overs import (
    HAND_OVER,
    MAX_STEPS,
    parse_hand_over,
    verify_hand_over,
    verify_offer,
)
from apps.envelope.hand_overs import HandOver as SignedHandOver
from apps.envelope.shapes import Object, Parsed
from apps.intake.errors import FormNotFound, HandOverNotNext, HandOverPending, NotOffered
from apps.intake.models import Form, HandOver
from apps.vault.streams import locked_of_writer
from apps.vault.visibility import held_grants
from apps.web.errors import NotFound

MAX_OPEN = 1000
OFFER = Object("offer", {"hand_over": Parsed(parse_hand_over, (HAND_OVER,))}, versioned=False)
WITHDRAWAL = Object("withdrawal", {}, versioned=False)


class Owners(NamedTuple):
    """Who ever had a form, and what each signed to give it on."""

    owners: list[dict[str, Any]]
    hand_overs: list[dict[str, Any]]


@transaction.atomic
def hand_over(*, caller: Client, id: UUID, signed: SignedHandOver) -> bool:
    """Keep an offer of the owner's, or make the taker that accepts it the owner.

    Return whether it is new: the same again changes nothing. Raises FormNotFound, HandOverNotNext,
    HandOverPending, NotOffered, LimitError, MismatchError, FingerprintError, SignatureError.
    """
    form = Form.objects.select_for_update().filter(id=id).first()
    if form is None:
        raise FormNotFound
    step = _accept if signed.accepted else _offer
    return step(caller=caller, form=form, signed=signed)


def _offer(*, caller: Client, form: Form, signed: SignedHandOver) -> bool:
    if form.owner_id != caller.pk:
        raise FormNotFound
    taker = Client.objects.filter(pk=signed.taker.id, disabled_at=None).first()
    if taker is None:
        raise UnknownReader
    verify_offer(signed, form=str(form.id), giver=caller.card, taker=taker.card)
    if pending := form.hand_overs.filter(accepted=None).first():
        if bytes(pending.body) == signed.raw:
            return False
        raise HandOverPending
    _check_next(form=form, signed=signed)
    form.hand_overs.create(giver=caller, taker=taker, version=signed.version, body=signed.raw)
    return True


def _check_next(*, form: Form, signed: SignedHandOver) -> None:
    if form.latest is None or form.latest.version != signed.version:
        raise HandOverNotNext
    if form.hand_overs.filter(version=signed.version).exists():
        raise HandOverNotNext(
            "nobody has published the form since it was handed over",
            hint="publish it first: each owner has a version of its own",
        )
    if form.hand_overs.count() >= MAX_STEPS:
        raise LimitError(f"a form is handed over at most {MAX_STEPS} times")


def _accept(*, caller: Client, form: Form, signed: SignedHandOver) -> bool:
    named = form.hand_overs.filter(taker=caller, version=signed.version).first()
    if named is None:
        raise NotOffered
    if named.accepted:
        if bytes(named.body) != signed.raw:
            raise NotOffered
        return False
    if named.signed().message != signed.message:
        raise NotOffered
    giver = Client.objects.get(pk=named.giver_id)
    verify_hand_over(signed, form=str(form.id), giver=giver.card, taker=caller.card)
    named.body, named.accepted = signed.raw, timezone.now()
    named.save(update_fields=["body", "accepted"])
    _give(form=form, taker=caller)
    return True


def _give(*, form: Form, taker: Client) -> None:
    """Grants stay as they are: who could read what was written before still can."""
    form.owner = taker
    Form.objects.filter(pk=form.pk).update(owner=taker)
    for stream in locked_of_writer(writer=form.writer).values():
        stream.owner = taker
        stream.save(update_fields=["owner"])


@transaction.atomic
def withdraw(*, caller: Client, id: UUID) -> int:
    """Take an offer back that nobody accepted; return how many there were, 0 or 1."""
    form = Form.objects.select_for_update().filter(id=id, owner=caller).first()
    if form is None:
        raise FormNotFound
    return form.hand_overs.filter(accepted=None).delete()[0]


def open_offers(*, caller: Client) -> list[dict[str, Any]]:
    """Return what is offered to the caller and by it, the newest first."""
    mine = HandOver.objects.filter(Q(giver=caller) | Q(taker=caller), accepted=None)
    return [load_json(bytes(one.body)) for one in mine.order_by("-offered", "-pk")[:MAX_OPEN]]


def owners_of(*, form: Form) -> Owners:
    """Return who ever had a form, in the order in which they first did, and the hand-overs."""
    steps = list(
        form.hand_overs.exclude(accepted=None).select_related("giver", "taker").order_by("version")
    )
    first = steps[0].giver if steps else form.owner
    clients = {client.pk: client for client in [first, *(step.taker for step in steps)]}
    return Owners(
        owners=[line_to_wire(client) for client in clients.values()],
        hand_overs=[load_json(bytes(step.body)) for step in steps],
    )


def past_for(*, caller: Client, client: UUID, number: int) -> dict[str, Any]:
    """Return what a succeeded card of a client stands for; raises NotFound.

    For the client, who holds a grant in its streams, and who reads a form that it handed over.
    """
    step = Succession.objects.filter(client=client, number=number).first()
    if step is None or not _reads(caller=caller, client=client):
        raise NotFound
    return load_json(bytes(step.past))


def _reads(*, caller: Client, client: UUID) -> bool:
    if caller.pk == client:
        return True
    held = held_grants(caller).filter(~Q(stream__writer__startswith=GROUP))
    given = HandOver.objects.filter(giver=client).exclude(accepted=None).select_related("form")
    writers = [one.form.writer for one in given]
    return held.filter(Q(stream__owner=client) | Q(stream__writer__in=writers)).exists()
