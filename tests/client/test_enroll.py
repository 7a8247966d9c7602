"""`enroll`: keys are made here, kept first, and the server is told afterwards."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from apps.cli.program import status
from apps.client import Client
from apps.client.acts import enrolling
from apps.client.errors import ApiUnavailable
from apps.directory.enrolment import issue_token
from apps.directory.models import ApiKey
from apps.directory.models import Client as ClientRow
from apps.envelope.key_files import parse_key_file
from config import inprocess
from tests.client.parties import Party, Ran, run
from tests.client.protection import WITHOUT_ASKING, enrol_trusted, opened

pytestmark = pytest.mark.django_db


def token() -> str:
    return issue_token(name="acme")[0]


def enroll(path: Path, *words: str, name: str = "acme", how: Sequence[str] = WITHOUT_ASKING) -> Ran:
    return run("enroll", "--name", name, "--out", str(path), *how, *words)


def test_it_prints_id_and_fingerprint_and_what_others_type(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"

    ran = enroll(path, "--token", token())

    client = Client.from_file(path, transport=inprocess.transport())
    assert ran.error == ""
    assert f"client id    {client.id}" in ran.out
    assert f"fingerprint  {client.fingerprint}" in ran.out
    assert f"share TYPE --with {client.id}" in ran.out
    assert client.whoami().name == "acme"


def test_the_file_is_for_its_owner_only_and_the_server_has_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    before = os.umask(0)
    try:
        enroll(path, "--token", token())
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = opened(path).api_key
    assert kept
    row = ApiKey.objects.get(id=kept.id)
    assert kept.secret.encode() not in bytes(row.digest)
    assert kept.secret not in path.read_text()


def test_the_output_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    secret = token()

    ran = enroll(path, "--token", secret)

    kept = opened(path)
    assert kept.api_key
    for hidden in (secret, kept.file.slots[0].params["secret"], kept.api_key.secret):
        assert hidden not in ran.out + ran.err


def test_it_remembers_the_file_from_the_first_moment_on(tmp_path: Path) -> None:
    """Once the file is there, a missing memory is one that was lost."""
    path, once = tmp_path / "acme.json", token()

    class Watched(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert path.with_name("acme.json.state").exists()
            return inprocess.transport().handle_request(request)

    found = enrol_trusted(token=once, name="acme", path=path, transport=Watched()).credentials

    assert found.file.serial == opened(path).file.serial == 1
    assert Client(found, transport=inprocess.transport()).write("contact", {"name": "Ann"})


def test_who_was_cut_short_before_it_remembers_anything_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, once = tmp_path / "acme.json", token()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(enrolling, "_remember", cut)
        with pytest.raises(KeyboardInterrupt):
            enrol_trusted(token=once, name="acme", path=path, transport=inprocess.transport())
    assert path.exists()
    assert ClientRow.objects.count() == 0

    assert enroll(path, "--token", once, how=("--plain",)).error == ""

    assert Client.from_file(path, transport=inprocess.transport()).write("contact", {"name": "A"})


def test_it_takes_no_other_client_s_memory_for_its_own(tmp_path: Path) -> None:
    """Whose key file is lost may still want to come back, with what it remembers."""
    memory = tmp_path / "acme.json.state"
    memory.write_bytes(b"what somebody remembers")

    ran = enroll(tmp_path / "acme.json", "--token", token())

    assert "is what another client remembers" in ran.error
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == [memory.name]
    assert memory.read_bytes() == b"what somebody remembers"


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token() + "\n")

    ran = enroll(tmp_path / "acme.json", "--token-file", str(tmp_path / "token"))

    assert "acme is enrolled" in ran.out


def test_the_same_command_again_changes_nothing(tmp_path: Path) -> None:
    path, once = tmp_path / "acme.json", token()
    enroll(path, "--token", once)
    before = path.read_bytes()

    ran = enroll(path, "--token", once)

    assert "acme is enrolled" in ran.out
    assert path.read_bytes() == before
    assert (ClientRow.objects.count(), ApiKey.objects.count()) == (1, 1)


class LosesTheAnswer(httpx.BaseTransport):
    """The server hears and answers; nobody gets the answer."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = inprocess.transport().handle_request(request)
        assert response.status_code in {200, 201}
        raise httpx.ReadTimeout("lost", request=request)


def test_after_a_lost_answer_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    path, once = tmp_path / "acme.json", token()
    with pytest.raises(ApiUnavailable):
        enrol_trusted(token=once, name="acme", path=path, transport=LosesTheAnswer())
    assert ClientRow.objects.count() == 1

    ran = enroll(path, "--token", once, how=("--plain",))

    assert "acme is enrolled" in ran.out
    assert (ClientRow.objects.count(), ApiKey.objects.count()) == (1, 1)
    assert Client.from_file(path, transport=inprocess.transport()).whoami().id == str(
        ClientRow.objects.get().id
    )


