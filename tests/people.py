"""Who takes part in tests: acme owns, marketing and clinic read, mallory must be refused.

People have real keys and call the API over real HTTP Basic; nothing here is a mock.
"""

from base64 import b64encode
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from django.test import Client as Browser

from apps.directory.enrolment import enrol, issue_token
from apps.directory.models import Client
from apps.envelope.encoding import dump_json
from apps.envelope.fields import Value
from apps.envelope.grants import Grant, seal_grant
from apps.envelope.holders import Recipient
from apps.envelope.keys import Card, ClientKeys, akid, column_key, make_card
from apps.envelope.records import Record, new_access_key, open_data_keys, seal_record
from apps.envelope.statements import Deletion, Revocation, sign_deletion, sign_revocation
from apps.envelope.tokens import API_SECRET, new_token, token_digest

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

API = "/api/v1"


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

    @property
    def id(self) -> str:
        return self.card.id

    def get(self, path: str, **query: Any) -> "Answer":
        return Browser().get(API + path, query, headers={"authorization": self.authorization})

    def post(self, path: str, body: object) -> "Answer":
        return send("POST", path, body, authorization=self.authorization)

    def put(self, path: str, body: object) -> "Answer":
        return send("PUT", path, body, authorization=self.authorization)


def send(method: str, path: str, body: object, **headers: str) -> "Answer":
    """Send JSON, or bytes as they are; anonymously unless headers say otherwise."""
    raw = body if isinstance(body, bytes) else dump_json(body)
    return Browser().generic(method, API + path, raw, "application/json", headers=headers)


def error(response: "Answer") -> tuple[int, str]:
    """The status and the code of an error answer."""
    return response.status_code, response.json()["error"]["code"]


def basic(key_id: str, secret: str) -> str:
    """The header with an API key's id and secret."""
    return "Basic " + b64encode(f"{key_id}:{secret}".encode()).decode()


def enrolled(name: str) -> Person:
    """Enrol somebody new, with keys that exist in the test alone."""
    keys, secret, key_id = ClientKeys.generate(), new_token(API_SECRET), str(uuid4())
    card = make_card(keys=keys, id=str(uuid4()), name=name)
    token, _ = issue_token(name=name)
    enrolment = enrol(token=token, card=card, api_key_id=key_id, digest=token_digest(secret))
    return Person(name, keys, card, enrolment.client, basic(key_id, secret))


class Reads(Protocol):
    """Whom something is granted to: a person, or a group with its epoch (tests/groups.py)."""

    @property
    def card(self) -> Recipient: ...


class Type:
    """The owner's side of one record type: its access keys, and what is sealed with them."""

    def __init__(
        self, owner: Person, type: str, access_keys: dict[int, bytes] | None = None
    ) -> None:
        self.owner, self.type = owner, type
        self.access_keys = access_keys or {}

    @property
    def gen(self) -> int:
        return max(self.access_keys, default=0)

    def new_key(self) -> None:
        """Make the next generation's access key; nobody is told."""
        self.access_keys[self.gen + 1] = new_access_key()

    def open(self) -> "Type":
        """Open the next generation, which must succeed."""
        self.new_key()
        accepted(self.owner.post("/grants", {"grants": [self.grant(self.owner).to_wire()]}))
        return self

    def grant(
        self,
        reader: Reads,
        *,
        gen: int = 0,
        fields: tuple[str, ...] = (),
        record: Record | None = None,
        **changes: Any,
    ) -> Grant:
        """A signed grant of the type, of some columns, or of fields of one record."""
        gen = gen or self.gen
        key = self.access_keys[gen]
        keys = {"*": key}
        if fields:
            keys = {name: column_key(key, name) for name in fields}
        if record:
            keys = open_data_keys(record, key, fields)
        wanted: dict[str, Any] = {
            "granter": self.owner.keys,
            "reader": reader.card,
            "writer": self.owner.id,
            "type": self.type,
            "gen": gen,
            "akid": akid(key),
            "keys": keys,
            "record": record.id if record else "",
        }
        return seal_grant(**wanted | changes)

    def share(self, reader: Reads, **what: Any) -> None:
        """Store a grant, which must succeed."""
        accepted(self.owner.post("/grants", {"grants": [self.grant(reader, **what).to_wire()]}))

    def record(
        self,
        values: Mapping[str, Value] | None = None,
        *,
        id: str = "",
        rev: int = 1,
        gen: int = 0,
        meta: Mapping[str, str] | None = None,
    ) -> Record:
        """A sealed and signed record under the latest access key."""
        return seal_record(
            keys=self.owner.keys,
            writer=self.owner.id,
            id=id or str(uuid4()),
            type=self.type,
            rev=rev,
            access_key=self.access_keys[gen or self.gen],
            values=values or {"name": "Ann", "zip": "12345"},
            meta=meta or {},
        )

    def write(self, *records: Record) -> list[Record]:
        """Store records, one more if none are given, which must succeed."""
        written = list(records) or [self.record()]
        answer = accepted(self.owner.post("/records", {"records": wires(written)}))
        assert {result["status"] for result in answer["results"]} == {"created"}
        return written

    def update(self, *records: Record) -> None:
        """Store the next revisions of records, which must succeed."""
        answer = accepted(self.owner.put("/records", {"records": wires(list(records))}))
        assert {result["status"] for result in answer["results"]} == {"updated"}

    def deletion(self, record: Record, **changes: Any) -> Deletion:
        """The owner's signed wish that a record is deleted."""
        wanted: dict[str, Any] = {
            "id": record.id,
            "writer": record.writer,
            "type": record.type,
            "rev": record.rev,
        }
        return sign_deletion(Deletion(**wanted | changes), self.owner.keys)

    def revocation(self, reader: Reads, gen: int = 0) -> Revocation:
        """The owner's signed wish that a reader gets nothing more."""
        wish = Revocation(self.owner.id, self.type, gen or self.gen, reader.card.id)
        return sign_revocation(wish, self.owner.keys)


def id_in(lane: int) -> str:
    """A new record id of one of the sixteen lanes."""
    return f"{lane:x}{str(uuid4())[1:]}"


def wires(objects: list[Any]) -> list[dict[str, Any]]:
    return [each.to_wire() for each in objects]


def accepted(response: "Answer") -> Any:
    """The answer to a request that must succeed."""
    assert response.status_code in {200, 201}, response.content
    return response.json()
