"""How fast a client extracts form records, against the bare primitives on the same records.

    python -m tests.benchmarks.extract [--records 2000] [--rounds 7]

Three ways of one core, taken in turn in each round, on the same records of ten fields:

- the whole way: a query through the API, with the server's part in this process and SQLite in a
  temporary folder;
- the client's own part: the same query, answered with the bytes of the first one from memory,
  up to values whose form's rules were checked;
- bare: one X-Wing open, ten column keys and twenty AES-GCM opens a record, with all inputs at hand.

It prints the median of the rounds' ratios to bare beside the targets, then where the time of a
record goes, and judges nothing: the machine may be busy. The time is the processor's.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import django
import httpx

FOLDER = tempfile.TemporaryDirectory(prefix="sealform-extract-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SEALFORM_ENV_FILE": "",
    "DATABASE_URL": f"sqlite:///{FOLDER.name}/db.sqlite3",
    "SECRET_KEY": "only for a benchmark",
}
django.setup()

from django.core.management import call_command  # noqa: E402

from apps.client import Client  # noqa: E402
from apps.client.acts import publishing  # noqa: E402
from apps.client.credentials import Credentials  # noqa: E402
from apps.directory.enrolment import issue_token  # noqa: E402
from apps.directory.models import Client as Enrolled  # noqa: E402
from apps.envelope.answers import problems  # noqa: E402
from apps.envelope.encoding import ctx, load_json  # noqa: E402
from apps.envelope.fields import Value, open_data_key  # noqa: E402
from apps.envelope.keys import column_key  # noqa: E402
from apps.envelope.manifests import Manifest  # noqa: E402
from apps.envelope.primitives import KemKey, mac, unseal  # noqa: E402
from apps.envelope.records import Record, parse_record  # noqa: E402
from apps.envelope.submissions import (  # noqa: E402
    dump_submission,
    inbox_info,
    open_access_key,
    open_form_record,
    parse_submission,
    seal_submission,
)
from apps.intake.drafting.sample_form import SIGNUP, create_signup_form  # noqa: E402
from apps.intake.models import Form  # noqa: E402
from apps.intake.visiting.posted_submissions import accept_submission  # noqa: E402
from apps.intake.visiting.terms import terms_for  # noqa: E402
from config import inprocess  # noqa: E402
from tests.client.protection import enrol_trusted  # noqa: E402

WHOLE = 0.48
OWN = 0.55
ANSWERS = {name: f"{label} of a visitor" for name, _, label, _, _ in SIGNUP} | {"age": "34"}


class Seal(NamedTuple):
    """One AES-GCM open; ``key`` is the column's context or the data key."""

    key: bytes
    sealed: bytes
    aad: bytes


class Bare(NamedTuple):
    """Everything that the primitives need to open one record."""

    ak: bytes
    info: bytes
    keys: list[Seal]
    values: list[Seal]


class Round(NamedTuple):
    """Seconds of the processor for all records, by way and by step."""

    whole: float
    own: float
    bare: float
    server: float
    parsing: float
    opening: float
    rules: float


class Remembering(httpx.BaseTransport):
    """Passes on to a server, keeps its answers, and counts the seconds that it takes."""

    def __init__(self, server: httpx.BaseTransport) -> None:
        self._server = server
        self.answers: dict[tuple[str, str], bytes] = {}
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        start = time.process_time()
        response = self._server.handle_request(request)
        body = response.read()
        self.seconds += time.process_time() - start
        self.answers[request.method, str(request.url)] = body
        return httpx.Response(response.status_code, headers=response.headers, content=body)


class Replaying(httpx.BaseTransport):
    """Answers from memory; a question that was never asked is an error."""

    def __init__(self, answers: dict[tuple[str, str], bytes]) -> None:
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._answers[request.method, str(request.url)])


