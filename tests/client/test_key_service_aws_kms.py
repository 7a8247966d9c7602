"""What moto shows of AWS KMS, and what may come from an endpoint that lies.

moto binds the encryption context and the key to what it makes, as AWS does. It does not check who
asks (IAM, key policies, grants, the signature of a request), nor does it refuse to decrypt with a
key that is disabled or waits for its deletion, and its ciphertext is a format of its own: that AWS
does all this is not shown here.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from apps.client.errors import KeyServiceAway, KeyServiceError
from apps.client.key_services import key_service, service
from apps.client.key_services.aws_kms import MAX_BLOB, AwsKms
from apps.envelope.encoding import b64, unb64
from apps.envelope.primitives import H
from tests.client.scripts import dripping, took
from tests.client.servers import free_port

pytestmark = pytest.mark.slow  # boto3 takes half a second to be set up

SECRET = bytes(range(32))
CONTEXT = b"slot-secret of acme, slot 1"
REGION = "eu-central-1"
ARN = f"arn:aws:kms:{REGION}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PARAMS = {"key": ARN, "wrapped": b64(bytes(96))}


def set_up(patch: pytest.MonkeyPatch, **more: str) -> None:
    """Make this a machine that is set up for AWS by its environment alone."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }.items():
        patch.setenv(name, value)


@pytest.fixture(autouse=True)
def _this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch)


@pytest.fixture
def kms() -> Iterator[Any]:
    """An account of AWS as moto has it."""
    with mock_aws():
        yield boto3.client("kms", region_name=REGION)


def new_key(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def aws() -> AwsKms:
    made = service("aws-kms")
    assert isinstance(made, AwsKms)
    return made


def test_a_secret_comes_back_with_its_context_and_with_no_other(kms: Any) -> None:
    key, there = new_key(kms), aws()
    params = there.wrap(key, SECRET, CONTEXT)

    assert there.unwrap(params, CONTEXT) == SECRET
    assert list(params) == ["key", "wrapped"]
    assert params["key"] == key
    for other in (CONTEXT[:-1] + b"2", CONTEXT + b"\0", b"slot-secret of marketing, slot 1"):
        with pytest.raises(KeyServiceError, match="InvalidCiphertext"):
            there.unwrap(params, other)


def test_the_context_is_bound_as_a_digest(kms: Any) -> None:
    """CloudTrail has it in the clear."""
    params = aws().wrap(new_key(kms), SECRET, CONTEXT)
    blob = unb64(params["wrapped"])

    bound = {"sealform": b64(H("encryption-context", CONTEXT))}
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=bound)["Plaintext"] == SECRET
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=blob)


def test_the_slot_holds_no_endpoint_no_credentials_and_no_secret(kms: Any) -> None:
    shown = json.dumps(aws().wrap(new_key(kms), SECRET, CONTEXT))

    for hidden in ("testing", "http", "amazonaws", b64(SECRET)):
        assert hidden not in shown


@pytest.mark.parametrize("at", [40, 60, -1])
def test_altered_wrapped_bytes_are_refused(at: int, kms: Any) -> None:
    there = aws()
    params = there.wrap(new_key(kms), SECRET, CONTEXT)
    raw = bytearray(unb64(params["wrapped"]))
    raw[at] ^= 1

    with pytest.raises(KeyServiceError, match="InvalidCiphertext"):
        there.unwrap(params | {"wrapped": b64(bytes(raw))}, CONTEXT)


def test_slots_cannot_be_swapped_nor_another_key_be_named(kms: Any) -> None:
    there, key, other = aws(), new_key(kms), new_key(kms)
    mine, theirs = (there.wrap(key, SECRET, one) for one in (CONTEXT, b"theirs"))

    with pytest.raises(KeyServiceError, match="InvalidCiphertext"):
        there.unwrap(theirs, CONTEXT)
    with pytest.raises(KeyServiceError, match="AccessDenied"):
        there.unwrap(mine | {"key": other}, CONTEXT)


def test_a_key_that_is_not_there_says_so(kms: Any) -> None:
    with pytest.raises(KeyServiceError, match="NotFoundException") as refused:
        aws().wrap(ARN, SECRET, CONTEXT)
    assert "kms:Encrypt" in refused.value.hint


@pytest.mark.parametrize("length", [31, 33])
def test_a_secret_of_another_length_is_refused(length: int, kms: Any) -> None:
    key = new_key(kms)
    bound = {"sealform": b64(H("encryption-context", CONTEXT))}
    made = kms.encrypt(KeyId=key, Plaintext=bytes(length), EncryptionContext=bound)

    with pytest.raises(KeyServiceError, match="and not of 32"):
        aws().unwrap({"key": key, "wrapped": b64(made["CiphertextBlob"])}, CONTEXT)


