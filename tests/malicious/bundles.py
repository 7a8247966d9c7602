"""What is released, with one of its checks taken out, so that an attack can be seen to work."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"

Dist = Mapping[str, bytes]
"""The files of static/dist by their names."""


@dataclass(frozen=True)
class Check:
    """A check in a source file: the text that makes it, and what stands there without it."""

    file: str
    text: str
    without: str = ""


def released(folder: Path = STATIC) -> Dist:
    """What is there to be served."""
    return {path.name: path.read_bytes() for path in (folder / "dist").glob("*.js*")}


def without(check: Check | None, folder: Path) -> Dist:
    """Build all that is released, with this check alone taken out; None takes nothing out.

    Not squeezed, which takes most of a build's time and changes nothing that a script does.
    """
    shutil.copytree(STATIC, folder / "static", ignore=shutil.ignore_patterns("dist"))
    shutil.copy(ROOT / "package.json", folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    if check:
        path = folder / "static/src" / check.file
        path.write_text(taken_out(check, path.read_text()))
    command = ["node", "static/build.js", "--plain"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return released(folder / "static")


def taken_out(check: Check, source: str) -> str:
    """Return a source without a check; raises AssertionError unless it holds it once."""
    pattern = r"\s+".join(map(re.escape, check.text.split()))  # however its lines are broken
    altered, count = re.subn(pattern, lambda _: check.without, source)
    if count != 1:
        raise AssertionError(f"{check.file} does not hold this check once: {check.text}")
    return altered
