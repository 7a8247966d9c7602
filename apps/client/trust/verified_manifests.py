"""Manifests as a client meets them: verified with a pinned owner, never older than before."""

from collections.abc import Callable
from typing import Any

from ...envelope import encoding
from ...envelope.encoding import b64
from ...envelope.manifests import Manifest, read_signature, verify_manifest
from ...envelope.submissions import rooms
from .. import endpoints
from ..errors import RollbackError, VerificationError, verifying
from ..session import Rooms, Session
from ..state import FormMemory, State
from . import pins


def latest(session: Session, form: str, *, owner: str = "") -> Manifest:
    """Return a form's manifest in force, and remember it; ``owner`` if that is known."""

    def fetch() -> dict[str, Any]:
        return session.api.call(endpoints.MANIFEST_IN_FORCE, form)

    return _remembered(session, form, fetch, owner)


def served(session: Session, form: str, owner: str) -> Manifest:
    """Return a form's manifest as it is served, signed by its owner but maybe an older one."""
    answer = session.api.call(endpoints.MANIFEST_IN_FORCE, form)
    return _verified(session, form, answer, owner)


def by_hash(session: Session, form: str, hash: bytes) -> tuple[Manifest, Rooms]:
    """Return the manifest that a record was sealed for, and the rooms of its fields.

    Its time does not matter. It is fetched once in a run.
    """
    return session.verified.manifests.find((form, hash), lambda: _fetched(session, form, hash))


def _fetched(session: Session, form: str, hash: bytes) -> tuple[Manifest, Rooms]:
    served = session.api.call(endpoints.MANIFEST_BY_HASH, form, b64(hash))
    manifest = _verified(session, form, served)
    check_hash(manifest, hash)
    with session.state.change() as state:
        known = state.forms.get(form)
        check_same_owner(known, manifest)
        if known is None or manifest.version >= known.version:
            remember(state, manifest)
    return manifest, rooms(manifest)


def owner_of(session: Session, form: str) -> str:
    """Return the client id of a form's owner, as remembered or as its manifest says."""

    def look_up() -> str:
        known = session.state.load().forms.get(form)
        return known.owner if known else latest(session, form).owner

    return session.verified.owners.find(form, look_up)


def remember(state: State, manifest: Manifest) -> None:
    """Keep owner, version and hash; raises if they contradict what is known (§8, §11, 9)."""
    known = state.forms.get(manifest.form)
    check_same_owner(known, manifest)
    check_not_older(known, manifest)
    state.forms[manifest.form] = FormMemory(manifest.owner, manifest.version, manifest.hash)


def check_same_owner(known: FormMemory | None, manifest: Manifest) -> None:
    """Refuse a manifest that names another owner than the form has had."""
    if known and known.owner != manifest.owner:
        raise VerificationError(
            f"form {manifest.form} belongs to client {known.owner}, the served manifest to another",
            code="mismatch",
        )


def check_not_older(known: FormMemory | None, manifest: Manifest) -> None:
    """Refuse a lower version, or other bytes under the same version."""
    if known and manifest.version < known.version:
        raise RollbackError(
            f"the server shows version {manifest.version} of form {manifest.form}; "
            f"version {known.version} was seen before"
        )
    if known and manifest.version == known.version and manifest.hash != known.hash:
        raise RollbackError(
            f"version {manifest.version} of form {manifest.form} is not the one seen before"
        )


def check_hash(manifest: Manifest, hash: bytes) -> None:
    """Refuse another manifest than the one that was asked for."""
    if manifest.hash != hash:
        raise VerificationError(
            f"the served manifest of form {manifest.form} is not the one that the record names",
            code="mismatch",
        )


def _remembered(session: Session, form: str, fetch: Callable[[], Any], owner: str) -> Manifest:
    for again in (True, False):
        manifest = _verified(session, form, fetch(), owner)
        try:
            with session.state.change() as state:
                remember(state, manifest)
            return manifest
        except RollbackError:
            if not again:  # the first time another run may have published in between
                raise
    raise AssertionError("the loop returns or raises")


def _verified(session: Session, form: str, served: Any, owner: str = "") -> Manifest:
    """Check owner, signature and form; the owner must be pinned, or be this client.

    Without memory, and unless the caller knows better, the card says who the owner is.
    """
    known = session.state.load().forms.get(form)
    owner = owner or (known.owner if known else claimed_owner(served["card"]))
    fingerprint = pins.pinned_fingerprint(session, owner)
    card = pins.check_card(served["card"], client_id=owner, fingerprint=fingerprint)
    with verifying(f"the manifest of form {form}"):
        return verify_manifest(
            served["manifest"].encode(),
            read_signature(served["sig"]),
            card,
            fingerprint=fingerprint,
            form=form,
        )


def claimed_owner(card: object) -> str:
    """Return the id on a card that is not verified yet, to look up its pin."""
    with verifying("the owner's card"):
        return encoding.uuid(card.get("id") if isinstance(card, dict) else None, "client id")
