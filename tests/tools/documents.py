"""The blocks of the documents, and what a test does with each.

A fenced block says its language behind the fence:

- `sh` and `python` are run, in the order in which they stand (tests/end_to_end/test_documents.py);
- `toml` and `json` are parsed;
- `ini`, `nginx` and `caddyfile` are given to a program that a mark names;
- `text`, `html`, `js` and `css` are left alone.

A mark is an HTML comment right before the block, which readers do not see. For `sh` and `python`,
joined by `;`:

    <!-- sh: as marketing -->       on the machine of that person (else of the document's)
    <!-- sh: typing sfe_…, y -->    these lines are typed where a command asks
    <!-- sh: serving URL -->        runs on until the document ends, once URL answers
    <!-- sh: only parsed, it installs packages of another system -->      with the reason

Of a block that is only parsed, the commands, options and targets that it names must exist. A
comment of several lines is a block that readers do not see: what people do in a browser, or a check
of what was shown. For other languages:

    <!-- check sealform.service: systemd-analyze verify sealform.service -->

writes the block into a file of that name, in a folder with those that stand before it, and runs
this.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.tools.processes import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))

SHELL, PYTHON = "sh", "python"
RUN, CHECKED, PARSED = {SHELL, PYTHON}, {"ini", "nginx", "caddyfile"}, {"toml", "json"}
LEFT_ALONE = {"text", "html", "js", "css"}

PARTS = re.compile(
    r"^ *<!-- (?P<kind>sh|python|check)\b(?P<mark>.*?)-->"
    r"|^(?P<indent> *)```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
QUOTED = re.compile(r"`((?:sealform|manage\.py|make|\.ci/\w+|npm|\.venv/bin/\S+) [^`]+)`")
COMMENT = re.compile(r"(?:^|\s+)# .*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block and its mark; ``seen`` is false for one that readers do not see."""

    path: Path
    line: int
    language: str
    text: str
    seen: bool = True
    person: str = ""
    typed: tuple[str, ...] = ()
    serving: str = ""
    only_parsed: bool = False
    file: str = ""
    check: str = ""

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}"

    @property
    def lines(self) -> list[str]:
        """The commands, without comments; continued lines are one."""
        text = COMMENT.sub("", self.text).replace("\\\n", " ")
        return [line for line in text.splitlines() if line.strip()]


@dataclass
class Mark:
    """What was said before a block, and where; ``kind`` is the word with which it begins."""

    line: int
    kind: str
    said: dict[str, object] = field(default_factory=dict)


class MarkError(ValueError):
    """A document has a mark that nobody understands, or a block that lacks one."""


def blocks(path: Path) -> list[Block]:
    """All blocks of a document; raises MarkError."""
    return list(_blocks(path))


def _blocks(path: Path) -> Iterator[Block]:
    document = path.read_text(encoding="utf-8")
    mark, ended = None, 0
    for part in PARTS.finditer(document):
        line = document.count("\n", 0, part.start()) + 1
        where = f"{path.name}:{line}"
        if mark and document[ended : part.start()].strip():
            raise MarkError(f"{path.name}:{mark.line}: this mark stands before no block")
        if part["kind"]:
            first, _, rest = part["mark"].partition("\n")
            ended, said = part.end(), _said(part["kind"], first.strip(" :"), where)
            mark = Mark(line, part["kind"], said)
            if rest:
                hidden = Block(path, line, part["kind"], textwrap.dedent(rest), seen=False)
                yield _block(hidden, mark)
                mark = None
            continue
        text = textwrap.dedent(part["text"])
        yield _block(Block(path, line, part["language"], text), mark)
        mark = None
    if mark:
        raise MarkError(f"{path.name}:{mark.line}: this mark stands before no block")


def _block(block: Block, mark: Mark | None) -> Block:
    known = RUN | CHECKED | PARSED | LEFT_ALONE
    if block.language not in known:
        raise MarkError(f"{block}: say the language behind the fence: {', '.join(sorted(known))}")
    block = replace(block, **mark.said) if mark else block  # type: ignore[arg-type] # by name
    if block.language in CHECKED and not block.check:
        raise MarkError(f"{block}: say before it what checks it: <!-- check FILE: COMMAND -->")
    if mark and mark.kind != (block.language if block.language in RUN else "check"):
        raise MarkError(f"{block}: `sh` marks are for sh, `check` marks for other languages")
    return block


def _said(kind: str, words: str, where: str) -> dict[str, object]:
    if kind == "check":
        file, colon, command = words.partition(":")
        if not (colon and file.strip() and command.strip()):
            raise MarkError(f"{where}: write <!-- check FILE: COMMAND -->")
        return {"file": file.strip(), "check": command.strip()}
    said: dict[str, object] = {}
    if re.fullmatch(r"only parsed, .{10,}", words, re.DOTALL):
        return {"only_parsed": True}
    for clause in filter(None, (one.strip() for one in words.split(";"))):
        verb, _, rest = clause.partition(" ")
        match verb:
            case "as":
                said["person"] = rest
            case "typing":
                said["typed"] = tuple(one.strip() for one in rest.split(","))
            case "serving":
                said["serving"] = rest
            case _:
                raise MarkError(f"{where}: what does `{clause}` mean? (tests/tools/documents.py)")
    return said


def typed(path: Path) -> list[str]:
    """All commands in a document, those in the middle of a sentence too."""
    text = PARTS.sub("", path.read_text(encoding="utf-8"))
    quoted = [" ".join(command.split()) for command in QUOTED.findall(text)]
    return quoted + [line for one in blocks(path) if one.language == SHELL for line in one.lines]
