"""Blocks of documents: what is run, what is only parsed, and what must not stand there."""

import sys
from pathlib import Path

import pytest

from tests.client.servers import Server
from tests.tools.documented_shell import Place
from tests.tools.documents import Block, MarkError, blocks

HIDDEN = """
<!-- sh: as acme; typing sfe_…, y
drafts acme
-->
<!-- check a.service: systemd-analyze verify a.service -->
```ini
[Unit]
```

1. In a list:

   ```sh
   one # with a comment
   two \\
     --more
   ```
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "document.md"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "place").mkdir()
    server = Server("http://127.0.0.1:1", {})
    return Place(tmp_path / "place", Path("/bin"), tmp_path / "built.whl", server)


def shell(text: str, **said: object) -> Block:
    return Block(Path("document.md"), 1, "sh", text, **said)  # type: ignore[arg-type]


def test_blocks_are_found_with_what_their_marks_say(document: Path) -> None:
    document.write_text(HIDDEN)

    hidden, unit, listed = blocks(document)

    assert (hidden.seen, hidden.person, hidden.typed) == (False, "acme", ("sfe_…", "y"))
    assert (hidden.lines, listed.lines) == (["drafts acme"], ["one", "two    --more"])
    assert (unit.file, unit.check) == ("a.service", "systemd-analyze verify a.service")
    assert unit.text == "[Unit]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```\nls\n```\n", "document.md:1: say the language"),
        ("```bash\nls\n```\n", "document.md:1: say the language"),
        ("```ini\n[Unit]\n```\n", "say before it what checks it"),
        ("<!-- sh: as acme -->\nA sentence.\n```sh\nls\n```\n", "stands before no block"),
        ("<!-- sh: as acme -->\n", "stands before no block"),
        ("<!-- sh: skip -->\n```sh\nls\n```\n", "what does `skip` mean?"),
        ("<!-- sh: only parsed -->\n```sh\nls\n```\n", "what does `only parsed` mean?"),
        ("<!-- check a: -->\n```ini\n```\n", "write <!-- check FILE: COMMAND -->"),
        ("<!-- sh: as acme -->\n```ini\n```\n", "say before it what checks it"),
        ("<!-- sh: as acme -->\n```text\n```\n", "`sh` marks are for sh"),
        ("<!-- sh: as acme -->\n```python\n```\n", "`sh` marks are for sh"),
    ],
)
def test_what_would_not_be_run_by_mistake_is_an_error(
    document: Path, text: str, message: str
) -> None:
    document.write_text(text)

    with pytest.raises(MarkError, match=message):
        blocks(document)


@pytest.mark.parametrize("text", ["false\ntrue", "no-such-program", "false | true", 'echo "$NO"'])
def test_a_block_whose_command_fails_is_an_error(place: Place, text: str) -> None:
    with pytest.raises(AssertionError, match=r"document\.md:1 on acme"):
        place.run(shell(text), default="acme")


def test_what_is_exported_lasts_and_what_is_asked_is_typed(place: Place) -> None:
    place.run(shell("export A=1\nmkdir b\ncd b\n"), default="acme")
    block = shell('read answer\necho "$A ${PWD##*/} $answer"', typed=("yes",))

    assert place.run(block, default="acme") == "1 b yes\n"
    assert place.run(shell("pwd"), default="marketing").endswith("/marketing\n")


def test_a_block_of_python_is_run_by_the_clients_own(place: Place) -> None:
    place.machine("acme").environment["PATH"] += f":{Path(sys.executable).parent}"
    text = "import sys\nprint('https://forms.example.org', *sys.warnoptions)"

    told = place.run(Block(Path("document.md"), 1, "python", text), default="acme")

    assert told == "http://127.0.0.1:1 error\n"
    with pytest.raises(AssertionError, match=r"document\.md:1 on acme"):
        place.run(Block(Path("document.md"), 1, "python", "client"), default="acme")


def test_the_server_of_the_run_stands_for_the_one_in_the_document(place: Place) -> None:
    text = "echo https://forms.example.org dist/sealform-0.1.0-py3-none-any.whl"

    told = place.run(shell(text), default="acme").split()

    assert told == ["http://127.0.0.1:1", str(place.wheel)]
    with pytest.raises(AssertionError, match="marketing has not enrolled"):
        place.run(shell("echo MARKETING_ID"), default="acme")
