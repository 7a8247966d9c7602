"""Publishing a form: the owner signs what an admin drafted, with inboxes of its own making."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...envelope.encoding import b64
from ...envelope.grants import Grant
from ...envelope.manifests import Inbox, Manifest, dump_manifest, parse_manifest, sign_manifest
from ...envelope.primitives import H
from ...envelope.statements import Revocation, sign_revocation
from .. import endpoints
from ..errors import ConsentError, RollbackError, UsageError, VerificationError
from ..session import Session, Stream
from ..trust import generations, rotation, succeeded, verified_manifests
from ..trust.generations import Generation
from ..trust.turns import in_turn
from . import drafts, own_forms, sharing
from .own_forms import FormLine
from .sharing import Access, Revoked
from .writing import post_grants

DAY = 24 * 60 * 60
DAYS = 90
MOST_DAYS = 3650


@dataclass(frozen=True)
class Plan:
    """What will be signed: to be shown to a person, then handed to ``publish``.

    ``generations`` are the inboxes of the manifest's types, ``grants`` those that
    open new ones; ``previous`` is the manifest in force, None before the first.
    ``signed_last`` says that this client remembers to have signed that one, ``renewed`` has
    the streams whose inbox is replaced because keys were, a reader's or its own, or because a
    reader's time is over.
    """

    form: FormLine
    manifest: Manifest
    previous: Manifest | None
    signed_last: bool
    generations: list[tuple[Stream, Generation]] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)
    renewed: list[Stream] = field(default_factory=list)

    @property
    def draft(self) -> str:
        """What names the questions that will be signed, and nothing else does: 32 hex digits."""
        return content_digest(self.manifest)

    @property
    def is_renewal(self) -> bool:
        """Whether all that visitors will read and be asked was signed by this client last.

        Its inboxes too, but for those that this client replaces by a revocation, or because keys
        were succeeded: that the server says that one is closed is no reason to sign another.
        """
        before = self.previous
        if before is None or not self.signed_last or content_digest(before) != self.draft:
            return False
        return bool(self.revocations or self.renewed) or before.types == self.manifest.types


def content_digest(manifest: Manifest) -> str:
    """Return a digest of what a manifest says, whatever its version, time and inboxes are.

    It is for this client alone, and never sent: 16 bytes as hex.
    """
    bare = replace(manifest, version=0, issued=0, expires=0, types=(), raw=b"")
    return H("draft", dump_manifest(bare))[:16].hex()


def prepare(session: Session, name: str, *, days: int = DAYS) -> Plan:
    """Draw up the next manifest of an own form, by slug or id, from the admin's draft.

    Raises UsageError, VerificationError; nothing is sent.
    """
    checked_days(days)
    line = own_forms.own_form(session, name)
    signed_last = session.state.load().signed.get(
        line.id, ()
    )  # before the server is asked anything
    previous = in_force(session, line)
    description = drafts.describe(session, line)
    bare = Manifest(
        form=line.id,
        version=previous.version + 1 if previous else 1,
        owner=session.me.id,
        issued=session.now(),
        expires=session.now() + days * DAY,
        types=(),
        **description,
    )
    types = drafts.types_of(description)
    known = previous is not None and previous.hash in signed_last
    plan = _with_inboxes(session, Plan(line, bare, previous, known), types)
    check_draft(plan)  # before anybody is shown it
    return plan


def checked_days(days: int) -> int:
    """Return for how many days a form is to be valid; raises UsageError."""
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"a form is valid for 1 to {MOST_DAYS} days")
    return days


def publish(
    session: Session, plan: Plan, *, agreed: str = "", without_recovery: bool = False
) -> Manifest:
    """Sign the plan's manifest, put it into force with its inboxes, and return it.

    ``agreed`` is ``plan.draft`` as a person was shown it and agreed; without it only what this
    client signed last is signed again. Raises ConsentError, and UsageError where what visitors
    send would be lost with the key file: ``without_recovery`` says that it may.
    """
    check_recoverable(session, without_recovery=without_recovery)
    plans = iter([plan])  # what was in force when it was made may be over: then it is made anew

    def act() -> Manifest:
        return sign(session, next(plans, None) or _made_anew(session, plan), agreed=agreed)

    return in_turn(session, act)


def check_recoverable(session: Session, *, without_recovery: bool) -> None:
    """Refuse to collect answers that one lost file would close for ever."""
    if session.recoverable or without_recovery:
        return
    raise UsageError(
        "no recovery way of these keys was proved: if their file is lost, every answer is lost",
        hint="run `keys verify` with the recovery sheet; or pass --without-recovery, for a trial",
    )


def _made_anew(session: Session, plan: Plan) -> Plan:
    days = (plan.manifest.expires - plan.manifest.issued) // DAY
    return prepare(session, plan.form.id, days=days)


def sign(session: Session, plan: Plan, *, agreed: str = "") -> Manifest:
    """Do what ``publish`` does with this very plan, or fail if it was overtaken."""
    check_agreed(plan, agreed)
    manifest, sig = signed(session, plan)
    with session.state.change() as state:
        state.sign(manifest.form, manifest.hash)  # or it would not be known after a lost answer
    answer = session.api.call(
        endpoints.PUBLISH,
        manifest.form,
        body={
            "manifest": manifest.raw.decode(),
            "sig": b64(sig),
            "grants": plan.grants,
            "revocations": plan.revocations,
        },
    )
    check_published(manifest, answer)
    with session.state.change() as state:
        verified_manifests.remember(state, manifest)
        state.signed[manifest.form] = (manifest.hash,)
        for stream, generation in plan.generations:
            generations.remember(state, stream, generation)
        for stream in plan.renewed:
            state.stream(stream.writer, stream.type).lapse(session.now())
    return manifest


def check_agreed(plan: Plan, agreed: str) -> None:
    """Refuse to sign questions that nobody agreed to: they come from the server."""
    if plan.is_renewal and agreed in {"", plan.draft}:
        return
    if not agreed:
        what = "differs from what" if plan.signed_last else "is not known to be what"
        raise ConsentError(
            f"the draft of {plan.form.slug}, or an inbox of it, {what} this client signed last",
            hint="a person has to read it: `publish` shows it and asks; where nobody can answer, "
            f"`publish {plan.form.slug} --draft {plan.draft}` signs exactly this",
        )
    if agreed != plan.draft:
        raise ConsentError(
            f"the draft of {plan.form.slug} is {plan.draft}, and not the one that was named",
            hint="it was changed since: read it again",
        )


def signed(session: Session, plan: Plan) -> tuple[Manifest, bytes]:
    """Sign the manifest; a draft that no manifest can say raises UsageError."""
    check_draft(plan)
    return sign_manifest(plan.manifest, session.keys)


def check_draft(plan: Plan) -> None:
    """Refuse a draft that no manifest can say; it may hold anything."""
    with drafts.sayable(plan.form.slug):
        parse_manifest(dump_manifest(plan.manifest))


def revoke(session: Session, line: FormLine, found: Access) -> Revoked:
    """End the access that was found to an own form's inbox: a new one in a new manifest version.

    The form stays as it was published, to the day on which it expires, and so do the inboxes
    of its other types.
    """
    sharing.remember_revoked(session, found.stream, found.reader)
    grants = iter([found.grants])  # as in ``sharing.revoke``
    return in_turn(session, lambda: _revoke(session, line, found, next(grants, None)))


def _revoke(
    session: Session, line: FormLine, found: Access, listed: Sequence[Grant] | None
) -> Revoked:
    stream, reader = found.stream, found.reader
    signed_last = session.state.load().signed.get(line.id, ())
    previous = in_force(session, line)
    if previous is None or previous.expires <= session.now():
        raise UsageError(f"the form {line.slug} is not in force", hint="`publish` it first")
    old = previous.inbox(stream.type) if stream.type in previous.routes else None
    if old is None:
        raise UsageError(f"the form {line.slug} collects no type {stream.type}")
    bare = replace(previous, version=previous.version + 1, issued=session.now(), types=(), raw=b"")
    known = previous.hash in signed_last
    plan = _with_new_inbox(session, Plan(line, bare, previous, known), previous, found, listed)
    statement = Revocation(stream.writer, stream.type, old.gen, reader)
    plan.revocations.append(sign_revocation(statement, session.keys))
    sign(session, plan)
    sharing.remember_revoked(session, stream, reader, gen=old.gen)
    return Revoked(found, old.gen)


def renew_inboxes(session: Session, line: FormLine, streams: Sequence[Stream]) -> bool:
    """Publish an own form as it stands, with new inboxes for those whose readers have other keys.

    Groups among them are granted what they lack of before, too. Returns whether there were any;
    raises UsageError, ConsentError where a person has to publish the form.
    """
    return in_turn(session, lambda: _renew_inboxes(session, line, streams))


def _renew_inboxes(session: Session, line: FormLine, streams: Sequence[Stream]) -> bool:
    signed_last = session.state.load().signed.get(line.id, ())
    previous = in_force(session, line)
    if previous is None or previous.expires <= session.now():
        return False
    bare = replace(previous, version=previous.version + 1, issued=session.now(), types=(), raw=b"")
    plan = Plan(line, bare, previous, previous.hash in signed_last)
    inboxes = {one.type: one for one in previous.types}
    due: list[Grant] = []
    for stream in streams:
        known, listed = rotation.in_force(session, stream)
        due += rotation.lacking(session, stream, known, listed)
        if stream.type in inboxes and succeeded.readers_to_renew(session, stream, known, listed):
            plan.renewed.append(stream)
            opening = rotation.next_generation(session, stream, known, listed)
            inboxes[stream.type] = open_inbox(plan, stream, opening)
    post_grants(session, due)
    if plan.renewed:
        sign(session, _of_types(plan, [inboxes[one.type] for one in previous.types]))
    return bool(plan.renewed)


def in_force(session: Session, line: FormLine) -> Manifest | None:
    """Return an own form's latest manifest; None before its first publication."""
    if line.version == 0:
        check_never_published(session, line)
        return None
    return verified_manifests.latest(session, line.id, owner=session.me.id)


