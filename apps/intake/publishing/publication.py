"""A manifest comes into force: all of docs/protocol.md §10 "Writing", or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from apps.directory.models import Client
from apps.envelope.encoding import MAX_BODY, dump_json
from apps.envelope.errors import MismatchError
from apps.envelope.grants import GRANT, Grant, inbox_id, parse_grant
from apps.envelope.grants import Grant as SignedGrant
from apps.envelope.keys import Card
from apps.envelope.manifests import Inbox, in_force, verify_manifest
from apps.envelope.manifests import Manifest as SignedManifest
from apps.envelope.primitives import SIG
from apps.envelope.shapes import Items, Object, Octets, Parsed, Text
from apps.envelope.statements import (
    REVOCATION,
    Revocation,
    parse_revocation,
    verify_statement,
)
from apps.intake.errors import (
    FormNotFound,
    HandOverPending,
    InboxNotNext,
    ManifestNotNext,
    RevocationNotInForce,
)
from apps.intake.models import Form, Manifest
from apps.intake.publishing.stored_manifests import now
from apps.vault.models import Generation, Stream
from apps.vault.stored_grants import (
    lock_granted,
    open_inbox_generation,
    remove_reader,
    store_grants,
)
from apps.vault.streams import alone, close, locked_of_writer, stream_for

MAX_GRANTS = 500

PUBLICATION = Object(
    "publication",
    {
        "manifest": Text("manifest", MAX_BODY, 1),
        "sig": Octets(SIG),
        "grants": Items("grants", Parsed(parse_grant, (GRANT,)), MAX_GRANTS, 0),
        "revocations": Items("revocations", Parsed(parse_revocation, (REVOCATION,)), MAX_GRANTS, 0),
    },
    versioned=False,
)


class Publication(NamedTuple):
    """The body of POST /forms/ID/manifests."""

    manifest_text: str
    sig: bytes
    grants: tuple[Grant, ...]
    revocations: tuple[Revocation, ...]


def read_publication(body: Any) -> Publication:
    """Parse strictly; raises MalformedError, LimitError."""
    wire = PUBLICATION.read(body)
    return Publication(wire["manifest"], wire["sig"], wire["grants"], wire["revocations"])


@transaction.atomic
def publish(
    *,
    caller: Client,
    form: Form,
    manifest_text: str,
    sig: bytes,
    grants: Sequence[SignedGrant],
    revocations: Sequence[Revocation],
) -> tuple[Manifest, bool]:
    """Return the stored manifest, and whether it is new: an exact repeat changes nothing."""
    form = _locked(form=form, owner=caller)
    caller = form.owner  # as it is now: its card may just have been succeeded
    signed = verify_manifest(
        manifest_text.encode(), sig, caller.card, fingerprint=caller.fingerprint, form=str(form.id)
    )
    if before := form.manifests.filter(hash=signed.hash).first():
        return before, False
    if form.hand_overs.filter(accepted=None).exists():
        raise HandOverPending
    _check_next(form=form, signed=signed)
    _check_writers(form=form, grants=grants, revocations=revocations)
    kept = not _was_handed_over(form=form)
    streams = _lock(form=form, signed=signed, grants=grants, every=not kept)
    for revocation in revocations:
        _revoke(caller=caller, signed=signed, revocation=revocation)
    if not kept:
        _close_others(signed=signed, streams=streams)
    for inbox in signed.types:
        _bring_into_force(caller=caller, signed=signed, inbox=inbox, grants=grants, kept=kept)
    store_grants(caller=caller, grants=grants)
    stored = _store(
        form=form, signed=signed, manifest_text=manifest_text, sig=sig, signer=caller.card
    )
    return stored, True


def _locked(*, form: Form, owner: Client) -> Form:
    """One publication at a time, and by who owns the form now: that may just have changed."""
    locked = Form.objects.select_for_update().filter(id=form.id, owner=owner).first()
    if locked is None:
        raise FormNotFound
    return locked


def _lock(
    *, form: Form, signed: SignedManifest, grants: Sequence[SignedGrant], every: bool
) -> dict[str, Stream]:
    """Lock all that changes at once, in the order of the vault's models: nobody deadlocks.

    Inboxes of types that the manifest does not have stay as they are, and nobody waits there,
    unless ``every`` one may change. Return the form's streams by type.
    """
    streams = locked_of_writer(writer=form.writer)
    types = {inbox.type for inbox in signed.types}
    alone(streams=[stream for type, stream in streams.items() if every or type in types])
    by_place = {(form.writer, type): stream for type, stream in streams.items()}
    lock_granted(grants=grants, streams=by_place)
    return streams


def _close_others(*, signed: SignedManifest, streams: Mapping[str, Stream]) -> None:
    """Close the inboxes of types that are not in the manifest: a former owner has their seeds.

    A later manifest that has such a type again would else go on under them.
    """
    types = {inbox.type for inbox in signed.types}
    for type, stream in streams.items():
        if type not in types:
            close(stream=stream)


def _check_next(*, form: Form, signed: SignedManifest) -> None:
    latest = form.latest
    version = latest.version if latest else 0
    if signed.version <= version:  # above it: after a restore the owner remembers more
        raise ManifestNotNext(f"the manifest in force has version {version}")
    in_force(signed, now())


def _check_writers(
    *, form: Form, grants: Sequence[SignedGrant], revocations: Sequence[Revocation]
) -> None:
    writers = {grant.writer for grant in grants} | {each.writer for each in revocations}
    if not writers <= {form.writer}:
        raise MismatchError("a grant or revocation is about another form than the manifest")


def _revoke(*, caller: Client, signed: SignedManifest, revocation: Revocation) -> None:
    """End a reader's access; the generation closes when the new inbox opens."""
    verify_statement(revocation, caller.card)
    stream = stream_for(writer=signed.writer, type=revocation.type, owner=caller)
    generation = _open_generation(stream)
    if generation is None or generation.number != revocation.gen:
        raise RevocationNotInForce
    if signed.inbox(revocation.type).gen == revocation.gen:
        raise RevocationNotInForce("a revocation needs a new inbox in the manifest it comes with")
    remove_reader(stream=stream, reader=revocation.reader)


