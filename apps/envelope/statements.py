"""Signed requests to delete a record or to revoke a reader (docs/protocol.md §9).

An API key alone cannot destroy anything: the server acts on the signature.
"""

from dataclasses import dataclass, replace
from typing import Any

from . import encoding
from .encoding import VERSION, WireObject, b64, ctx, unb64
from .holders import Signer
from .keys import Card
from .primitives import SIG, verify

DELETION = ("id", "writer", "type", "rev", "sig")
REVOCATION = ("writer", "type", "gen", "reader", "sig")


@dataclass(frozen=True)
class Deletion(WireObject):
    """Delete revision ``rev`` of a record; signed by its writer, or by its form's owner."""

    id: str
    writer: str
    type: str
    rev: int
    sig: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return ctx("delete", self.id, self.writer, self.type, self.rev)

    def to_wire(self) -> dict[str, Any]:
        """Return the deletion as a JSON object."""
        return {
            "v": VERSION,
            "id": self.id,
            "writer": self.writer,
            "type": self.type,
            "rev": self.rev,
            "sig": b64(self.sig),
        }


@dataclass(frozen=True)
class Revocation(WireObject):
    """End ``reader``'s access to (writer, type) and close generation ``gen``."""

    writer: str
    type: str
    gen: int
    reader: str
    sig: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return ctx("revoke", self.writer, self.type, self.gen, self.reader)

    def to_wire(self) -> dict[str, Any]:
        """Return the revocation as a JSON object."""
        return {
            "v": VERSION,
            "writer": self.writer,
            "type": self.type,
            "gen": self.gen,
            "reader": self.reader,
            "sig": b64(self.sig),
        }


def parse_deletion(value: object) -> Deletion:
    """Parse a deletion strictly; raises MalformedError."""
    wire = encoding.versioned(value, DELETION, "deletion")
    deletion = Deletion(
        id=encoding.uuid(wire["id"], "record id", "48"),
        writer=encoding.writer(wire["writer"]),
        type=encoding.name(wire["type"], "type"),
        rev=encoding.integer(wire["rev"], "rev"),
        sig=unb64(wire["sig"], SIG),
    )
    return deletion.came_as(wire, ("v", *DELETION))


def parse_revocation(value: object) -> Revocation:
    """Parse a revocation strictly; raises MalformedError."""
    wire = encoding.versioned(value, REVOCATION, "revocation")
    revocation = Revocation(
        writer=encoding.writer(wire["writer"]),
        type=encoding.name(wire["type"], "type"),
        gen=encoding.integer(wire["gen"], "gen"),
        reader=encoding.uuid(wire["reader"], "reader"),
        sig=unb64(wire["sig"], SIG),
    )
    return revocation.came_as(wire, ("v", *REVOCATION))


def sign_deletion(deletion: Deletion, keys: Signer) -> Deletion:
    """Return the deletion with a signature."""
    return parse_deletion(replace(deletion, sig=keys.sign(deletion.message)).to_wire())


def sign_revocation(revocation: Revocation, keys: Signer) -> Revocation:
    """Return the revocation with a signature."""
    return parse_revocation(replace(revocation, sig=keys.sign(revocation.message)).to_wire())


def verify_statement(statement: Deletion | Revocation, signer: Card) -> None:
    """Check the signature; who may sign is the caller's question. Raises SignatureError."""
    verify(signer.sig_pk, statement.sig, statement.message, "statement")
