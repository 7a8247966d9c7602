"""The key file as the client's credentials: read, opened, and never shown."""

import fcntl
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from apps.client import credentials, files, slots, unlocking
from apps.client.credentials import Credentials, from_file
from apps.client.errors import CredentialsError, UsageError
from apps.client.unlocking import Unlock, read_passphrase, unlock_from
from apps.envelope.encoding import b64, dump_json
from apps.envelope.keys import ClientKeys
from apps.envelope.passphrases import LEAST_MEMORY, LEAST_PASSES, Cost, passphrase_secret
from tests.client.protection import NOBODY

ID = "f989507e-88c3-433a-a142-7c19e63314a0"
CHEAP = Cost(LEAST_MEMORY, LEAST_PASSES)
WORDS = "a passphrase of mine"


def made(path: Path, *ways: slots.Way, name: str = "acme") -> Credentials:
    """A client's key file with these ways into it."""
    new = credentials.new(
        id=ID,
        keys=ClientKeys.generate(),
        name=name,
        path=path,
        api_url="https://forms.example.org",
        slots=[way.slot for way in ways],
    )
    credentials.write(path, new.file)
    return new


@pytest.fixture
def kept(tmp_path: Path) -> Credentials:
    return made(tmp_path / "acme.json", slots.plain())


def by_passphrase(path: Path) -> Credentials:
    return made(path, slots.passphrase(WORDS, generated=False, cost=CHEAP))


def test_what_is_saved_is_read_again(kept: Credentials) -> None:
    found = from_file(kept.path, NOBODY)

    assert found.secrets == kept.secrets
    assert (found.client_id, found.name, found.file.serial) == (ID, "acme", 1)
    assert from_file(kept.path, NOBODY, api_url="").api_url == ""
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_a_change_is_the_next_serial_under_a_new_file_key(kept: Credentials) -> None:
    changed = kept.saved()

    found = from_file(kept.path, NOBODY)
    assert (found.file.serial, found.file) == (2, changed.file)
    assert found.file.slots[0].sealed != kept.file.slots[0].sealed
    assert found.file.payload != kept.file.payload


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_can_read_is_refused(kept: Credentials, mode: int) -> None:
    kept.path.chmod(mode)

    with pytest.raises(CredentialsError, match="can be read by other users") as caught:
        from_file(kept.path, NOBODY)
    assert caught.value.hint == f"chmod 600 {kept.path}"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read: No such file"):
        from_file(tmp_path / "nothing.json", NOBODY)


@pytest.mark.parametrize(
    ("text", "what"), [("", "is empty"), ("notes", "is not what `enroll` wrote"), ("{}", "wrote")]
)
def test_a_file_that_is_something_else_is_said(kept: Credentials, text: str, what: str) -> None:
    kept.path.write_text(text)

    with pytest.raises(CredentialsError, match=what) as caught:
        from_file(kept.path, NOBODY)
    assert "restore a copy" in caught.value.hint


@pytest.mark.parametrize("member", ["serial", "label", "payload", "sealed"])
def test_a_file_that_was_altered_is_said_without_what_is_in_it(
    kept: Credentials, member: str
) -> None:
    wire = json.loads(kept.path.read_text())
    if member in wire:
        wire[member] = 2 if member == "serial" else wire[member][:-3] + "AAA"
    else:
        [slot] = wire["slots"]
        slot[member] = "mine" if member == "label" else "AAAA" + slot[member][4:]
    kept.path.write_bytes(dump_json(wire))

    with pytest.raises(CredentialsError, match="was altered since it was written") as caught:
        from_file(kept.path, NOBODY)
    assert str(kept.file.slots[0].params["secret"])[4:40] not in str(caught.value)


def test_no_secret_is_shown_by_accident(kept: Credentials) -> None:
    way = slots.plain()
    shown = repr(kept) + repr(from_file(kept.path, NOBODY)) + repr(kept.secrets) + repr(kept.keys)
    shown += repr(kept.file) + repr(kept.file.slots) + repr(way)

    assert str(kept.file.slots[0].params["secret"]) not in shown
    assert str(way.slot.params["secret"]) not in shown
    assert "salt" not in repr(slots.passphrase(WORDS, generated=False, cost=CHEAP))
    assert b64(kept.keys.seed) not in shown
    assert b64(kept.secrets.state) not in shown
    assert str(kept.keys.seed) not in shown
    assert b64(kept.keys.seed) not in kept.path.read_text()