def _open_generation(stream: Stream) -> Generation | None:
    return stream.generations.filter(closed=None).first()


def _was_handed_over(*, form: Form) -> bool:
    """Whether the manifest in force is a former owner's, who has the seeds of its inboxes."""
    last = form.latest
    return last is not None and form.hand_overs.filter(version=last.version).exists()


def _bring_into_force(
    *,
    caller: Client,
    signed: SignedManifest,
    inbox: Inbox,
    grants: Sequence[SignedGrant],
    kept: bool,
) -> None:
    """Keep the open inbox if it may be ``kept``, or open the next with the owner's own grant."""
    stream = stream_for(writer=signed.writer, type=inbox.type, owner=caller)
    name = inbox_id(inbox.public)
    generation = _open_generation(stream)
    same_inbox = generation and generation.number == inbox.gen and bytes(generation.akid) == name
    if same_inbox and kept:
        return
    if same_inbox:
        raise InboxNotNext("a form that was handed over goes on with new inboxes")
    self_grant = _self_grant(caller=caller, inbox=inbox, grants=grants)
    open_inbox_generation(stream=stream, gen=inbox.gen, inbox_id=name, self_grant=self_grant)


def _self_grant(*, caller: Client, inbox: Inbox, grants: Sequence[SignedGrant]) -> SignedGrant:
    for grant in grants:
        named = (grant.type, grant.gen, grant.akid, grant.reader, grant.record)
        if named == (inbox.type, inbox.gen, inbox_id(inbox.public), str(caller.id), ""):
            return grant
    raise InboxNotNext


def _store(
    *, form: Form, signed: SignedManifest, manifest_text: str, sig: bytes, signer: Card
) -> Manifest:
    return Manifest.objects.create(
        form=form,
        version=signed.version,
        hash=signed.hash,
        text=manifest_text,
        sig=sig,
        card=dump_json(signer.to_wire()),
        expires=signed.expires,
    )
