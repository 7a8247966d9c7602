"""How a malicious server can ask otherwise than acme signed, in a form that our script renders."""

from collections.abc import Callable
from dataclasses import replace

from apps.envelope.conditions import Condition
from apps.envelope.manifests import Manifest, sign_manifest
from apps.envelope.questions import Field, Option
from apps.envelope.sections import Section
from tests.malicious.attacks_on_visitors import SIGNATURE, Attack, Won, altered, opens, sent
from tests.malicious.visitors import Scene

TRICK = "Your bank's password"
PROMISE = "My answers stay in this house."
TWISTED = "My answers may be sold."
BRANCH = "Which illness?"

Change = Callable[[Manifest], dict[str, object]]


def asked(scene: Scene) -> None:
    """acme's form asks all that can be twisted; for now nothing of it is in the database."""
    ill = Field("ill", "account", "radio", "Are you ill?", "", False, (Option("yes", "Yes"),))
    illness = Field("illness", "account", "text", BRANCH, "", False, ())
    consent = Field("consent", "account", "consent", "I agree", "", False, (), text=PROMISE)
    when = (Condition("ill", ("yes",)),)
    more = (ill, replace(illness, when=when), consent)
    fields = (*scene.manifest.fields, *more)
    scene.manifest, _ = sign_manifest(replace(scene.manifest, fields=fields), scene.acme.keys)
    scene.rendered = True


def twisted(change: Change, words: str, language: str = "en") -> Callable[[Scene], Won]:
    """The visitor reads these words, and sends."""

    def arrange(scene: Scene) -> Won:
        asked(scene)
        scene.attributes = f'data-sealform-lang="{language}"'
        scene.serves(altered(scene, **change(scene.manifest)))
        return lambda visit: words in visit.asked and sent(visit)

    return arrange


def field(name: str, **changes: object) -> Change:
    def change(manifest: Manifest) -> dict[str, object]:
        fields = (
            replace(one, **changes) if one.name == name else one  # type: ignore[arg-type]
            for one in manifest.fields
        )
        return {"fields": tuple(fields)}

    return change


def one_more_section(manifest: Manifest) -> dict[str, object]:
    names = tuple(one.name for one in manifest.fields)
    return {"sections": (Section(True, "Before you begin", TRICK, names),)}


def one_more_language(manifest: Manifest) -> dict[str, object]:
    """Words that acme never read."""
    title = {"en": str(manifest.title), "de": TRICK}
    return {"languages": ("en", "de"), "title": title}


def carried(scene: Scene) -> Won:
    """The page carries acme's manifest along, with another inbox in it."""
    public = scene.kem.public
    types = tuple(replace(inbox, public=public) for inbox in scene.manifest.types)
    scene.carried = altered(scene, types=types)
    return opens(scene, scene.carried)


ATTACKS: dict[str, Attack] = {
    "asks for something else": Attack(
        twisted(field("fullname", label=TRICK), TRICK), SIGNATURE, "signature"
    ),
    "offers one more choice": Attack(
        twisted(field("ill", options=(Option("yes", "Yes"), Option("no", TRICK))), TRICK),
        SIGNATURE,
        "signature",
    ),
    "asks everybody what few were to be asked": Attack(
        twisted(field("illness", when=()), BRANCH), SIGNATURE, "signature"
    ),
    "adds an explanation": Attack(twisted(one_more_section, TRICK), SIGNATURE, "signature"),
    "adds a language": Attack(twisted(one_more_language, TRICK, "de"), SIGNATURE, "signature"),
    "has visitors consent to something else": Attack(
        twisted(field("consent", text=TWISTED), TWISTED), SIGNATURE, "signature"
    ),
    "alters what the page carries along": Attack(carried, SIGNATURE, "sent"),
}
