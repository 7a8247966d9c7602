"""What visitors send: one record a type, sealed for a manifest (docs/protocol.md §8, §10)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from apps.envelope.errors import MismatchError
from apps.envelope.grants import inbox_id
from apps.envelope.records import Record as SealedRecord
from apps.envelope.submissions import (
    check_sizes,
    check_submission,
    longest_seals,
    parse_submission,
)
from apps.intake.errors import FormClosed, FormExpired, ProofRefused
from apps.intake.models import Manifest
from apps.intake.publishing.stored_manifests import now, signed_by_hash
from apps.intake.visiting.challenges import Proof, check_proof, read_proof
from apps.intake.visiting.receipt_lookups import is_repetition
from apps.intake.visiting.terms import Terms
from apps.vault.errors import ManifestSuperseded
from apps.vault.form_records import store_form_records


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
    *, terms: Terms, records: tuple[SealedRecord, ...], proof: Proof | None
) -> tuple[list[str], bool]:
    """Return the ids of the records, and whether they are new: an exact repeat is not.

    Whether the inboxes are still open is decided where the records are stored, under a lock.
    """
    _check_terms(terms=terms, records=records)
    manifest = signed_by_hash(records[0].manifest)
    check_submission(records, manifest)
    check_sizes(records, _longest_seals(manifest.hash))
    _check_proof(terms=terms, records=records, proof=proof)
    inboxes = {inbox.type: inbox_id(inbox.public) for inbox in manifest.types}
    created = store_form_records(records=records, inboxes=inboxes)
    return [record.id for record in records], created


@lru_cache(maxsize=64)
def _longest_seals(hash: bytes) -> Mapping[str, int]:
    return longest_seals(signed_by_hash(hash))


def _check_proof(*, terms: Terms, records: tuple[SealedRecord, ...], proof: Proof | None) -> None:
    """Raise ProofRefused for what is new and not proven: a repetition never has to be."""
    try:
        check_proof(terms=terms, proof=proof, record=records[0].id)
    except ProofRefused:
        if not is_repetition(writer=terms.writer, records=records):
            raise


def _check_terms(*, terms: Terms, records: tuple[SealedRecord, ...]) -> None:
    """Let through what was sealed for a known manifest of this form, open and unexpired."""
    if records[0].writer != terms.writer:
        raise MismatchError("the records were sealed for another form")
    if terms.closed:
        raise FormClosed
    if not terms.expires:
        raise ManifestSuperseded("no such manifest of this form is known")
    if terms.expires <= now():
        raise _expired(form=terms.form, hash=records[0].manifest)


def _expired(*, form: UUID, hash: bytes) -> FormExpired | ManifestSuperseded:
    latest = Manifest.objects.filter(form=form).order_by("-version").values_list("hash", flat=True)
    return FormExpired() if bytes(latest[0]) == hash else ManifestSuperseded()
