"""Published manifests: which is in force, and what visitors are given to verify."""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.directory.models import Client
from apps.envelope.encoding import b64, load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.manifests import Manifest as SignedManifest
from apps.envelope.manifests import parse_manifest
from apps.intake.errors import FormNotFound, ManifestNotFound
from apps.intake.models import Form, Manifest

HASH = 32


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def forms_of(*, caller: Client) -> list[dict[str, Any]]:
    """Return a line on each form that the caller owns; version 0 before publication."""
    latest = Manifest.objects.filter(form=OuterRef("id")).order_by("-version")
    forms = Form.objects.filter(owner=caller).annotate(
        version=Coalesce(Subquery(latest.values("version")[:1]), 0),
        expires=Coalesce(Subquery(latest.values("expires")[:1]), 0),
    )
    return [
        {"id": str(id), "slug": slug, "title": title, "version": version, "expires": expires}
        for id, slug, title, version, expires in forms.values_list(
            "id", "slug", "title", "version", "expires"
        )
    ]


def own_form(*, caller: Client, id: UUID) -> Form:
    """Return a form of the caller; whether others own one by this id is not told."""
    form = Form.objects.filter(id=id, owner=caller).first()
    if form is None:
        raise FormNotFound
    return form


def any_form(*, id: UUID) -> Form:
    """Return a form for its visitors."""
    form = Form.objects.select_related("owner").defer("logo").filter(id=id).first()
    if form is None:
        raise FormNotFound
    return form


def form_in_force(**named: Any) -> Form | None:
    """Return the one form of this id or slug with its owner and its ``latest``, in one query.

    A form that was never published takes a second.
    """
    of_form = {f"form__{name}": value for name, value in named.items()}
    manifests = Manifest.objects.select_related("form__owner").filter(**of_form)
    manifest = manifests.order_by("-version").first()
    if manifest is None:
        return Form.objects.select_related("owner").filter(**named).first()
    manifest.form.latest = manifest
    return manifest.form


def moved_from(*, slug: str) -> str:
    """Return the slug of the form that once had this one, "" if none had."""
    found = Form.objects.filter(addresses__slug=slug).exclude(slug=slug)
    return found.values_list("slug", flat=True).first() or ""


@dataclass(frozen=True)
class _Stored:
    """A stored manifest: its hash (32 bytes) names it, its text may be at hand."""

    hash: bytes
    text: str = field(default="", compare=False)


def signed(manifest: Manifest) -> SignedManifest:
    """Return what a stored manifest says; it was verified when it was published."""
    return _signed(_Stored(bytes(manifest.hash), manifest.text))


def signed_by_hash(hash: bytes) -> SignedManifest:
    """Return what the stored manifest of this hash (32 bytes) says.

    Whether it is in force is not said here: closing, expiry and the owner are asked of the
    database each time.
    """
    return _signed(_Stored(hash))


@lru_cache(maxsize=64)
def _signed(stored: _Stored) -> SignedManifest:
    """Read and parse once in a process what never changes."""
    text = stored.text or Manifest.objects.values_list("text", flat=True).get(hash=stored.hash)
    return parse_manifest(text.encode())


def latest_manifest(*, form: Form) -> Manifest:
    """Return the manifest in force; raises ManifestNotFound before the first publication."""
    manifest = form.latest
    if manifest is None:
        raise ManifestNotFound
    return manifest


def manifest_by_hash(*, form: Form, hash: str) -> Manifest:
    """Return the manifest that a record names, however old."""
    try:
        digest = unb64(hash, HASH)
    except EnvelopeError:
        raise ManifestNotFound from None
    manifest = form.manifests.filter(hash=digest).first()
    if manifest is None:
        raise ManifestNotFound
    return manifest


def to_wire(manifest: Manifest) -> dict[str, Any]:
    """Return the answer of docs/protocol.md §10: what a browser verifies against its pin."""
    return {
        "manifest": manifest.text,
        "sig": b64(bytes(manifest.sig)),
        "card": load_json(bytes(manifest.card)),
    }
