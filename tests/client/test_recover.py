"""`recover`: the drill of docs/operations.md, after a database of an earlier day was restored."""

import sys
from pathlib import Path

import pytest
from click import termui
from django.utils import timezone

from apps.cli.exit_codes import ExitCode
from apps.client.acts import recovering, sharing
from apps.client.errors import ApiRefused, ConsentError, RollbackError
from apps.vault.models import Generation, Grant
from tests.client.parties import Party, Signup, enrolled
from tests.client.restores import back_up, restore


@pytest.fixture
def _somebody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(termui, "visible_prompt_func", lambda question: "y")


def names(party: Party, type: str = "contact") -> list[str]:
    return [str(record.data["name"]) for record in party.client.query(type, allow_empty=True)]


def share(owner: Party, reader: Party, type: str = "contact", *words: str) -> None:
    pin = ("--with", reader.id, "--fingerprint", reader.fingerprint)
    assert owner.run("share", type, "--allow-empty", *pin, *words).error == ""
    reader.knows(owner)


def revoke(owner: Party, reader: Party, type: str = "contact", *words: str) -> None:
    assert owner.run("revoke", type, "--from", reader.id, "--yes", *words).error == ""


@pytest.fixture
def restored(acme: Party, marketing: Party, clinic: Party, tmp_path: Path) -> Path:
    """Both read; a backup; marketing is revoked, and a record follows; the backup comes back."""
    share(acme, marketing)
    share(acme, clinic)
    acme.client.write("contact", {"name": "before"})
    backup = back_up(tmp_path)
    revoke(acme, marketing)
    acme.client.write("contact", {"name": "lost"})
    restore(backup)
    return backup


@pytest.mark.slow
@pytest.mark.usefixtures("restored")
def test_until_then_the_owner_writes_and_shares_nothing_and_is_told_what_to_do(
    acme: Party, clinic: Party, marketing: Party
) -> None:
    assert names(marketing) == ["before"], "the restored server lets it read again"
    with pytest.raises(RollbackError, match="generation 2 was seen before") as caught:
        acme.client.write("contact", {"name": "x"})

    assert "`recover`" in caught.value.hint
    for words in (
        ("share", "contact", "--with", clinic.id),
        ("revoke", "contact", "--from", clinic.id, "--yes"),
    ):
        ran = acme.run(*words)
        assert "was seen before" in ran.error
        assert "`recover`" in ran.error


@pytest.mark.slow
@pytest.mark.usefixtures("restored", "_somebody_agrees")
def test_the_drill(acme: Party, marketing: Party, clinic: Party) -> None:
    ran = acme.run("recover", "contact")

    assert ran.error == ""
    assert "the server shows generation 1 as the last; this client remembers 2" in ran.out
    assert f"marketing ({marketing.id}) is listed, but was revoked" in ran.out
    assert f"clinic ({clinic.id}) reads on: all columns" in ran.out
    assert "generation 3 is in force now" in ran.out
    assert [(one.number, one.closed is None) for one in Generation.objects.all()] == [
        (1, False), (3, True)
    ]  # fmt: skip
    acme.client.write("contact", {"name": "after"})
    assert sorted(names(clinic)) == ["after", "before"]
    assert names(marketing) == []
    assert not Grant.objects.filter(reader=marketing.row, stream__type="contact").exists()
    assert acme.run("share", "contact", "--with", clinic.id).error == ""
    revoke(acme, clinic)


@pytest.mark.slow
@pytest.mark.usefixtures("restored")
def test_unattended_it_does_what_was_shown_and_nothing_else(acme: Party, clinic: Party) -> None:
    asked = acme.run("recover", "contact")
    assert asked.code == ExitCode.FAILED
    assert "nobody is here to confirm: pass --generation 3" in asked.error
    assert acme.run("recover", "contact", "--yes").code == ExitCode.MISUSED
    wrong = acme.run("recover", "contact", "--generation", "2")
    assert wrong.code == ExitCode.FAILED
    assert "nobody agreed to it" in wrong.error
    assert Generation.objects.filter(closed=None).get().number == 1

    assert acme.run("recover", "contact", "--generation", "3").error == ""

    assert acme.client.write("contact", {"name": "after"})
    assert "nothing to recover" in acme.run("recover", "contact").error


