"""How fast a client extracts form records, against the bare primitives on the same records.

    python -m tests.benchmarks.extract [--records 2000] [--rounds 5]

Both rates are of one core, taken in turn in one run: through the API means the server's
part in this process, SQLite in a temporary folder, JSON, verifying and opening; bare means
one X-Wing open, ten column keys and twenty AES-GCM opens a record, with all inputs at hand.
It prints the ratio beside its target and judges nothing: the machine may be busy.
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
from apps.client.acts.enrolling import enrol  # noqa: E402
from apps.directory.enrolment import issue_token  # noqa: E402
from apps.directory.models import Client as Enrolled  # noqa: E402
from apps.envelope.encoding import ctx, dump_json, load_json  # noqa: E402
from apps.envelope.fields import open_data_key  # noqa: E402
from apps.envelope.keys import column_key  # noqa: E402
from apps.envelope.manifests import Manifest  # noqa: E402
from apps.envelope.primitives import KemKey, mac, unseal  # noqa: E402
from apps.envelope.records import Record, parse_record  # noqa: E402
from apps.envelope.submissions import (  # noqa: E402
    dump_submission,
    inbox_info,
    open_access_key,
    parse_submission,
    seal_submission,
)
from apps.intake.drafting.sample_form import SIGNUP, create_signup_form  # noqa: E402
from apps.intake.models import Form  # noqa: E402
from apps.intake.visiting.posted_submissions import accept_submission  # noqa: E402
from config import inprocess  # noqa: E402

TARGET = 0.4
ANSWERS = {name: f"{label} of a visitor" for name, _, label, _, _ in SIGNUP}


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


class Result(NamedTuple):
    """Records a second, through the API and bare."""

    api: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.api / self.bare


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    result = measure(records=options.records, rounds=options.rounds)
    print(
        f"ten-field form records, one core: {result.api:,.0f}/s through the API, "
        f"{result.bare:,.0f}/s bare, ratio {result.ratio:.2f} (at least {TARGET})"
    )


def measure(*, records: int, rounds: int) -> Result:
    """Set up a server, a form and its records, then time both ways in turn."""
    client = enrolled()
    manifest, sealed = submitted(client, records)
    inbox = inbox_of(client, manifest)
    bare = [prepared(record, manifest, inbox) for record in sealed]
    gc.collect()
    gc.freeze()  # what this benchmark keeps in memory is no burden of the client's
    times = [
        (seconds(lambda: extract(client, records)), seconds(lambda: open_bare(inbox, bare)))
        for _ in range(rounds)
    ]
    api, alone = (median(column) for column in zip(*times, strict=True))
    return Result(records / api, records / alone)


def seconds(run: Callable[[], None]) -> float:
    """Time on the processor: what other processes do in between does not count."""
    start = time.process_time()
    run()
    return time.process_time() - start


def extract(client: Client, records: int) -> None:
    """Everything that `extract` does but printing."""
    assert sum(len(record.data) == len(SIGNUP) for record in client.query("account")) == records


def open_bare(inbox: KemKey, records: list[Bare]) -> None:
    """The primitives and nothing else."""
    for record in records:
        access_key = inbox.open(record.ak, record.info)
        for label, sealed, aad in record.keys:
            unseal(mac(access_key, label), sealed, aad)
        for key, sealed, aad in record.values:
            unseal(key, sealed, aad)


def enrolled() -> Client:
    """Enrol acme at a server of its own."""
    call_command("migrate", verbosity=0)
    token, _ = issue_token(name="acme")
    path = Path(FOLDER.name) / "acme.json"
    server = inprocess.transport()
    enrolled = enrol(token=token, name="acme", path=path, transport=server)
    return Client(enrolled.credentials, transport=server)


def submitted(client: Client, count: int) -> tuple[Manifest, list[Record]]:
    """Publish the sign-up form and store what visitors sent through it."""
    form = create_signup_form(owner=Enrolled.objects.get(id=client.id))
    manifest = publishing.publish(client.session, publishing.prepare(client.session, "signup"))
    return manifest, [submit(form, manifest) for _ in range(count)]


def submit(form: Form, manifest: Manifest) -> Record:
    body = load_json(dump_submission(seal_submission(manifest, ANSWERS)[0]))
    accept_submission(form=form, records=parse_submission(body), proof=None)
    return parse_record(load_json(dump_json(body["records"][0])))


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