def check_never_published(session: Session, line: FormLine) -> None:
    """Refuse to begin again with a form of which a version is remembered."""
    known = session.state.load().forms.get(line.id)
    if known is not None:
        raise RollbackError(
            f"the server says that {line.slug} was never published; "
            f"version {known.version} was seen before"
        )


def check_published(manifest: Manifest, answer: dict[str, Any]) -> None:
    """Refuse an answer about something else than was sent."""
    if answer["version"] != manifest.version or answer["hash"] != manifest.hash:
        raise VerificationError("the server published another manifest", code="mismatch")


def _with_inboxes(session: Session, plan: Plan, types: Sequence[str]) -> Plan:
    """Give each type its open inbox, or a new one where there is none that may go on."""
    inboxes: list[Inbox] = []
    for type in types:
        stream = sharing.own_stream(session, type, plan.form.id)
        known, listed = rotation.in_force(session, stream)
        due = succeeded.readers_to_renew(session, stream, known, listed)
        may_go_on = bool(known) and generations.may_go_on(session, stream, known[-1])
        if may_go_on and not due and not is_handed_over(session, plan):
            inboxes.append(kept(plan, stream, known[-1]))
            continue
        if known and known[-1].open and (due or not may_go_on):
            plan.renewed.append(stream)
        opening = rotation.next_generation(session, stream, known, listed)
        inboxes.append(open_inbox(plan, stream, opening))
    return _of_types(plan, inboxes)


