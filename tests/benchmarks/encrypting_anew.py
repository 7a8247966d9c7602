"""How fast `revoke --reencrypt` goes, and how much memory it takes of many records against few.

    python -m tests.benchmarks.encrypting_anew [--records 2000 20000]

Records of two fields. The command is a process of its own, with the server in it and SQLite in a
temporary folder. It prints the most memory that each process had, which is the system's own figure,
and records a second of the processor, the server's part of it too; it judges nothing.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.split import FOLDER, SOURCE, enrolled, grow, measured

# It sets Django up, before anything of it is imported.
from apps.client import Client  # isort: skip
from apps.directory.enrolment import issue_token  # isort: skip
from apps.vault.models import Record  # isort: skip
from config import inprocess  # isort: skip
from tests.client.protection import enrol_trusted  # isort: skip


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs=2, default=[2_000, 20_000])
    numbers = parser.parse_args(arguments).records
    client, reader = enrolled(), a_reader()
    nothing = measured("whoami")
    for number in numbers:
        grow(client, number)
        client.share(SOURCE, reader.id, fingerprint=reader.fingerprint)
        run = measured("revoke", SOURCE, "--from", reader.id, "--reencrypt", "--yes")
        done = Record.objects.filter(stream__type=SOURCE).order_by("rev").first()
        if done is None or done.rev < 2:
            raise SystemExit("not all was encrypted anew")
        seconds = run.seconds - nothing.seconds
        print(f"{number:9,} records: {run.megabytes:4.0f} MB, {number / seconds:,.0f} a second")


def a_reader() -> Client:
    """Enrol marketing at the same server."""
    server = inprocess.transport()
    token, _ = issue_token(name="marketing")
    path = Path(FOLDER.name) / "marketing.json"
    return Client(
        enrol_trusted(token=token, name="marketing", path=path, transport=server).credentials,
        transport=server,
    )


if __name__ == "__main__":
    start = time.monotonic()
    main(sys.argv[1:])
    print(f"  all of it in {time.monotonic() - start:.0f} s")
