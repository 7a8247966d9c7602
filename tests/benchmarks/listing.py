"""What lists cost in a table of a million records, against one of ten thousand.

    python -m tests.benchmarks.listing [--records 1000000] [--rounds 15]

The records are those of one form, all lanes alike: one submission's bytes under fresh ids. Each
question goes through Django's test client, settings and views included, with a page of 100. Asked
in a database of 10,000 records, which is then filled up; it prints the ratio of the fastest of the
rounds. On SQLite that is time of the processor; on PostgreSQL, which works in processes of its own,
the wall's, so the machine should have nothing else to do. Nothing is judged.
Without DATABASE_URL it runs on a new SQLite file; with one it leaves its
tables and records there (`python -m tests.tools.postgres -- python -m tests.benchmarks.listing`).
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import django

FOLDER = tempfile.TemporaryDirectory(prefix="sealform-listing-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SEALFORM_ENV_FILE": "",
    "SECRET_KEY": "only for a benchmark, and for nothing that lasts longer: 0123456789",
    "ALLOWED_HOSTS": "testserver",
    "HTTPS": "False",
    "LOG_LEVEL": "ERROR",
    "ADMIN_REQUIRE_OTP": "False",
}
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER.name}/db.sqlite3")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from apps.client import Client  # noqa: E402
from apps.client.acts import publishing  # noqa: E402
from apps.directory.enrolment import issue_token  # noqa: E402
from apps.directory.models import Client as Enrolled  # noqa: E402
from apps.envelope.encoding import load_json  # noqa: E402
from apps.envelope.records import Record as SealedRecord  # noqa: E402
from apps.envelope.submissions import (  # noqa: E402
    dump_submission,
    parse_submission,
    seal_submission,
)
from apps.intake.drafting.sample_form import SIGNUP, create_signup_form  # noqa: E402
from apps.intake.visiting.posted_submissions import accept_submission  # noqa: E402
from apps.intake.visiting.terms import terms_for  # noqa: E402
from apps.vault.cursors import read_cursor  # noqa: E402
from apps.vault.lanes import LANES  # noqa: E402
from apps.vault.models import Generation, Record  # noqa: E402
from apps.vault.tallies import tallies  # noqa: E402
from config import inprocess  # noqa: E402
from tests.benchmarks.filling import fill  # noqa: E402
from tests.client.protection import enrol_trusted  # noqa: E402

FEW = 10_000
PAGE = 100
SHARD = "3/16"
ANSWERS = {name: f"{label} of a visitor" for name, _, label, _, _ in SIGNUP} | {"age": "34"}

# Without `collectstatic`.
PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

Ask = Callable[[], object]


class Bench:
    """A server with one form, its owner and an admin."""

    def __init__(self) -> None:
        call_command("migrate", verbosity=0)
        server = inprocess.transport()
        token, _ = issue_token(name="acme")
        path = Path(FOLDER.name) / "acme.json"
        credentials = enrol_trusted(
            token=token, name="acme", path=path, transport=server
        ).credentials
        client = Client(credentials, transport=server)
        self.form = create_signup_form(owner=Enrolled.objects.get(id=client.id))
        plan = publishing.prepare(client.session, "signup")
        self.manifest = publishing.publish(client.session, plan, agreed=plan.draft)
        self.generation = Generation.objects.get(stream__writer=self.manifest.writer)
        assert credentials.api_key
        key = f"{credentials.api_key.id}:{credentials.api_key.secret}".encode()
        self.owner = Browser(headers={"authorization": f"Basic {b64encode(key).decode()}"})
        self.admin = Browser()
        self.admin.force_login(User.objects.create_superuser("admin"))

    def grow(self, number: int) -> None:
        """Fill up to so many records."""
        [sealed] = self.submission()
        before, id = sealed.raw, sealed.id.encode()

        def copies() -> Iterator[tuple[UUID, bytes]]:
            for _ in range(number - Record.objects.count()):
                fresh = uuid4()
                yield fresh, before.replace(id, str(fresh).encode())

        fill(self.generation, copies())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def submission(self) -> tuple[SealedRecord, ...]:
        """What a visitor sends."""
        sealed, _ = seal_submission(self.manifest, ANSWERS)
        return parse_submission(load_json(dump_submission(sealed)))

    def questions(self, rounds: int) -> dict[str, Ask]:
        """Everything that is timed, by what it is called."""
        ends = dict(self.generation.stream.lanes.values_list("number", "position"))
        new = [self.submission() for _ in range(rounds)]
        terms = terms_for(form=self.form.id, manifest=self.manifest.hash)
        of_form = f"/admin/vault/record/?stream={self.generation.stream_id}"
        return {
            "a page of records: the first": lambda: self.page(),
            "the middle": lambda: self.page(after=behind(ends, LANES // 2, 0.5)),
            "the last": lambda: self.page(after=behind(ends, LANES - 1, 1.0)),
            f"shard {SHARD}": lambda: self.page(shard=SHARD),
            "from=end": lambda: self.page(**{"from": "end"}),
            "the admin's list of records": lambda: self.listed("/admin/vault/record/"),
            "by form": lambda: self.listed(of_form),
            "the overview's counters": lambda: self.counted(),
            "one submission": lambda: accept_submission(terms=terms, records=new.pop(), proof=None),
        }

    def page(self, **query: str) -> None:
        stream = {"writer": self.manifest.writer, "type": "account", "limit": str(PAGE)}
        answer = self.owner.get("/api/v1/records", stream | query)
        assert answer.status_code == 200, answer.content
        assert len(load_json(answer.content)["items"]) == PAGE

    def listed(self, path: str) -> None:
        answer = self.admin.get(path)
        assert answer.status_code == 200
        assert answer.content.count(b'class="field-short_id"') == PAGE

    def counted(self) -> None:
        [[tally]] = tallies(writers=[self.manifest.writer]).values()
        assert tally.living >= FEW


def behind(ends: dict[int, int], lane: int, share: float) -> str:
    """A cursor behind the lanes before one, and a share of that, a page before its end at most."""
    start = read_cursor(None, shard=None, start=None)
    reached = {number: end if number < lane else 0 for number, end in ends.items()}
    reached[lane] = min(int(ends[lane] * share), ends[lane] - PAGE)
    return start.behind(reached).to_text()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    with override_settings(STORAGES=PLAIN_FILES):
        compare(options.records, options.rounds)


def compare(records: int, rounds: int) -> None:
    bench = Bench()
    bench.grow(FEW)
    few = fastest(bench.questions(rounds), rounds)
    start = time.monotonic()
    bench.grow(records)
    took = time.monotonic() - start
    many = fastest(bench.questions(rounds), rounds)
    table = f"{records:,} records against {FEW:,}"
    print(f"{connection.vendor}, {table} (filled in {took:.0f} s), best of {rounds} rounds:")
    for name, seconds in many.items():
        print(f"  {name:<30} {seconds * 1000:6.1f} ms, ratio {seconds / few[name]:.2f}")


def fastest(questions: dict[str, Ask], rounds: int) -> dict[str, float]:
    """Seconds of each question's best round, taken in turn."""
    found = dict.fromkeys(questions, float("inf"))
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    gc.collect()
    for _ in range(rounds):
        for name, ask in questions.items():
            cache.clear()
            start = clock()
            ask()
            found[name] = min(found[name], clock() - start)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
