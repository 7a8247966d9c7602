"""The browser's script with one of its checks taken out, so that an attack can be seen to work."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "static" / "src"


@dataclass(frozen=True)
class Check:
    """A check in a source file: the text that makes it, and what stands there without it."""

    file: str
    text: str
    without: str = ""


def build(checks: Mapping[str, Check], folder: Path) -> dict[str, bytes]:
    """Bundle the script once for each check, with that check alone taken out."""
    entries = []
    for name, check in checks.items():
        tree = folder / "src" / name
        shutil.copytree(SOURCES, tree)
        _take_out(check, tree / check.file)
        entries.append(f"src/{name}/form/embed.js")
    command = ["node", str(ROOT / "node_modules/.bin/esbuild"), *entries, "--outdir=out"]
    command += ["--outbase=src", "--bundle", "--format=iife", "--target=es2022", "--charset=utf8"]
    environment = os.environ | {"NODE_PATH": str(ROOT / "node_modules")}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {name: (folder / "out" / name / "form/embed.js").read_bytes() for name in checks}


def _take_out(check: Check, path: Path) -> None:
    pattern = r"\s+".join(map(re.escape, check.text.split()))  # however its lines are broken
    source, count = re.subn(pattern, lambda _: check.without, path.read_text())
    if count != 1:
        raise AssertionError(f"{check.file} does not hold this check once: {check.text}")
    path.write_text(source)
