"""Which files the workspace has, and the headers that each is answered with.

No file depends on who asks: there is no session, no cookie and no template.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..embed.integrity import short_digest
from . import policies

# Where the files are: inside the installed package, or in this checkout.
HERE = Path(__file__).resolve()
INSTALLED, CHECKOUT = HERE.with_name("static"), HERE.parents[2] / "static/dist/workspace"
FOLDER = INSTALLED if INSTALLED.is_dir() else CHECKOUT

PAGE = "index.html"
KEY_WORKER = "keys.js"
OPENING_WORKER = "opening.js"
POLICIES = {KEY_WORKER: policies.KEY_WORKER, OPENING_WORKER: policies.OPENING_WORKER}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}


class File(NamedTuple):
    """What is answered: the bytes, and all headers but the length."""

    content: bytes
    headers: Mapping[str, str]

    def is_known(self, said: str) -> bool:
        """Whether who says this in ``If-None-Match`` has these bytes (RFC 9110 §13.1.2)."""
        tags = {one.strip().removeprefix("W/") for one in said.split(",")}
        return not tags.isdisjoint({"*", self.headers["ETag"]})


@cache
def application() -> Mapping[str, File]:
    """Return the files by their addresses below the workspace's own; the page's is ``""``."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    named = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths}
    return MappingProxyType(
        {"" if name == PAGE else name: _file(name, content) for name, content in named.items()}
    )


def _file(name: str, content: bytes) -> File:
    headers = {
        "Content-Type": TYPES[Path(name).suffix],
        "Content-Security-Policy": policies.written(POLICIES.get(name, policies.PAGE)),
        "ETag": f'"{short_digest(content)}"',
        **policies.EVERYWHERE,
    }
    return File(content, MappingProxyType(headers))
