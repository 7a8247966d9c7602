"""Signed requests to delete a record, to revoke a reader, to leave a group (docs/protocol.md §9).

An API key alone cannot destroy anything: the server acts on the signature.
"""

from dataclasses import dataclass, replace
from typing import Any

from .encoding import VERSION, WireObject, b64, ctx
from .holders import Signer
from .keys import Card
from .primitives import SIG, verify
from .shapes import Integer, Name, Object, Octets, Reader, Uuid, Writer

DELETION = Object(
    "deletion",
    {
        "id": Uuid("record id", "48"),
        "writer": Writer(),
        "type": Name("type"),
        "rev": Integer("rev"),
        "sig": Octets(SIG),
    },
)
REVOCATION = Object(
    "revocation",
    {
        "writer": Writer(),
        "type": Name("type"),
        "gen": Integer("gen"),
        "reader": Reader(),
        "sig": Octets(SIG),
    },
)
LEAVE = Object(
    "leave",
    {
        "group": Uuid("group id"),
        "member": Uuid("client id"),
        "since": Integer("since"),
        "sig": Octets(SIG),
    },
)


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


@dataclass(frozen=True)
class Leave(WireObject):
    """``member`` goes out of a group; ``since`` is the version of the roster that took it in.

    So a statement of a former membership says nothing of a later one. Signed by the member.
    """

    group: str
    member: str
    since: int
    sig: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return ctx("leave", self.group, self.member, self.since)

    def to_wire(self) -> dict[str, Any]:
        """Return the statement as a JSON object."""
        return {
            "v": VERSION,
            "group": self.group,
            "member": self.member,
            "since": self.since,
            "sig": b64(self.sig),
        }


def parse_deletion(value: object) -> Deletion:
    """Parse a deletion strictly; raises MalformedError."""
    wire = DELETION.check(value)
    return Deletion(**DELETION.read_members(wire)).came_as(wire, DELETION.order(wire))


def parse_revocation(value: object) -> Revocation:
    """Parse a revocation strictly; raises MalformedError."""
    wire = REVOCATION.check(value)
    return Revocation(**REVOCATION.read_members(wire)).came_as(wire, REVOCATION.order(wire))


def parse_leave(value: object) -> Leave:
    """Parse a leave strictly; raises MalformedError."""
    wire = LEAVE.check(value)
    return Leave(**LEAVE.read_members(wire)).came_as(wire, LEAVE.order(wire))


def sign_deletion(deletion: Deletion, keys: Signer) -> Deletion:
    """Return the deletion with a signature."""
    return parse_deletion(replace(deletion, sig=keys.sign(deletion.message)).to_wire())


def sign_revocation(revocation: Revocation, keys: Signer) -> Revocation:
    """Return the revocation with a signature."""
    return parse_revocation(replace(revocation, sig=keys.sign(revocation.message)).to_wire())


def sign_leave(leave: Leave, keys: Signer) -> Leave:
    """Return the statement with a signature."""
    return parse_leave(replace(leave, sig=keys.sign(leave.message)).to_wire())


def verify_statement(statement: Deletion | Revocation | Leave, signer: Card) -> None:
    """Check the signature; who may sign is the caller's question. Raises SignatureError."""
    verify(signer.sig_pk, statement.sig, statement.message, "statement")
