"""`keys`: the ways into a key file, and the recovery sheet that brings it back."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.client import Client, credentials
from apps.client.credentials import from_file
from apps.client.errors import CredentialsError, UsageError
from apps.client.state import state_file
from apps.client.unlocking import Unlock
from apps.directory.enrolment import issue_token
from apps.directory.models import Client as Row
from apps.directory.models import KeyFileCopy
from apps.envelope.codes import show_code
from apps.envelope.keys import show_fingerprint
from apps.intake.drafting.sample_form import create_signup_form
from config import inprocess
from tests.client.parties import Party, Ran, run
from tests.client.protection import opened
from tests.client.servers import draft_in

pytestmark = pytest.mark.django_db

CODE = re.compile(r"(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}")


def keys(command: str, party: Party, *words: str) -> Ran:
    return run("keys", command, *words, "--credentials", str(party.path))


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """The file of the words that were drawn."""
    return str(tmp_path / "words")


def private(path: Path, text: str) -> str:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def olga(db: None, tmp_path: Path, secret: str) -> Party:
    """Somebody with a passphrase, and a recovery sheet that nobody has tried."""
    token, _ = issue_token(name="olga")
    path, sheet = tmp_path / "olga.json", tmp_path / "sheet.html"
    words = ("--token", token, "--name", "olga", "--out", str(path), "--sheet", str(sheet))
    ran = run("enroll", *words, "--words-file", secret)
    assert ran.error == ""
    return Party("olga", path)


def words_of(tmp_path: Path) -> str:
    return (tmp_path / "words").read_text().strip()


def code_of(tmp_path: Path) -> str:
    """A file with what stands on the sheet, as somebody has copied it."""
    rows = CODE.findall(sheet(tmp_path).partition("<pre>")[2])[:4]
    return private(tmp_path / "sheet.code", "\n".join(rows).lower())


def shares_of(tmp_path: Path, *numbers: int) -> str:
    """A file with some of the shares that were printed."""
    text = (tmp_path / "shares.html").read_text()
    parts = re.findall(r'<ol class="words">(.*?)</ol>', text, re.DOTALL)
    found = [re.findall(r"<li>([a-z]+)</li>", part) for part in parts]
    assert len(found) == 3
    return private(tmp_path / "shares.code", "\n".join(" ".join(found[n]) for n in numbers))


@pytest.mark.slow
def test_enrolling_writes_a_sheet_that_opens_the_keys(
    olga: Party, tmp_path: Path, secret: str
) -> None:
    unproved = keys("list", olga)
    verified = keys("verify", olga, "--code-file", code_of(tmp_path))
    listed = json.loads(keys("list", olga, "--json").out)

    assert "No recovery way was proved" in unproved.out
    assert "not yet" in unproved.out
    assert verified.error == ""
    assert "recovery sheet opens the keys" in verified.out
    assert listed["recoverable"] is True
    assert [slot["kind"] for slot in listed["slots"]] == ["passphrase", "recovery"]
    assert (tmp_path / "sheet.html").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "words").stat().st_mode & 0o777 == 0o600
    assert from_file(olga.path, Unlock(words_of(tmp_path))).name == "olga"


@pytest.mark.slow
def test_a_form_is_published_only_after_a_recovery_way_was_proved(
    olga: Party, tmp_path: Path, secret: str
) -> None:
    create_signup_form(owner=Row.objects.get(name="olga"))
    opens = ("--passphrase-file", secret)
    draft = draft_in(olga.run("publish", "signup", "--dry-run", *opens).out)

    refused = olga.run("publish", "signup", "--draft", draft, *opens)
    trial = olga.run("publish", "signup", "--draft", draft, "--without-recovery", *opens)
    again = olga.run("publish", "signup", "--yes", *opens)
    keys("verify", olga, "--code-file", code_of(tmp_path))
    published = olga.run("publish", "signup", "--yes", *opens)

    assert refused.code == again.code == 1
    assert "every answer is lost" in refused.error
    assert "keys verify" in refused.error
    assert (trial.error, published.error) == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda code: code.replace(code[7], "a" if code[7] != "a" else "b", 1), "row 1 of the"),
        (lambda code: code[:-2] + ("aa" if code[-2:] != "aa" else "bb"), "row 4 of the recovery"),
        (lambda code: code.replace("-", "")[:40], "instead of 64"),
        (lambda code: "\n".join(reversed(code.split("\n"))), "mistyped, or of another code"),
        (lambda code: code.replace(code[0], "1", 1), "is not A-Z or 2-7"),
    ],
    ids=["a letter", "the end", "a part", "rows swapped", "a one"],
)
def test_a_mistyped_code_is_told_by_its_row_and_changes_nothing(
    olga: Party, tmp_path: Path, change: Callable[[str], str], said: str
) -> None:
    code = Path(code_of(tmp_path)).read_text().strip()
    before = olga.path.read_bytes()

    ran = keys("verify", olga, "--code-file", private(tmp_path / "typed", change(code)))

    assert ran.code == 1
    assert said in ran.error
    assert code[5:9].upper() not in ran.error
    assert olga.path.read_bytes() == before


def test_the_sheet_of_somebody_else_is_refused(olga: Party, acme: Party, tmp_path: Path) -> None:
    ran = keys("verify", acme, "--code-file", code_of(tmp_path))
    fetched = re.findall(r"<h2>Fetch code</h2>.*?<pre>(.*?)</pre>", sheet(tmp_path), re.DOTALL)[0]
    other = keys("verify", olga, "--code-file", private(tmp_path / "fetch", fetched))

    assert "this is not the recovery sheet of the keys of acme" in ran.error
    assert "of another code" in other.error


@pytest.mark.slow
def test_two_of_three_shares_recover_and_one_does_not(olga: Party, tmp_path: Path) -> None:
    old = code_of(tmp_path)
    made = keys(
        "recovery", olga, "--shares", "2/3", "--sheet", str(tmp_path / "shares.html"),
        "--code-file", old,
    )  # fmt: skip
    listed = keys("list", olga)

    one = keys("verify", olga, "--code-file", shares_of(tmp_path, 0))
    two = keys("verify", olga, "--code-file", shares_of(tmp_path, 2, 0))
    paper = keys("verify", olga, "--code-file", old)

    assert made.error == ""
    assert "2 of 3 shares" in listed.out
    assert "too few" in one.error
    assert two.error == ""
    assert "this is not the recovery sheet" in paper.error


@pytest.mark.slow
def test_the_sheet_names_the_serial_of_the_file_that_it_opens(
    olga: Party, tmp_path: Path, secret: str
) -> None:
    first = re.findall(r"serial (\d+)", sheet(tmp_path))
    assert first == [str(credentials.read(olga.path).serial)] == ["1"]
    assert "serial       1" in olga.run("whoami", "--passphrase-file", secret).out
    new = tmp_path / "new.html"

    ran = keys("recovery", olga, "--sheet", str(new), "--code-file", code_of(tmp_path))

    assert ran.error == ""
    assert re.findall(r"serial (\d+)", new.read_text()) == ["2"]
    assert credentials.read(olga.path).serial == 2


@pytest.mark.slow
def test_a_new_sheet_has_a_new_fetch_code(olga: Party, tmp_path: Path, secret: str) -> None:
    """Who has found the old paper fetches nothing that is left with the server afterwards."""
    old = fetch_code(tmp_path)
    keys("recovery", olga, "--sheet", str(tmp_path / "new.html"), "--code-file", code_of(tmp_path))
    assert keys("upload", olga, "--passphrase-file", secret).error == ""
    words = ("fetch", credentials.read(olga.path).id, "--out")

    refused = run("keys", *words, str(tmp_path / "a.json"), "--fetch-code-file", old)
    new = fetch_code(tmp_path, "new.html")
    fetched = run("keys", *words, str(tmp_path / "b.json"), "--fetch-code-file", new)

    assert "no copy of a key file is kept here" in refused.error
    assert fetched.error == ""


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_new_sheet_is_shown_to_nobody_where_nobody_is(
    olga: Party, tmp_path: Path, more: tuple[str, ...]
) -> None:
    """The code would stand in a log, and the old sheet would open nothing any more."""
    before = olga.path.read_bytes()

    ran = keys("recovery", olga, "--code-file", code_of(tmp_path), *more)

    assert "pass --sheet FILE" in ran.error
    assert not CODE.search(ran.out + ran.err + ran.error)
    assert olga.path.read_bytes() == before


@pytest.mark.parametrize("name", ["olga.json", "olga.json.state", "notes.txt", "link"])
def test_a_sheet_takes_the_place_of_no_file(olga: Party, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(olga.path)
    before = {one: one.read_bytes() for one in tmp_path.glob("*.json*")}

    ran = keys("recovery", olga, "--sheet", str(tmp_path / name), "--code-file", code_of(tmp_path))

    assert "is there already" in ran.error
    assert {one: one.read_bytes() for one in tmp_path.glob("*.json*")} == before
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["new.json", "new.json.state"])
@pytest.mark.parametrize("option", ["--sheet", "--words-file"])
def test_no_paper_is_written_where_the_keys_will_be(
    db: None, tmp_path: Path, name: str, option: str
) -> None:
    token, _ = issue_token(name="olga")
    papers = {"--sheet": str(tmp_path / "sheet.html"), "--words-file": str(tmp_path / "words")}
    papers[option] = str(tmp_path / name)
    words = [word for pair in papers.items() for word in pair]

    ran = run(
        "enroll", "--token", token, "--name", "olga", "--out", str(tmp_path / "new.json"), *words
    )

    assert "is for the keys themselves" in ran.error
    assert not (tmp_path / "new.json").exists()


@pytest.mark.slow
def test_six_words_of_somebody_s_own_do_not_count_as_drawn(olga: Party, tmp_path: Path) -> None:
    """Of what a person chose, or a file brought, nobody knows how it came about."""
    own = private(tmp_path / "own", "rely kilowatt endearing spyglass unwashed purse")
    opens = ("--passphrase-file", str(tmp_path / "words"))
    assert "six words" in keys("list", olga).out

    keys("passphrase", olga, *opens, "--new-passphrase-file", own)

    assert "passphrase, own" in keys("list", olga).out
    refused = keys("upload", olga, "--passphrase-file", own)
    assert "not six generated words" in refused.error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "why"), [("short", "at least 10"), ("the cat sat \u200b on", "nobody sees")]
)
def test_a_weak_passphrase_in_a_file_is_refused_like_a_typed_one(
    olga: Party, tmp_path: Path, text: str, why: str
) -> None:
    opens = ("--passphrase-file", str(tmp_path / "words"))
    before = olga.path.read_bytes()

    ran = keys("passphrase", olga, *opens, "--new-passphrase-file", private(tmp_path / "w", text))

    assert why in ran.error
    assert olga.path.read_bytes() == before


@pytest.mark.slow
def test_a_passphrase_beside_a_plain_slot_is_said_to_protect_nothing(
    olga: Party, tmp_path: Path, secret: str
) -> None:
    new = private(tmp_path / "new", "the cat sat on my keyboard")
    keys("add", olga, "plain", "--label", "server", "--passphrase-file", secret)

    ran = keys("passphrase", olga, "--new-passphrase-file", new)

    assert ran.error == ""
    assert "server still opens the keys without any passphrase" in ran.err
    assert "keys remove" in ran.err


@pytest.mark.slow
def test_contradicting_ways_are_refused(olga: Party, tmp_path: Path, secret: str) -> None:
    own = private(tmp_path / "own", "the cat sat on my keyboard")
    opens = ("--passphrase-file", secret)
    out = ("--out", str(tmp_path / "new.json"), "--without-memory")
    words = ("--from", str(olga.path), *out, "--code-file", code_of(tmp_path))

    said = [
        run("keys", "restore", *words, "--plain", "--passphrase-file", own),
        run("keys", "restore", *words, "--plain", "--words-file", str(tmp_path / "w")),
        keys("add", olga, "plain", "--new-passphrase-file", own, *opens),
    ]

    assert ["give one of --plain" in ran.error for ran in said] == [True] * 3
    assert not (tmp_path / "new.json").exists()


@pytest.mark.slow
def test_four_passphrases_are_too_many(olga: Party, tmp_path: Path, secret: str) -> None:
    new = private(tmp_path / "new", "the cat sat on my keyboard")
    words = ("--new-passphrase-file", new, "--passphrase-file", secret)
    added = [keys("add", olga, "passphrase", "--label", f"n{n}", *words) for n in range(3)]

    assert [ran.error == "" for ran in added] == [True, True, False]
    assert "at most 3 slots" in added[-1].error


@pytest.mark.slow
def test_a_new_sheet_needs_an_old_one(olga: Party, acme: Party, tmp_path: Path) -> None:
    """The client's recovery key is nowhere else: who has only the machine cannot replace it."""
    before = olga.path.read_bytes()
    wrong = private(tmp_path / "wrong", "\n".join(show_code("recovery", bytes(32))))

    ran = keys("recovery", olga, "--sheet", str(tmp_path / "new.html"), "--code-file", wrong)

    assert "this is not the recovery sheet" in ran.error
    assert not (tmp_path / "new.html").exists()
    assert olga.path.read_bytes() == before


