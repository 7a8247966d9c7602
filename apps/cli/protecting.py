"""How people choose what opens their keys: a passphrase, a recovery sheet, or nothing at all."""

from dataclasses import dataclass, field
from pathlib import Path

import click

from ..client import slots
from ..client.acts.enrolling import Protection
from ..client.credentials import Credentials
from ..client.errors import UsageError
from ..client.slots import Recovery, Way
from ..client.unlocking import read_passphrase
from .commanding import Refused, note, say, somebody_is_here
from .recovery_sheet import as_text, sheets_of, write_html

SHARES = "--shares"

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
    help="The passphrase's file, of which the first line counts; /dev/fd/3 is a descriptor. "
    "Default: $SEALFORM_PASSPHRASE_FILE, else a terminal is asked.",
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
    default="1/1",
    metavar="K/N",
    help="Make N shares instead of one sheet, any K of which recover the keys: 2/3.",
)


@dataclass
class Chosen:
    """What somebody wants a new key file to be protected by; asks for what was not said."""

    passphrase_file: str
    as_plain: bool
    sheet: str
    shares: str
    without_recovery: bool
    made: Recovery | None = field(default=None, repr=False)

    def check(self) -> None:
        """Refuse what contradicts itself, or cannot be asked; raises click.UsageError, Refused."""
        if self.without_recovery and self.sheet:
            raise click.UsageError("Give --sheet or --without-recovery, not both.")
        read_shares(self.shares)
        if somebody_is_here():
            return
        missing = []
        if not (self.passphrase_file or self.as_plain):
            missing.append("--passphrase-file FILE, or --plain for a file without one")
        if not (self.sheet or self.without_recovery):
            missing.append("--sheet FILE for a recovery sheet, or --without-recovery")
        if missing:
            raise Refused(f"nobody is here to choose: pass {'; and '.join(missing)}")

    def protection(self) -> Protection:
        """Return the slots of a new key file; raises click.UsageError, Refused."""
        self.check()
        own = new_way(passphrase_file=self.passphrase_file, plain=self.as_plain)
        if self.without_recovery:
            return Protection([own.slot])
        threshold, shares = read_shares(self.shares)
        self.made = slots.recovery(threshold=threshold, shares=shares)
        return Protection([own.slot], self.made)

    def kept(self, credentials: Credentials) -> None:
        """Hand out the recovery sheet, before anything is written."""
        if self.made:
            hand_out(credentials, self.made, self.sheet)


def new_way(*, passphrase_file: str, plain: bool, label: str = "") -> Way:
    """Return the slot that opens a new file on this machine; asks for a passphrase."""
    if plain:
        return slots.plain(label or "this machine")
    if passphrase_file:
        text = read_passphrase(Path(passphrase_file))
        generated = slots.is_generated(text)
    else:
        text, generated = ask_new_passphrase()
    return slots.passphrase(text, generated=generated, label=label or "passphrase")


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


def hand_out(credentials: Credentials, recovery: Recovery, sheet: str) -> None:
    """Show a recovery sheet, or write it to a file, and wait until somebody has it."""
    made = sheets_of(credentials, recovery)
    if sheet:
        write_html(Path(sheet), made)
        note(f"The recovery sheet is in {sheet}: print it, then delete the file.")
        return
    for one in made:
        say(as_text(one))
        say()
    note("This is shown once. Whoever has it, and a copy of the key file, has the keys.")
    if somebody_is_here():
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
        return [str(click.prompt("Recovery code", err=True))]
    return [str(click.prompt(f"Share {i + 1} of {threshold}", err=True)) for i in range(threshold)]


def ask_code(what: str, file: str) -> str:
    """Return a code that somebody types or that stands in a file."""
    if file:
        return " ".join(slots.read_secret_lines(Path(file)))
    if not somebody_is_here():
        raise Refused(f"nobody is here to type the {what} code: pass its file")
    return str(click.prompt(f"{what.capitalize()} code", err=True))


def read_recovery(path: Path) -> list[str]:
    """Return what stands in a file: a code in one line or several, or a share in each line."""
    lines = [line for line in slots.read_secret_lines(path) if line.strip()]
    if lines and len(lines[0].split()) >= slots.SHARE_WORDS:
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
