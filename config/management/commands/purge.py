"""``manage.py purge``: what is kept for a while only, once a day by cron."""

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from apps.directory.enrolment import forget_unused_tokens
from apps.intake.visiting.failures import forget_failures

DAYS = 90


class Command(BaseCommand):
    """Delete what has served its time."""

    help = (
        "Delete sessions that have ended, and counts of failures and enrolment tokens that nobody "
        "used once they are older than --days. Records, grants and clients are never touched. "
        "Counts of wrong passwords are in the cache and end by themselves."
    )

    # Not those of serving: an operator may have her credentials in this shell.
    requires_system_checks = [Tags.models]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how much is kept."""
        parser.add_argument("--days", type=int, default=DAYS, help=f"how many to keep ({DAYS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how much."""
        days = options["days"]
        if not 1 <= days <= 3650:
            raise CommandError("--days is from 1 to 3650")
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
        failures = forget_failures(days=days)
        tokens = forget_unused_tokens(days=days)
        self.stdout.write(
            f"deleted: sessions that have ended, {failures} counts of failures, "
            f"{tokens} unused enrolment tokens"
        )
