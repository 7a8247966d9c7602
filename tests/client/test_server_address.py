"""Addresses of servers, wherever they come from: no password in them, and none of it shown."""

import socket
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from apps.client import credentials, endpoints
from apps.client.api import Api
from apps.client.errors import ApiUnavailable, ClientError, UsageError
from apps.client.server_address import read_address
from apps.envelope.tokens import ENROLMENT, new_token
from tests.client.parties import Party
from tests.client.protection import NOBODY, opened
from tests.client.test_program import typed

PASSWORDS = [
    "https://acme:hunter2@forms.example.org",
    "https://acme:hun/ter2@forms.example.org",
    "https://acme:hunter2%40@forms.example.org",
    "https://hunter2@forms.example.org",
    "https://@forms.example.org",
    "acme:hunter2@forms.example.org",
    "//acme:hunter2@forms.example.org",
    "https://acme:hunter2\uff20forms.example.org",
    "https://forms.example.org/acme:hunter2@",
]
OTHERS = [
    "forms.example.org",
    "ftp://forms.example.org",
    "https://",
    "https:///hunter2",
    "https://forms.example.org:hunter2",
    "https://forms.example.org?key=hunter2",
    "https://forms.example.org#hunter2",
    "https://forms.example.org/?",
    "https://[hunter2",
    "https://xn--hunter2-\u00e9",
    "https://forms.example.org\nhunter2",
    "http://forms.example.org",
]


@pytest.mark.parametrize("url", [*PASSWORDS, *OTHERS])
def test_what_is_no_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_address(url)

    said = f"{refused.value} {refused.value.hint}"
    assert "hunter2" not in said
    assert ("user name or a password" in said) == (url in PASSWORDS)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("", ""),
        ("https://forms.example.org", "https://forms.example.org"),
        (" https://forms.example.org/ \n", "https://forms.example.org"),
        ("https://forms.example.org/api/v1/", "https://forms.example.org"),
        ("https://example.org/forms/", "https://example.org/forms"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_kept_in_one_form(url: str, kept: str) -> None:
    assert read_address(url) == kept


def with_address(acme: Party, url: str) -> None:
    kept = opened(acme.path)
    kept.saved(secrets=replace(kept.secrets, api_url=url))


@pytest.mark.parametrize("url", PASSWORDS[:2])
def test_it_is_refused_in_each_place_that_names_one(acme: Party, url: str, tmp_path: Path) -> None:
    token = new_token(ENROLMENT)
    new = ("--token", token, "--name", "acme", "--out", str(tmp_path / "new.json"))
    said = [
        typed("whoami", "--credentials", str(acme.path), "--api-url", url),
        typed("enroll", *new, "--api-url", url),
    ]
    with_address(acme, url)
    said.append(typed("whoami", "--credentials", str(acme.path)))
    again = ("--token", token, "--name", "acme", "--out", str(acme.path))
    said.append(typed("enroll", *again, "--api-url", "https://forms.example.org"))

    for code, out, err in said:
        assert code == 1
        assert "must not hold a user name or a password" in err
        assert "ter2" not in out + err
    assert not (tmp_path / "new.json").exists()
    with pytest.raises(ClientError, match="must not hold"):
        opened(acme.path)


def test_a_file_with_a_wrong_address_works_with_another(acme: Party) -> None:
    with_address(acme, PASSWORDS[0])

    found = credentials.from_file(acme.path, NOBODY, api_url="https://forms.example.org/")

    assert found.api_url == "https://forms.example.org"


class Answers:
    """A server that answers every connection with the same bytes, and hangs up."""

    def __init__(self, answer: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        for _ in range(4):  # as often as a client tries
            connection, _ = self.listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(self.answer)


@pytest.mark.parametrize(
    ("scheme", "answer", "said"),
    [
        ("https", b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", "http and not https"),
        ("http", b"\x15\x03\x01\x00\x02\x02\x46", "then write https://"),
    ],
)
def test_who_speaks_the_other_scheme_is_named(scheme: str, answer: bytes, said: str) -> None:
    server = Answers(answer)
    with server.listener:
        api = Api(url=f"{scheme}://127.0.0.1:{server.port}", sleep=lambda seconds: None)
        with closing(api), pytest.raises(ApiUnavailable) as away:
            api.call(endpoints.ME)

    assert said in away.value.hint