@pytest.mark.slow
def test_a_passphrase_is_changed_and_the_old_one_opens_nothing(
    olga: Party, tmp_path: Path, secret: str
) -> None:
    new = private(tmp_path / "new", "the cat sat on my keyboard")

    ran = keys("passphrase", olga, "--passphrase-file", secret, "--new-passphrase-file", new)

    assert ran.error == ""
    assert from_file(olga.path, Unlock("the cat sat on my keyboard")).name == "olga"
    with pytest.raises(CredentialsError, match="not the passphrase"):
        from_file(olga.path, Unlock(words_of(tmp_path)))
    assert keys("verify", olga, "--code-file", code_of(tmp_path)).error == ""


@pytest.mark.slow
def test_a_change_without_what_opens_the_file_is_refused(olga: Party, tmp_path: Path) -> None:
    before = olga.path.read_bytes()
    wrong = private(tmp_path / "wrong", "the dog sat on my keyboard")
    new = private(tmp_path / "new", "the cat sat on my keyboard")
    opens, named = ("--passphrase-file", wrong), ("--new-passphrase-file", new)

    said = [
        keys("add", olga, "plain", *opens),
        keys("remove", olga, "passphrase", "--yes", *opens),
        keys("passphrase", olga, *named, *opens),
        keys("confirm", olga, "--serial", "2", *opens),
        keys("add", olga, "passphrase", *named),
    ]

    assert all(ran.code == 1 for ran in said)
    assert ["not the passphrase" in ran.error for ran in said] == [True] * 4 + [False]
    assert "nothing here opens" in said[-1].error
    assert olga.path.read_bytes() == before