@pytest.mark.parametrize("region", ["us-east-1", None])
def test_the_region_is_this_machines(
    region: str | None, kms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = aws().wrap(new_key(kms), SECRET, CONTEXT)
    if region:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    else:
        monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(KeyServiceError, match=f"set up for {region or 'no region'}") as refused:
        aws().unwrap(params, CONTEXT)
    assert f"AWS_DEFAULT_REGION={REGION}" in refused.value.hint


@pytest.mark.parametrize(
    "key",
    [
        "alias/acme",
        ARN.replace("key/", "alias/"),
        ARN.replace(":kms:", ":s3:"),
        ARN.replace(REGION, "elsewhere.example/"),
        ARN.replace(REGION, "eu-central-1.elsewhere.example"),
        ARN + "\n",
        ARN + "/x",
        ARN.partition("key/")[2],
        "https://elsewhere.example",
        "a" * 10_000_000,
        "",
    ],
    ids=lambda value: value[-30:],
)
def test_a_key_is_an_arn(key: str) -> None:
    with pytest.raises(KeyServiceError):
        aws().unwrap(PARAMS | {"key": key}, CONTEXT)


@pytest.mark.parametrize("member", ["endpoint", "endpoint_url", "region", "profile"])
def test_a_slot_that_says_where_the_service_is_is_refused(member: str) -> None:
    with pytest.raises(KeyServiceError, match="and no others"):
        aws().unwrap(PARAMS | {member: "https://elsewhere.example"}, CONTEXT)


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(KeyServiceError, match="credentials") as refused:
        aws().unwrap(PARAMS, CONTEXT)
    assert not isinstance(refused.value, KeyServiceAway)


class Lying(ThreadingHTTPServer):
    """An endpoint that answers what a test gives it, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked = 0
        self.answers(200, b"")

    def answers(self, status: int, body: bytes, **headers: str) -> None:
        self.answer = status, body, headers


class _Answering(BaseHTTPRequestHandler):
    server: Lying

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked += 1
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running(server: Lying) -> Iterator[Lying]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def lying() -> Iterator[Lying]:
    with running(Lying()) as server:
        yield server


@pytest.fixture(scope="module")
def believing(lying: Lying) -> AwsKms:
    """What has that endpoint as AWS's, set up once: it takes boto3 half a second."""
    with pytest.MonkeyPatch.context() as patch:
        set_up(patch, AWS_ENDPOINT_URL_KMS=lying.url)
        there = aws()
        lying.answers(200, decrypted(SECRET))
        assert there.unwrap(PARAMS, CONTEXT) == SECRET
    return there


def decrypted(secret: bytes, key: str = ARN) -> bytes:
    return json.dumps({"KeyId": key, "Plaintext": base64.b64encode(secret).decode()}).encode()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"<h1>Log in", KeyServiceError),
        (200, b"{}", KeyServiceError),
        (200, b"[]", KeyServiceError),
        (200, decrypted(bytes(31)), KeyServiceError),
        (200, decrypted(bytes(MAX_BLOB + 1)), KeyServiceError),
        (200, decrypted(SECRET, ARN[:-1] + "c"), KeyServiceError),
        (200, json.dumps({"KeyId": ARN, "Plaintext": 7}).encode(), KeyServiceError),
        (200, json.dumps({"KeyId": ARN, "Plaintext": "*"}).encode(), KeyServiceError),
        (200, json.dumps({"KeyId": ARN}).encode(), KeyServiceError),
        (400, b'{"__type": "DisabledException", "message": "\\u001b[31m"}', KeyServiceError),
        (403, b"<h1>", KeyServiceError),
        (400, b'{"__type": "ThrottlingException"}', KeyServiceAway),
        (500, b"<h1>", KeyServiceAway),
        (503, b"", KeyServiceAway),
    ],
)
def test_answers_that_are_none(
    status: int, body: bytes, error: type[KeyServiceError], lying: Lying, believing: AwsKms
) -> None:
    lying.answers(status, body)

    with pytest.raises(error) as refused:
        believing.unwrap(PARAMS, CONTEXT)
    assert type(refused.value) is error
    assert refused.value.hint
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_is_followed(status: int, lying: Lying, believing: AwsKms) -> None:
    with running(Lying()) as elsewhere:
        elsewhere.answers(200, decrypted(SECRET))
        lying.answers(status, b"", location=elsewhere.url)
        with pytest.raises(KeyServiceError):
            believing.unwrap(PARAMS, CONTEXT)
        assert elsewhere.asked == 0


def test_an_endpoint_that_is_not_https_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://kms.example.org")

    with pytest.raises(KeyServiceError, match="not https"):
        aws().unwrap(PARAMS, CONTEXT)


@pytest.mark.parametrize("length", [0, MAX_BLOB + 1, 7_500_000])
def test_what_is_wrapped_has_a_bound(length: int, lying: Lying, believing: AwsKms) -> None:
    lying.answers(200, decrypted(SECRET))
    before = lying.asked

    with pytest.raises(KeyServiceError):
        believing.unwrap(PARAMS | {"wrapped": b64(bytes(length))}, CONTEXT)
    assert lying.asked == before
    assert believing.unwrap(PARAMS | {"wrapped": b64(bytes(MAX_BLOB))}, CONTEXT) == SECRET


@pytest.mark.parametrize("length", [0, MAX_BLOB + 1, 1_000_000])
def test_what_aws_makes_of_a_secret_has_a_bound(
    length: int, lying: Lying, believing: AwsKms
) -> None:
    blob = base64.b64encode(bytes(length)).decode()
    lying.answers(200, json.dumps({"KeyId": ARN, "CiphertextBlob": blob}).encode())

    with pytest.raises(KeyServiceError, match=r"bytes|4,096"):
        believing.wrap(ARN, SECRET, CONTEXT)


def test_one_that_is_switched_off_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{free_port()}")

    began = time.monotonic()
    with pytest.raises(KeyServiceAway, match="AWS KMS is away") as away:
        aws().unwrap(PARAMS, CONTEXT)
    assert took(began) < key_service.SECONDS
    assert "run this again" in away.value.hint


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b" " * 1000),
        (b"HTTP/1.1 200 OK\r\nx:", b"x"),
        (b"", b""),
    ],
)
def test_an_answer_that_does_not_end_ends_with_the_time(
    head: bytes, again: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_service, "SECONDS", 1.0)

    with dripping(head, again) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
        began = time.monotonic()
        with pytest.raises(KeyServiceAway, match="within 1 seconds"):
            aws().unwrap(PARAMS, CONTEXT)
        assert took(began) < 3
