"""What visitors send: one record a type, sealed for a manifest (docs/protocol.md §8, §10)."""

from collections.abc import Mapping
from typing import Any

from apps.directory.errors import FormClosed, FormExpired, ManifestSuperseded
from apps.envelope.errors import MismatchError
from apps.envelope.forms import Manifest as SignedManifest
from apps.envelope.forms import check_submission, parse_submission
from apps.envelope.grants import inbox_id
from apps.envelope.records import Record as SealedRecord
from apps.intake.manifests import now, signed
from apps.intake.models import Form, Manifest
from apps.vault.models import Generation
from apps.vault.records import store_form_records


def accept_submission(*, form: Form, body: Any) -> tuple[list[str], bool]:
    """Return the ids of the records, and whether they are new: an exact repeat is not.

    ``body`` is the parsed JSON. Whether the inboxes are still open is decided where the
    records are stored, under the lock of their streams.
    """
    records = parse_submission(body)
    manifest = _acceptable_manifest(form=form, records=records)
    check_submission(records, manifest)
    created = store_form_records(
        records=records, generations=_generations(form=form, manifest=manifest)
    )
    return [record.id for record in records], created


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
