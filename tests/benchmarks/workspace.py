"""How fast the inbox of the workspace opens what visitors sent, in Chromium, against a live server.

    python -m tests.benchmarks.workspace [--records 10000] [--workers 2] [--rounds 1]

Records of ten fields, each sealed for itself; the key file is opened by its recovery code. It
prints the time from unlocking to the first rows, at what rate records were opened until the last
one stood in the table, and the longest task of the page while that went on; and judges nothing:
the machine may be busy. Server, browser and its workers share the machine's processors.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from statistics import median
from threading import Thread
from typing import Any, NamedTuple
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django

FOLDER = tempfile.TemporaryDirectory(prefix="sealform-workspace-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SEALFORM_ENV_FILE": "",
    "DATABASE_URL": f"sqlite:///{FOLDER.name}/db.sqlite3",
    "SECRET_KEY": "only for a benchmark, and for nothing that lasts longer: 0123456789",
    "ALLOWED_HOSTS": "localhost,testserver",
    "HTTPS": "False",
    "LOG_LEVEL": "ERROR",
}
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

import config.workspace  # noqa: E402
from apps.envelope.encoding import load_json  # noqa: E402
from apps.envelope.submissions import (  # noqa: E402
    dump_submission,
    parse_submission,
    seal_submission,
)
from apps.intake.drafting.sample_form import SIGNUP  # noqa: E402
from apps.vault.models import Generation  # noqa: E402
from apps.workspace.application import KEY_WORKER, File, application  # noqa: E402
from tests.benchmarks.filling import fill  # noqa: E402
from tests.client.parties import Party, Signup, enrolled  # noqa: E402
from tests.tools import browsers  # noqa: E402

ANSWERS = {name: f"{label} of a visitor" for name, _, label, _, _ in SIGNUP} | {"age": "34"}
LONGEST_S = 600

# When something first stood in the page, in milliseconds, and which tasks were long.
WATCH = """() => {
  const seen = (globalThis.seen = { tasks: [0] });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  }).observe({ type: 'longtask' });
  const look = () => {
    const now = performance.now();
    if (document.querySelector('.count progress')) seen.reading ??= now;
    if (document.querySelector('.body .line')) seen.rows ??= now;
    if (seen.reading && !document.querySelector('.count progress')) seen.all ??= now;
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  addEventListener('submit', () => (seen.unlock = performance.now()), { capture: true });
}"""


class Read(NamedTuple):
    """Milliseconds."""

    first_rows: float
    reading: float
    longest_task: float


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Requests are no news here."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve in threads of this process; returns the workspace's address."""
    with make_server("localhost", 0, get_wsgi_application(), Server, Silent) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/workspace/"
        server.shutdown()


def with_workers(count: int) -> None:
    """Tell the key worker of one processor more than workers are wanted."""
    real = application()
    told = f"Object.defineProperty(navigator,'hardwareConcurrency',{{value:{count + 1}}});"
    content = told.encode() + real[KEY_WORKER].content
    worker = File(content, {**real[KEY_WORKER].headers, "ETag": '"told"'})
    served = {**real, KEY_WORKER: worker}
    setattr(config.workspace, "application", lambda: served)  # noqa: B010 - it is no export


def sent(signup: Signup, count: int) -> Iterator[tuple[UUID, bytes]]:
    """What so many visitors send."""
    manifest = signup.manifest
    for _ in range(count):
        sealed, _receipt = seal_submission(manifest, ANSWERS)
        [record] = parse_submission(load_json(dump_submission(sealed)))
        yield UUID(record.id), record.raw


def read(browser: Browser, address: str, party: Party, records: int) -> Read:
    """Unlock in a fresh tab, and wait for the last record."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(LONGEST_S * 1000)
        page.goto(f"{address}#/inbox")
        page.evaluate(WATCH)
        state = party.path.with_name(f"{party.path.name}.state")
        page.set_input_files("input[type=file]", [party.path, state])
        page.fill(".codes input >> nth=0", party.path.with_suffix(".code").read_text())
        page.click("form button.first")
        page.wait_for_function("() => seen.all")
        seen = page.evaluate("seen")
        shown = page.inner_text(".count p")
        assert shown.startswith(f"{records:,} "), shown
    return Read(seen["rows"] - seen["unlock"], seen["all"] - seen["reading"], max(seen["tasks"]))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    call_command("migrate", verbosity=0)
    party = enrolled("acme", Path(FOLDER.name))
    signup = Signup.published(party)
    fill(Generation.objects.get(), sent(signup, options.records))
    with_workers(options.workers)
    with serving() as address, sync_playwright() as playwright, browsers.chromium(playwright) as it:
        found = [read(it, address, party, options.records) for _ in range(options.rounds)]
    report(options.records, options.workers, found)


def report(records: int, workers: int, found: Sequence[Read]) -> None:
    """Print the medians."""
    first, reading, task = (median(one) for one in zip(*found, strict=True))
    print(f"{records:,} records of ten fields, {workers} workers, median of {len(found)} rounds:")
    print(f"  from unlocking to the first rows  {first / 1000:6.2f} s")
    print(f"  opened                            {records / reading * 1000:6,.0f}/s")
    print(f"  longest task of the page          {task:6.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
