"""The client's half: parties with real clients of their own, at a server that lies to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from apps.client import Client, slots
from apps.client.acts.publishing import prepare, publish
from apps.client.acts.rotating import Network, rotate
from apps.client.credentials import Credentials
from apps.client.state import StateFile, state_file
from apps.directory.enrolment import issue_token
from apps.directory.models import Client as Row
from apps.envelope.encoding import dump_json, load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.fields import Value
from apps.envelope.grants import Grant as SealedGrant
from apps.envelope.grants import parse_grant
from apps.envelope.keys import Card, ClientKeys, show_fingerprint
from apps.envelope.manifests import Manifest
from apps.envelope.primitives import KEY, SigningKey
from apps.envelope.records import Record as SealedRecord
from apps.envelope.records import open_record, open_values, parse_record
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from apps.vault.lanes import lane_of
from apps.vault.models import Generation, Grant, Record, Stream, WithdrawnGrant
from apps.vault.streams import stream_for
from config import inprocess
from tests.client.protection import Trusted, enrol_trusted, opened
from tests.malicious.lying import LyingServer
from tests.people import API, send


@dataclass
class Party:
    """A client with credentials of its own, and the warnings it was given."""

    credentials: Credentials
    state: StateFile
    warnings: list[str] = field(default_factory=list)
    recovery: SigningKey = field(default=SigningKey(bytes(KEY)), repr=False)
    code: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        return self.credentials.client_id

    @property
    def keys(self) -> ClientKeys:
        return self.credentials.keys

    @property
    def card(self) -> Card:
        return self.credentials.card

    @property
    def fingerprint(self) -> str:
        return show_fingerprint(self.card.fingerprint)

    @property
    def row(self) -> Row:
        return Row.objects.get(pk=self.id)

    @property
    def file(self) -> str:
        return str(self.credentials.path)

    def client(self) -> Client:
        """A new run: nothing is remembered but what the state file holds."""
        return Client(
            self.credentials,
            state=self.state,
            transport=inprocess.transport(),
            notify=self.warnings.append,
        )

    def on_another_machine(self, folder: Path) -> "Party":
        """The same client with a memory of its own."""
        state = StateFile(folder / f"{uuid4()}", client_id=self.id, key=self.keys.state)
        with state.change() as known:  # confirmed there, and it remembers nothing else
            known.serial = self.credentials.file.serial
        return Party(self.credentials, state)

    def rotate(self, *, compromised: bool = False) -> ClientKeys:
        """Go on under new keys, and return the old ones."""
        old = self.keys
        rotate(
            self.credentials.path,
            [self.code],
            network=Network(lambda url: inprocess.transport(), self.warnings.append),
            compromised=compromised,
            make_way=slots.plain,
        )
        self.credentials = opened(self.credentials.path)
        return old

    def knows(self, other: "Party") -> None:
        self.client().pin(other.id, other.fingerprint)

    def reads(self, type: str) -> list[dict[str, Value]]:
        """What it is shown of a type."""
        return [record.data for record in self.client().query(type)]


@dataclass
class World:
    """acme owns; marketing and clinic read; mallory has the server's cooperation."""

    server: LyingServer
    folder: Path
    canary: str = field(default_factory=lambda: f"canary {uuid4().hex}")

    def __post_init__(self) -> None:
        self.acme, self.marketing = self._enrolled("acme"), self._enrolled("marketing")
        self.clinic, self.mallory = self._enrolled("clinic"), self._enrolled("mallory")

    def _enrolled(self, name: str) -> Party:
        token, _ = issue_token(name=name)
        path = self.folder / f"{name}-{uuid4()}.json"
        protect, transport = Trusted(), inprocess.transport()
        credentials = enrol_trusted(
            protect, token=token, name=name, path=path, transport=transport
        ).credentials
        sheet = protect.sheet
        assert sheet is not None
        return Party(
            credentials,
            state_file(credentials),
            recovery=SigningKey(sheet.seed),
            code=" ".join(sheet.code),
        )

    # --- What honest parties do -----------------------------------------------------------

    def share(self, type: str, reader: Party, owner: Party | None = None, **more: Any) -> None:
        owner = owner or self.acme
        owner.client().share(
            type, reader.id, fingerprint=reader.fingerprint, allow_empty=True, **more
        )
        reader.knows(owner)

    def write(self, type: str, owner: Party | None = None, **values: Value) -> str:
        return (owner or self.acme).client().write(type, values or {"name": self.canary})

    def drafted(self) -> Form:
        """A new sign-up form of acme's, by a slug of its own."""
        form = create_signup_form(owner=self.acme.row)
        form.slug = f"signup-{uuid4()}"
        form.save()
        return form

    def published(self, form: Form | None = None) -> tuple[Form, Manifest]:
        form = form or self.drafted()
        session = self.acme.client().session
        plan = prepare(session, form.slug)
        return form, publish(session, plan, agreed=plan.draft)

    def submit(self, manifest: Manifest, **answers: Value) -> str:
        """What a visitor does; returns the id of the one record."""
        whole = {each.name: "" for each in manifest.fields} | answers
        records, _ = seal_submission(manifest, whole)
        path = f"/forms/{manifest.form}/submissions"
        assert send("POST", path, dump_submission(records)).status_code == 201, API
        return records[0].id

    def with_some_of_all(self) -> "World":
        """The same world with a published form, an answer, a record, and both shared."""
        form, manifest = self.published()
        self.share("contact", self.marketing)
        self.share("account", self.marketing, form=form.slug)
        self.acme.client().write("contact", {"name": "Ann"}, meta={"state": "open"})
        self.submit(manifest, fullname="Ann")
        return self

    # --- What somebody with the database can do -------------------------------------------

    def stream(self, type: str, writer: str = "") -> Stream:
        name = writer or self.acme.id
        return stream_for(writer=name, type=type, owner=self.acme.row)

    def insert(self, record: SealedRecord, type: str = "", writer: str = "") -> None:
        """Store a record in a stream, which is acme's unless said otherwise, without any check."""
        stream = self.stream(type or record.type, writer)
        lane = stream.lanes.get(number=lane_of(UUID(record.id)))
        lane.position += 1
        lane.living += 1
        lane.save()
        Record.objects.create(
            id=record.id, stream=stream, generation=stream.generations.latest("number"),
            lane=lane.number, position=lane.position, rev=record.rev,
            body=dump_json(record.to_wire()),
        )  # fmt: skip

    def plant(self, grant: SealedGrant, reader: Party, record: str = "") -> None:
        """Store a grant, and the generation if there is none, without any check."""
        stream = self.stream(grant.type, grant.writer)
        generation, _ = Generation.objects.get_or_create(
            stream=stream, number=grant.gen, defaults={"akid": grant.akid}
        )
        Grant.objects.filter(
            generation=generation, reader=reader.row, record=UUID(record) if record else None
        ).delete()
        WithdrawnGrant.objects.filter(sig=grant.sig).delete()
        Grant.objects.create(
            stream=stream, generation=generation, record_id=UUID(record) if record else None,
            reader=reader.row, akid=grant.akid, fields=list(grant.fields),
            body=dump_json(grant.to_wire()),
        )  # fmt: skip

    def stored(self, id: str) -> SealedRecord:
        return parse_record(load_json(bytes(Record.objects.get(pk=id).body)))

    def put(self, id: str, record: SealedRecord) -> None:
        """Put these bytes in a record's place."""
        Record.objects.filter(pk=id).update(body=dump_json(record.to_wire()))

    def key(self, reader: Party, type: str) -> bytes:
        """The access key that a reader was granted last, honestly."""
        grant = self.grants(reader, type)[-1]
        return unb64(load_json(reader.keys.kem.open(grant.keys, grant.info))["*"])

    def grants(self, reader: Party, type: str, writer: str = "") -> list[SealedGrant]:
        """The grants that the database has for a reader, the latest last."""
        held = Grant.objects.filter(reader=reader.row, stream=self.stream(type, writer))
        return [parse_grant(load_json(bytes(row.body))) for row in held.order_by("generation")]

    # --- What that is worth ---------------------------------------------------------------

    def opened_with(self, *access_keys: bytes) -> bool:
        """Whether one of these keys opens a stored record that holds the canary."""
        for row in Record.objects.all():
            record = parse_record(load_json(bytes(row.body)))
            for key in access_keys:
                try:
                    if self.canary in open_record(record, key).values():
                        return True
                except EnvelopeError:
                    continue
        return False

    def opened_by(self, keys: ClientKeys) -> bool:
        """Whether the owner of these keys opens the canary, with all grants that are stored."""
        found: list[bytes] = []
        for row in Grant.objects.all():
            grant = parse_grant(load_json(bytes(row.body)))
            try:
                opened: Mapping[str, str] = load_json(keys.kem.open(grant.keys, grant.info))
            except EnvelopeError:
                continue
            found += [unb64(key) for name, key in opened.items() if name == "*"]
        return self.opened_with(*found)

    def opened_singly(self, keys: ClientKeys, *kept: SealedRecord) -> bool:
        """Whether data keys that the owner of these keys was granted open the canary.

        In the records that are stored, or that somebody ``kept``.
        """
        stored = [parse_record(load_json(bytes(row.body))) for row in Record.objects.all()]
        for row in Grant.objects.filter(record__isnull=False):
            grant = parse_grant(load_json(bytes(row.body)))
            try:
                opened: Mapping[str, str] = load_json(keys.kem.open(grant.keys, grant.info))
            except EnvelopeError:
                continue
            for record in (*stored, *kept):
                for name, key in opened.items():
                    try:
                        if self.canary in open_values(record, {name: unb64(key)}).values():
                            return True
                    except EnvelopeError:
                        continue
        return False
