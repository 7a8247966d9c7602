"""Who takes part: acme owns a form, marketing and clinic read, mallory must be refused."""

import time
from base64 import b64encode
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.test import Client as Browser

from apps.directory.enrolment import enrol, issue_token
from apps.directory.models import Client
from apps.envelope.encoding import b64, dump_json
from apps.envelope.grants import Grant, inbox_id, seal_grant
from apps.envelope.keys import Card, ClientKeys, make_card
from apps.envelope.manifests import Inbox, Manifest, dump_manifest, parse_manifest, sign_manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.questions import parse_field
from apps.envelope.sections import parse_sections
from apps.envelope.statements import Revocation, sign_revocation
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from apps.intake.drafting.composition import draft_of
from apps.intake.models import Form

YEAR = 365 * 24 * 3600
Answer = Any  # what the test client returns: more than an HttpResponse


@dataclass
class Person:
    """A client with its keys, and the HTTP calls that it can make."""

    name: str
    keys: ClientKeys
    card: Card
    row: Client
    authorization: str

    def copy(self) -> "Person":
        """The same client, with a row that another test may change."""
        return replace(self, row=copy(self.row))

    def get(self, path: str) -> Answer:
        return Browser().get(path, headers={"authorization": self.authorization})

    def post(self, path: str, body: object) -> Answer:
        return post(path, body, authorization=self.authorization)


def post(path: str, body: object, **headers: str) -> Answer:
    """POST JSON, anonymously unless headers say otherwise."""
    raw = body if isinstance(body, bytes) else dump_json(body)
    return Browser().post(path, raw, content_type="application/json", headers=headers)


def error(response: Answer) -> tuple[int, str]:
    """The status and the code of an error answer."""
    return response.status_code, response.json()["error"]["code"]


def enrolled(name: str) -> Person:
    """Enrol somebody new, with keys that exist in the test alone."""
    keys, secret, key_id = ClientKeys.generate(), new_token(API_SECRET), str(uuid4())
    card = make_card(keys=keys, id=str(uuid4()), name=name)
    token, _ = issue_token(name=name)
    enrolment = enrol(token=token, card=card, api_key_id=key_id, digest=token_digest(secret))
    basic = b64encode(f"{key_id}:{secret}".encode()).decode()
    return Person(name, keys, card, enrolment.client, f"Basic {basic}")


class Publisher:
    """The owner's side of one form: seeds of inboxes, and manifests to sign."""

    def __init__(self, owner: Person, form: Form) -> None:
        self.owner, self.form = owner, form
        self.inboxes: dict[str, tuple[int, KemKey, bytes]] = {}

    @property
    def path(self) -> str:
        return f"/api/v1/forms/{self.form.id}"

    def new_inbox(self, type: str) -> None:
        """Make the next inbox of a type."""
        gen = self.inboxes[type][0] + 1 if type in self.inboxes else 1
        seed = random(32)
        self.inboxes[type] = gen, KemKey(seed), seed

    def manifest(self, version: int = 1, **changes: Any) -> Manifest:
        """A manifest of the draft as it stands, unsigned."""
        draft = draft_of(form=self.form)
        types = sorted({field["type"] for field in draft["fields"]})
        for type in types:
            if type not in self.inboxes:
                self.new_inbox(type)
        languages = tuple(draft.get("languages", ()))
        manifest = Manifest(
            form=str(self.form.id),
            version=version,
            owner=self.owner.card.id,
            issued=int(time.time()),
            expires=int(time.time()) + YEAR,
            title=draft["title"],
            description=draft["description"],
            confirmation=draft["confirmation"],
            types=tuple(
                Inbox(type, self.inboxes[type][0], self.inboxes[type][1].public) for type in types
            ),
            fields=tuple(parse_field(field, languages) for field in draft["fields"]),
            languages=languages,
            sections=parse_sections(draft["sections"], languages) if "sections" in draft else (),
        )
        return parse_manifest(dump_manifest(replace(manifest, **changes)))

    def grant(self, type: str, reader: Person | None = None, **changes: Any) -> Grant:
        """An inbox, granted by its owner: to itself unless somebody else is named."""
        gen, kem, seed = self.inboxes[type]
        options: dict[str, Any] = {
            "granter": self.owner.keys,
            "reader": (reader or self.owner).card,
            "writer": self.form.writer,
            "type": type,
            "gen": gen,
            "akid": inbox_id(kem.public),
            "keys": {"@": seed},
        }
        return seal_grant(**options | changes)

    def revocation(self, type: str, reader: Person, gen: int) -> Revocation:
        """The owner's signed wish that a reader gets nothing more."""
        revocation = Revocation(self.form.writer, type, gen, reader.card.id)
        return sign_revocation(revocation, self.owner.keys)

    def body(
        self,
        manifest: Manifest,
        *,
        grants: tuple[Grant, ...] | None = None,
        revocations: tuple[Revocation, ...] = (),
    ) -> dict[str, Any]:
        """The body of a publication; with the owner's grants of all inboxes unless said."""
        signed, sig = sign_manifest(manifest, self.owner.keys)
        if grants is None:
            grants = tuple(self.grant(inbox.type) for inbox in manifest.types)
        return {
            "manifest": signed.raw.decode(),
            "sig": b64(sig),
            "grants": [grant.to_wire() for grant in grants],
            "revocations": [revocation.to_wire() for revocation in revocations],
        }

    def publish(self, version: int = 1, **changes: Any) -> Manifest:
        """Publish the draft, which must succeed."""
        manifest = self.manifest(version, **changes)
        response = self.owner.post(f"{self.path}/manifests", self.body(manifest))
        assert response.status_code == 201, response.content
        return manifest

    def publish_keeping_inboxes(self, version: int, **changes: Any) -> Manifest:
        """Publish a further version under the inboxes that are open, which must succeed."""
        manifest = self.manifest(version, **changes)
        body = self.body(manifest, grants=())
        response = self.owner.post(f"{self.path}/manifests", body)
        assert response.status_code == 201, response.content
        return manifest
