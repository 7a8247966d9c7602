"""What is typed, and the search for it, however it may have been written down."""

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Places = Mapping[str, bytes]

# The fields of the sign-up form.
FIELDS = (
    "fullname", "address1", "address2", "city", "state", "zip", "age", "height", "weight",
    "comments",
)  # fmt: skip
DIGITS = 15


@dataclass(frozen=True)
class Canary:
    """Fifteen random digits in every answer of one visitor.

    Digits, so that a number field takes them; random, so that no other place has them.
    """

    token: str

    @classmethod
    def new(cls) -> "Canary":
        return cls(str(10 ** (DIGITS - 1) + secrets.randbelow(9 * 10 ** (DIGITS - 1))))

    @property
    def answers(self) -> dict[str, str]:
        """What the visitor types: more than ASCII, and what JSON and URLs have to escape."""
        answers = {name: f'{name} "{self.token}" ü☃ &<' for name in FIELDS}
        return answers | {"age": self.token}

    @cached_property
    def shapes(self) -> dict[str, bytes]:
        """The bytes to search for, by the name of the encoding."""
        return dict(encodings(self.token))

    def found_in(self, places: Places) -> list[str]:
        """Each place that has it, and in which encoding."""
        return [
            f"{place}, {shape}"
            for place, content in places.items()
            for shape, needle in self.shapes.items()
            if needle in content
        ]


def encodings(text: str) -> Iterator[tuple[str, bytes]]:
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = text.encode(charset)
        yield charset, raw
        yield f"{charset} in hex", raw.hex().encode()
        yield f"{charset} in HEX", raw.hex().upper().encode()
        for offset in range(3):
            yield f"{charset} in base64 at {offset}", base64_core(raw, offset)
    yield "percent", "".join(f"%{byte:02x}" for byte in text.encode()).encode()
    yield "PERCENT", "".join(f"%{byte:02X}" for byte in text.encode()).encode()
    yield "JSON escapes", "".join(f"\\u{ord(char):04x}" for char in text).encode()
    yield "HTML references", "".join(f"&#{ord(char)};" for char in text).encode()
    yield "backwards", text[::-1].encode()


def base64_core(raw: bytes, offset: int) -> bytes:
    """What base64 of ``raw`` looks like inside a longer message, ``offset`` bytes behind a third.

    Without the characters at either end, which the neighbours decide too. Digits give the
    same characters in base64url.
    """
    padded = bytes(offset) + raw
    start = -(-offset * 8 // 6)
    end = len(padded) * 8 // 6
    return base64.b64encode(padded)[start:end]


def files_below(folder: Path) -> dict[str, bytes]:
    """The content of every file, and the names of all."""
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    return found | {"names of files": "\n".join(found).encode()}


def wherever(canary: Canary, places: Places) -> Iterable[str]:
    """The places alone, without the encodings."""
    return dict.fromkeys(each.rsplit(", ", 1)[0] for each in canary.found_in(places))
