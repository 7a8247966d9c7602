"""Answers: the server wants the client to call elsewhere, or the terminal to obey it."""

import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import httpx
from django.core.management import BaseCommand, CommandError, call_command

from apps.cli import (
    commanding,
    publish_command,
    questionnaire,
    record_formats,
    safe_output,
    sheets,
)
from apps.client import api, endpoints
from apps.client.acts import reading
from apps.envelope import drafted_forms
from apps.intake.models import Form
from config.management.commands import extract, publish, whoami
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.parties import World

ESCAPE = "\x1b]0;owned\x07\x9b2J\u202e"
FORBIDDEN = ("\x1b", "\x07", "\x9b", "\u202e")
ELSEWHERE = "mallory.example"


def as_it_is(text: str) -> str:
    return text


FOLLOWS = off(httpx, "Client", partial(httpx.Client, follow_redirects=True))
CANONICAL = off(endpoints, "load_json", json.loads)
BOUND = off(endpoints, "LIST_RECORDS", replace(endpoints.LIST_RECORDS, most=10**9))
PLAIN_ERRORS = off(commanding, "plain", as_it_is) + off(api, "server_says", as_it_is)
PLAIN_DRAFT = off(publish_command, "plain", as_it_is)
OPTIONS = off(questionnaire, "_choice", lambda option: option.label)
SLUG = off(drafted_forms, "check_slug", as_it_is)
PLAIN_CSV = off(record_formats, "plain", as_it_is) + off(sheets, "cell_text", as_it_is)
PLAIN_JSON = off(safe_output, "COMMANDING", re.compile("(?!)"))
TIME = off(reading, "served_time", as_it_is)
SAFE = off(record_formats, "safe_cell", lambda text, point: text)
PLAIN_TABLE = off(safe_output, "plain", as_it_is)


class Terminal(io.StringIO):
    """Output that somebody looks at."""

    def isatty(self) -> bool:
        return True


def printing(
    world: World, command: BaseCommand, *words: str, won: Callable[[str], bool] | None = None
) -> Deed:
    """acme runs a command in a terminal; the attack works if that has to obey the server."""

    def act() -> str:
        out, error = Terminal(), Terminal()
        try:
            call_command(
                command, *words, f"--credentials={world.acme.file}", stdout=out, stderr=error
            )
        except CommandError as refused:
            error.write(str(refused))
        return out.getvalue() + error.getvalue()

    return Deed(act, won or obeys)


def obeys(text: str) -> bool:
    """Whether text moves cursors, or turns around; colours are the command's own."""
    coloured = text.replace("\x1b[", "")
    return any(character in coloured for character in FORBIDDEN)


def redirects(world: World) -> Deed:
    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("POST", start="/records") and ELSEWHERE.encode() not in asked.raw:
            location = f"https://{ELSEWHERE}/api/v1{asked.path}"
            return answering(b"", status="307 Temporary Redirect", Location=location)
        return pass_on()

    world.server.lie = lie
    return Deed(
        lambda: world.write("contact"),
        lambda _: any(ELSEWHERE.encode() in asked.raw for asked in world.server.asked),
    )


def a_member_twice(world: World) -> Deed:
    """Two programs may read such an answer differently."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/me"):
            return answer
        return answer.telling(answer.body.replace(b"{", b'{"api_key":{},', 1))

    world.server.lie = lie
    return Deed(lambda: world.acme.client().whoami(), lambda me: me is not None)


def a_bomb(world: World) -> Deed:
    """A few kilobytes that fill the memory of who inflates them."""
    page = b'{"items":["%s"],"next":"","more":false}' % (b"x" * 20_000_000)

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("GET", start="/records"):
            return answering(gzip.compress(page), Content_Encoding="gzip")
        return pass_on()

    world.server.lie = lie

    def act() -> list[object]:
        calls = world.acme.client().session.api
        calls.url = api.NOWHERE  # as if it were far away: only then gzip is asked for
        pages = calls.pages(
            endpoints.LIST_RECORDS, api.News(), writer=world.acme.id, type="contact"
        )
        return list(pages)

    return Deed(act, bool)


def in_an_error(world: World) -> Deed:
    error = {"code": "not_found", "message": ESCAPE, "hint": ESCAPE}

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("GET", start="/me"):
            return answering({"error": error}, status="404 Not Found")
        return pass_on()

    world.server.lie = lie
    return printing(world, whoami.Command())


def in_a_draft(world: World) -> Deed:
    form = world.drafted()
    Form.objects.filter(id=form.id).update(title=f"Sign up {ESCAPE}")
    return printing(world, publish.Command(), form.slug, "--yes")


def in_a_slug(world: World) -> Deed:
    form = world.drafted()
    Form.objects.filter(id=form.id).update(slug=f"{ESCAPE}{form.slug}"[:64])
    return printing(world, publish.Command(), str(form.id), "--yes")


def an_option(world: World) -> Deed:
    """What the visitor reads is not what is sealed; acme is asked to sign both."""
    form = world.drafted()
    options = [{"value": "agrees", "label": "I do not agree"}]
    form.fields.create(name="terms", kind="radio", label="Terms", options=options)
    return printing(
        world, publish.Command(), form.slug, "--yes", won=lambda text: "agrees" not in text
    )


def in_an_answer(format: str) -> Callable[[World], Deed]:
    """mallory fills acme's form."""

    def arrange(world: World) -> Deed:
        _, manifest = world.published()
        world.submit(manifest, fullname=ESCAPE)
        return printing(world, extract.Command(), "--type=account", f"--format={format}")

    return arrange


def a_formula(world: World) -> Deed:
    """In the one column of a sheet that the server writes itself."""
    world.write("contact", name="Ann")

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start="/records"):
            return answer
        items = [item | {"stored": "=1+1"} for item in answer.json["items"]]
        return answer.telling(answer.json | {"items": items})

    world.server.lie = lie
    words = ("--type=contact", "--format=csv")
    return printing(world, extract.Command(), *words, won=lambda text: ",=1+1" in text)


ATTACKS: dict[str, Attack] = {
    "redirects a request": Attack(redirects, (FOLLOWS,), "NotSealform"),
    "says a member twice": Attack(a_member_twice, (CANONICAL,), "malformed"),
    "sends a bomb": Attack(a_bomb, (BOUND,), "limit"),
    "sends escapes in an error": Attack(in_an_error, (PLAIN_ERRORS,), ""),
    "sends escapes in a draft": Attack(in_a_draft, (PLAIN_DRAFT,), ""),
    "sends escapes in a slug": Attack(in_a_slug, (SLUG,), ""),
    "hides what an option means": Attack(an_option, (OPTIONS,), ""),
    "sends escapes to a table": Attack(in_an_answer("table"), (PLAIN_TABLE,), ""),
    "sends escapes to a sheet": Attack(in_an_answer("csv"), (PLAIN_CSV,), ""),
    "sends escapes to lines of JSON": Attack(in_an_answer("jsonl"), (PLAIN_JSON,), ""),
    "sends a formula": Attack(a_formula, (TIME + SAFE,), ""),
}
