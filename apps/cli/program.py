"""The program: all commands under one name, run by ``sealform`` or by ``manage.py``."""

import sys
from collections.abc import Callable, Sequence

import click
import httpx

from ..client import __version__
from ..client.quoting import plain
from ..envelope.tokens import without_tokens
from .commanding import AGAIN, Caller, Refused, write_exit_codes
from .delete_command import delete
from .ending import (
    EndedBySignal,
    ended_cleanly,
    flushed,
    given_up,
    no_core_dump,
    speak_utf8,
)
from .enroll_command import enroll
from .exit_codes import ExitCode
from .extract_command import extract
from .groups_command import groups
from .hand_over_command import hand_over, trust_hand_over
from .key_copies_command import confirm_restored, fetch, restore, upload
from .keys_command import keys
from .publish_command import publish
from .read_command import read
from .recover_command import recover
from .revoke_command import revoke
from .rotate_command import rotate
from .share_command import share
from .shares_command import shares
from .split_command import split
from .trust_command import trust
from .update_command import update
from .whoami_command import whoami
from .write_command import write

HELP = """\
The client of a Sealform server: it holds the keys, and the server only ciphertext.

Make keys and enrol with the token that an admin of the server issued, then sign forms, decrypt
what visitors sent, split it into types that nobody can link, and share each type with who needs
it. All of that happens on this machine.
"""


class Program(click.Group):
    """The commands, in the order of README's story."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names in the order in which they were added."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what all commands have in common."""
        write_exit_codes(formatter)
        formatter.write_paragraph()
        formatter.write(f"`{ctx.info_name} COMMAND --help` has examples of each command.\n")


for command in (restore, confirm_restored, upload, fetch, rotate):
    keys.add_command(command)
trust.add_command(trust_hand_over)
STORY: tuple[click.Command, ...]
STORY = (
    enroll, publish, extract, write, read, update, delete, split, share, revoke, shares, groups,
    whoami, trust, keys, hand_over, recover,
)  # fmt: skip

program = Program(
    name="sealform",
    help=HELP,
    commands=STORY,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(__version__, message="%(prog)s %(version)s")(program)


def main() -> None:
    """Run the program as it was typed: ``sealform COMMAND …``."""
    sys.exit(status(sys.argv[1:], name="sealform"))


def status(
    words: Sequence[str], *, name: str, local: Callable[[], httpx.BaseTransport] | None = None
) -> int:
    """Run a command, print what went wrong, and return its exit code."""
    speak_utf8()
    no_core_dump()
    try:
        with ended_cleanly():
            run(words, name=name, local=local)
        flushed(sys.stdout)
    except OSError as error:  # of the help of a command
        given_up(sys.stdout)
        click.echo(f"{click.style('error:', fg='red')} the output: {error.strerror}", err=True)
        return ExitCode.FAILED
    except EndedBySignal as error:  # before the command began, or after its end
        return error.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.message, err=True)
        return error.exit_code
    except click.ClickException as error:
        click.echo(f"{click.style('error:', fg='red')} {told(error)}", err=True)
        return error.exit_code
    return ExitCode.DONE


def run(
    words: Sequence[str], *, name: str, local: Callable[[], httpx.BaseTransport] | None = None
) -> None:
    """Run a command under the program's ``name``; raises click.ClickException.

    ``local`` leads to a server in this process, for who names no other.
    """
    try:
        program.main(list(words), prog_name=name, standalone_mode=False, obj=Caller(local))
    except click.Abort as error:  # what click makes of Ctrl-C and of an end of input
        raise Refused(AGAIN, code=ExitCode.INTERRUPTED) from error


def told(error: click.ClickException) -> str:
    """Return what an error says; of a misuse also where to read how it is used.

    Who mistypes may have put a secret in the place of another word: it is not shown again.
    """
    message = error.format_message()
    if error.exit_code != ExitCode.MISUSED:
        return message
    message = without_tokens(plain(message[:1].lower() + message[1:].rstrip(".")))
    context = getattr(error, "ctx", None)
    where = context.command_path if context else ""
    return f"{message}\nhint: `{f'{where} --help'.lstrip()}` has the options, and examples"