def test_a_lock_is_that_of_the_file_and_not_of_its_name(tmp_path: Path) -> None:
    """Two commands that name one file in two ways would each undo what the other did."""
    file, link = made(tmp_path / "acme.json", slots.plain()).path, tmp_path / "link.json"
    link.symlink_to(file)

    with (
        files.locked(link),
        (tmp_path / ".acme.json.lock").open("rb") as lock,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


# --- What opens it ------------------------------------------------------------------------


def test_a_passphrase_opens_it_however_it_was_typed(tmp_path: Path) -> None:
    file = by_passphrase(tmp_path / "acme.json")

    for typed in (WORDS, f" {WORDS} ", WORDS.replace(" ", "\u00a0 "), WORDS.replace("f", "\uff46")):
        assert from_file(file.path, Unlock(typed)).secrets == file.secrets


@pytest.mark.parametrize("typed", ["a passphrase of yours", WORDS.upper(), WORDS + "."])
def test_another_passphrase_does_not(tmp_path: Path, typed: str) -> None:
    file = by_passphrase(tmp_path / "acme.json")

    with pytest.raises(CredentialsError, match="this is not the passphrase") as caught:
        from_file(file.path, Unlock(typed))
    assert typed not in str(caught.value) + caught.value.hint


def test_where_nobody_is_it_says_what_would_open_it(tmp_path: Path) -> None:
    file = by_passphrase(tmp_path / "acme.json")

    with pytest.raises(CredentialsError, match="nothing here opens the keys of acme") as caught:
        from_file(file.path, NOBODY)
    assert "--passphrase-file" in caught.value.hint


def test_somebody_is_asked_only_where_nothing_else_opens_it(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(whose: str) -> str:
        asked.append(whose)
        return WORDS

    closed = by_passphrase(tmp_path / "closed.json")
    both = made(
        tmp_path / "both.json",
        slots.passphrase(WORDS, generated=False, cost=CHEAP),
        slots.plain(),
    )

    assert from_file(both.path, Unlock(ask=ask)).secrets == both.secrets
    assert asked == []
    assert from_file(closed.path, Unlock(ask=ask)).secrets == closed.secrets
    assert asked == ["the keys of acme"]


def test_the_environment_names_the_passphrase_s_file(tmp_path: Path) -> None:
    file = by_passphrase(tmp_path / "acme.json")
    secret = tmp_path / "passphrase"
    secret.write_bytes(f"{WORDS}\r\n".encode())
    secret.chmod(0o600)

    unlock = unlock_from({"SEALFORM_PASSPHRASE_FILE": str(secret)})

    assert from_file(file.path, unlock).secrets == file.secrets
    assert unlock_from({}).passphrase == ""


@pytest.mark.parametrize(
    ("raw", "mode", "said"),
    [
        (WORDS.encode(), 0o644, "can be read by other users"),
        (b"", 0o600, "there is no passphrase in the first line"),
        (b" \nsecond", 0o600, "there is no passphrase in the first line"),
        (f"{WORDS}\nnotes".encode(), 0o600, "more than one line"),
        (f"{WORDS}\rnotes\r".encode(), 0o600, "more than one line"),
        (b"x" * 16_385, 0o600, "is too long"),
        (WORDS.encode("utf-16"), 0o600, "is UTF-16"),
    ],
    ids=["readable", "empty", "blank", "two lines", "two old lines", "long", "utf-16"],
)
def test_a_passphrase_file_that_cannot_be_used_is_refused(
    tmp_path: Path, raw: bytes, mode: int, said: str
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_bytes(raw)
    secret.chmod(mode)

    with pytest.raises(UsageError, match=said) as caught:
        read_passphrase(secret)
    assert WORDS not in str(caught.value)


@pytest.mark.parametrize("inside", ["\u2028", "\x0b", "\x1c", "\x85", "\x0c"])
def test_only_a_line_end_ends_a_passphrase(tmp_path: Path, inside: str) -> None:
    """What Python calls a line is none: half of a passphrase would be one that is soon guessed."""
    secret = tmp_path / "passphrase"
    secret.write_bytes(f"abc{inside}{WORDS}\r\n".encode())
    secret.chmod(0o600)

    assert read_passphrase(secret) == f"abc{inside}{WORDS}"


@pytest.mark.slow
def test_a_passphrase_is_tried_on_three_slots_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may have sixteen, and each may ask for seconds."""
    ways = [
        slots.passphrase(WORDS if one == 3 else f"not {one}", generated=False, cost=CHEAP)
        for one in range(5)
    ]
    ways = [replace(way, slot=replace(way.slot, made=one)) for one, way in enumerate(ways)]
    file = made(tmp_path / "acme.json", *ways)
    tried: list[bytes] = []

    def counted(passphrase: str, salt: bytes, cost: Cost) -> bytes:
        tried.append(salt)
        return passphrase_secret(passphrase, salt, cost)

    monkeypatch.setattr(unlocking, "passphrase_secret", counted)
    assert from_file(file.path, Unlock(WORDS)).secrets == file.secrets
    assert len(tried) == 2
    with pytest.raises(CredentialsError, match="not the passphrase"):
        from_file(file.path, Unlock("not 0"))
    assert len(tried) == 5


def test_nobody_is_asked_twice(tmp_path: Path) -> None:
    file, asked = by_passphrase(tmp_path / "acme.json"), []

    def ask(whose: str) -> str:
        asked.append(whose)
        return WORDS

    unlock = Unlock(ask=ask)
    from_file(file.path, unlock)
    from_file(file.path, unlock)

    assert len(asked) == 1
    assert WORDS not in repr(unlock)


# --- New ways into it ---------------------------------------------------------------------


def test_six_words_of_7776_are_offered() -> None:
    found = {slots.new_words() for _ in range(50)}

    assert len(found) == 50
    assert all(len(words.split()) == 6 for words in found)
    assert len({word for words in found for word in words.split()}) > 200


def test_the_list_of_words_is_effs_long_one() -> None:
    words = slots.word_list()

    assert len(set(words)) == 7776
    assert list(words) == sorted(words)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)?", word) for word in words)
    assert {"abacus", "felt-tip", "zoom"} <= set(words)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a passphrase is not empty"),
        ("short", "at least 10 characters"),
        ("a" * 40, "repeats a few characters"),
        ("abababababab", "repeats a few characters"),
        ("x" * 1025, "at most 1,024 bytes"),
        ("good enough \u0378", "other machines may read differently"),
        ("good enough \u200b", "nobody sees"),
        ("good enough \ufeff", "nobody sees"),
        ("good enough \x07", "nobody sees"),
    ],
)
def test_a_weak_passphrase_is_refused(text: str, why: str) -> None:
    assert why in slots.weakness(text)


def test_a_long_one_of_somebody_s_own_is_taken() -> None:
    assert slots.weakness("the cat sat on my keyboard") == ""
    assert (
        slots.weakness("\u732b\u304c\u30ad\u30fc\u30dc\u30fc\u30c9\u306b\u5ea7\u3063\u305f") == ""
    )


@pytest.mark.parametrize("numbers", [(1, 2), (3, 2), (2, 17), (0, 0), (1, 16)])
def test_shares_that_protect_nothing_are_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="shares cannot be made"):
        slots.check_shares(*numbers)


def test_any_two_of_three_shares_give_the_secret_and_one_does_not() -> None:
    made = slots.recovery(threshold=2, shares=3)
    one, two, three = made.shares

    numbered = " ".join(f"{number:>2} {word}" for number, word in enumerate(one.split(), 1))
    for few in (
        [one, two], [three, one], [two.upper(), f" {three} "], [one, two, three],
        [one, one, two], [numbered, two],
    ):  # fmt: skip
        assert slots.recovery_secret(few) == made.way.secret
    other = slots.recovery(threshold=2, shares=3).shares[0]
    for wrong in (
        [one],
        [one, one],
        [one, other],
        [one, two, other],
        [one, two.replace(two.split()[5], "zero")],
    ):
        with pytest.raises(Exception, match="do not belong together") as caught:
            slots.recovery_secret(wrong)
        assert one.split()[7] not in str(caught.value)
