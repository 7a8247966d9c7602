"""What all commands have in common: how they teach, whose client they are, errors with a hint."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import RenderableType

from ..client import Client, credentials
from ..client.credentials import Credentials
from ..client.errors import ClientError, CredentialsError, UsageError
from ..client.quoting import plain
from ..client.unlocking import Unlock, read_passphrase
from ..envelope.errors import EnvelopeError
from ..envelope.tokens import without_tokens
from .complaints import Complaints
from .ending import EndedBySignal, given_up
from .exit_codes import ExitCode, of_error
from .safe_output import rendered

AGAIN = "interrupted: running it again is safe"
# What stands for the program in texts: `sealform`, or `manage.py` beside a server.
PROGRAM = "{program}"


class Refused(click.ClickException):
    """How a command ends that did not do all it was asked for."""

    def __init__(self, message: str, *, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc] # click reads it from the instance


class Taught(click.Command):
    """What has a help that ends with examples, and with what exit codes mean.

    ``examples`` are lines in which ``{program}`` stands for the program's name.
    """

    examples: str

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are, and the exit codes."""
        program = ctx.find_root().info_name or ""
        _write_lines(formatter, "Examples", self.examples.replace(PROGRAM, program).splitlines())
        write_exit_codes(formatter)


class Command(Taught):
    """A command: what goes wrong in it is said in two lines."""

    def __init__(self, *args: Any, examples: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples.strip("\n")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let every error know which command it is about."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong is said in two lines, without a traceback."""
        try:
            return super().invoke(ctx)
        except ClientError as error:
            raise Refused(explained(error, error.hint), code=of_error(error)) from error
        except EnvelopeError as error:
            raise Refused(explained(error)) from error
        except BrokenPipeError:
            given_up(sys.stdout)  # whoever read it has seen enough
        except OSError as error:
            raise Refused(f"{error.filename or 'a file'}: {error.strerror}") from error
        except KeyboardInterrupt as error:
            raise Refused(AGAIN, code=ExitCode.INTERRUPTED) from error
        except EndedBySignal as error:
            raise Refused(f"ended by {error}: running it again is safe", code=error.code) from error


class Commands(Taught, click.Group):
    """Commands under one name, listed in the order in which they were added."""

    def __init__(self, *args: Any, examples: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples.strip("\n")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(self.commands)


def write_exit_codes(formatter: click.HelpFormatter) -> None:
    """Write the table that all commands share."""
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code.value), code.meaning) for code in ExitCode])


def _write_lines(formatter: click.HelpFormatter, heading: str, lines: list[str]) -> None:
    formatter.write_paragraph()
    formatter.write(f"{heading}:\n")
    formatter.write("".join(f"  {line}".rstrip() + "\n" for line in lines))


@dataclass(frozen=True)
class Caller:
    """Who runs commands: ``local`` leads to the server in this process, where there is one."""

    local: Callable[[], httpx.BaseTransport] | None = None

    def transport(self, url: str) -> httpx.BaseTransport | None:
        """Return how to reach the server at ``url``, "" for the one in this process.

        None stands for the network. Raises UsageError for neither address nor server.
        """
        if url:
            return None
        if self.local is None:
            raise UsageError("no server is here: name one with --api-url https://…")
        return self.local()

    def client(self, file: str, api_url: str | None, passphrase_file: str) -> Client:
        """Return the client of a key file; ``api_url`` replaces the server that it names."""
        found = opened(file, passphrase_file, api_url=api_url)
        warnings = Complaints(warn)
        return Client(
            found,
            transport=self.transport(found.api_url),
            notify=lambda text: warnings.tell("warning", text),
        )


def opened(file: str, passphrase_file: str, *, api_url: str | None = None) -> Credentials:
    """Return the key file that was named, opened: somebody at a terminal is asked how.

    Raises CredentialsError, UsageError.
    """
    return credentials.from_file(named(file), unlock_with(passphrase_file), api_url=api_url)


def named(file: str) -> Path:
    """Return the path of the key file that was named, else raise CredentialsError."""
    if not file:
        raise CredentialsError(
            "no credentials: pass --credentials FILE or set SEALFORM_CREDENTIALS",
            hint="`enroll --out FILE` makes such a file",
        )
    return Path(file)


