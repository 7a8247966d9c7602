"""What the documents tell people to type."""

import re
from pathlib import Path

from tests.tools.processes import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))

FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`((?:sealform|manage\.py|make|\.ci/\w+|npm|\.venv/bin/\S+) [^`]+)`")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)


def blocks(path: Path) -> list[list[str]]:
    """The fenced blocks of a document, as lines without comments; continued lines are one."""
    texts = FENCED.findall(path.read_text())
    return [COMMENT.sub("", text).replace("\\\n", " ").splitlines() for text in texts]


def block(path: Path, *, beginning: str) -> list[str]:
    """The one block of a document in which a line begins so."""
    found = [lines for lines in blocks(path) if any(line.startswith(beginning) for line in lines)]
    assert len(found) == 1, (path, beginning)
    return found[0]


def typed(path: Path) -> list[str]:
    """All commands in a document, those in the middle of a sentence too."""
    text = path.read_text()
    quoted = [" ".join(command.split()) for command in QUOTED.findall(FENCED.sub("", text))]
    return quoted + [line for lines in blocks(path) for line in lines if line]
