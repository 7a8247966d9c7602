"""``manage.py check_database``: is this the database that the code was written for?"""

from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from config.schema_guard import problems


class Command(BaseCommand):
    """Say so, or what is wrong and what to do."""

    help = (
        "Compare the database's tables, columns and constraints with the code's. Ends with 0 if "
        "they are the same; servers refuse to start while they are not."
    )
    requires_system_checks = [Tags.models]

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare."""
        if found := list(problems()):
            raise CommandError("\n".join(found))
        self.stdout.write("the database is this version's")
