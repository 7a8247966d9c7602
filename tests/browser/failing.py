"""Ways in which a form cannot be trusted or cannot work, and what is then said and counted."""

import datetime
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.sync_api import Page, Route

from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest, sign_manifest
from apps.intake.models import Form
from apps.intake.models import Manifest as ManifestRow
from tests.browser.sites import Site
from tests.intake.people import Person
from tests.tools.processes import ROOT
from tests.tools.selection import nightly

TEXTS = ROOT / "static/src/form/texts"
NO_SUBTLE = "Object.defineProperty(crypto, 'subtle', { value: undefined })"
NO_ML_KEM = "delete SubtleCrypto.prototype.encapsulateBits"
YEARS = datetime.timedelta(days=5000)
DAY = 24 * 3600


@dataclass
class Stage:
    """A page about to be opened, on our server or on a site that embeds the form."""

    page: Page
    site: Site
    form: Form
    manifest: Manifest
    owner: Person

    def serve(self, manifest: Manifest, *, signer: Person | None = None, spoil: int = 0) -> None:
        """Answer with another manifest, whoever signed it, with a bit of the signature turned."""
        signed, sig = sign_manifest(manifest, (signer or self.owner).keys)
        sig = bytes([sig[0] ^ spoil]) + sig[1:]
        answer = {
            "manifest": signed.raw.decode(), "sig": b64(sig), "card": self.owner.card.to_wire(),
        }  # fmt: skip
        self.page.route("**/manifest", _answering(json.dumps(answer)))


def _answering(body: str) -> Callable[[Route], None]:
    headers = {"access-control-allow-origin": "*"}
    return lambda route: route.fulfill(body=body, content_type="application/json", headers=headers)


@dataclass(frozen=True)
class Failure:
    """``says`` is a key of our texts; ``counted`` the code that the operator sees, "" where
    nobody can know of it.
    """

    arrange: Callable[[Stage], object]
    says: str
    counted: str


def said(key: str) -> re.Pattern[str]:
    """What a visitor reads of a text, whatever its placeholders are filled with."""
    texts = json.loads((TEXTS / "en.json").read_text())
    texts |= json.loads((TEXTS / "pages/en.json").read_text())
    words = re.sub(r"\\\{\w+\\\}", ".*", re.escape(texts[key]))
    return re.compile(words.replace(r"\ ", r"\s+"))


def blocked(what: str) -> Callable[[Stage], object]:
    """A request that an ad blocker, a proxy or a bad connection swallows."""
    return lambda stage: stage.page.route(what, lambda route: route.abort())


def altered(stage: Stage) -> None:
    """One more byte than was signed off."""

    def more(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text() + ";")

    stage.page.route("**/sealform.js", more)


def clock(shift: datetime.timedelta) -> Callable[[Stage], object]:
    """A device whose battery was empty, or whose owner plays with time."""
    return lambda stage: stage.page.clock.set_fixed_time(datetime.datetime.now() + shift)


def script(source: str) -> Callable[[Stage], object]:
    return lambda stage: stage.page.add_init_script(source)


def without_part(part: str) -> Callable[[Stage], object]:
    def arrange(stage: Stage) -> None:
        stage.page.add_init_script(NO_ML_KEM)
        stage.page.route(f"**/sealform-{part}.*", lambda route: route.abort())

    return arrange


def ended(stage: Stage) -> None:
    """The server knows that the form is over."""
    ManifestRow.objects.filter(form=stage.form).update(expires=int(time.time()) - DAY)


def served(**changes: object) -> Callable[[Stage], object]:
    """A manifest of the owner's own, signed, but not the one that should be in force."""
    return lambda stage: stage.serve(replace(stage.manifest, raw=b"", **changes))  # type: ignore[arg-type]


def misplaced(attribute: str, value: str) -> Callable[[Stage], object]:
    """The site's page says something else than its author meant."""

    def arrange(stage: Stage) -> None:
        stage.site.page = re.sub(f'{attribute}="[^"]*"', f'{attribute}="{value}"', stage.site.page)

    return arrange


def policy(words: str) -> Callable[[Stage], object]:
    """The site's own policy."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{words}">'

    def arrange(stage: Stage) -> None:
        stage.site.page = stage.site.page.replace("<head>", f"<head>{meta}")

    return arrange


OTHER_PIN = "-".join(["AAAA"] * 13)
SOON = {"issued": int(time.time()) + 9 * DAY}
OVER = {"issued": int(time.time()) - 9 * DAY, "expires": int(time.time()) - DAY}

# On our own server, where the page can say what its script cannot.
HOSTED = {
    "script blocked": Failure(blocked("**/sealform.js"), "page.notloaded", "script"),
    "script altered": Failure(altered, "page.notloaded", "script"),
    "clock behind": Failure(clock(-YEARS), "error.early", "clock"),
    "clock ahead": Failure(clock(YEARS), "error.expired", "expired"),
    "no WebCrypto": Failure(script(NO_SUBTLE), "error.unsupported", "unsupported"),
    "no fallback for ML-KEM": Failure(without_part("kem"), "error.part", "part"),
    "no steps": Failure(without_part("steps"), "error.part", "part"),
    "form over": Failure(ended, "page.expired", "expired"),
}

# On somebody's site, whose inputs can be typed in whatever happens.
EMBEDDED = {
    "script blocked": Failure(blocked("**/sealform.js"), "page.notloaded.elsewhere", ""),
    "script altered": Failure(altered, "page.notloaded.elsewhere", ""),
    "pin wrong": Failure(misplaced("data-pin", OTHER_PIN), "error.fingerprint", "fingerprint"),
    "pin mistyped": Failure(misplaced("data-pin", "ABCD"), "error.setup", "setup"),
    "version too low": Failure(misplaced("data-min-version", "2"), "error.mismatch", "mismatch"),
    "signature altered": Failure(
        lambda stage: stage.serve(stage.manifest, spoil=1), "error.signature", "signature"
    ),
    "manifest over": Failure(served(**OVER), "error.expired", "expired"),
    "manifest of next week": Failure(served(**SOON), "error.early", "clock"),
    "clock behind": Failure(clock(-YEARS), "error.early", "clock"),
    "clock ahead": Failure(clock(YEARS), "error.expired", "expired"),
    "no WebCrypto": Failure(script(NO_SUBTLE), "error.unsupported", "unsupported"),
    "no fallback for ML-KEM": Failure(without_part("kem"), "error.part", "part"),
    "policy forbids to connect": Failure(policy("connect-src 'none'"), "error.network", ""),
    "policy forbids the script": Failure(
        policy("script-src 'self'"), "page.notloaded.elsewhere", ""
    ),
}

# Where our script never runs, and only the tags themselves can speak.
UNSPOKEN = ("script blocked", "script altered", "policy forbids the script")

# Where a site lets the script render the whole form, which then never appears.
RENDERED = (
    "script blocked",
    "pin wrong",
    "no fallback for ML-KEM",
    *nightly(
        "script altered", "policy forbids the script", "signature altered", "clock ahead",
        "no WebCrypto",
    ),
)  # fmt: skip
