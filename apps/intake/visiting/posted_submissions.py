"""What visitors send: one record a type, sealed for a manifest (docs/protocol.md §8, §10)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.envelope.errors import MismatchError
from apps.envelope.grants import inbox_id
from apps.envelope.manifests import Manifest as SignedManifest
from apps.envelope.records import Record as SealedRecord
from apps.envelope.submissions import check_submission, parse_submission
from apps.intake.errors import FormClosed, FormExpired, ProofRefused
from apps.intake.models import Form, Manifest
from apps.intake.publishing.stored_manifests import now, signed
from apps.intake.visiting.challenges import Proof, check_proof, read_proof
from apps.intake.visiting.receipt_lookups import is_repetition
from apps.vault.errors import ManifestSuperseded
from apps.vault.models import Generation
from apps.vault.stored_records import store_form_records


class Submission(NamedTuple):
    """The body of POST /forms/ID/submissions."""

    records: tuple[SealedRecord, ...]
    proof: Proof | None


def read_submission(body: Any) -> Submission:
    """Parse strictly; raises MalformedError, LimitError."""
    if not isinstance(body, dict) or "proof" not in body:
        return Submission(parse_submission(body), None)
    sealed = {name: value for name, value in body.items() if name != "proof"}
    return Submission(parse_submission(sealed), read_proof(body["proof"]))


def accept_submission(
    *, form: Form, records: tuple[SealedRecord, ...], proof: Proof | None
) -> tuple[list[str], bool]:
    """Return the ids of the records, and whether they are new: an exact repeat is not.

    Whether the inboxes are still open is decided where the records are stored, under the
    lock of their streams.
    """
    manifest = _acceptable_manifest(form=form, records=records)
    check_submission(records, manifest)
    _check_proof(form=form, records=records, proof=proof)
    created = store_form_records(
        records=records, generations=_generations(form=form, manifest=manifest)
    )
    return [record.id for record in records], created


def _check_proof(*, form: Form, records: tuple[SealedRecord, ...], proof: Proof | None) -> None:
    """Raise ProofRefused for what is new and not proven: a repetition never has to be."""
    try:
        check_proof(form=form, proof=proof, record=records[0].id)
    except ProofRefused:
        if not is_repetition(form=form, records=records):
            raise


def _acceptable_manifest(*, form: Form, records: tuple[SealedRecord, ...]) -> SignedManifest:
    """The manifest that the records were sealed for: known, of this form, unexpired."""
    if records[0].writer != form.writer:
        raise MismatchError("the records were sealed for another form")
    if form.closed:
        raise FormClosed
    manifest = form.manifests.filter(hash=records[0].manifest).first()
    if manifest is None:
        raise ManifestSuperseded("no such manifest of this form is known")
    if manifest.expires <= now():
        raise _expired(manifest)
    return signed(manifest)


def _expired(manifest: Manifest) -> FormExpired | ManifestSuperseded:
    is_latest = not manifest.form.manifests.filter(version__gt=manifest.version).exists()
    return FormExpired() if is_latest else ManifestSuperseded()


def _generations(*, form: Form, manifest: SignedManifest) -> Mapping[str, Generation]:
    """The generation of each inbox that the manifest names; a closed one serves repeats only."""
    known = Generation.objects.filter(stream__writer=form.writer).select_related("stream")
    found = {(generation.stream.type, bytes(generation.akid)): generation for generation in known}
    return {inbox.type: found[inbox.type, inbox_id(inbox.public)] for inbox in manifest.types}
