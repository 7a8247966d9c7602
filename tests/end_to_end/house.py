"""Everybody who takes part: one server, five clients on machines of their own, one site."""

import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from apps.envelope.manifests import Manifest, in_force, parse_manifest
from apps.envelope.submissions import dump_submission, seal_submission
from tests.browser.sites import Site
from tests.end_to_end.canaries import Canary
from tests.end_to_end.machines import Machine
from tests.end_to_end.pages import embedded
from tests.end_to_end.servers import Server

NAMES = ("acme", "marketing", "clinic", "agency", "mallory")
CONFIRMATION = "Thank you. Your answers were encrypted and have arrived."


@dataclass(frozen=True)
class House:
    """acme owns the sign-up form, marketing and clinic read, mallory must be refused.

    agency reads until it is revoked: tests run in any order, so nobody else ever is.

    ``site`` is somebody's, on another origin, which may embed the form.
    """

    server: Server
    site: Site
    acme: Machine
    marketing: Machine
    clinic: Machine
    agency: Machine
    mallory: Machine
    form: str

    @property
    def hosted(self) -> str:
        """The address of the hosted page."""
        return f"{self.server.url}/f/signup/"

    def embed(self, attributes: str = "") -> str:
        """Let the site serve a page with the form; returns its address."""
        self.site.page = embedded(
            server=self.server.url,
            form=self.form,
            pin=self.acme.fingerprint,
            attributes=attributes,
        )
        return self.site.origin

    @property
    def address(self) -> str:
        """Where visitors' browsers ask for the form."""
        return f"{self.server.url}/api/v1/forms/{self.form}"

    def manifest(self) -> Manifest:
        wire = httpx.get(f"{self.address}/manifest").raise_for_status().json()
        return in_force(parse_manifest(wire["manifest"].encode()), int(time.time()))

    def sealed(self, canary: Canary) -> tuple[str, bytes]:
        """A submission as a browser would post it, and the id of its record."""
        records, _ = seal_submission(self.manifest(), canary.answers)
        [record] = records
        return record.id, dump_submission(records)

    def post(self, submission: bytes) -> None:
        """Post a submission, which must be acknowledged."""
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(f"{self.address}/submissions", content=submission, headers=headers)
        assert answer.status_code == 201, answer.text

    def fill(self) -> Canary:
        """One more visitor, without a browser."""
        canary = Canary.new()
        self.post(self.sealed(canary)[1])
        return canary

    def answers_of(self, canary: Canary) -> list[dict[str, str]]:
        """What acme extracts of one visitor."""
        accounts = self.acme.extract("account")
        return [data for data in accounts if canary.token in data["fullname"]]


def built(server: Server, site: Site, folder: Path, *, sheets: bool = False) -> House:
    """Enrol everybody, draft the form and publish it, all by the real commands.

    With ``sheets`` each has a recovery sheet, and so keys that can be rotated.
    """
    people = {name: Machine(name, folder / name, server.url) for name in NAMES}
    for machine, token in zip(people.values(), server.tokens(NAMES), strict=True):
        machine.folder.mkdir()
        machine.enroll(token, sheet=sheets)
    form = server.draft_signup([site.origin])
    people["acme"].publish("signup")
    return House(server=server, site=site, form=form, **people)
