"""A server's database as of an earlier moment, and its restoration."""

from pathlib import Path

from django.apps import apps
from django.core.management import call_command

ROOMS = ("directory", "vault", "intake")


def back_up(folder: Path) -> Path:
    """Write what the server stores to a file."""
    path = folder / "backup.json"
    call_command("dumpdata", *ROOMS, output=str(path), verbosity=0)
    return path


def restore(path: Path) -> None:
    """Let the server have exactly that again."""
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    for model in reversed(models):
        rows = model._base_manager.all()
        rows._raw_delete(rows.db)
    call_command("loaddata", str(path), verbosity=0)