class Bench:
    """A server with a form and its records, and what the steps begin with."""

    def __init__(self, records: int) -> None:
        self.count = records
        self.server = Remembering(inprocess.transport())
        self.credentials = enrolled(self.server)
        client = self.client(self.server)
        self.manifest, sealed = submitted(client, records)
        self.inbox = inbox_of(client, self.manifest)
        self.prepared = [prepared(record, self.manifest, self.inbox) for record in sealed]
        self.server.answers.clear()
        self.whole()
        self.replaying = Replaying(dict(self.server.answers))
        self.pages = [body for (_, url), body in self.server.answers.items() if "/records?" in url]
        self.records = [
            parse_record(item["record"]) for page in self.pages for item in load_json(page)["items"]
        ]
        assert len(self.records) == records

    def client(self, transport: httpx.BaseTransport) -> Client:
        return Client(self.credentials, transport=transport)

    def round(self) -> Round:
        """Time each way and each step once."""
        self.server.seconds = 0.0
        whole = seconds(self.whole)
        server = self.server.seconds
        opened: list[dict[str, Value]] = []
        return Round(
            whole=whole,
            own=seconds(self.own),
            bare=seconds(lambda: open_bare(self.inbox, self.prepared)),
            server=server,
            parsing=seconds(self.parse),
            opening=seconds(lambda: opened.extend(map(self.open, self.records))),
            rules=seconds(lambda: [problems(self.manifest, data) for data in opened]),
        )

    def whole(self) -> None:
        """Everything that `extract` does but printing."""
        self.query(self.client(self.server))

    def own(self) -> None:
        """The same without a server."""
        self.query(self.client(self.replaying))

    def query(self, client: Client) -> None:
        found = sum(
            len(record.data) == len(SIGNUP) and not record.problems
            for record in client.query("account")
        )
        assert found == self.count

    def parse(self) -> None:
        for page in self.pages:
            for item in load_json(page)["items"]:
                parse_record(item["record"])

    def open(self, record: Record) -> dict[str, Value]:
        return open_form_record(record, self.manifest, self.inbox)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    bench = Bench(options.records)
    gc.collect()
    gc.freeze()  # what this benchmark keeps in memory is no burden of the client's
    report(options.records, [bench.round() for _ in range(options.rounds)])


def report(records: int, rounds: Sequence[Round]) -> None:
    """Print the medians."""
    rate = {name: records / median(getattr(one, name) for one in rounds) for name in Round._fields}
    print(f"form records of ten fields, one core, median of {len(rounds)} rounds:")
    print(f"  bare                  {rate['bare']:6,.0f}/s")
    for way, name, target in (("whole way", "whole", WHOLE), ("client's own part", "own", OWN)):
        ratios = sorted(one.bare / getattr(one, name) for one in rounds)
        print(
            f"  {way:<20}  {rate[name]:6,.0f}/s, ratio {median(ratios):.2f} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f}; at least {target})"
        )
    steps = {
        name: median(getattr(one, name) / one.bare for one in rounds)
        for name in ("server", "parsing", "opening", "rules")
    }
    rest = median(one.whole / one.bare for one in rounds) - sum(steps.values())
    shares = ", ".join(f"{name} {share:.2f}" for name, share in (steps | {"rest": rest}).items())
    print(f"  a record's time, bare = 1: {shares}")


def seconds(run: Callable[[], object]) -> float:
    """Time on the processor: what other processes do in between does not count."""
    start = time.process_time()
    run()
    return time.process_time() - start


def open_bare(inbox: KemKey, records: list[Bare]) -> None:
    """The primitives and nothing else."""
    for record in records:
        access_key = inbox.open(record.ak, record.info)
        for label, sealed, aad in record.keys:
            unseal(mac(access_key, label), sealed, aad)
        for key, sealed, aad in record.values:
            unseal(key, sealed, aad)


def enrolled(server: httpx.BaseTransport) -> Credentials:
    """Enrol acme at a server of its own."""
    call_command("migrate", verbosity=0)
    token, _ = issue_token(name="acme")
    path = Path(FOLDER.name) / "acme.json"
    return enrol_trusted(token=token, name="acme", path=path, transport=server).credentials


def submitted(client: Client, count: int) -> tuple[Manifest, list[Record]]:
    """Publish the sign-up form and store what visitors sent through it."""
    form = create_signup_form(owner=Enrolled.objects.get(id=client.id))
    plan = publishing.prepare(client.session, "signup")
    manifest = publishing.publish(client.session, plan, agreed=plan.draft)
    return manifest, [submit(form, manifest) for _ in range(count)]


def submit(form: Form, manifest: Manifest) -> Record:
    body = load_json(dump_submission(seal_submission(manifest, ANSWERS)[0]))
    records = parse_submission(body)
    terms = terms_for(form=form.id, manifest=manifest.hash)
    accept_submission(terms=terms, records=records, proof=None)
    return records[0]


def inbox_of(client: Client, manifest: Manifest) -> KemKey:
    """The owner's key pair of the one inbox."""
    plan = publishing.prepare(client.session, manifest.form)
    return plan.generations[0][1].key_pair


def prepared(record: Record, manifest: Manifest, inbox: KemKey) -> Bare:
    """Lay out the inputs of one record's primitives."""
    access_key = open_access_key(record, manifest, inbox)
    place, keys, values = record.place, [], []
    for name, sealed in record.fields.items():
        data_key = open_data_key(column_key(access_key, name), place, name, sealed)
        keys.append(Seal(ctx("column", name) + b"\x01", sealed.k, place.key_aad(name)))
        values.append(Seal(data_key, sealed.c, place.value_aad(name)))
    return Bare(record.ak, inbox_info(manifest, record.id, record.type, record.akid), keys, values)


if __name__ == "__main__":
    main(sys.argv[1:])
