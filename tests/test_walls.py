"""The rooms of this project and the walls between them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Which room may import which stands in pyproject.toml ([tool.importlinter]); here is what else
# walls ask.
SERVER = {"web", "directory", "vault", "intake", "console"}

# Nothing outside the envelope makes or opens anything with a primitive of its own.
PRIMITIVES = {"cryptography", "hashlib", "hmac"}
# The exceptions, each with its reason: none of them is part of the protocol.
PRIMITIVES_ALLOWED: dict[str, str] = {
    "apps/embed/integrity.py": "digests of files, as browsers compare them",
}

# The envelope is pure: these three, and the standard library less network, files and processes.
PURE = {"cryptography", "idna", "orjson", "re2"}
IMPURE = {"asyncio", "http", "io", "pathlib", "shutil", "socket", "sqlite3", "ssl"}
IMPURE |= {"subprocess", "tempfile", "urllib"}

# The half of the envelope that only holders of keys use: these, and all that it defines so.
KEYS = {"ClientKeys", "KemKey"}
OPENS = re.compile(r"^(open|unseal)(_|$)")

# The admin writes through functions of the domain, so that whatever else has to happen then is
# never forgotten.
WRITES = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update"}
WRITES |= {"update_or_create"}
# The exceptions, each with its reason.
WRITES_ALLOWED: dict[str, str] = {
    "apps/console/management/commands/create_otp_device.py": "devices are not of our domain",
}

# Modules that each room of the server may have, and that hold the same of it in each.
SAME_IN_EACH = {
    "__init__.py",
    "apps.py",
    "bodies.py",
    "errors.py",
    "models.py",
    "schema.py",
    "urls.py",
    "views.py",
}

TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "apps",
    "config",
    "docs",
    "manage.py",
    "package-lock.json",
    "package.json",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "static",
    "templates",
    "tests",
}

# Where packages come from is each machine's own business. Written in halves, so that this
# file does not hold what it looks for.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted",
    "npmjs" + ".",
    "yarnpkg" + ".",
    "debian" + ".org",
    "ubuntu" + ".com",
    "/opt" + "/pypi",
    "/opt" + "/wheels",
]


def opening_half() -> set[str]:
    """The names of the envelope's classes and functions that hold keys or open with them."""
    return KEYS | {
        node.name
        for path in (ROOT / "apps" / "envelope").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and OPENS.match(node.name)
    }


OPENING = opening_half()


