from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.db.backends.signals import connection_created

from config import checks

OF_OTHERS = 0o077


class SealformConfig(AppConfig):
    name = "config"
    label = "sealform"
    verbose_name = "Sealform"

    def ready(self) -> None:
        checks.register_all()
        connection_created.connect(keep_to_ourselves)


class StaticFiles(StaticFilesConfig):
    """Collects all but the workspace, which has policies of its own (config/workspace.py)."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "workspace"]


def keep_to_ourselves(connection: Any, **_: Any) -> None:
    """Let nobody else on this machine read SQLite's file, whatever the umask was.

    The files beside it, -wal and -shm, take their permissions from it.
    """
    if connection.vendor != "sqlite":
        return
    file = Path(str(connection.settings_dict["NAME"]))
    for one in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        try:
            mode = one.stat().st_mode
            if mode & OF_OTHERS:
                one.chmod(mode & ~OF_OTHERS)
        except OSError:  # not there, or another user's, who decides
            continue