def unlock_with(passphrase_file: str) -> Unlock:
    """Return how a key file is opened here: by the passphrase in a file, or by asking."""
    passphrase = read_passphrase(Path(passphrase_file)) if passphrase_file else ""
    return Unlock(passphrase=passphrase, ask=ask_passphrase if somebody_is_here() else None)


def somebody_is_here() -> bool:
    """Whether somebody can be asked something."""
    return sys.stdin.isatty()


def ask_passphrase(whose: str) -> str:
    """Ask for the passphrase of somebody's keys, without showing it."""
    try:
        return str(click.prompt(f"Passphrase for {plain(whose)}", hide_input=True, err=True))
    except click.Abort as error:
        raise Refused(AGAIN, code=ExitCode.INTERRUPTED) from error


passphrase_option = click.Option(
    ["--passphrase-file"],
    metavar="FILE",
    type=click.Path(),
    default="",
    envvar="SEALFORM_PASSPHRASE_FILE",
    help="The passphrase's file, of one line; /dev/fd/3 is a descriptor. "
    "Default: $SEALFORM_PASSPHRASE_FILE, else a terminal is asked.",
)
credentials_option = click.Option(
    ["--credentials"],
    metavar="FILE",
    type=click.Path(),
    default="",
    envvar="SEALFORM_CREDENTIALS",
    help="The file that `enroll` wrote. Default: $SEALFORM_CREDENTIALS.",
)
CREDENTIALS = [
    credentials_option,
    passphrase_option,
    click.Option(
        ["--api-url"],
        metavar="URL",
        help="The server's address, instead of the one in the credentials.",
    ),
]

Connect = Callable[[], Client]


def client_command(
    name: str, *, summary: str, help: str, examples: str
) -> Callable[[Callable[..., None]], Command]:
    """Make a function a command of a client; its first argument opens that client."""

    def made(function: Callable[..., None]) -> Command:
        @click.pass_obj
        def run(
            caller: Caller,
            /,
            credentials: str,
            passphrase_file: str,
            api_url: str | None,
            **options: Any,
        ) -> None:
            function(lambda: caller.client(credentials, api_url, passphrase_file), **options)

        params = [*reversed(getattr(function, "__click_params__", [])), *CREDENTIALS]
        return Command(
            name,
            callback=run,
            params=params,
            short_help=summary,
            help=help,
            examples=examples,
        )

    return made


allow_empty_option = click.option(
    "--allow-empty",
    is_flag=True,
    help="A type of which nothing is granted to this client is no error: it has no records yet.",
)


def not_empty(_: click.Context, option: click.Parameter, given: str | None) -> str:
    """Refuse an option that says nothing, as that of a variable that is not set: it limits nothing.

    Returns "" for an option that was not given.
    """
    if given is not None and not given.strip(" ,"):
        raise click.UsageError(f"{option.opts[0]} names nothing: leave it out for no limit.")
    return given or ""


yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def confirm(question: str, *, yes: bool, otherwise: str = "--yes") -> None:
    """Ask before something that cannot be undone, unless --yes was given.

    ``otherwise`` is what agrees where nobody can be asked, "" for nothing.
    """
    if yes:
        return
    if not somebody_is_here():
        instead = f"pass {otherwise}" if otherwise else "run it in a terminal"
        raise Refused(f"nobody is here to confirm: {instead}")
    try:
        agreed = click.confirm(question)
    except click.Abort as error:
        raise Refused("nothing was done") from error
    if not agreed:
        raise Refused("nothing was done")


def say(text: str = "") -> None:
    """Print a line."""
    click.echo(text)


def note(text: str) -> None:
    """Print a line to stderr."""
    click.echo(text, err=True)


def warn(text: str) -> None:
    """Print a warning to stderr."""
    click.secho(f"warning: {plain(text)}", err=True, fg="yellow")


def show(what: RenderableType) -> None:
    """Print what rich draws."""
    click.echo(rendered(what, terminal=sys.stdout.isatty()), nl=False)


def explained(error: Exception, hint: str = "") -> str:
    """Return an error's message and hint; both may hold what the server said."""
    lines = [without_tokens(plain(str(error)))]
    return "\n".join([*lines, f"hint: {without_tokens(plain(hint))}"] if hint else lines)
