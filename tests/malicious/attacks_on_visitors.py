"""What a malicious server can serve a visitor as acme's form, and the one check that stops each."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from apps.envelope.encoding import b64, ctx, dump_json
from apps.envelope.keys import make_card
from apps.envelope.manifests import dump_manifest
from apps.envelope.primitives import KemKey
from apps.envelope.records import Record
from apps.envelope.submissions import parse_submission
from tests.malicious.bundles import Check
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.visitors import (
    Scene,
    Served,
    Visit,
    manifest_of,
    received,
)

Won = Callable[[Visit], bool]


@dataclass(frozen=True)
class Attack:
    """``arrange`` prepares the scene and returns what tells that the attack worked.

    ``defence`` is a check in the script, or something of the page that is taken away;
    ``refusal`` the code that the page's script is told, "sent" where an attack is harmless,
    "" where the page stays silent because no script runs.
    """

    arrange: Callable[[Scene], Won]
    defence: Check | Callable[[Scene], None]
    refusal: str


def mallorys(scene: Scene) -> dict[str, Any]:
    """All inboxes replaced by hers."""
    public = scene.kem.public
    return {"types": tuple(replace(inbox, public=public) for inbox in scene.manifest.types)}


def altered(scene: Scene, **changes: Any) -> Served:
    """Another manifest under acme's signature of the true one."""
    return scene.signed(scene.acme) | {
        "manifest": dump_manifest(replace(scene.manifest, **changes)).decode()
    }


def opens(scene: Scene, served: Served, kem: KemKey | None = None) -> Won:
    manifest = manifest_of(served)
    return lambda visit: scene.opened(kem or scene.kem, manifest, visit.canary)


def sent(visit: Visit) -> bool:
    return bool(visit.last["what"] == "sent")


def serving(forge: Callable[[Scene], Served], won: Won | None = None) -> Callable[[Scene], Won]:
    """Serve what ``forge`` makes; the attack works if mallory opens what is submitted."""

    def arrange(scene: Scene) -> Won:
        served = forge(scene)
        scene.serves(served)
        return won or opens(scene, served)

    return arrange


def her_own_form(scene: Scene, version: int = 1) -> Served:
    changes = {"owner": scene.mallory.card.id, "version": version} | mallorys(scene)
    return scene.signed(scene.mallory, **changes)


def acmes_id_on_her_card(scene: Scene) -> Served:
    card = make_card(keys=scene.mallory.keys, id=scene.acme.card.id, name="acme")
    return scene.signed(scene.mallory, **mallorys(scene)) | {"card": card.to_wire()}


def her_signature(scene: Scene) -> Served:
    return scene.signed(scene.mallory, **mallorys(scene)) | {"card": scene.acme.card.to_wire()}


def one_more_inbox(scene: Scene) -> Served:
    """fullname goes to a type, and an inbox, that acme never wrote down."""
    inbox = replace(scene.manifest.types[0], type="copy", public=scene.kem.public)
    fields = [replace(f, type="copy") if f.name == "fullname" else f for f in scene.manifest.fields]
    return altered(scene, types=(*scene.manifest.types, inbox), fields=tuple(fields))


def rerouted(scene: Scene) -> Won:
    """fullname goes to the clinic, which reads the inbox of health."""
    fields = tuple(
        replace(f, type="health") if f.name == "fullname" else f for f in scene.manifest.fields
    )
    served = altered(scene, fields=fields)
    scene.serves(served)
    return opens(scene, served, scene.publisher.inboxes["health"][1])


def prolonged(scene: Scene) -> Served:
    """The manifest in the database has ended; its end is written anew."""
    end = int(time.time()) - 60
    ended = scene.signed(scene.acme, expires=end)
    return ended | {"manifest": ended["manifest"].replace(str(end), str(end + 10**6))}


def another_form(scene: Scene) -> Served:
    """Truly acme's, with an inbox that mallory may read."""
    return scene.signed(scene.acme, form=str(uuid4()), **mallorys(scene))


def another_owner(scene: Scene) -> Served:
    return scene.signed(scene.acme, owner=scene.mallory.card.id, **mallorys(scene))


def renamed_card(scene: Scene) -> Served:
    """The name is not in the fingerprint: the card's own signature covers it."""
    card = scene.acme.card.to_wire() | {"name": "Your bank"}
    return scene.signed(scene.acme) | {"card": card}


def types_twice(scene: Scene) -> Won:
    """acme's own tool signed it after reading the first member; the browser would take the last."""
    inboxes = mallorys(scene)["types"]
    wire = [{"type": one.type, "gen": one.gen, "inbox": b64(one.public)} for one in inboxes]
    text = scene.signed(scene.acme)["manifest"]
    text = text.replace(',"fields":', f',"types":{dump_json(wire).decode()},"fields":', 1)
    sig = scene.acme.keys.sig.sign(ctx("manifest", text.encode()))
    scene.serves(scene.signed(scene.acme) | {"manifest": text, "sig": b64(sig)})
    read = replace(scene.manifest, types=inboxes, raw=text.encode())
    return lambda visit: scene.opened(scene.kem, read, visit.canary)


def rotated(scene: Scene) -> tuple[Served, Served, KemKey]:
    """Version 1, whose inbox mallory could read; version 2, after she was revoked; her key."""
    kem = scene.publisher.inboxes["account"][1]
    old = scene.signed(scene.acme)
    scene.publisher.new_inbox("account")
    scene.manifest = scene.publisher.publish(2)
    return old, scene.signed(scene.acme), kem