@pytest.mark.slow
def test_ways_are_added_and_removed_by_their_labels(olga: Party, secret: str) -> None:
    opens = ("--passphrase-file", secret)
    added = keys("add", olga, "plain", "--label", "server", *opens)
    twice = keys("add", olga, "plain", "--label", "server", *opens)
    alone = run("whoami", "--credentials", str(olga.path))
    removed = keys("remove", olga, "server", "--yes")
    unknown = keys("remove", olga, "server", "--yes", *opens)

    assert "server opens the keys now" in added.out
    assert "there is a slot called server already" in twice.error
    assert alone.error == ""
    assert "older copies still open with it" in removed.out
    assert "no way into the keys is called server" in unknown.error


def test_the_last_recovery_sheet_is_removed_only_on_purpose(acme: Party) -> None:
    """No other can be made without one."""
    before = acme.path.read_bytes()

    refused = keys("remove", acme, "recovery sheet", "--yes")

    assert "is the last recovery sheet" in refused.error
    assert "--last-recovery" in refused.error
    assert acme.path.read_bytes() == before
    assert keys("remove", acme, "recovery sheet", "--yes", "--last-recovery").error == ""
    assert "cannot get one any more" in keys("verify", acme, "--code-file", "x").error


def test_the_last_way_stays(acme: Party) -> None:
    assert keys("remove", acme, "recovery sheet", "--yes", "--last-recovery").error == ""
    before = acme.path.read_bytes()

    ran = keys("remove", acme, "this machine", "--yes")

    assert "is the last way" in ran.error
    assert acme.path.read_bytes() == before


