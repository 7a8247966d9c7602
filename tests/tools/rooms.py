"""Names the folders of tests that belong to files.

    python -m tests.tools.rooms FILE...

A file of apps/vault/ is tested in tests/vault/, and a test in its own folder; where it is not
that simple stands below. The walls are tested whatever it is.
"""

import sys
from pathlib import Path, PurePath

ROOT = Path(__file__).parents[2]
WALLS = "tests/test_walls.py"
# By the beginning of a file's path; the longest counts.
TESTED_IN = {
    "apps/client": ("client", "malicious"),
    "apps/cli": ("cli", "client"),
    "apps/demo": ("end_to_end",),
    "apps/intake": ("intake", "forms"),
    "apps/workspace": ("config",),
    "apps/web": ("web", "directory"),
    "apps/directory/authentication.py": ("directory", "authorisation"),
    "apps/directory/urls.py": ("directory", "authorisation"),
    "apps/intake/api_urls.py": ("intake", "forms", "authorisation"),
    "apps/intake/page_urls.py": ("intake", "forms", "authorisation"),
    "apps/vault/urls.py": ("vault", "authorisation"),
    "apps/vault/visibility.py": ("vault", "authorisation"),
    "config": ("config",),
    "config/urls.py": ("config", "authorisation"),
    "docs": ("envelope",),  # holds protocol.md
    "manage.py": ("config",),
    "static/css": ("intake", "console"),
    "static/src": (),  # tests/js, which Node runs
    "templates": ("intake", "console"),
    "tests/vectors": ("envelope",),
}


def rooms(files: list[str]) -> list[str]:
    """Return the folders, and files, of tests."""
    found = {WALLS}
    for file in files:
        path = PurePath(Path(file).resolve().relative_to(ROOT))
        known = [path, *path.parents]
        names = next((TESTED_IN[str(one)] for one in known if str(one) in TESTED_IN), None)
        if names is None and len(path.parts) > 2 and path.parts[0] in {"apps", "tests"}:
            names = (path.parts[1],)
        found |= {f"tests/{name}" for name in names or ()}
    return sorted(name for name in found if holds_tests(ROOT / name))


def holds_tests(path: Path) -> bool:
    return path.is_file() or any(path.glob("**/test_*.py"))


if __name__ == "__main__":
    print(" ".join(rooms(sys.argv[1:])))