@pytest.mark.slow
def test_who_was_given_access_after_the_backup_has_it_again(
    acme: Party, marketing: Party, clinic: Party, tmp_path: Path
) -> None:
    share(acme, marketing)
    acme.client.write("contact", {"name": "before"})
    backup = back_up(tmp_path)
    share(acme, clinic, "contact", "--until", "2099-12-31")
    revoke(acme, marketing)
    restore(backup)

    assert acme.run("recover", "contact", "--generation", "2").error == ""

    acme.client.write("contact", {"name": "after"})
    assert sorted(names(clinic)) == ["after", "before"]
    assert {grant.not_after > 0 for grant in Grant.objects.filter(reader=clinic.row)} == {True}
    assert names(marketing) == []


@pytest.mark.slow
def test_who_enrolled_after_the_backup_is_named_and_the_others_are_served(
    acme: Party, marketing: Party, tmp_path: Path
) -> None:
    share(acme, marketing)
    backup = back_up(tmp_path)
    late = enrolled("late", tmp_path)
    share(acme, late)
    revoke(acme, late)
    share(acme, late)
    restore(backup)

    ran = acme.run("recover", "contact", "--generation", "3")

    assert ran.code == ExitCode.FAILED
    assert f"no client has the id {late.id}" in ran.err
    acme.client.write("contact", {"name": "after"})
    assert names(marketing) == ["after"]


@pytest.mark.slow
def test_who_had_less_since_the_backup_has_no_more_than_that(
    acme: Party, marketing: Party, tmp_path: Path
) -> None:
    """The restored grant is for all columns, and signed by the owner: it must not be repeated."""
    share(acme, marketing)
    acme.client.write("contact", {"name": "before", "zip": "1"})
    backup = back_up(tmp_path)
    revoke(acme, marketing)
    share(acme, marketing, "contact", "--columns", "zip")
    restore(backup)

    assert acme.run("recover", "contact", "--generation", "3").error == ""

    acme.client.write("contact", {"name": "after", "zip": "2"})
    seen = [record.data for record in marketing.client.query("contact")]
    assert sorted(seen, key=str) == [{"zip": "1"}, {"zip": "2"}]


@pytest.mark.slow
def test_several_who_were_revoked_are_all_refused(
    acme: Party, marketing: Party, clinic: Party, mallory: Party, tmp_path: Path
) -> None:
    for reader in (marketing, clinic, mallory):
        share(acme, reader)
    backup = back_up(tmp_path)
    revoke(acme, marketing)
    revoke(acme, clinic)
    restore(backup)

    assert acme.run("recover", "contact", "--generation", "3").error == ""

    acme.client.write("contact", {"name": "after"})
    assert names(marketing) == names(clinic) == []
    assert names(mallory) == ["after"]


@pytest.mark.slow
def test_a_type_that_the_backup_does_not_have_begins_again(
    acme: Party, marketing: Party, tmp_path: Path
) -> None:
    backup = back_up(tmp_path)
    share(acme, marketing)
    acme.client.write("contact", {"name": "lost"})
    restore(backup)

    assert acme.run("recover", "contact", "--generation", "2").error == ""

    acme.client.write("contact", {"name": "after"})
    assert names(marketing) == ["after"]


@pytest.mark.slow
@pytest.mark.usefixtures("restored")
def test_who_is_only_listed_gets_no_new_key(acme: Party, clinic: Party) -> None:
    with acme.client.session.state.change() as state:
        state.stream(acme.id, "contact").readers.pop(clinic.id)

    ran = acme.run("recover", "contact", "--generation", "3")

    assert f"clinic ({clinic.id}) is listed, and this client does not remember" in ran.out
    acme.client.write("contact", {"name": "after"})
    assert names(clinic) == ["before"]