def test_sixteen_ways_are_the_most(acme: Party) -> None:
    for number in range(14):
        assert keys("add", acme, "plain", "--label", f"n{number}").error == ""

    ran = keys("add", acme, "plain", "--label", "more")

    assert "at most 16 slots" in ran.error
    assert len(opened(acme.path).file.slots) == 16


def test_removing_asks_first(acme: Party) -> None:
    ran = keys("remove", acme, "recovery sheet")

    assert "nobody is here to confirm: pass --yes" in ran.error
    assert opened(acme.path).file.is_recoverable


# --- Coming back --------------------------------------------------------------------------


def restored(olga: Party, tmp_path: Path, *words: str) -> tuple[Ran, Party]:
    """Another machine, which has a copy of the file and the sheet."""
    copy, there = tmp_path / "copy.json", tmp_path / "there" / "olga.json"
    copy.write_bytes(olga.path.read_bytes())
    copy.chmod(0o600)
    memory = olga.path.with_name(f"{olga.path.name}.state")
    copy.with_name("copy.json.state").write_bytes(memory.read_bytes())
    there.parent.mkdir(exist_ok=True)
    ran = run(
        "keys", "restore", "--from", str(copy), "--out", str(there), "--plain",
        "--code-file", code_of(tmp_path), *words,
    )  # fmt: skip
    return ran, Party("olga", there)


