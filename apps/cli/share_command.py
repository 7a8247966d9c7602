"""``manage.py share``: let a party read a type, now and in future."""

from argparse import ArgumentParser
from typing import Any

from ..client import Client
from ..client.acts import overview
from ..client.acts.sharing import Shared
from ..client.days import read_day, show_day
from .commanding import ClientCommand, client_id
from .display import plain


class Command(ClientCommand):
    """Share a type."""

    help = (
        "Let another client read a record type of this one: what is there and what will be "
        "written, in one small request. The reader's fingerprint is needed the first time; it "
        "must come from the reader, not from the server."
    )
    example = """
examples:
  manage.py share contact --with CLIENT_ID --fingerprint ABCD-...
  manage.py share contact --with CLIENT_ID --columns zip,city --until 2027-12-31
  manage.py share account --with CLIENT_ID --form signup
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what, with whom, and within which limits."""
        super().add_arguments(parser)
        parser.add_argument("type", help="the record type")
        parser.add_argument(
            "--with",
            dest="reader",
            required=True,
            metavar="CLIENT_ID",
            help="who is to read it: the id that its `whoami` shows",
        )
        parser.add_argument(
            "--fingerprint", default="", metavar="FP", help="the reader's, the first time; pins it"
        )
        parser.add_argument("--form", default="", help="share what this form collects of the type")
        parser.add_argument("--until", metavar="DATE", help="last day of access (UTC): 2027-12-31")
        parser.add_argument("--columns", default="", metavar="A,B", help="only these fields")

    def run(self, options: dict[str, Any]) -> None:
        """Share, and say what the reader has to type."""
        columns = [name.strip() for name in options["columns"].split(",") if name.strip()]
        with self.client(options) as client:
            shared = client.share(
                options["type"],
                client_id(options["reader"]),
                fingerprint=options["fingerprint"],
                columns=columns,
                until=read_day(options["until"]) if options["until"] else None,
                form=options["form"],
            )
            self._report(client, shared)
            self._doubt(client, shared)

    def _doubt(self, client: Client, shared: Shared) -> None:
        """Warn of a type or a column that was never written: it may be a typing error."""
        type = shared.stream.type
        written = overview.written(client.session)
        names = written.get(type)
        if shared.stream.form:
            return  # its manifest says that it collects the type
        if names is None:
            others = sorted(written)
            has = f"; this client has: {', '.join(others)}" if others else ""
            self.warn(f"nothing of type {type} was written from here yet{has}")
        elif missing := [name for name in shared.columns if name not in names]:
            self.warn(f"no record of {type} has a column {', '.join(missing)} so far")

    def _report(self, client: Client, shared: Shared) -> None:
        done = "shares" if shared.sent else "already shares"
        what = f"{', '.join(shared.columns)} of {shared.stream.type}"
        what = what if shared.columns else shared.stream.type
        until = f" until {show_day(shared.not_after)}" if shared.not_after else ""
        self.say(f"This client {done} {what} with {plain(shared.reader.name)}{until}.")
        self.say("\nWhat the reader runs (it needs the fingerprint the first time only):")
        self.say(
            f"  extract --type {shared.stream.type} --writer {client.id} \\\n"
            f"    --fingerprint {client.fingerprint}"
        )
