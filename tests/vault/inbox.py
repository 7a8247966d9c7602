"""A form as the vault knows it: inboxes, and sealed submissions. No form has to be drafted."""

from uuid import uuid4

from apps.envelope.grants import Grant, inbox_id, seal_grant
from apps.envelope.manifests import Inbox, Manifest, dump_manifest, parse_manifest
from apps.envelope.primitives import KemKey, random
from apps.envelope.questions import Field
from apps.envelope.records import Record
from apps.envelope.submissions import seal_submission
from apps.vault.models import Generation
from apps.vault.stored_grants import open_inbox_generation
from apps.vault.streams import stream_for
from tests.people import Person


class Inboxes:
    """acme's form with the types account and health, and the seeds of its inboxes."""

    TYPES = ("account", "health")

    def __init__(self, owner: Person) -> None:
        self.owner, self.form = owner, str(uuid4())
        self.gen = 0
        self.seeds: dict[str, bytes] = {}
        self.generations: dict[str, Generation] = {}

    @property
    def writer(self) -> str:
        return f"form:{self.form}"

    @property
    def ids(self) -> dict[str, bytes]:
        """The inbox id of each type, of the generation in force."""
        return {type: bytes(each.akid) for type, each in self.generations.items()}

    def new_seeds(self) -> None:
        self.gen += 1
        self.seeds = {type: random(32) for type in self.TYPES}

    def grant(self, type: str, reader: Person, **changes: object) -> Grant:
        wanted = {
            "granter": self.owner.keys,
            "reader": reader.card,
            "writer": self.writer,
            "type": type,
            "gen": self.gen,
            "akid": inbox_id(KemKey(self.seeds[type]).public),
            "keys": {"@": self.seeds[type]},
        }
        return seal_grant(**wanted | changes)  # type: ignore[arg-type]

    def open(self) -> "Inboxes":
        """Open the next generation of both inboxes, as a publication does."""
        self.new_seeds()
        for type in self.TYPES:
            stream = stream_for(writer=self.writer, type=type, owner=self.owner.row)
            grant = self.grant(type, self.owner)
            self.generations[type] = open_inbox_generation(
                stream=stream, gen=self.gen, inbox_id=grant.akid, self_grant=grant
            )
        return self

    def submission(self) -> tuple[Record, ...]:
        """What a visitor's browser seals: one record a type."""
        fields = [("name", "account"), ("city", "account"), ("age", "health")]
        manifest = Manifest(
            form=self.form,
            version=1,
            owner=self.owner.id,
            issued=0,
            expires=2**40,
            title="Sign-up",
            description="",
            confirmation="",
            types=tuple(
                Inbox(type, self.gen, KemKey(self.seeds[type]).public) for type in self.TYPES
            ),
            fields=tuple(
                Field(name, type, "text", name, "", required=False, options=())
                for name, type in fields
            ),
        )
        answers = {"name": "Ann", "city": "Bern", "age": "40"}
        return seal_submission(parse_manifest(dump_manifest(manifest)), answers)[0]
