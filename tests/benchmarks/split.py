"""How much memory `split` and `extract` take of 100,000 records, against 10,000.

    python -m tests.benchmarks.split [--records 10000 100000]

Records of two fields become two types of one field each; they are extracted as jsonl and as csv.
Each command is a process of its own, with the server in it and SQLite in a temporary folder, and
`whoami` is what a command takes that reads no record. It prints the most memory that each process
had, which is the system's own figure, and the ratio of the two sizes; it judges nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import django

FOLDER = tempfile.TemporaryDirectory(prefix="sealform-split-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SEALFORM_ENV_FILE": "",
    "DATABASE_URL": f"sqlite:///{FOLDER.name}/db.sqlite3",
    "SECRET_KEY": "only for a benchmark, and for nothing that lasts longer: 0123456789",
    "LOG_LEVEL": "ERROR",
    "SERVER_BYTES_PER_DAY": "0",
}
django.setup()

from django.core.management import call_command  # noqa: E402

from apps.client import Client  # noqa: E402
from apps.client.acts import writing  # noqa: E402
from apps.client.session import Stream  # noqa: E402
from apps.directory.enrolment import issue_token  # noqa: E402
from apps.envelope.records import seal_record  # noqa: E402
from apps.vault.models import Generation, Record  # noqa: E402
from config import inprocess  # noqa: E402
from tests.benchmarks.filling import fill  # noqa: E402
from tests.client.protection import enrol_trusted  # noqa: E402

SOURCE = "account"
RULES = """
[source]
type = "account"
[targets.contact]
name = "fullname"
[targets.health]
age = "age"
"""

# Who waits for a process is told of the memory of the process that began it, where that is more.
CHILD = """
import runpy, sys, time
told, sys.argv = sys.argv[1], ["manage.py", *sys.argv[2:]]
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    lines = dict(line.split(":") for line in open("/proc/self/status"))
    with open(told, "w") as file:
        file.write(lines["VmHWM"].split()[0] + " " + str(time.process_time()))
"""


class Run(NamedTuple):
    """The most megabytes that a process had, and its seconds of the processor."""

    megabytes: float
    seconds: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs=2, default=[10_000, 100_000])
    few, many = parser.parse_args(arguments).records
    client = enrolled()
    found = []
    for number in (few, many):
        grow(client, number)
        found.append({name: measured(*words) for name, words in commands().items()})
    print(f"the most memory of a process, {many:,} records against {few:,}:")
    for name in commands():
        small, large = (runs[name] for runs in found)
        print(
            f"  {name:<7} {small.megabytes:4.0f} MB, {large.megabytes:4.0f} MB, "
            f"ratio {large.megabytes / small.megabytes:.2f} ({large.seconds:.0f} s)"
        )


def commands() -> dict[str, list[str]]:
    """What is measured, by what it is called."""
    rules = Path(FOLDER.name) / "rules.toml"
    rules.write_text(RULES, encoding="utf-8")
    extract = ["extract", "--type", SOURCE, "--replace", "--out"]
    return {
        "whoami": ["whoami"],
        "split": ["split", "--rules", str(rules)],
        "jsonl": [*extract, f"{FOLDER.name}/account.jsonl"],
        "csv": [*extract, f"{FOLDER.name}/account.csv"],
    }


def measured(*words: str) -> Run:
    """Run a command of the client, and return what it took."""
    told = Path(FOLDER.name) / "told"
    credentials = ["--credentials", f"{FOLDER.name}/acme.json"]
    command = [sys.executable, "-c", CHILD, str(told), *words, *credentials]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    kilobytes, seconds = told.read_text(encoding="ascii").split()
    return Run(int(kilobytes) / 1024, float(seconds))


def enrolled() -> Client:
    """Enrol acme at a server of its own."""
    call_command("migrate", verbosity=0)
    server = inprocess.transport()
    token, _ = issue_token(name="acme")
    path = Path(FOLDER.name) / "acme.json"
    return Client(
        enrol_trusted(token=token, name="acme", path=path, transport=server).credentials,
        transport=server,
    )


def grow(client: Client, number: int) -> None:
    """Fill up to so many records of the source type."""
    client.write(SOURCE, {"fullname": "Ann", "age": "34"})
    generation = writing.open_generation(client.session, Stream(client.id, SOURCE))

    def sealed() -> Iterator[tuple[UUID, bytes]]:
        for one in range(number - Record.objects.filter(stream__type=SOURCE).count()):
            id = uuid4()
            record = seal_record(
                keys=client.session.keys,
                writer=client.id,
                id=str(id),
                type=SOURCE,
                rev=1,
                access_key=generation.key,
                values={"fullname": f"Person {one}", "age": str(one % 100)},
            )
            yield id, record.raw

    fill(Generation.objects.get(stream__type=SOURCE, closed=None), sealed())


if __name__ == "__main__":
    start = time.monotonic()
    main(sys.argv[1:])
    print(f"  all of it in {time.monotonic() - start:.0f} s")
