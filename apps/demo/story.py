"""The whole story on one machine, with real cryptography: what ``make demo`` shows.

The steps go the ways that users go: management commands for the clients, the public
endpoint for the visitors. A second run finds what the first one made and reuses it.
"""

import os
import secrets
from pathlib import Path

import httpx
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.management.base import OutputWrapper

from apps.demo.narrator import Narrator
from apps.demo.samples import RULES, VISITORS
from apps.demo.team_chapter import TeamChapter
from apps.demo.teller import WIDTH, Teller
from apps.directory.models import Client
from apps.envelope.keys import parse_card, show_fingerprint
from apps.envelope.manifests import Manifest, in_force, read_signature, verify_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from apps.vault.models import Record


def draft_in(shown: str) -> str:
    """Return what names the draft that `publish --dry-run` showed."""
    return next(line.split()[1] for line in shown.splitlines() if line.startswith("  draft "))


class VisitorsRequest(WSGIRequest):
    """A request that is part of what is told, and so in no log of the server's."""

    is_in_process = True


class VisitorsHandler(WSGIHandler):
    """This very application, as the story's visitors reach it."""

    request_class = VisitorsRequest


class Demonstration(Narrator):
    """The story of docs/protocol.md, told to ``out``; files go to ``directory``."""

    def __init__(self, *, directory: Path, port: int, out: OutputWrapper) -> None:
        super().__init__(directory=directory, teller=Teller(out))
        self.port = port
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def tell(self) -> None:
        """Run every step in order."""
        acme, marketing, clinic = map(self.enrol, ("acme", "marketing", "clinic"))
        self.publish(acme)
        self.visit(acme)
        self.teller.heading("Acme extracts the accounts: decrypted on its machine only")
        self.command("extract", "--type", "account", client="acme")
        self.split()
        self.share(acme, "contact", marketing)
        self.share(acme, "health", clinic)
        self.teller.heading("Marketing reads contact: names and addresses, nothing else")
        self.read("contact", marketing, acme)
        self.teller.heading("The clinic reads health: nobody's name")
        self.read("health", clinic, acme)
        self.teller.heading("The clinic asks for contact, too, and is given nothing")
        self.read("contact", clinic, acme, "--allow-empty")  # or it would be an error
        TeamChapter(directory=self.directory, teller=self.teller).tell(acme, clinic)
        self.teller.heading("Who reads what")
        self.command("shares", client="acme")
        self.next_steps(marketing)

    def publish(self, acme: Client) -> None:
        """Draft the sign-up form, as an admin would, and let acme sign it."""
        form = Form.objects.filter(slug="signup").first() or create_signup_form(owner=acme)
        if form.manifests.exists():
            self.teller.reuse("the form signup is published")
            return
        self.teller.heading("Acme signs and publishes the form that an admin drafted")
        shown = self.command("publish", "signup", "--dry-run", client="acme")
        words = ("--without-recovery", "--draft", draft_in(shown))
        self.command("publish", "signup", *words, client="acme")

    def visit(self, acme: Client) -> None:
        """Let a few visitors fill the form; sealed here as their browsers would."""
        if count := Record.objects.filter(stream__type="account").count():
            self.teller.reuse(f"{count} visitors have filled the form")
            return
        self.teller.heading("Visitors fill the form: sealed before they are sent")
        form = Form.objects.get(slug="signup")
        with self.server() as server:
            manifest = self.manifest(server, form, acme)
            for visitor in VISITORS:
                names = [field.name for field in manifest.fields]
                records, _ = seal_submission(manifest, dict(zip(names, visitor, strict=True)))
                answer = server.post(
                    f"/api/v1/forms/{form.id}/submissions",
                    content=dump_submission(records),
                    headers={"Content-Type": "application/json"},
                )
                answer.raise_for_status()
                self.teller.say(f"  {visitor[0]:<16} -> record {records[0].id}")
        sealed = records[0].to_wire()["fields"]["fullname"]
        self.teller.say(
            f"\n  What the server has of {visitor[0]}'s name:\n  {sealed[: WIDTH - 3]}…"
        )

    def server(self) -> httpx.Client:
        """Return an HTTP client on this very application."""
        transport = httpx.WSGITransport(app=VisitorsHandler())
        return httpx.Client(transport=transport, base_url=f"http://localhost:{self.port}")

    @staticmethod
    def manifest(server: httpx.Client, form: Form, owner: Client) -> Manifest:
        """Fetch the manifest and verify it, as the embedded script does."""
        wire = server.get(f"/api/v1/forms/{form.id}/manifest").raise_for_status().json()
        manifest = verify_manifest(
            wire["manifest"].encode(),
            read_signature(wire["sig"]),
            parse_card(wire["card"]),
            fingerprint=owner.fingerprint,
            form=str(form.id),
        )
        return in_force(manifest, manifest.issued)

    def split(self) -> None:
        """Split each account into contact and health."""
        self.teller.heading("Acme splits each account into contact and health")
        rules = self.directory / "rules.toml"
        rules.write_text(RULES, encoding="utf-8")
        self.command("split", "--rules", str(rules), client="acme")

    def share(self, acme: Client, type: str, reader: Client) -> None:
        """Share one type with one reader, whose fingerprint acme was told."""
        self.teller.heading(f"Acme shares {type} with {reader.name}: one small request")
        pin = show_fingerprint(reader.fingerprint)
        self.command("share", type, "--with", str(reader.id), "--fingerprint", pin, client="acme")

    def next_steps(self, marketing: Client) -> None:
        """Print what to open and to type next, with the admin's password of this demonstration."""
        here, keys = f"http://localhost:{self.port}", f"--credentials {self.directory}/acme.json"
        self.teller.heading("What to try next")
        self.teller.say(f"""\
While `make demo` serves (`make demo-story` does not):
The form     {here}/f/signup/
The admin    {here}/admin/
             user admin, password {self.admin_password()}
The API      {here}/api/v1/docs

Fill the form, then read the answer, and end marketing's access:
  .venv/bin/python manage.py extract --type account \\
    {keys}
  .venv/bin/python manage.py revoke contact --from {marketing.id} \\
    {keys}
""")

    def admin_password(self) -> str:
        """Return the demonstration's admin password, making user and password once."""
        path = self.directory / "admin-password"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(12))
        password = path.read_text().strip()
        users = get_user_model().objects
        if not users.filter(username="admin").exists():
            users.create_superuser("admin", password=password)
        return password
