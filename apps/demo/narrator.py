"""What the chapters of the story have in common: clients, and what they type."""

from pathlib import Path

from django.core.management.base import CommandError

from apps.demo.teller import Teller
from apps.directory.enrolment import issue_token
from apps.directory.models import Client
from apps.envelope.keys import show_fingerprint


class Narrator:
    """Lets clients act, each with the credentials that stand in ``directory``."""

    def __init__(self, *, directory: Path, teller: Teller) -> None:
        self.directory, self.teller = directory, teller

    def enrol(self, name: str) -> Client:
        """Enrol one client, unless an earlier run did."""
        path = self.directory / f"{name}.json"
        known = Client.objects.filter(name=name).first()
        if known and not path.exists():
            raise CommandError(
                f"{path} is gone, and with it the key of the {name} that is enrolled here: "
                "`make clean` removes all of the demonstration, then begin again"
            )
        if known:
            self.teller.reuse(f"{name} is enrolled; its credentials are in {path}")
            return known
        self.teller.heading(f"{self.called(name)} makes its keys on its own machine, and enrols")
        token, _ = issue_token(name=name)
        words = ("--token", token, "--name", name, "--out", str(path))
        self.command("enroll", *words, "--plain", "--without-recovery", hide=token)
        return Client.objects.get(name=name)

    def read(self, type: str, reader: Client, acme: Client, *more: str) -> None:
        """Read as the reader, who was told acme's fingerprint."""
        pin = show_fingerprint(acme.fingerprint)
        options = ("--type", type, "--writer", str(acme.id), "--fingerprint", pin)
        self.command("extract", *options, *more, client=reader.name)

    def command(self, *words: str, client: str = "", hide: str = "", ends_with: int = 0) -> str:
        """Print a command as it would be typed, then run it; returns what it printed.

        ``ends_with`` is the exit code that it may have besides 0.
        """
        if client:
            words = (*words, "--credentials", str(self.directory / f"{client}.json"))
        return self.teller.run(*words, hide=hide, ends_with=ends_with)

    @staticmethod
    def called(name: str) -> str:
        """Return a client's name as a sentence begins with it."""
        return name.capitalize() if name in {"acme", "marketing"} else f"The {name}"
