"""What a client leaves with its server: a copy of its key file, and of its memory (§4)."""

from dataclasses import dataclass, replace
from typing import Any

from .encoding import VERSION, WireObject, b64, ctx
from .errors import LimitError, MalformedError, MismatchError
from .holders import Signer
from .key_files import MAX_FILE, PASSPHRASE, PLAIN, KeyFile, parse_key_file
from .primitives import KEY, SIG, H, expand, seal, unseal, verify
from .shapes import Integer, Object, Octets, OrEmpty, Text

MAX_MEMORY = 512 * 1024
KEY_COPY = Object(
    "key file copy",
    {
        "file": Text("file", MAX_FILE, 1),
        "memory": OrEmpty(Octets()),
        "made": Integer("made"),
        "fetch": Octets(KEY),
        "sig": Octets(SIG),
    },
)


@dataclass(frozen=True)
class KeyCopy(WireObject):
    """A key file as a server keeps it; ``memory`` is sealed, b"" for none.

    ``made`` is when the client made it, in milliseconds since 1970: of two copies of one file the
    later has the newer memory. ``fetch`` (32 bytes) is the digest of the code that it is asked for
    with.
    """

    file: KeyFile
    memory: bytes
    made: int
    fetch: bytes
    sig: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed by the card in the file."""
        return ctx("keycopy", self.file.raw, self.memory, self.made, self.fetch)

    def to_wire(self) -> dict[str, Any]:
        """Return the copy as a JSON object."""
        return {
            "v": VERSION,
            "file": self.file.raw.decode(),
            "memory": b64(self.memory),
            "made": self.made,
            "fetch": b64(self.fetch),
            "sig": b64(self.sig),
        }


def parse_key_copy(value: object) -> KeyCopy:
    """Parse a copy strictly, the file in it too, and check that its card signed it.

    Raises MalformedError, LimitError, SignatureError; MismatchError for a file that a server must
    not have.
    """
    wire = KEY_COPY.read(value)
    memory = wire["memory"] or b""
    if len(memory) > MAX_MEMORY:
        raise LimitError(f"the memory in a copy has at most {MAX_MEMORY:,} bytes")
    file = for_a_server(parse_key_file(wire["file"].encode()))
    if file.raw != wire["file"].encode():
        raise MalformedError("a copy has the bytes of the key file, and nothing around them")
    copy = KeyCopy(file, memory, wire["made"], wire["fetch"], wire["sig"])
    verify(file.card.sig_pk, copy.sig, copy.message, "key file copy")
    return copy


def for_a_server(file: KeyFile) -> KeyFile:
    """Return a file that whoever has it cannot open by guessing, else raise MismatchError.

    So it has no plain slot, and no passphrase of somebody's own.
    """
    if any(slot.kind == PLAIN for slot in file.slots):
        raise MismatchError("a server must not have a key file with a plain slot")
    if any(slot.kind == PASSPHRASE and not slot.params["generated"] for slot in file.slots):
        raise MismatchError(
            "a server must not have a key file whose passphrase is not six generated words"
        )
    return file


def sign_key_copy(
    file: KeyFile, *, memory: bytes, made: int, fetch_code: bytes, keys: Signer
) -> KeyCopy:
    """Return the signed copy of a file; ``fetch_code`` has 32 bytes, ``memory`` is sealed."""
    bare = KeyCopy(file, memory, made, fetch_digest(fetch_code))
    return parse_key_copy(replace(bare, sig=keys.sign(bare.message)).to_wire())


def fetch_digest(code: bytes) -> bytes:
    """Return H("fetch", code), 32 bytes: all that a server knows of a fetch code."""
    return H("fetch", code)


def seal_memory(
    state_key: bytes, memory: bytes, *, client_id: str, serial: int, made: int
) -> bytes:
    """Return what a client remembers, sealed to go with one copy of its key file."""
    return seal(expand(state_key, "memory"), memory, ctx("memory", client_id, serial, made))


def open_memory(
    state_key: bytes, sealed: bytes, *, client_id: str, serial: int, made: int
) -> bytes:
    """Open what ``seal_memory`` made; raises OpenError."""
    return unseal(expand(state_key, "memory"), sealed, ctx("memory", client_id, serial, made))
