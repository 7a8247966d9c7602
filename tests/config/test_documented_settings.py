"""docs/operations.md has a row for each setting that the code reads, and no other."""

import re

from tests.tools.processes import ROOT

READ = re.compile(r'(?:env\.(?:str|int|bool|list)|_value_or_file|os\.environ\.get)\(\s*"([A-Z_]+)"')
FROM_FILES = re.compile(r'_value_or_file\(\s*"([A-Z_]+)"')


def read_by_the_code() -> set[str]:
    found = set()
    for path in (ROOT / "config").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(READ.findall(text)) | {f"{name}_FILE" for name in FROM_FILES.findall(text)}
    return {name for name in found if not name.startswith("SEALFORM_PRIVATE")}


def documented() -> set[str]:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("### Settings")[2].partition("\n### ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_the_table_and_the_code_have_the_same_settings() -> None:
    assert read_by_the_code() >= {"SECRET_KEY", "SECRET_KEY_FILE", "WEB_CONCURRENCY"}
    assert documented() == read_by_the_code()
