"""What the client's commands have in common: options, one Client, errors with a hint."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

import httpx
from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from rich.console import RenderableType

from ..client import Client, credentials
from ..client.credentials import Credentials
from ..client.errors import ClientError, UsageError
from ..client.trust.pins import IDS
from ..envelope import encoding
from ..envelope.errors import EnvelopeError
from .display import plain, rendered


class HelpFormatter(DjangoHelpFormatter):
    """Wraps what a command is for, and keeps the lines of its examples."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class ClientCommand(BaseCommand):
    """A command of a client: no database, no system checks, everything over the API.

    ``example`` is shown below the help text.
    """

    requires_system_checks = []
    example = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is."""
        kwargs |= {"formatter_class": HelpFormatter, "epilog": self.example.strip()}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add whose credentials to use; subclasses add their own options."""
        parser.add_argument(
            "--credentials",
            metavar="FILE",
            default=os.environ.get("SEALFORM_CREDENTIALS", ""),
            help="the file that `enroll` wrote; default $SEALFORM_CREDENTIALS, "
            "else the SEALFORM_ environment variables",
        )
        parser.add_argument(
            "--api-url",
            metavar="URL",
            help="the server's address; by default as in the credentials, and if they "
            "name none, the server is called in this process",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; what goes wrong is said in two lines, without a traceback."""
        try:
            self.run(options)
        except ClientError as error:
            raise CommandError(explained(error, error.hint)) from error
        except EnvelopeError as error:
            raise CommandError(explained(error)) from error
        except BrokenPipeError:
            # Whoever read our output has seen enough; nothing more can be said to it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"{error.filename or 'a file'}: {error.strerror}") from error
        except KeyboardInterrupt as error:
            raise CommandError("interrupted: running it again is safe", returncode=130) from error

    def run(self, options: dict[str, Any]) -> None:
        """Do what the command is for."""
        raise NotImplementedError

    def client(self, options: dict[str, Any]) -> Client:
        """Return the client that the options name."""
        credentials = self.credentials(options)
        transport = self.transport(credentials.api_url)
        return Client(credentials, transport=transport, notify=self.warn)

    def transport(self, url: str) -> httpx.BaseTransport | None:
        """Return how to reach the server at ``url``, "" for the one in this process."""
        return None if url else self.local()

    def local(self) -> httpx.BaseTransport | None:
        """Return how to reach the server in this process; None where there is none."""
        return None

    def credentials(self, options: dict[str, Any]) -> Credentials:
        """Return the credentials that the options name."""
        url = options["api_url"]
        if options["credentials"]:
            return credentials.from_file(options["credentials"], api_url=url)
        return credentials.from_env(api_url=url)

    def say(self, text: str = "") -> None:
        """Print a line."""
        self.stdout.write(f"{text}\n", ending="")

    def show(self, what: RenderableType) -> None:
        """Print what rich draws."""
        self.stdout.write(rendered(what, terminal=self.stdout.isatty()), ending="")

    def warn(self, text: str) -> None:
        """Print a warning to stderr."""
        self.stderr.write(f"warning: {plain(text)}", self.style.WARNING)

    def confirm(self, question: str, options: dict[str, Any]) -> None:
        """Ask before something that cannot be undone, unless --yes was given."""
        if options["yes"]:
            return
        if not sys.stdin.isatty():
            raise CommandError("nobody is here to confirm: pass --yes")
        if input(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
            raise CommandError("nothing was done")


def add_yes(parser: ArgumentParser) -> None:
    """Add the option that answers a confirmation."""
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def client_id(text: str) -> str:
    """Return a client id as it is; raises UsageError for a name, say."""
    try:
        return encoding.uuid(text, "client id")
    except EnvelopeError as error:
        raise UsageError(f"{text!r} is no client id", hint=IDS) from error


def explained(error: Exception, hint: str = "") -> str:
    """Return an error's message and hint; both may hold what the server said."""
    lines = [plain(str(error))]
    return "\n".join([*lines, f"hint: {plain(hint)}"] if hint else lines)
