"""How people choose what opens their keys: a passphrase, a recovery sheet, or nothing at all."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
from click.core import ParameterSource

from ..client import files, slots
from ..client.acts.enrolling import Protection
from ..client.credentials import Credentials
from ..client.errors import UsageError
from ..client.slots import Recovery, Way
from ..client.state import state_path
from ..client.unlocking import read_passphrase
from ..envelope.key_files import PASSPHRASE, PLAIN, RECOVERY
from .commanding import Refused, note, say, somebody_is_here
from .pasting import ask_pasted, has_a_code, has_a_share
from .recovery_sheet import as_text, sheets_of, write_html

SHARES = "--shares"
ONE_OF_ONE = "1/1"

plain_option = click.option(
    "--plain",
    "as_plain",
    is_flag=True,
    help="No passphrase: whoever has the file has the keys. For a machine that is trusted and runs "
    "unattended.",
)
new_passphrase_option = click.option(
    "--passphrase-file",
    metavar="FILE",
    type=click.Path(),
    default="",
    envvar="SEALFORM_PASSPHRASE_FILE",
    help="The passphrase's file, of one line; /dev/fd/3 is a descriptor. "
    "Default: $SEALFORM_PASSPHRASE_FILE, else a terminal is asked.",
)
words_option = click.option(
    "--words-file",
    default="",
    metavar="FILE",
    help="Draw six random words as the passphrase, and write them to this new private file. A "
    "server may keep a copy of the keys only if their passphrase was drawn.",
)
sheet_option = click.option(
    "--sheet",
    default="",
    metavar="FILE",
    help="Write the recovery sheet to this HTML file, to be printed and deleted, instead of "
    "showing it here.",
)
shares_option = click.option(
    SHARES,
    default=ONE_OF_ONE,
    metavar="K/N",
    help="Make N shares instead of one sheet, any K of which recover the keys: 2/3.",
)


@dataclass
class Chosen:
    """What somebody wants a new key file to be protected by; asks for what was not said."""

    path: Path
    passphrase_file: str
    words_file: str
    as_plain: bool
    sheet: str
    shares: str
    without_recovery: bool
    made: Recovery | None = field(default=None, repr=False)

    def check(self) -> None:
        """Refuse what contradicts itself, or cannot be asked.

        Raises click.UsageError, UsageError, Refused.
        """
        if self.without_recovery and self.sheet:
            raise click.UsageError("Give --sheet or --without-recovery, not both.")
        read_shares(self.shares)
        missing = []
        if not (somebody_is_here() or self.passphrase_file or self.words_file or self.as_plain):
            missing.append("--words-file or --passphrase-file FILE, or --plain for a file without")
        if not (somebody_looks() or self.sheet or self.without_recovery):
            missing.append("--sheet FILE for a recovery sheet, or --without-recovery")
        if missing:
            raise Refused(f"nobody is here to choose: pass {'; and '.join(missing)}")
        if self.sheet:
            check_new(self.sheet, beside=self.path)

    def agrees(self, found: Credentials) -> None:
        """Refuse options that say otherwise than a file that is there; raises UsageError."""
        kinds = {slot.kind for slot in found.file.slots}
        paper = [slot for slot in found.file.slots if slot.kind == RECOVERY]
        named = [(slot.params["threshold"], slot.params["shares"]) for slot in paper]
        says = {
            "--plain": (self.as_plain, PLAIN in kinds),
            "--passphrase-file": (_was_typed("passphrase_file"), PASSPHRASE in kinds),
            "--words-file": (bool(self.words_file), PASSPHRASE in kinds),
            "--without-recovery": (self.without_recovery, not paper),
            "--sheet": (bool(self.sheet), bool(paper)),
            SHARES: (self.shares != ONE_OF_ONE, read_shares(self.shares) in named),
        }
        for option, (said, is_so) in says.items():
            if said and not is_so:
                raise UsageError(
                    f"{found.path} is there already, and was not made with {option}",
                    hint="leave that option out; `keys` changes how a file is protected",
                )

    def protection(self) -> Protection:
        """Return the slots of a new key file; raises click.UsageError, UsageError, Refused."""
        self.check()
        own = new_way(
            passphrase_file=wanted(self.passphrase_file, self.as_plain, self.words_file),
            words_file=self.words_file,
            plain=self.as_plain,
            beside=self.path,
        )
        if self.without_recovery:
            return Protection([own.slot])
        threshold, shares = read_shares(self.shares)
        self.made = slots.recovery(threshold=threshold, shares=shares)
        return Protection([own.slot], self.made)

    def kept(self, credentials: Credentials) -> None:
        """Hand out the recovery sheet, before anything is written."""
        if self.made:
            hand_out(credentials, self.made, self.sheet, serial=credentials.file.serial)


def new_way(
    *,
    passphrase_file: str,
    words_file: str,
    plain: bool,
    beside: Path,
    label: str = "",
    check: Callable[[str], None] = lambda text: None,
) -> Way:
    """Return a new slot for the key file at ``beside``; asks for a passphrase.

    ``check`` refuses a passphrase that may not be taken, by an error of its own.

    Only what this program has drawn itself counts as generated: six words in a file may be
    anybody's. Raises click.UsageError, UsageError, Refused.
    """
    if sum(map(bool, (plain, words_file, passphrase_file))) > 1:
        raise click.UsageError("Give one of --plain, --words-file, and a passphrase's file.")
    if plain:
        return slots.plain(label or "this machine")
    if words_file:
        text, generated = draw_words(words_file, beside=beside), True
    elif passphrase_file:
        text, generated = read_passphrase(Path(passphrase_file)), False
        if weak := slots.weakness(text):
            raise UsageError(weak, hint="--words-file draws six words")
    else:
        text, generated = ask_new_passphrase()
    check(text)
    return slots.passphrase(text, generated=generated, label=label or "passphrase")


def wanted(passphrase_file: str, *others: object) -> str:
    """Return the passphrase's file, unless only the environment names it, and something else is."""
    return "" if any(others) and not _was_typed("passphrase_file") else passphrase_file