def imports(tree: ast.AST, *, module: str) -> Iterator[str]:
    """The dotted names that a module's code imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def trespasses(source: str, *, path: str) -> list[str]:
    """What the file at `path` imports or uses against the rules of its room."""
    parts = Path(path).with_suffix("").parts
    room = parts[1] if parts[0] == "apps" else parts[0]
    tree = ast.parse(source)
    wrong = []
    for name in imports(tree, module=".".join(parts)):
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if top == "tests":
            wrong.append(f"{room} must not import tests")
        if room != "envelope" and top in PRIMITIVES and path not in PRIMITIVES_ALLOWED:
            wrong.append(f"{top} belongs to the envelope")
        if room == "envelope" and not _pure(top):
            wrong.append(f"the envelope must not import {top}")
        if room in SERVER and target == "envelope" and name.split(".")[-1] in OPENING:
            wrong.append(f"the server must not use {name.split('.')[-1]}")
    wrong += [f"{name} is imported in a function" for name in _hidden_imports(tree, parts=parts)]
    if room == "console" and path not in WRITES_ALLOWED:
        wrong += [f"the admin must not {name} rows itself" for name in _writes(tree)]
    if room in SERVER:
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        wrong += [f"the server must not use {name}" for name in sorted(used & OPENING)]
    return wrong


def _writes(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            only_made = [each.arg for each in call.keywords] == ["commit"]  # commit=False
            if call.func.attr in WRITES and not only_made:
                yield call.func.attr


def _pure(top: str) -> bool:
    return top in PURE | {"apps"} or top in sys.stdlib_module_names - IMPURE


def _hidden_imports(tree: ast.AST, *, parts: tuple[str, ...]) -> Iterator[str]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if function.name == "ready" and parts[-1] == "apps":
            continue  # where Django wants imports that need its models
        for name in imports(function, module=".".join(parts)):
            if name.partition(".")[0] in {"apps", "config"}:
                yield name


def files(*arguments: str) -> list[Path]:
    """The files of the working tree that git has or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *arguments]
    listing = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    names = sorted({name for name in listing.split("\0") if name})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_every_file_stays_in_its_room() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {wrong}"
        for path in files("apps/*.py", "config/*.py", "manage.py")
        for wrong in trespasses(path.read_text(), path=str(path.relative_to(ROOT)))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("apps/envelope/keys.py", "import django", "must not import django"),
        ("apps/envelope/keys.py", "from pathlib import Path", "must not import pathlib"),
        ("apps/client/http.py", "from tests import people", "must not import tests"),
        ("apps/vault/models.py", "import hashlib", "belongs to the envelope"),
        ("config/checks.py", "from cryptography.x509 import Name", "belongs to the envelope"),
        ("apps/vault/views.py", "from apps.envelope.records import open_record", "must not use"),
        (
            "apps/vault/views.py",
            "from apps.envelope import records\nrecords.open_record",
            "not use",
        ),
        ("apps/client/a.py", "def f():\n    from apps.envelope import keys", "in a function"),
        ("apps/console/a.py", "queryset.update(revoked_at=now)", "must not update rows"),
        ("apps/console/a.py", "form.save()", "must not save rows"),
        ("apps/client/a.py", "def f():\n    from . import b", "in a function"),
    ],
)
def test_a_trespass_is_seen(path: str, source: str, expected: str) -> None:
    assert [wrong for wrong in trespasses(source, path=path) if expected in wrong]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("apps/envelope/keys.py", "import hashlib\nfrom cryptography.hazmat import primitives"),
        ("apps/envelope/keys.py", "from .encoding import ctx"),
        ("apps/console/admin.py", "from apps.vault import models\nfrom apps.envelope import keys"),
        ("apps/client/extract.py", "from apps.envelope.records import open_record"),
        ("apps/vault/files.py", "from pathlib import Path\nPath('a').open()"),
        ("apps/console/a.py", "formset.save(commit=False)"),
        ("apps/vault/apps.py", "def ready(self):\n    from apps.vault import checks"),
    ],
)
def test_what_is_allowed_is_no_trespass(path: str, source: str) -> None:
    assert trespasses(source, path=path) == []


def test_the_opening_half_is_what_it_is_called() -> None:
    defined = {
        node.name
        for path in (ROOT / "apps" / "envelope").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }

    assert defined >= OPENING >= KEYS | {"open_record", "open_grant", "open_form_record"}


def test_every_exception_is_still_needed() -> None:
    for path in WRITES_ALLOWED:
        assert list(_writes(ast.parse((ROOT / path).read_text()))), path
    for path in PRIMITIVES_ALLOWED:
        tree = ast.parse((ROOT / path).read_text())
        assert {name.partition(".")[0] for name in imports(tree, module="")} & PRIMITIVES, path


def test_a_basename_stands_once_unless_it_means_the_same_in_each_room() -> None:
    places: dict[str, list[str]] = {}
    for path in files("apps/*.py"):
        if path.name not in SAME_IN_EACH and not path.name.startswith("0001_"):
            places.setdefault(path.name, []).append(str(path.relative_to(ROOT)))

    assert [found for found in places.values() if len(found) > 1] == []


def test_the_top_level_holds_only_what_it_should() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in files()}

    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {registry}"
        for path in files()
        for registry in REGISTRIES
        if registry.encode() in path.read_bytes()
    ]

    assert found == []