@pytest.mark.slow
def test_restored_keys_read_and_sign_nothing_until_a_person_agrees(
    olga: Party, acme: Party, tmp_path: Path
) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.client.share("contact", credentials.read(olga.path).id, fingerprint=fingerprint_of(olga))

    ran, there = restored(olga, tmp_path)
    there.knows(acme)
    reads = there.run("extract", "--type", "contact", "--writer", acme.id, "--format", "jsonl")
    with pytest.raises(UsageError, match="nobody has confirmed") as refused:
        there.client.write("health", {"age": "34"})
    serial = opened(there.path).file.serial
    unasked = keys("confirm", there)
    mistyped = keys("confirm", there, "--serial", "99")
    before = there.path.read_bytes()
    agreed = keys("confirm", there, "--serial", str(serial))
    again = keys("confirm", there, "--serial", str(serial))

    assert ran.error == ""
    assert json.loads(before)["serial"] == serial == credentials.read(olga.path).serial
    assert "sign nothing before" in ran.out
    assert [line["data"] for line in reads.lines] == [{"name": "Ann"}]
    assert "keys confirm" in refused.value.hint
    assert "nobody is here to compare: pass --serial" in unasked.error
    assert str(serial) not in unasked.out + unasked.err + unasked.error
    assert "is not that of" in mistyped.error
    assert str(serial) not in mistyped.error.replace(str(there.path), "")
    assert (agreed.error, again.error) == ("", "")
    assert opened(there.path).file.serial == serial + 1
    assert there.client.write("health", {"age": "34"})


@pytest.mark.slow
def test_a_confirmation_that_was_cut_short_is_finished_by_the_same_words(
    olga: Party, tmp_path: Path
) -> None:
    """The file was written, and what is remembered of it was not."""
    _, there = restored(olga, tmp_path)
    serial = opened(there.path).file.serial
    memory = state_file(opened(there.path)).path
    before = memory.read_bytes()
    keys("confirm", there, "--serial", str(serial))
    memory.write_bytes(before)
    with pytest.raises(UsageError, match="confirmed"):
        there.client.write("health", {"age": "34"})

    again = keys("confirm", there, "--serial", str(serial))

    assert again.error == ""
    assert opened(there.path).file.serial == serial + 1
    assert there.client.write("health", {"age": "34"})


def test_an_older_copy_put_back_signs_nothing_either(acme: Party) -> None:
    older = acme.path.read_bytes()
    acme.client.write("contact", {"name": "Ann"})
    keys("add", acme, "plain", "--label", "other")
    acme.client.write("contact", {"name": "Ben"})

    acme.path.write_bytes(older)

    with pytest.raises(UsageError, match="came from a copy"):
        acme.client.write("contact", {"name": "Cleo"})
    assert len(list(acme.client.query("contact"))) == 2


def test_a_file_that_another_run_has_just_changed_is_no_copy(acme: Party) -> None:
    """Opened before a command changed it, and used after that."""
    before = opened(acme.path)
    keys("add", acme, "plain", "--label", "other")

    running = Client(before, transport=inprocess.transport())

    assert running.write("contact", {"name": "Ann"})
    assert not state_file(before).load().unconfirmed
    assert acme.client.write("contact", {"name": "Ben"})


