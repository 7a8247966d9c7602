"""What this release ships for sites: scripts, stylesheet and the sentences in the tags.

The server's own word on the bytes of a script is not needed: whoever signs a form names the
bytes of the release that runs on the owner's machine.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..envelope.manifests import Manifest
from .integrity import lasting_name, script_integrity

# Where the files are: inside the installed package, or in this checkout.
HERE = Path(__file__).resolve()
INSTALLED, CHECKOUT = HERE.with_name("static"), HERE.parents[2] / "static"
STATIC = INSTALLED if INSTALLED.is_dir() else CHECKOUT
SENTENCES = STATIC / "src" / "form" / "texts"
ADDRESS = "/static"

SCRIPT = "dist/sealform.js"
FRAME_SCRIPT = "dist/sealform-frame.js"
STYLE = "css/sealform.css"


class Served(NamedTuple):
    """Where a file is, and which bytes alone a browser may take for it.

    Where static files are collected the address has their hash and always gives these
    bytes, after later releases too.
    """

    url: str
    integrity: str


class Files(NamedTuple):
    """The files that tags name."""

    script: Served
    frame_script: Served
    style: Served


class Sentences(NamedTuple):
    """What visitors read in the tags themselves, as long as no script has spoken."""

    send: str
    not_loaded: str


def released_files() -> Files:
    """Return the files of this release, at the addresses that keep these bytes.

    The address of the newest ones would not fit the digest any more once the server was
    upgraded.
    """
    return Files(_released(SCRIPT), _released(FRAME_SCRIPT), _released(STYLE))


def _released(path: str) -> Served:
    content = (STATIC / path).read_bytes()
    folder, _, name = path.rpartition("/")
    return Served(f"{ADDRESS}/{folder}/{lasting_name(name, content)}", script_integrity(content))


def sentences_for(manifest: Manifest) -> Sentences:
    """Return them in the form's first language, or in English."""
    language, *_ = [*manifest.languages, "en"]
    return _sentences(language.partition("-")[0])


@cache
def _sentences(language: str) -> Sentences:
    if not (SENTENCES / f"{language}.json").is_file():
        return _sentences("en")
    return Sentences(
        _text(f"{language}.json", "send"),
        _text(f"pages/{language}.json", "page.notloaded.elsewhere"),
    )


def _text(name: str, key: str) -> str:
    return str(json.loads((SENTENCES / name).read_text(encoding="utf-8"))[key])