@pytest.mark.slow
@pytest.mark.usefixtures("restored")
def test_what_was_interrupted_is_found_and_done_again(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = acme.client.session
    stream = sharing.own_stream(session, "contact")
    with monkeypatch.context() as patch:
        patch.setattr(recovering, "post_grants", _breaks)
        with pytest.raises(ApiRefused):
            recovering.recover(session, recovering.find_loss(session, stream), agreed=3)
    assert Generation.objects.filter(closed=None).count() == 0

    loss = recovering.find_loss(session, stream)
    recovering.recover(session, loss, agreed=loss.next)

    acme.client.write("contact", {"name": "after"})
    assert names(marketing) == []


def _breaks(*_: object) -> None:
    raise ApiRefused("broken", code="broken", status=400)


@pytest.mark.slow
def test_a_program_has_to_say_what_was_agreed_to(acme: Party, restored: Path) -> None:
    session = acme.client.session
    loss = recovering.find_loss(session, sharing.own_stream(session, "contact"))

    with pytest.raises(ConsentError):
        recovering.recover(session, loss, agreed=0)


@pytest.mark.slow
def test_nothing_is_recovered_where_nothing_was_lost(acme: Party, clinic: Party) -> None:
    share(acme, clinic)

    assert "nothing to recover" in acme.run("recover", "contact", "--generation", "2").error
    assert acme.run("recover", "nosuch").error


@pytest.fixture
def restored_form(
    acme: Party, signup: Signup, marketing: Party, clinic: Party, tmp_path: Path
) -> Signup:
    for reader in (marketing, clinic):
        share(acme, reader, "account", "--form", "signup")
    signup.fill(fullname="Before")
    backup = back_up(tmp_path)
    revoke(acme, marketing, "account", "--form", "signup")
    signup.fill(fullname="Lost")
    restore(backup)
    return signup


@pytest.mark.slow
def test_a_form_gets_new_inboxes_under_a_version_that_nobody_has_seen(
    acme: Party, restored_form: Signup, marketing: Party, clinic: Party
) -> None:
    assert "was seen before" in acme.run("publish", "signup", "--yes").error
    shown = acme.run("recover", "account", "--form", "signup")
    draft = shown.error.split("--draft ")[1].split()[0]

    ran = acme.run("recover", "account", "--form", "signup", "--draft", draft)

    assert ran.error == ""
    assert restored_form.manifest.version == 3
    assert restored_form.manifest.inbox("account").gen == 3
    restored_form.fill(fullname="After")
    seen = {record.data["fullname"] for record in clinic.client.query("account")}
    assert seen == {"Before", "After"}
    assert list(marketing.client.query("account", allow_empty=True)) == []
    assert acme.run("publish", "signup", "--yes").error == ""


@pytest.mark.slow
def test_a_form_whose_inbox_came_back_closed_gets_a_new_one_too(
    acme: Party, restored_form: Signup, marketing: Party, clinic: Party
) -> None:
    Generation.objects.filter(stream__type="account").update(closed=timezone.now())
    shown = acme.run("recover", "account", "--form", "signup")
    draft = shown.error.split("--draft ")[1].split()[0]

    ran = acme.run("recover", "account", "--form", "signup", "--draft", draft)

    assert ran.error == ""
    restored_form.fill(fullname="After")
    seen = {record.data["fullname"] for record in clinic.client.query("account")}
    assert seen == {"Before", "After"}
    assert list(marketing.client.query("account", allow_empty=True)) == []
    assert not Grant.objects.filter(reader=marketing.row, stream__type="account").exists()
    assert "nothing to recover" in acme.run("recover", "account", "--form", "signup").error
    assert acme.run("publish", "signup", "--yes").error == ""


@pytest.mark.slow
def test_a_form_that_the_server_changed_meanwhile_is_not_signed(
    acme: Party, restored_form: Signup
) -> None:
    draft = acme.run("recover", "account", "--form", "signup").error.split("--draft ")[1].split()[0]
    restored_form.form.fields.filter(name="zip").update(label="Card number")

    ran = acme.run("recover", "account", "--form", "signup", "--draft", draft)

    assert "not the one that was named" in ran.error
    assert restored_form.manifest.version == 1


@pytest.mark.slow
@pytest.mark.usefixtures("_somebody_agrees")
def test_a_reader_gets_on_with_an_owner_who_began_anew(
    acme: Party, signup: Signup, clinic: Party, tmp_path: Path
) -> None:
    """The owner's memory was lost with the server's: it signs a version that the reader knows."""
    share(acme, clinic, "account", "--form", "signup")
    state = acme.path.with_name(f"{acme.path.name}.state")
    backup, memory = back_up(tmp_path), state.read_bytes()
    acme.publish("signup")
    signup.fill(fullname="Lost")
    assert [one.data["fullname"] for one in clinic.client.query("account")] == ["Lost"]
    restore(backup)
    state.write_bytes(memory)
    signup.form.fields.filter(name="zip").update(label="Postcode")
    acme.publish("signup")
    signup.fill(fullname="After")
    with pytest.raises(RollbackError):
        list(clinic.client.query("account"))

    ran = clinic.run("recover", "account", "--writer", acme.id)

    assert "version 2 was seen" in ran.out
    assert [one.data["fullname"] for one in clinic.client.query("account")] == ["After"]
    assert "nothing to forget" in acme.run("recover", "account", "--writer", clinic.id).error
