"""Secrets in a form that scanners recognise and typing errors do not pass (docs/protocol.md §10).

``<prefix>_<base64url of 32 bytes>_<CRC-32 in hex>``; the checksum is no security.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from .encoding import b64, unb64
from .errors import MalformedError
from .primitives import KEY, random
from .shapes import Shape

SEED = "sfk"
API_SECRET = "sfs"  # noqa: S105 - a prefix, not a secret
ENROLMENT = "sfe"

TAIL = r"_([A-Za-z0-9_-]{43})_([0-9a-f]{8})"
TOKEN = re.compile(f"([a-z]{{3}}){TAIL}")


SECRETS = re.compile(r"\bsf[kse]_[A-Za-z0-9_-]+")


def without_tokens(text: str) -> str:
    """Return text in which nothing that begins like a token is left of it but its prefix."""
    return SECRETS.sub(lambda found: f"{found[0][:4]}…", text)


@dataclass(frozen=True)
class Token(Shape):
    """A whole token that begins with ``prefix``."""

    prefix: str

    @property
    def pattern(self) -> str:
        """What its text looks like; the last eight digits are its checksum."""
        return f"{self.prefix}{TAIL}"

    def read(self, value: object) -> str:
        read_token(self.prefix, value)
        return str(value)


def show_token(prefix: str, secret: bytes) -> str:
    """Return 32 secret bytes in their scannable form, 56 characters."""
    body = f"{prefix}_{b64(secret)}"
    return f"{body}_{crc32(body.encode()):08x}"


def new_token(prefix: str) -> str:
    """Return a fresh random token."""
    return show_token(prefix, random(KEY))


def read_token(prefix: str, text: object) -> bytes:
    """Return the 32 bytes of a token; raises MalformedError, which never shows the token."""
    found = TOKEN.fullmatch(text) if isinstance(text, str) else None
    if not isinstance(text, str) or not text.startswith(f"{prefix}_"):
        raise MalformedError(f"not a token that begins with {prefix}_")
    if not found:
        raise MalformedError("the token is not whole: copy it again, all 56 characters")
    secret = unb64(found[2], KEY)
    if show_token(prefix, secret) != text:
        raise MalformedError("a token was mistyped or cut off: its checksum is wrong")
    return secret


def token_digest(text: str) -> bytes:
    """Return SHA-256 of the whole token, 32 bytes: all that a server keeps."""
    return sha256(text.encode(errors="surrogatepass")).digest()
