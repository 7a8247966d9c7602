"""The whole story on one machine, with real cryptography: what ``make demo`` shows.

The steps go the ways that users go: management commands for the clients, the public
endpoint for the visitors. A second run finds what the first one made and reuses it.
"""

import os
import secrets
import shlex
from pathlib import Path

import httpx
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.management.base import OutputWrapper

from apps.directory.enrolment import issue_token
from apps.directory.models import Client
from apps.envelope.forms import (
    Manifest,
    dump_submission,
    in_force,
    read_signature,
    seal_submission,
    verify_manifest,
)
from apps.envelope.keys import parse_card, show_fingerprint
from apps.intake.models import Form
from apps.intake.samples import create_signup_form
from apps.vault.models import Record

RULES = """\
# What becomes of each field of an account. A field that is neither assigned nor
# dropped by name is an error, so that nothing is forgotten.
drop = ["comments"]

[source]
type = "account"

[targets.contact]
name = "fullname"
address1 = "address1"
address2 = "address2"
city = "city"
state = "state"
zip = "zip"

[targets.health]
age = "age"
height = "height"
weight = "weight"
"""

VISITORS = (
    ("Ada Okafor", "12 Harbour Street", "", "Portland", "OR", "97205", "34", "172", "68", ""),
    ("Jonas Lindqvist", "7 Mill Lane", "Flat 3", "Madison", "WI", "53703", "51", "181", "90",
     "Please call in the evening."),
    ("Mei Tanaka", "240 Orchard Road", "", "Austin", "TX", "78701", "28", "160", "54", ""),
    ("José Álvarez", "3 Calle Luna", "2º B", "San Juan", "PR", "00901", "45", "175", "77",
     "Allergic to penicillin 🐝"),
)  # fmt: skip


class Demonstration:
    """The story of docs/protocol.md, told to ``out``; files go to ``directory``."""

    def __init__(self, *, directory: Path, port: int, out: OutputWrapper) -> None:
        self.directory, self.port, self.out = directory, port, out
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def tell(self) -> None:
        """Run every step in order."""
        acme, marketing, clinic = map(self.enrol, ("acme", "marketing", "clinic"))
        self.publish(acme)
        self.visit(acme)
        self.heading("Acme extracts the accounts: decrypted on its machine only")
        self.command("extract", "--type", "account", client="acme")
        self.split()
        self.share(acme, "contact", marketing)
        self.share(acme, "health", clinic)
        self.read("contact", marketing, acme)
        self.read("health", clinic, acme)
        self.heading("Who shares what")
        self.command("shares", client="acme")

    def enrol(self, name: str) -> Client:
        """Enrol one client, unless its credentials are there already."""
        path = self.directory / f"{name}.json"
        known = Client.objects.filter(name=name).first()
        if known and path.exists():
            return known
        self.heading(f"{name.capitalize()} makes its keys and enrols")
        token, _ = issue_token(name=name)
        self.command("enroll", "--token", token, "--name", name, "--out", str(path), hide=token)
        return Client.objects.get(name=name)

    def publish(self, acme: Client) -> None:
        """Draft the sign-up form, as an admin would, and let acme sign it."""
        form = Form.objects.filter(slug="signup").first() or create_signup_form(owner=acme)
        if form.manifests.exists():
            return
        self.heading("Acme signs and publishes the form that the admin drafted")
        self.command("publish", "signup", "--yes", client="acme")

    def visit(self, acme: Client) -> None:
        """Let a few visitors fill the form; sealed here as their browsers would."""
        if Record.objects.filter(stream__type="account").exists():
            return
        self.heading("Visitors fill the form: sealed before they are sent")
        form = Form.objects.get(slug="signup")
        with self.server() as server:
            manifest = self.manifest(server, form, acme)
            for visitor in VISITORS:
                names = [field.name for field in manifest.fields]
                records = seal_submission(manifest, dict(zip(names, visitor, strict=True)))
                answer = server.post(
                    f"/api/v1/forms/{form.id}/submissions",
                    content=dump_submission(records),
                    headers={"Content-Type": "application/json"},
                )
                answer.raise_for_status()
                self.out.write(f"  {visitor[0]}: the page learns record id {records[0].id}")
        sealed = records[0].to_wire()["fields"]["fullname"]
        self.out.write(f"  The server has of the last one's name: {sealed[:60]}…")

    def server(self) -> httpx.Client:
        """Return an HTTP client on this very application."""
        transport = httpx.WSGITransport(app=WSGIHandler())
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
        self.heading("Acme splits each account into contact and health")
        rules = self.directory / "rules.toml"
        rules.write_text(RULES, encoding="utf-8")
        self.command("split", "--rules", str(rules), client="acme")

    def share(self, acme: Client, type: str, reader: Client) -> None:
        """Share one type with one reader, whose fingerprint acme was told."""
        self.heading(f"Acme shares {type} with {reader.name}")
        pin = show_fingerprint(reader.fingerprint)
        self.command("share", type, "--with", str(reader.id), "--fingerprint", pin, client="acme")

    def read(self, type: str, reader: Client, acme: Client) -> None:
        """Read as the reader, who was told acme's fingerprint."""
        self.heading(f"{reader.name.capitalize()} reads {type}, and nothing else")
        pin = show_fingerprint(acme.fingerprint)
        options = ("--type", type, "--writer", str(acme.id), "--fingerprint", pin)
        self.command("extract", *options, client=reader.name)

    def command(self, *words: str, client: str = "", hide: str = "") -> None:
        """Print a command as typed, then run it."""
        files = ("--credentials", str(self.directory / f"{client}.json")) if client else ()
        shown = shlex.join(("manage.py", *words, *map(str, files)))
        self.out.write(self.style(f"$ {shown.replace(hide, 'TOKEN') if hide else shown}"))
        call_command(words[0], *words[1:], *files, stdout=self.out)

    def heading(self, text: str) -> None:
        """Begin a step."""
        self.out.write(f"\n{text}")

    def style(self, text: str) -> str:
        """Make what a user types stand out on a terminal."""
        return f"\x1b[1m{text}\x1b[0m" if self.out.isatty() else text

    def addresses(self) -> str:
        """Return what to open next, with the admin's password of this demonstration."""
        here = f"http://localhost:{self.port}"
        return f"""
What to try next
  The form     {here}/f/signup/
  The admin    {here}/admin/   user admin, password {self.admin_password()}
  The API      {here}/api/v1/docs
  Read it      .venv/bin/python manage.py extract --type account \\
                 --credentials {self.directory}/acme.json
  Revoke it    .venv/bin/python manage.py shares --credentials {self.directory}/acme.json
               .venv/bin/python manage.py revoke contact --from CLIENT_ID \\
                 --credentials {self.directory}/acme.json
"""

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
