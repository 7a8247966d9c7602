"""Manifests as a client meets them: verified with a pinned owner, never older than before."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from ...envelope import encoding
from ...envelope.encoding import b64
from ...envelope.keys import parse_card
from ...envelope.manifests import Manifest, read_signature, verify_manifest
from ...envelope.primitives import same
from ...envelope.submissions import rooms
from ...envelope.successions import Earlier
from .. import endpoints
from ..errors import RollbackError, VerificationError, verifying
from ..session import Named, Session
from ..state import FormMemory, State
from . import pins

HANDED = (
    "if that owner handed the form over, `trust hand-over FORM` follows it once you have the next "
    "owner's fingerprint from elsewhere; else do not go on"
)


def latest(session: Session, form: str, *, owner: str = "") -> Manifest:
    """Return a form's manifest in force, and remember it; ``owner`` if that is known."""

    def fetch() -> dict[str, Any]:
        return session.api.call(endpoints.MANIFEST_IN_FORCE, form)

    return _remembered(session, form, fetch, owner)


def served(session: Session, form: str, owner: str) -> Manifest:
    """Return a form's manifest as it is served, signed by its owner but maybe an older one."""
    answer = session.api.call(endpoints.MANIFEST_IN_FORCE, form)
    return _verified(session, form, answer, owner)[0]


def by_hash(session: Session, form: str, hash: bytes) -> Named:
    """Return the manifest that a record was sealed for, and the rooms of its fields.

    Its time does not matter. It is fetched once in a run.
    """
    return session.verified.manifests.find((form, hash), lambda: _fetched(session, form, hash))


def _fetched(session: Session, form: str, hash: bytes) -> Named:
    served = session.api.call(endpoints.MANIFEST_BY_HASH, form, b64(hash))
    manifest, stolen = _verified(session, form, served)
    check_hash(manifest, hash)
    with session.state.change() as state:
        known = state.forms.get(form)
        check_same_owner(known, manifest)
        if known is None or manifest.version >= known.version:
            remember(state, manifest)
    return Named(manifest, rooms(manifest), stolen)


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
    former = known.former if known else ()
    owner = known.owner if known else manifest.owner
    state.forms[manifest.form] = FormMemory(owner, manifest.version, manifest.hash, former)


def check_same_owner(known: FormMemory | None, manifest: Manifest) -> None:
    """Refuse a manifest that names another owner than had the form when it was published."""
    if known and known.owner_of(manifest.version) != manifest.owner:
        raise another_owner(manifest.form, known.owner)


def another_owner(form: str, owner: str) -> VerificationError:
    """Return how a manifest is refused that names another owner."""
    return VerificationError(
        f"form {form} belongs to client {owner}, the served manifest to another",
        code="mismatch",
        hint=HANDED,
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
        manifest, _ = _verified(session, form, fetch(), owner)
        try:
            with session.state.change() as state:
                remember(state, manifest)
            return manifest
        except RollbackError:
            if not again:  # the first time another run may have published in between
                raise
    raise AssertionError("the loop returns or raises")


def _verified(session: Session, form: str, served: Any, owner: str = "") -> tuple[Manifest, bool]:
    """Check owner, signature and form; the owner must be pinned, or be this client.

    Without memory, and unless the caller knows better, the card says who the owner is. An earlier
    card of the owner stands for what it signed before it was succeeded; whether a thief may have
    done so is returned, too.
    """
    known = session.state.load().forms.get(form)
    claimed = claimed_owner(served["card"])
    owner = owner or (known.owner if known else claimed)
    if known and claimed != owner:
        if claimed not in {one.id for one in known.former}:
            raise another_owner(form, owner)
        owner = claimed
    old = _earlier(session, owner, served["card"])
    fingerprint = old.card.fingerprint if old else pins.pinned_fingerprint(session, owner)
    card = pins.check_card(served["card"], client_id=owner, fingerprint=fingerprint)
    with verifying(f"the manifest of form {form}"):
        manifest = verify_manifest(
            served["manifest"].encode(),
            read_signature(served["sig"]),
            card,
            fingerprint=fingerprint,
            form=form,
        )
    if old:
        check_stands(old, manifest)
    return manifest, bool(old and old.compromised)


def check_stands(old: Earlier, manifest: Manifest) -> None:
    """Refuse what an earlier card of the owner signed after it was succeeded (§4)."""
    if not old.stands_for_manifest(form=manifest.form, version=manifest.version):
        raise VerificationError(
            f"version {manifest.version} of form {manifest.form} is signed by keys of "
            f"{old.card.name} that were succeeded before",
            code="fingerprint",
        )


def _earlier(session: Session, owner: str, served: object) -> Earlier | None:
    """Return the owner's earlier card if that is the one that is served, None for today's.

    Nobody is asked where the card is the pinned one, nor where it is nobody's that is known.
    """
    with verifying("the owner's card"):
        fingerprint = parse_card(served).fingerprint
    if same(fingerprint, pins.pinned_fingerprint(session, owner)):
        return None
    for old in chain([session.renewing], _asked(session, owner)):
        if old is not None and same(old.card.fingerprint, fingerprint):
            return old
    return None


def _asked(session: Session, owner: str) -> Iterator[Earlier]:
    """Yield the owner's earlier cards, once the server was asked; its pin may move by that."""
    if pins.known_cards(session, owner).earlier:
        yield from pins.earlier_cards(session, owner)


def claimed_owner(card: object) -> str:
    """Return the id on a card that is not verified yet, to look up its pin."""
    with verifying("the owner's card"):
        return encoding.uuid(card.get("id") if isinstance(card, dict) else None, "client id")
