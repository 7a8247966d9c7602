"""``manage.py demo``: the whole story with sample clients."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.story import Demonstration


class Command(BaseCommand):
    """Run the story and print where to look next."""

    help = (
        "Tell the whole story on this machine: enrol acme, marketing and clinic, publish the "
        "sign-up form, let visitors fill it, extract, split, share, and read as each. What an "
        "earlier run made is reused. `make demo` runs this, then serves."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where the sample credentials go and which port to print."""
        parser.add_argument("--directory", type=Path, default=Path(".demo"))
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell it."""
        where = {"directory": options["directory"], "port": options["port"]}
        Demonstration(**where, out=self.stdout).tell()