def test_only_files_that_fit_are_looked_at_again(acme: Party, marketing: Party) -> None:
    """Somebody else's file in its place says nothing about this one."""
    before, theirs = opened(acme.path), marketing.path
    keys("add", acme, "plain", "--label", "other")
    for label in ("one", "two"):
        keys("add", marketing, "plain", "--label", label)
    acme.path.write_bytes(theirs.read_bytes())

    with pytest.raises(UsageError, match="confirmed"):
        Client(before, transport=inprocess.transport()).write("contact", {"name": "Ann"})


def elsewhere(olga: Party, folder: Path, way: str) -> Party:
    """The key file, to be opened at another place than its state."""
    if way == "a copy":
        there = folder / "copied.json"
        there.write_bytes(olga.path.read_bytes())
        there.chmod(0o600)
    else:
        there = olga.path
        there.with_name(f"{there.name}.state").rename(folder / "moved.state")
    return Party("olga", there)


@pytest.mark.parametrize("way", ["a copy", "the state was moved"])
def test_keys_without_their_memory_read_and_sign_nothing(
    acme: Party, tmp_path: Path, way: str
) -> None:
    acme.client.write("contact", {"name": "Ann"})

    there = elsewhere(acme, tmp_path, way)

    with pytest.raises(UsageError, match="without what this client remembers") as refused:
        there.client.write("contact", {"name": "Ben"})
    there.knows(there)  # it may remember things, and is still to be asked
    with pytest.raises(UsageError, match="confirmed"):
        there.client.write("contact", {"name": "Ben"})
    assert f"{there.path}.state" in refused.value.hint
    assert [one.data["name"] for one in there.client.query("contact")] == ["Ann"]
    keys("add", there, "plain", "--label", "other")
    assert (serial := opened(there.path).file.serial) == 1  # nothing makes it look newer
    assert keys("confirm", there, "--serial", str(serial)).error == ""
    assert there.client.write("contact", {"name": "Ben"})


def test_a_symbolic_link_leads_to_the_same_memory(acme: Party, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(acme.path)

    assert Party("acme", link).client.write("contact", {"name": "Ann"})
    assert not link.with_name("link.json.state").exists()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["a link", "a copy", "another state", "no state"])
