"""Manifests: the server wants acme's signature under a form that acme did not mean to publish."""

from dataclasses import replace
from typing import Any

from apps.client.acts import publishing
from apps.client.acts.own_forms import FormLine
from apps.client.session import Session
from apps.client.trust import verified_manifests
from apps.envelope import manifests
from apps.envelope.encoding import b64, ctx
from apps.envelope.keys import Card, pinned
from apps.envelope.manifests import Manifest, dump_manifest, parse_manifest, sign_manifest
from apps.envelope.primitives import verify
from apps.intake.models import Form
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.parties import Party, World

FORGED = "Forged by mallory"


def _of_any_form(raw: bytes, sig: bytes, owner: Card, *, fingerprint: bytes, form: str) -> Manifest:
    """All that ``verify_manifest`` checks, but the form."""
    verify(owner.sig_pk, sig, ctx("manifest", raw), "manifest")
    assert pinned(owner, fingerprint).id == parse_manifest(raw).owner
    return parse_manifest(raw)


def _of_any_owner(session: Session, line: FormLine) -> Manifest | None:
    """All that ``in_force`` checks, but that the form is this client's."""
    return verified_manifests.latest(session, line.id) if line.version else None


SIGNED = off(manifests, "verify")
NOT_OLDER = off(verified_manifests, "check_not_older")
SAME_FORM = off(verified_manifests, "verify_manifest", _of_any_form)
OWN = off(publishing, "in_force", _of_any_owner)
CONSENT = off(publishing, "check_agreed")


def served(manifest: Manifest, signer: Party) -> dict[str, Any]:
    manifest, sig = sign_manifest(manifest, signer.keys)
    return {"manifest": manifest.raw.decode(), "sig": b64(sig), "card": signer.card.to_wire()}


def renewing(world: World, form: Form, answer: object, title: str, owner: Party) -> Deed:
    """acme's next version repeats the one in force, which the server shows as it likes.

    The attack works if acme's signature stands under mallory's title.
    """
    signed: list[Asked] = []

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("GET", start=f"/forms/{form.id}/manifest"):
            return answering(answer)
        if asked.is_about("POST", end="/manifests"):
            signed.append(asked)
            manifest = parse_manifest(asked.json["manifest"].encode())
            return answering({"version": manifest.version, "hash": b64(manifest.hash)})
        return pass_on()

    world.server.lie = lie
    return Deed(
        lambda: owner.client().revoke("account", world.marketing.id, form=form.slug),
        lambda _: any(f'"title":"{title}"' in asked.json["manifest"] for asked in signed),
    )


def shared_form(world: World) -> tuple[Form, Manifest]:
    """acme's form, whose records marketing may read."""
    form, manifest = world.published()
    world.share("account", world.marketing, form=form.slug)
    return form, manifest


def altered(world: World) -> Deed:
    form, manifest = shared_form(world)
    forged = dump_manifest(replace(manifest, version=2, title=FORGED)).decode()
    answer = served(manifest, world.acme) | {"manifest": forged}
    return renewing(world, form, answer, FORGED, world.acme)


def old(world: World) -> Deed:
    form, first = shared_form(world)
    Form.objects.filter(id=form.id).update(title="Sign up, corrected")
    world.published(form)
    return renewing(world, form, served(first, world.acme), str(first.title), world.acme)


def refused_before(world: World) -> Deed:
    """acme signed this version on another day; the server refused it then, and kept it."""
    form, manifest = shared_form(world)
    answer = served(replace(manifest, title=FORGED), world.acme)
    return renewing(world, form, answer, FORGED, world.acme)


def of_another_owner(world: World) -> Deed:
    """On a machine that knows mallory, and has no memory of the form."""
    form, manifest = shared_form(world)
    other = world.acme.on_another_machine(world.folder)
    other.knows(world.mallory)
    forged = replace(manifest, owner=world.mallory.id, title=FORGED)
    return renewing(world, form, served(forged, world.mallory), FORGED, other)


def of_another_form(world: World) -> Deed:
    """acme's own, with another title."""
    form, _ = shared_form(world)
    other = world.drafted()
    Form.objects.filter(id=other.id).update(title="Complaints")
    _, manifest = world.published(other)
    return renewing(world, form, served(manifest, world.acme), "Complaints", world.acme)


def a_changed_draft(world: World) -> Deed:
    """The documented line of a crontab, after mallory has put a question of her own into it."""
    form, _ = world.published()
    form.fields.create(name="iban", kind="text", label=FORGED, type="account", order=99)
    Form.objects.filter(id=form.id).update(title=FORGED)

    def act() -> Manifest:
        session = world.acme.client().session
        return publishing.publish(session, publishing.prepare(session, form.slug))

    return Deed(act, lambda manifest: manifest is not None and manifest.title == FORGED)


ATTACKS: dict[str, Attack] = {
    "alters a manifest": Attack(altered, (SIGNED, CONSENT), "signature"),
    "serves an old manifest": Attack(old, (NOT_OLDER, CONSENT), "rollback"),
    "serves another manifest of that version": Attack(
        refused_before, (NOT_OLDER, CONSENT), "rollback"
    ),
    "serves a manifest of another owner": Attack(of_another_owner, (OWN, CONSENT), "fingerprint"),
    "serves a manifest of another form": Attack(of_another_form, (SAME_FORM, CONSENT), "mismatch"),
    "changes a draft before it is renewed": Attack(a_changed_draft, (CONSENT,), "ConsentError"),
}
