"""Python opens what JavaScript sealed, and the other way round: submission, record, each grant."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from apps.envelope import grants, manifests, records, submissions
from apps.envelope.encoding import b64
from apps.envelope.fields import Value
from apps.envelope.keys import Card, ClientKeys, akid, column_key, make_card
from apps.envelope.manifests import Inbox, Manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.questions import Field, Option
from apps.envelope.records import open_data_keys

ROOT = Path(__file__).parents[2]
NOW = 1_800_000_000
TYPES = ("contact", "health")
ANSWERS: dict[str, Value] = {
    "fullname": "Zoë 🌻 \u2028 O'Hara",
    "colours": ["red", "green"],
    "age": "",
    "agreed": True,
}
KINDS = {"fullname": "text", "colours": "checkboxes", "age": "number", "agreed": "checkbox"}
ROUTES = {"fullname": "contact", "colours": "contact", "age": "health", "agreed": "health"}


def node(action: str, given: dict[str, Any]) -> dict[str, Any]:
    command = ["node", "--no-warnings", "tests/js/cross.js", action]
    text = json.dumps(given)
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass
class Scene:
    """Acme owns a form and grants; marketing reads."""

    acme: ClientKeys
    acme_card: Card
    marketing: ClientKeys
    marketing_card: Card
    inboxes: dict[str, bytes]
    manifest: Manifest
    sig: bytes
    access_key: bytes

    def to_node(self) -> dict[str, Any]:
        return {
            "acme_seed": self.acme.seed.hex(),
            "acme": self.acme_card.to_wire(),
            "marketing_seed": self.marketing.seed.hex(),
            "marketing": self.marketing_card.to_wire(),
            "inboxes": {type: seed.hex() for type, seed in self.inboxes.items()},
            "manifest": self.manifest.raw.decode(),
            "sig": b64(self.sig),
            "form": self.manifest.form,
            "access_key": self.access_key.hex(),
            "answers": ANSWERS,
            "now": NOW,
        }

    def open_submission(self, wire: object) -> list[dict[str, Value]]:
        submitted = submissions.parse_submission(wire)
        submissions.check_submission(submitted, self.manifest)
        return [
            submissions.open_form_record(record, self.manifest, KemKey(self.inboxes[record.type]))
            for record in submitted
        ]

    def open_grant(self, wire: object) -> dict[str, str]:
        opened = grants.open_grant(
            grants.parse_grant(wire),
            keys=self.marketing,
            me=self.marketing_card,
            granter=self.acme_card,
            now=NOW,
            owner=self.acme_card.id,
        )
        return {name: key.hex() for name, key in opened.items()}


@pytest.fixture(scope="module")
def scene() -> Scene:
    acme, marketing = ClientKeys.generate(), ClientKeys.generate()
    acme_card = make_card(keys=acme, id=str(uuid4()), name="acme")
    inboxes = {type: random(32) for type in TYPES}
    manifest = Manifest(
        form=str(uuid4()),
        version=7,
        owner=acme_card.id,
        issued=NOW - 60,
        expires=NOW + 60,
        title="Sign-up, très \U0001f33b",
        description="",
        confirmation="Thank you.",
        types=tuple(Inbox(type, 1, KemKey(inboxes[type]).public) for type in TYPES),
        fields=tuple(_field(name, kind) for name, kind in KINDS.items()),
    )
    signed, sig = manifests.sign_manifest(manifest, acme)
    marketing_card = make_card(keys=marketing, id=str(uuid4()), name="marketing")
    return Scene(acme, acme_card, marketing, marketing_card, inboxes, signed, sig, random(32))


def _field(name: str, kind: str) -> Field:
    colours = tuple(Option(value, value) for value in ("red", "green"))
    options = colours if kind == "checkboxes" else ()
    return Field(name, ROUTES[name], kind, name.title(), "", False, options)


def answers_of(type: str) -> dict[str, Value]:
    return {name: value for name, value in ANSWERS.items() if ROUTES[name] == type}


@pytest.mark.slow
def test_python_seals_and_node_opens(scene: Scene) -> None:
    contact: dict[str, Any] = {"writer": scene.acme_card.id, "type": "contact"}
    record = records.seal_record(
        keys=scene.acme, id=str(uuid4()), rev=1, access_key=scene.access_key, values=ANSWERS,
        **contact,
    )  # fmt: skip
    key_maps = [
        {"*": scene.access_key},
        {"age": column_key(scene.access_key, "age")},
        open_data_keys(record, scene.access_key, ["age", "fullname"]),
        {"@": scene.inboxes["contact"]},
    ]
    inbox = grants.inbox_id(KemKey(scene.inboxes["contact"]).public)
    name = akid(scene.access_key)
    places = [
        contact | {"akid": name},
        contact | {"akid": name, "not_after": NOW},
        contact | {"akid": name, "record": record.id},
        contact | {"akid": inbox, "writer": scene.manifest.writer},
    ]
    granted = [
        grants.seal_grant(
            granter=scene.acme, reader=scene.marketing_card, gen=1, keys=key_map, **place
        )
        for key_map, place in zip(key_maps, places, strict=True)
    ]
    submitted = submissions.dump_submission(submissions.seal_submission(scene.manifest, ANSWERS)[0])

    opened = node(
        "open",
        scene.to_node()
        | {
            "submission": json.loads(submitted),
            "record": record.to_wire(),
            "grants": [grant.to_wire() for grant in granted],
        },
    )

    assert opened["submission"] == [answers_of(type) for type in TYPES]
    assert opened["record"] == ANSWERS
    assert opened["grants"] == [
        {name: key.hex() for name, key in key_map.items()} for key_map in key_maps
    ]


@pytest.mark.slow
def test_node_seals_and_python_opens(scene: Scene) -> None:
    sealed = node("seal", scene.to_node())

    assert scene.open_submission(sealed["submission"]) == [answers_of(type) for type in TYPES]
    record = records.parse_record(sealed["record"])
    records.verify_record(record, scene.acme_card)
    assert records.open_record(record, scene.access_key) == ANSWERS
    data_keys = open_data_keys(record, scene.access_key, ["age", "fullname"])
    assert [scene.open_grant(grant) for grant in sealed["grants"]] == [
        {"*": scene.access_key.hex()},
        {"age": column_key(scene.access_key, "age").hex()},
        {name: key.hex() for name, key in data_keys.items()},
        {"@": scene.inboxes["contact"].hex()},
    ]