def before_the_revocation(scene: Scene) -> Won:
    old, _, kem = rotated(scene)
    scene.attributes = 'data-min-version="2"'
    scene.serves(old)
    return opens(scene, old, kem)


def superseded_by(scene: Scene, first: Served, second: Served) -> None:
    """Refuse the first submission, and have another manifest the next time."""
    posts: list[Asked] = []

    def lie(asked: Asked, _: PassOn) -> Answer | None:
        if asked.is_about("GET", start="/forms/", end="/manifest"):
            return answering(second if posts else first)
        if asked.is_about("POST") and not posts:
            posts.append(asked)
            error = {"code": "manifest_superseded", "message": "new", "hint": ""}
            return answering({"error": error}, status="409 Conflict")
        return received(asked)

    scene.lies(lie)


def back_in_one_visit(scene: Scene) -> Won:
    old, new, kem = rotated(scene)
    superseded_by(scene, new, old)
    return opens(scene, old, kem)


def forged_in_one_visit(scene: Scene) -> Won:
    served = her_own_form(scene, version=2)
    superseded_by(scene, scene.signed(scene.acme), served)
    return opens(scene, served)


def submitted(scene: Scene) -> list[tuple[Record, ...]]:
    """What one click has posted, those that were refused included."""
    posts = (asked for asked in scene.server.asked if asked.is_about("POST", end="/submissions"))
    return [parse_submission(asked.json) for asked in posts]


def the_same_once_more(scene: Scene) -> Won:
    """Keep what is refused as outdated, and have no other manifest than that."""
    served = scene.signed(scene.acme)
    superseded_by(scene, served, served)
    return lambda _: len({records[0].ak for records in submitted(scene)}) > 1


def both_versions(scene: Scene) -> Won:
    """Keep what was sealed for the last version, and what is then sealed for the next."""
    superseded_by(scene, scene.signed(scene.acme), scene.signed(scene.acme, version=2))
    return lambda _: len({records[0].id for records in submitted(scene)}) > 1


PIN = Check(
    "envelope/keys.js",
    "if (!same(card.fingerprint, fingerprint)) {",
    "if (false) {",
)
SIGNATURE = Check(
    "envelope/manifests.js", "await verify(owner.sigPk, sig, ctx('manifest', raw), 'manifest');"
)
CARD = Check(
    "envelope/keys.js",
    "await verify(sigPk, sig, ctx('card', id, name, kemPk, sigPk, recovery), 'card');",
)
FORM = Check("envelope/manifests.js", "if (manifest.form !== form)", "if (false)")
OWNER = Check("envelope/manifests.js", "if (manifest.owner !== owner.id)", "if (false)")
CANONICAL = Check("envelope/encoding.js", "if (JSON.stringify(value) !== string) {", "if (false) {")
LEAST = Check(
    "form/opening/opening.js", "if (found.manifest.version < expected.minVersion) {", "if (false) {"
)
MEMORY = Check(
    "form/opening/opening.js",
    "Math.max(expected.minVersion, before?.manifest.version ?? 0)",
    "expected.minVersion",
)
NEWER = Check(
    "form/sending/sending.js",
    "if (opened.manifest.version === before.manifest.version) throw error;",
)
SAME_IDS = Check(
    "form/sending/submission.js",
    "sealSubmission(manifest, answers, secret)",
    "sealSubmission(manifest, answers)",
)
ENDED = Check("envelope/manifests.js", "if (now >= manifest.expires) {", "if (false) {")
EARLY = Check("envelope/manifests.js", "if (now < manifest.issued - SKEW) {", "if (false) {")
NOW = int(time.time())


ATTACKS: dict[str, Attack] = {
    "serves a form of her own": Attack(serving(her_own_form), PIN, "fingerprint"),
    "puts acme's id on her card": Attack(serving(acmes_id_on_her_card), PIN, "fingerprint"),
    "forges the next manifest": Attack(forged_in_one_visit, PIN, "fingerprint"),
    "puts her inbox in": Attack(
        serving(lambda scene: altered(scene, **mallorys(scene))), SIGNATURE, "signature"
    ),
    "signs in acme's name": Attack(serving(her_signature), SIGNATURE, "signature"),
    "adds an inbox": Attack(serving(one_more_inbox), SIGNATURE, "signature"),
    "sends a field to another reader": Attack(rerouted, SIGNATURE, "signature"),
    "prolongs a manifest": Attack(serving(prolonged, sent), SIGNATURE, "signature"),
    "renames the owner": Attack(serving(renamed_card, sent), CARD, "signature"),
    "serves another form": Attack(serving(another_form), FORM, "mismatch"),
    "serves another owner's form": Attack(serving(another_owner), OWNER, "mismatch"),
    "says a member twice": Attack(types_twice, CANONICAL, "malformed"),
    "serves an old manifest": Attack(before_the_revocation, LEAST, "mismatch"),
    "goes back in one visit": Attack(back_in_one_visit, MEMORY, "mismatch"),
    "asks for the same answers twice": Attack(the_same_once_more, NEWER, "manifest_superseded"),
    "keeps the answers under two versions": Attack(both_versions, SAME_IDS, "sent"),
    "serves an expired manifest": Attack(
        serving(lambda scene: scene.signed(scene.acme, expires=NOW), sent), ENDED, "expired"
    ),
    "serves a manifest of next week": Attack(
        serving(lambda scene: scene.signed(scene.acme, issued=NOW + 7 * 86400), sent),
        EARLY,
        "clock",
    ),
}