def test_keys_that_may_be_enrolled_are_not_replaced_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    path, once = tmp_path / "acme.json", token()
    with pytest.raises(ApiUnavailable):
        enrol_trusted(token=once, name="acme", path=path, transport=LosesTheAnswer())
    before = path.read_bytes()

    other = enroll(path, "--token", once, name="acne")
    other_token = "sfe_" + 43 * "A" + "_8d1f9b4c"
    enroll(path, "--token", other_token, how=("--plain",))  # refused, and still not known
    again = enroll(path, "--token", token(), name="acne")

    assert "may be enrolled" in other.error
    assert "may be enrolled" in again.error
    assert opened(path).card == parse_key_file(before.strip()).card
    assert enroll(path, "--token", once, how=("--plain",)).error == ""


def test_a_client_that_never_heard_back_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    enroll(path, "--token", "sfe_" + 43 * "A" + "_00000000")
    assert not path.exists()

    refused = enroll(path, "--token", "sfe_" + 43 * "A" + "_8d1f9b4c")

    assert "token" in refused.error
    assert ClientRow.objects.count() == 0


def test_a_name_that_the_token_is_not_for_can_be_mended(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    issued = token()

    refused = enroll(path, "--token", issued, name="acne")
    mended = enroll(path, "--token", issued, name="acme")

    assert "enrol as 'acme'" in refused.error
    assert mended.error == ""
    assert Client.from_file(path, transport=inprocess.transport()).whoami().name == "acme"


def test_a_pending_enrolment_is_finished_with_another_token(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    expired, row = issue_token(name="acme")
    row.delete()
    refused = enroll(path, "--token", expired)
    assert "not known here" in refused.error
    assert f"{path} holds the unfinished enrolment" in refused.error
    seed = opened(path).keys.seed
    assert "was not completed" in run("whoami", "--credentials", str(path)).error

    enroll(path, "--token", token())

    assert opened(path).keys.seed == seed
    assert ClientRow.objects.count() == 1


def test_a_new_token_renews_the_api_key_of_the_same_client(acme: Party) -> None:
    before = opened(acme.path)

    ran = enroll(acme.path, "--token", token(), "--plain", how=())

    after = opened(acme.path)
    assert before.api_key
    assert after.api_key
    assert "acme has a new API key" in ran.out
    assert after.card == before.card
    assert after.api_key.id != before.api_key.id
    assert acme.run("whoami").error == ""


def test_it_overwrites_no_file_of_another_client(acme: Party) -> None:
    before = acme.path.read_bytes()

    other = enroll(acme.path, "--token", token(), name="mallory")
    elsewhere = enroll(acme.path, "--token", token(), "--api-url", "https://other.example")

    assert "holds the credentials of acme" in other.error
    assert "holds the credentials of acme" in elsewhere.error
    assert acme.path.read_bytes() == before


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (("--without-recovery",), "--without-recovery"),
        (("--passphrase-file", "/dev/null"), ""),
        (("--shares", "2/3"), "--shares"),
    ],
)
def test_options_that_contradict_the_file_are_refused(
    acme: Party, tmp_path: Path, how: tuple[str, ...], what: str
) -> None:
    """It would look as if the file were protected so."""
    before = acme.path.read_bytes()
    if not what:
        words = tmp_path / "passphrase"
        words.write_text("the cat sat on my keyboard")
        words.chmod(0o600)
        how, what = ("--passphrase-file", str(words)), "--passphrase-file"

    ran = enroll(acme.path, "--token", token(), how=how)

    assert f"was not made with {what}" in ran.error
    assert acme.path.read_bytes() == before


def test_a_plain_file_is_not_made_where_a_passphrase_was_named(tmp_path: Path) -> None:
    words = tmp_path / "passphrase"
    words.write_text("the cat sat on my keyboard")
    words.chmod(0o600)

    ran = enroll(tmp_path / "acme.json", "--token", token(), "--passphrase-file", str(words))

    assert "give one of --plain" in ran.error
    assert not (tmp_path / "acme.json").exists()


def test_it_overwrites_no_file_that_is_something_else(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    path.chmod(0o600)

    ran = enroll(path, "--token", token())

    assert "is not what `enroll` wrote" in ran.error
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["", " acme", "ac\nme", "a" * 65])
def test_it_refuses_a_name_before_anything_is_written(tmp_path: Path, name: str) -> None:
    ran = enroll(tmp_path / "acme.json", "--token", token(), name=name)

    assert "client name" in ran.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "error: no server is here: name one with --api-url"),
        (["--api-url", "forms.example.org"], "the API URL must begin with https://"),
        (["--api-url", "http://forms.example.org"], "the API URL is not https"),
    ],
)
def test_a_server_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    path = tmp_path / "acme.json"
    given = ["--token", token(), "--name", "acme", "--out", str(path), *words]

    assert status(["enroll", *given], name="sealform") == 1

    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_enrolment_may_change_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    path, once = tmp_path / "acme.json", token()
    wrong = enroll(path, "--token", once, "--api-url", "http://127.0.0.1:1")
    assert "does not answer" in wrong.error
    before = opened(path)

    ran = enroll(path, "--token", once)

    after = opened(path)
    assert ran.error == ""
    assert (before.api_url, after.api_url) == ("http://127.0.0.1:1", "")
    assert after.client_id == str(ClientRow.objects.get().id)
    assert after.card == before.card
