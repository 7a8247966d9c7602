"""Who takes part, each with a credentials file of its own and the project's real commands."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client as Browser

from apps.client import Client
from apps.client.files import write_private
from apps.directory.enrolment import issue_token
from apps.directory.models import Client as ClientRow
from apps.envelope.fields import Value
from apps.envelope.manifests import Manifest, parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from config import inprocess
from tests.client.protection import Trusted, enrol_trusted, opened
from tests.client.servers import draft_in

ANN: Mapping[str, Value] = {
    "fullname": "Ann Canary",
    "address1": "1 Road",
    "address2": "",
    "city": "Salem",
    "state": "OR",
    "zip": "97301",
    "age": "34",
    "height": "172",
    "weight": "68",
    "comments": "none",
}


class Ran(NamedTuple):
    """What a command printed, and with which error ("" for none) and exit code it ended."""

    out: str
    err: str
    error: str
    code: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON that it printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Party:
    """One client on a machine of its own, which is a folder."""

    name: str
    path: Path
    warnings: list[str] = field(default_factory=list)

    @property
    def client(self) -> Client:
        """A client that remembers nothing but what is in its files."""
        return self.through(inprocess.transport())

    @property
    def id(self) -> str:
        return self.client.id

    @property
    def fingerprint(self) -> str:
        return self.client.fingerprint

    @property
    def row(self) -> ClientRow:
        return ClientRow.objects.get(id=self.id)

    def through(self, transport: httpx.BaseTransport) -> Client:
        """The client, with another way to the server."""
        return Client(opened(self.path), transport=transport, notify=self.warnings.append)

    def run(self, command: str, *words: str) -> Ran:
        """Run a command of this party."""
        return run(command, *words, "--credentials", str(self.path))

    @property
    def code(self) -> Path:
        """The file with the code on the party's recovery sheet."""
        return self.path.with_suffix(".code")

    def rotate(self, *words: str) -> Ran:
        """Rotate the keys without being asked; a file needs nobody afterwards either."""
        more = ("--plain",) if "--compromised" in words else ()
        typed = ("--yes", "--code-file", str(self.code), "--credentials", str(self.path))
        return run("keys", "rotate", *words, *more, *typed)

    def publish(self, form: str, *words: str) -> Ran:
        """Publish a draft that this party has read."""
        shown = self.run("publish", form, "--dry-run", *words)
        if shown.error:
            return shown
        return self.run("publish", form, "--draft", draft_in(shown.out), *words)

    def forgets(self) -> None:
        """Lose what it remembers, and agree that its key file is the newest all the same."""
        self.path.with_name(f"{self.path.name}.state").unlink()
        serial = str(opened(self.path).file.serial)
        confirmed = run("keys", "confirm", "--serial", serial, "--credentials", str(self.path))
        assert confirmed.error == ""

    def copy(self, name: str) -> "Party":
        """The same client on another machine: its key file, and what it remembers."""
        path = self.path.with_name(f"{name}.json")
        for end in ("", ".state"):
            there = path.with_name(f"{path.name}{end}")
            there.write_bytes(self.path.with_name(f"{self.path.name}{end}").read_bytes())
            there.chmod(0o600)
        return Party(name, path)

    def knows(self, other: "Party") -> None:
        """Pin another party, as if it had told its fingerprint."""
        self.client.pin(other.id, other.fingerprint)


def run(command: str, *words: str) -> Ran:
    """Run a command in this process, as `manage.py` would."""
    out, err, error, code = io.StringIO(), io.StringIO(), "", 0
    try:
        call_command(command, *words, stdout=out, stderr=err)
    except CommandError as stopped:
        error, code = str(stopped), stopped.returncode
    return Ran(out.getvalue(), err.getvalue(), error, code)


def enrolled(name: str, folder: Path) -> Party:
    """Enrol somebody new, over the API."""
    token, _ = issue_token(name=name)
    path = folder / f"{name}.json"
    protect, transport = Trusted(), inprocess.transport()
    enrol_trusted(protect, token=token, name=name, path=path, transport=transport)
    assert protect.sheet is not None
    write_private(path.with_suffix(".code"), "\n".join(protect.sheet.code).encode())
    return Party(name, path)


@dataclass
class Signup:
    """The sign-up form of one party, published, and its visitors."""

    owner: Party
    form: Form

    @classmethod
    def published(cls, owner: Party) -> "Signup":
        signup = cls(owner, create_signup_form(owner=owner.row))
        assert owner.publish("signup").error == ""
        return signup

    @property
    def manifest(self) -> Manifest:
        """The manifest in force, as a browser fetches it."""
        served = Browser().get(f"/api/v1/forms/{self.form.id}/manifest").json()
        return parse_manifest(served["manifest"].encode())

    def fill(self, **answers: Value) -> list[str]:
        """Submit Ann's answers, some of them changed; returns the record ids."""
        records, _ = seal_submission(self.manifest, {**ANN, **answers})
        answer = Browser().post(
            f"/api/v1/forms/{self.form.id}/submissions",
            dump_submission(records),
            content_type="application/json",
        )
        assert answer.status_code == 201, answer.content
        ids: list[str] = answer.json()["records"]
        return ids


class Tampering(httpx.BaseTransport):
    """The real server in this process, and somebody between it and the client.

    ``change`` maps the beginning of a request, such as ``GET /grants``, to what is done to
    the JSON of its answer; ``seen`` lists the requests that were made.
    """

    def __init__(self) -> None:
        self.server = inprocess.transport()
        self.change: dict[str, Callable[[Any], Any]] = {}
        self.seen: list[tuple[str, bytes]] = []

    def on(self, request: str, change: Callable[[Any], Any]) -> "Tampering":
        self.change[request] = change
        return self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
        self.seen.append((line, request.read()))
        response = self.server.handle_request(request)
        for beginning, change in self.change.items():
            if line.startswith(beginning) and response.status_code < 300:
                changed = change(json.loads(response.read()))
                text = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
                return httpx.Response(response.status_code, content=text.encode(), request=request)
        return response

    def requests(self, beginning: str) -> list[bytes]:
        """The bodies of the requests that begin so."""
        return [body for line, body in self.seen if line.startswith(beginning)]