def _with_new_inbox(
    session: Session,
    plan: Plan,
    previous: Manifest,
    found: Access,
    listed: Sequence[Grant] | None,
) -> Plan:
    """Keep the inboxes of the manifest in force, which this client signed, but for one.

    Those whose seeds others may have are not kept either.
    """
    stream = found.stream
    remembered = session.state.load().stream(stream.writer, stream.type)
    known = generations.known(session, stream, listed)
    told = rotation.still_tells(listed, remembered, known[-1])
    opening = rotation.next_generation(session, stream, known, told, without=found.reader)
    inboxes = {stream.type: open_inbox(plan, stream, opening)}
    for one in previous.types:
        other = sharing.own_stream(session, one.type, plan.form.id)
        spent = session.state.load().stream(other.writer, other.type).spent
        if one.type not in inboxes and one.gen <= spent:
            known = generations.known(session, other)
            plan.renewed.append(other)
            opening = rotation.next_generation(session, other, known)
            inboxes[one.type] = open_inbox(plan, other, opening)
    return _of_types(plan, [inboxes.get(one.type, one) for one in previous.types])


def open_inbox(plan: Plan, stream: Stream, opening: rotation.Opening) -> Inbox:
    """Add to the plan what opens an inbox, and return it."""
    plan.grants.extend(opening.grants)
    return kept(plan, stream, opening.generation)


def is_handed_over(session: Session, plan: Plan) -> bool:
    """Whether the manifest in force is of who owned the form before, and has its inboxes' seeds."""
    return plan.previous is not None and plan.previous.owner != session.me.id


def kept(plan: Plan, stream: Stream, generation: Generation) -> Inbox:
    """Add to the plan that this generation will be in force, and return its inbox."""
    plan.generations.append((stream, generation))
    return Inbox(stream.type, generation.gen, generation.key_pair.public)


def with_inboxes_of(plan: Plan) -> Plan:
    """Return the plan whose manifest names the inboxes that were added to it."""
    inboxes = [
        Inbox(stream.type, generation.gen, generation.key_pair.public)
        for stream, generation in plan.generations
    ]
    return _of_types(plan, inboxes)


def _of_types(plan: Plan, inboxes: Sequence[Inbox]) -> Plan:
    return replace(plan, manifest=replace(plan.manifest, types=tuple(inboxes)))