def test_restored_keys_sign_nothing_however_they_are_named(
    olga: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """That a file came from a copy is sealed into it: no other place makes it forgotten."""
    _, there = restored(olga, tmp_path)
    fine = olga.path.with_name(f"{olga.path.name}.state")
    path = tmp_path / "elsewhere.json"
    if way == "a link":
        path.symlink_to(there.path)
    elif way == "a copy":
        there.path.rename(path)
        path.with_name("elsewhere.json.state").write_bytes(fine.read_bytes())
    else:
        path = there.path
        state = fine if way == "another state" else tmp_path / "none"
        monkeypatch.setenv("SEALFORM_STATE", str(state))

    with pytest.raises(UsageError, match="confirmed"):
        Party("olga", path).client.write("health", {"age": "34"})


def test_no_command_makes_an_older_file_pass_for_the_newest(acme: Party) -> None:
    """`keys add` twice would bring an old file to the serial that people compare."""
    older = acme.path.read_bytes()
    keys("add", acme, "plain", "--label", "one")
    keys("add", acme, "plain", "--label", "two")
    newest = opened(acme.path).file.serial
    acme.path.write_bytes(older)

    for label in ("three", "four", "five"):
        assert keys("add", acme, "plain", "--label", label).error == ""

    assert opened(acme.path).file.serial == newest - 2
    assert opened(acme.path).secrets.unconfirmed
    with pytest.raises(UsageError, match="confirmed"):
        acme.client.write("contact", {"name": "Ann"})
    refused = keys("confirm", acme, "--serial", str(newest - 2))
    assert f"has seen a newer key file, with serial {newest}" in refused.error
    with pytest.raises(UsageError, match="confirmed"):
        acme.client.write("contact", {"name": "Ann"})


@pytest.mark.slow
def test_memory_beside_the_copy_comes_back(olga: Party, acme: Party, tmp_path: Path) -> None:
    opens = ("--passphrase-file", str(tmp_path / "words"))
    run(
        "trust", "add", acme.id, "--fingerprint", acme.fingerprint, *opens,
        "--credentials", str(olga.path),
    )  # fmt: skip

    ran, there = restored(olga, tmp_path)

    assert ran.error == ""
    assert "passphrase (passphrase, " in ran.out
    assert "recovery sheet (recovery, made" in ran.out
    assert acme.id in there.run("trust", "list", "--json").out


def test_without_memory_nothing_is_restored_unasked(olga: Party, tmp_path: Path) -> None:
    copy, there = tmp_path / "copy.json", tmp_path / "there.json"
    copy.write_bytes(olga.path.read_bytes())
    copy.chmod(0o600)
    words = ("--from", str(copy), "--out", str(there), "--plain", "--code-file", code_of(tmp_path))

    refused = run("keys", "restore", *words)
    foreign = copy.with_name("copy.json.state")
    foreign.write_bytes(b"{}")
    others = run("keys", "restore", *words)
    foreign.unlink()
    agreed = run("keys", "restore", *words, "--without-memory")

    assert "does not come with the copy" in refused.error
    assert "is damaged" in others.error
    assert agreed.error == ""
    assert opened(there).secrets.unconfirmed


@pytest.mark.slow
def test_restoring_overwrites_nothing_and_takes_no_other_sheet(
    olga: Party, acme: Party, tmp_path: Path
) -> None:
    before = acme.path.read_bytes()
    words = ("--from", str(olga.path), "--plain", "--code-file", code_of(tmp_path))

    there = run("keys", "restore", *words, "--out", str(acme.path))
    others = run(
        "keys", "restore", "--from", str(acme.path), "--out", str(tmp_path / "x.json"), *words[2:]
    )

    assert "is there already" in there.error
    assert acme.path.read_bytes() == before
    assert "this is not the recovery sheet of the keys of acme" in others.error
    assert not (tmp_path / "x.json").exists()


def fingerprint_of(party: Party) -> str:
    return show_fingerprint(credentials.read(party.path).card.fingerprint)


def sheet(tmp_path: Path) -> str:
    return (tmp_path / "sheet.html").read_text()


# --- The server's copy --------------------------------------------------------------------


def fetch_code(tmp_path: Path, paper: str = "sheet.html") -> str:
    """A file with the fetch code of the sheet."""
    printed = (tmp_path / paper).read_text()
    return private(tmp_path / "fetch.code", "\n".join(CODE.findall(printed)[-4:]))


def fetched(client_id: str, tmp_path: Path, code: str, paper: str = "") -> tuple[Ran, Party]:
    """Another machine, which has nothing but the sheet, or other papers."""
    path = tmp_path / "new.json"
    ran = run(
        "keys", "restore", "--fetch", client_id, "--out", str(path), "--plain",
        "--fetch-code-file", code, "--code-file", paper or code_of(tmp_path),
    )  # fmt: skip
    return ran, Party("olga", path)


@pytest.mark.slow
@pytest.mark.parametrize("papers", ["the sheet", "two of three shares"])
def test_a_wiped_machine_comes_back_with_its_paper_and_the_server_s_copy(
    olga: Party, acme: Party, secret: str, tmp_path: Path, papers: str
) -> None:
    """The drill of docs/operations.md: it reads at once, and signs when a person has agreed."""
    opens = ("--passphrase-file", secret)
    trusted = ("--writer", acme.id, "--fingerprint", acme.fingerprint)
    create_signup_form(owner=Row.objects.get(name="olga"))
    paper = code_of(tmp_path)
    keys("verify", olga, "--code-file", paper)
    if papers != "the sheet":
        new = ("--shares", "2/3", "--sheet", str(tmp_path / "shares.html"))
        keys("recovery", olga, *new, "--code-file", paper)
        paper = shares_of(tmp_path, 0, 2)
        keys("verify", olga, "--code-file", paper)
    draft = draft_in(olga.run("publish", "signup", "--dry-run", *opens).out)
    assert olga.run("publish", "signup", "--draft", draft, *opens).error == ""
    acme.client.write("contact", {"name": "Ann"})
    acme.client.share("contact", credentials.read(olga.path).id, fingerprint=fingerprint_of(olga))
    olga.run("extract", "--type", "contact", *trusted, *opens)
    assert keys("upload", olga, *opens).error == ""
    newest = "sheet.html" if papers == "the sheet" else "shares.html"
    code, client_id = fetch_code(tmp_path, newest), credentials.read(olga.path).id
    serial = credentials.read(olga.path).serial
    for left in tmp_path.glob("olga.json*"):
        left.unlink()

    ran, there = fetched(client_id, tmp_path, code, paper)
    read = there.run("extract", "--type", "contact", "--writer", acme.id, "--format", "jsonl")
    renew, share = ("publish", "signup", "--yes"), ("share", "account", "--form", "signup")
    before = [there.run(*renew), there.run(*share, "--with", acme.id)]
    keys("confirm", there, "--serial", str(serial))
    after = [there.run(*renew), there.run(*share, "--with", acme.id)]

    assert ran.error == ""
    assert f"serial {serial}" in ran.err
    assert [line["data"] for line in read.lines] == [{"name": "Ann"}], read
    assert all("nobody has confirmed" in one.error for one in before)
    assert [one.error for one in after] == ["", ""]
    assert opened(there.path).file.is_recoverable


@pytest.mark.slow
def test_the_server_s_copy_is_for_who_has_the_fetch_code(
    olga: Party, secret: str, tmp_path: Path
) -> None:
    keys("upload", olga, "--passphrase-file", secret)
    wrong = private(tmp_path / "wrong", "\n".join(show_code("fetch", bytes(32))))

    ran, there = fetched(credentials.read(olga.path).id, tmp_path, wrong)
    mistaken, _ = fetched(credentials.read(olga.path).id, tmp_path, code_of(tmp_path))
    copied = run(
        "keys", "fetch", credentials.read(olga.path).id, "--out", str(tmp_path / "copy.json"),
        "--fetch-code-file", fetch_code(tmp_path),
    )  # fmt: skip

    assert "no copy of a key file is kept here for this client and fetch code" in ran.error
    assert not there.path.exists()
    assert "row 1 of the fetch code is mistyped, or of another code" in mistaken.error
    assert copied.error == ""
    assert f"serial       {credentials.read(olga.path).serial}" in copied.out
    assert fingerprint_of(olga) in copied.out
    copy = tmp_path / "copy.json"
    used = run("whoami", "--credentials", str(copy), "--passphrase-file", secret)
    assert "opens with the recovery sheet only" in used.error
    assert "keys restore" in used.error
    back = run(
        "keys", "restore", "--from", str(copy), "--out", str(tmp_path / "back.json"), "--plain",
        "--code-file", code_of(tmp_path),
    )  # fmt: skip
    assert back.error == ""


@pytest.mark.slow
def test_uploading_again_leaves_the_memory_of_today(
    olga: Party, acme: Party, secret: str, tmp_path: Path
) -> None:
    """Also where nothing has changed, and where the answer to the first was lost."""
    opens = ("--passphrase-file", secret)
    said = [keys("upload", olga, *opens) for _ in range(3)]
    olga.run("trust", "add", acme.id, "--fingerprint", acme.fingerprint, *opens)
    said.append(keys("upload", olga, *opens))

    ran, there = fetched(credentials.read(olga.path).id, tmp_path, fetch_code(tmp_path))

    assert [one.error for one in said] == [""] * 4
    assert ran.error == ""
    assert "was left with the server on" in ran.err
    assert acme.id in there.run("trust", "list", "--json").out


@pytest.mark.slow
def test_a_file_that_can_be_guessed_stays_here(acme: Party, olga: Party, tmp_path: Path) -> None:
    own = private(tmp_path / "own", "the cat sat on my keyboard")
    first = str(tmp_path / "words")
    keys("passphrase", olga, "--passphrase-file", first, "--new-passphrase-file", own)

    plain = keys("upload", acme)
    chosen = keys("upload", olga, "--passphrase-file", own)

    assert "must not have a key file with a plain slot" in plain.error
    assert "not six generated words" in chosen.error
    assert "keys passphrase" in chosen.error
    assert KeyFileCopy.objects.count() == 0
