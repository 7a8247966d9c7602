"""Commands of the client in ``manage.py``: the same functions, with the server in this process."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import click
import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from apps.cli import program
from apps.client.errors import UsageError
from config import inprocess

NAME = "manage.py"


class Everything(CommandParser):
    """A parser that leaves every word to the command itself."""

    def parse_args(  # type: ignore[override] # as Django calls it
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> Namespace:
        """Return all words as ``args``."""
        return Namespace(args=tuple(args or ()))


class ClientCommand(BaseCommand):
    """Hands all words on to the client's command of the same name (``apps.cli``).

    No database and no system checks: everything goes over the API, and a private key is where
    it belongs.
    """

    requires_system_checks = []

    @property
    def name(self) -> str:
        """The command's name, which is that of its module."""
        return type(self).__module__.rpartition(".")[2]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser for ``call_command``, which wants one."""
        return Everything(prog=f"{prog_name} {subcommand}")

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the command's own help."""
        self.run_from_argv([prog_name, subcommand, "--help"])

    def run_from_argv(self, argv: list[str]) -> None:
        """Run what was typed, and exit."""
        sys.exit(program.status(argv[1:], name=NAME, local=_local))

    def execute(self, *args: Any, **options: Any) -> None:
        """Run what ``call_command`` was given; raises CommandError."""
        out, err = (options.get(name) for name in ("stdout", "stderr"))
        with redirect_stdout(_plain(out) or sys.stdout), redirect_stderr(_plain(err) or sys.stderr):
            try:
                program.run([self.name, *args], name=NAME, local=_local)
            except click.ClickException as error:
                raise CommandError(program.told(error), returncode=error.exit_code) from error


def _plain(stream: Any) -> Any:
    """Return a stream without Django's wrapper, which adds line ends."""
    return stream._out if isinstance(stream, OutputWrapper) else stream


def _local() -> httpx.BaseTransport:
    transport = inprocess.transport()
    if not inprocess.is_set_up():
        raise UsageError(
            "no server is set up here: its database is not there, or empty",
            hint="name a server with --api-url https://…",
        )
    return transport
