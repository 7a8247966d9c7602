import re
from argparse import ArgumentParser
from datetime import timedelta
from shlex import quote
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from apps.directory.enrolment import VALID_FOR, issue_token
from apps.envelope.errors import MalformedError
from apps.envelope.keys import client_name


class Command(BaseCommand):
    help = (
        "Issue a token with which one client can enrol, once. It is shown only now: alone on "
        "stdout, with the command that uses it on stderr."
    )

    # Not those of serving: an operator may have her credentials in this shell.
    requires_system_checks = [Tags.models]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="for whom the token is")
        parser.add_argument(
            "--api-url",
            default="",
            metavar="URL",
            help="the address of this server, as clients reach it; default: https:// and the "
            "first name of ALLOWED_HOSTS",
        )
        parser.add_argument("--days", type=int, default=VALID_FOR.days, help="how long it is valid")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            name = client_name(options["name"])
        except MalformedError as error:
            raise CommandError(str(error)) from error
        if not 1 <= options["days"] <= 365:
            raise CommandError("--days is from 1 to 365")
        token, row = issue_token(name=name, valid_for=timedelta(days=options["days"]))
        self.stdout.write(token)
        self.stderr.write(
            f"\nFor {name}, once, until {row.expires:%Y-%m-%d %H:%M} UTC; it is not shown again.\n"
            "On the client's own machine:\n\n"
            f"  sealform enroll --token {token} --name {quote(name)} --out {file_name(name)} \\\n"
            f"    --api-url {own_address(options['api_url'])}\n"
        )


def own_address(given: str) -> str:
    """The address that clients use: what was given, else the first name that this server has."""
    names = [name for name in settings.ALLOWED_HOSTS if name.strip(".*") == name]
    secure = "https" if settings.HTTPS else "http"
    return given or (f"{secure}://{names[0]}" if names else "https://YOUR-SERVER")


def file_name(name: str) -> str:
    """A name for the credentials' file that needs no quoting."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".json"