def draw_words(file: str, *, beside: Path) -> str:
    """Return six new words, which are in a new private file first."""
    check_new(file, beside=beside)
    words = slots.new_words()
    files.write_private(Path(file), f"{words}\n".encode())
    return words


def check_new(file: str, *, beside: Path) -> None:
    """Refuse a file for a sheet, or for words, that is there, or will be the key or state file."""
    path = Path(file)
    files.check_target(path)
    if path.exists():
        raise UsageError(f"{path} is there already", hint="name a new file, or delete that one")
    if files.real(path) in {files.real(one) for one in (beside, state_path(beside))}:
        raise UsageError(f"{path} is for the keys themselves", hint="name another file")


def somebody_looks() -> bool:
    """Whether what is printed goes to a terminal before which somebody sits."""
    return somebody_is_here() and sys.stdout.isatty()


def _was_typed(option: str) -> bool:
    """Whether an option stands in the command itself, and not in the environment."""
    context = click.get_current_context(silent=True)
    return bool(context and context.get_parameter_source(option) is ParameterSource.COMMANDLINE)


def ask_new_passphrase() -> tuple[str, bool]:
    """Offer six words, and return them or what somebody typed instead, and which it was."""
    if not somebody_is_here():
        raise Refused("nobody is here to choose a passphrase: name its file, or pass --plain")
    offered = slots.new_words()
    note("A passphrase protects the keys on this machine. This one was made for you:\n")
    note(f"    {offered}\n")
    note("Write it down, then type it to take it; or type one of your own.")
    while True:
        text = str(click.prompt("Passphrase", hide_input=True, err=True))
        if slots.is_same(text, offered):
            return offered, True
        if weak := slots.weakness(text):
            note(f"{weak}; the six words above are better.")
            continue
        if slots.is_same(text, click.prompt("The same again", hide_input=True, err=True)):
            return text, False
        note("These two are not the same: once more.")


def check_sheet(sheet: str, *, beside: Path, as_json: bool) -> None:
    """Refuse a sheet that could not be handed out; raises UsageError, Refused."""
    if sheet:
        check_new(sheet, beside=beside)
    elif as_json or not somebody_looks():
        raise Refused("nobody would see the recovery sheet: pass --sheet FILE")


def hand_out(credentials: Credentials, recovery: Recovery, sheet: str, *, serial: int) -> None:
    """Show a recovery sheet, or write it to a file, and wait until somebody has it.

    ``serial`` is the one that the key file has with it.
    """
    made = sheets_of(credentials, recovery, serial=serial)
    check_sheet(sheet, beside=credentials.path, as_json=False)
    if sheet:
        write_html(Path(sheet), made)
        note(f"The recovery sheet is in {sheet}: print it, then delete the file.")
        return
    for one in made:
        say(as_text(one))
        say()
    note("This is shown once. Whoever has it, and a copy of the key file, has the keys.")
    click.prompt(
        "Write it down or print it; Enter goes on", default="", show_default=False, err=True
    )


def ask_recovery(threshold: int, file: str) -> list[str]:
    """Return a recovery code, or shares, that somebody types or that stand in a file."""
    if file:
        return read_recovery(Path(file))
    if not somebody_is_here():
        raise Refused("nobody is here to type the recovery sheet: pass --code-file FILE")
    if threshold == 1:
        return [ask_pasted("Recovery code", has_a_code)]
    return [ask_pasted(f"Share {i + 1} of {threshold}", has_a_share) for i in range(threshold)]


def ask_code(what: str, file: str) -> str:
    """Return a code that somebody types or that stands in a file."""
    if file:
        return " ".join(slots.read_secret_lines(Path(file)))
    if not somebody_is_here():
        raise Refused(f"nobody is here to type the {what} code: pass its file")
    return ask_pasted(f"{what.capitalize()} code", has_a_code)


def read_recovery(path: Path) -> list[str]:
    """Return what stands in a file: a code in one line or several, or a share in each line."""
    lines = [line for line in slots.read_secret_lines(path) if line.strip()]
    if lines and has_a_share(lines[0]):
        return lines
    return [" ".join(lines)]


def read_shares(text: str) -> tuple[int, int]:
    """Return how many shares are needed, and how many there are; raises UsageError."""
    needed, _, all_of_them = text.partition("/")
    if not (needed.isdecimal() and all_of_them.isdecimal() and needed.isascii()):
        raise UsageError(f"{SHARES} {text} cannot be understood", hint=f"such as {SHARES} 2/3")
    threshold, shares = int(needed[:3]), int(all_of_them[:3])
    slots.check_shares(threshold, shares)
    return threshold, shares
