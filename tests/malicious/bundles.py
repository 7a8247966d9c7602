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
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


def without(check: Check, folder: Path) -> Dist:
    """Build all that is released, with this check alone taken out."""
    shutil.copytree(STATIC, folder / "static", ignore=shutil.ignore_patterns("dist"))
    shutil.copy(ROOT / "package.json", folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    _take_out(check, folder / "static/src" / check.file)
    command = ["node", "static/build.js"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return released(folder / "static")


def _take_out(check: Check, path: Path) -> None:
    pattern = r"\s+".join(map(re.escape, check.text.split()))  # however its lines are broken
    source, count = re.subn(pattern, lambda _: check.without, path.read_text())
    if count != 1:
        raise AssertionError(f"{check.file} does not hold this check once: {check.text}")
    path.write_text(source)
