"""The workspace's files as this server answers with them: which, and under what policy."""

import base64
import hashlib
import re

import pytest
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders
from django.test import Client as Browser

from apps.workspace.application import FOLDER, application
from config.apps import StaticFiles
from tests.tools.processes import ROOT

PAGE = "/workspace/"
FILES = ["", "workspace.js", "workspace.css", "keys.js", "opening.js", "texts/ar.json"]
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; form-action 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types sealform"
)
WORKERS = {
    "keys.js": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    "opening.js": "default-src 'none'",
}
SET_ONCE = {
    "Integrity-Policy": "blocked-destinations=(script)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_what_may_run_and_comes_without_a_cookie(client: Browser, name: str) -> None:
    answer = client.get(PAGE + name)

    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == WORKERS.get(name, POLICY)
    assert {header: answer[header] for header in SET_ONCE} == SET_ONCE
    permitted = dict(one.split("=") for one in answer["Permissions-Policy"].split(", "))
    assert {feature for feature, who in permitted.items() if who == "(self)"} == {
        "publickey-credentials-get",
        "publickey-credentials-create",
    }
    assert {permitted[feature] for feature in ("camera", "geolocation", "payment")} == {"()"}
    assert not answer.cookies
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")


def test_only_the_worker_that_holds_keys_may_make_code_of_bytes() -> None:
    may = [
        name
        for name, file in application().items()
        if "unsafe" in file.headers["Content-Security-Policy"]
    ]

    assert may == ["keys.js"]


@pytest.mark.parametrize("name", FILES)
def test_who_has_a_file_is_told_its_headers_again_and_sent_nothing(
    client: Browser, name: str
) -> None:
    """A browser puts the headers of a 304 in place of those that it keeps."""
    first = client.get(PAGE + name)

    again = client.get(PAGE + name, headers={"if-none-match": f'"other", W/{first["ETag"]}'})

    assert (again.status_code, again.content) == (304, b"")
    for header in [*SET_ONCE, "ETag", "Content-Security-Policy", "Permissions-Policy"]:
        assert again[header] == first[header]


def test_an_older_file_is_sent_anew(client: Browser) -> None:
    answer = client.get(PAGE, headers={"if-none-match": '"0123456789abcdef"'})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name",
    ["index.html", "keys", "keys.js/", "KEYS.JS", "texts/", "texts/xx.json", "../keys.js"],
)
def test_no_other_name_is_answered(client: Browser, name: str) -> None:
    assert client.get(PAGE + name).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_takes_nothing(client: Browser, method: str) -> None:
    assert getattr(client, method)(PAGE).status_code == 405
    assert getattr(client, method)(f"{PAGE}keys.js").status_code == 405


def test_head_is_answered_like_get(client: Browser) -> None:
    get, head = client.get(PAGE), client.head(PAGE)

    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == get["ETag"]


def test_the_page_names_the_bytes_of_its_script_and_style(client: Browser) -> None:
    page = client.get(PAGE).content.decode()

    named = re.findall(r'(?:src|href)="([\w.]+)" integrity="sha384-([^"]+)" crossorigin', page)
    assert [name for name, _ in named] == ["workspace.css", "workspace.js"]
    for name, digest in named:
        assert digest == base64.b64encode(hashlib.sha384(_served(client, name)).digest()).decode()
    assert page.count("<script") == 1
    assert "<style" not in page
    assert "style=" not in page


def test_the_script_names_the_bytes_of_each_language(client: Browser) -> None:
    script = _served(client, "workspace.js").decode()
    languages = sorted(path.name for path in (FOLDER / "texts").iterdir())

    assert languages == ["ar.json", "de.json", "es.json", "fr.json", "ja.json"]
    for name in languages:
        digest = hashlib.sha384(_served(client, f"texts/{name}")).digest()
        assert base64.b64encode(digest).decode() in script


def _served(client: Browser, name: str) -> bytes:
    content: bytes = client.get(PAGE + name).content
    return content


def test_no_copy_of_it_is_collected_under_another_policy() -> None:
    staticfiles = apps.get_app_config("staticfiles")
    assert isinstance(staticfiles, StaticFiles)
    ignored = staticfiles.ignore_patterns
    collected = {path for finder in get_finders() for path, _ in finder.list(ignored)}

    assert "sealform.js" in collected
    assert [path for path in collected if "workspace" in path] == []


def test_all_that_was_built_is_served_from_a_checkout() -> None:
    assert FOLDER == ROOT / "static/dist/workspace"
    built = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}

    assert set(application()) == {"" if name == "index.html" else name for name in built}
