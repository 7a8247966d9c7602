"""keys rotate: new keys, which the old ones and the recovery sheet vouch for"""

import json
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from apps.client import session, slots
from apps.client.acts import rotating, sharing, writing
from apps.client.acts.split_rules import Rules, read_rules
from apps.client.acts.writing import NOBODY
from apps.client.credentials import Credentials
from apps.client.errors import ApiRefused, NotReadError, VerificationError
from apps.client.files import write_private
from apps.client.state import FormerOwner, FormMemory
from apps.client.trust import pins
from apps.directory.models import Succession
from apps.envelope.encoding import b64, load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import parse_grant, seal_grant
from apps.envelope.keys import ClientKeys
from apps.envelope.manifests import parse_manifest
from apps.envelope.primitives import KemKey
from apps.envelope.records import open_record, parse_record
from apps.envelope.submissions import open_access_key
from apps.envelope.successions import MAX_FORMS, NO_PAST
from apps.intake.models import Manifest as ManifestRow
from apps.intake.publishing import rotated_owners
from apps.vault.models import Generation, Grant, Record, WithdrawnGrant
from tests.client.parties import Party, Signup, Tampering, run
from tests.client.protection import opened

pytestmark = pytest.mark.database


def names(party: Party, writer: str = "", type: str = "contact") -> list[str]:
    return sorted(str(one.data["name"]) for one in party.client.query(type, writer=writer))


def shared(acme: Party, marketing: Party) -> None:
    """acme wrote of a type, and shares it with marketing, who has read it."""
    acme.client.write("contact", {"name": "before"})
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.share("contact", marketing.id)
    assert names(marketing, acme.id) == ["before"]


@pytest.mark.slow
def test_a_reader_follows_and_reads_what_was_and_what_comes(acme: Party, marketing: Party) -> None:
    shared(acme, marketing)
    old = acme.fingerprint

    ran = acme.rotate()
    acme.client.write("contact", {"name": "after"})

    assert ran.error == ""
    assert old not in ran.out
    assert acme.fingerprint in ran.out
    assert names(acme) == ["after", "before"]
    assert names(marketing, acme.id) == ["after", "before"]
    assert [text for text in marketing.warnings if "goes on under new keys" in text]
    found = {one.id: one for one in pins.listed(marketing.client.session)}
    assert b64(found[acme.id].fingerprint) == b64(opened(acme.path).card.fingerprint)


@pytest.mark.slow
def test_it_is_told_once(acme: Party, marketing: Party) -> None:
    shared(acme, marketing)
    acme.rotate()
    names(marketing, acme.id)
    marketing.warnings.clear()

    assert names(marketing, acme.id) == ["before"]
    assert marketing.warnings == []


@pytest.mark.slow
def test_several_rotations_are_followed_at_once(acme: Party, marketing: Party) -> None:
    shared(acme, marketing)
    for number in range(3):
        assert acme.rotate().error == ""
        acme.client.write("contact", {"name": f"after {number}"})

    expected = ["after 0", "after 1", "after 2", "before"]
    assert names(marketing, acme.id) == expected
    assert names(acme) == expected
    assert Succession.objects.count() == 3


@pytest.mark.slow
def test_who_pins_the_old_fingerprint_afterwards_follows_too(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    acme.knows(marketing)
    acme.client.share("contact", marketing.id)
    old = acme.fingerprint
    acme.rotate()

    client = marketing.client
    client.pin(acme.id, old)
    assert names(marketing, acme.id) == ["before"]
    assert any("earlier keys" in text for text in marketing.warnings)
    client.pin(acme.id, acme.fingerprint)
    with pytest.raises(VerificationError):
        client.pin(acme.id, marketing.fingerprint)


@pytest.mark.slow
def test_a_form_goes_on_and_its_answers_are_read(signup: Signup, acme: Party) -> None:
    signup.fill()
    before = signup.manifest

    ran = acme.rotate()

    assert ran.error == ""
    assert "signup: published again" in ran.out
    after = signup.manifest
    assert after.version == before.version + 1
    assert after.fields == before.fields
    assert all(
        one.public != other.public for one, other in zip(after.types, before.types, strict=True)
    )
    signup.fill(fullname="Bo Canary")
    found = [one.data["fullname"] for one in acme.client.query("account")]
    assert sorted(map(str, found)) == ["Ann Canary", "Bo Canary"]
    assert acme.run("publish", "signup", "--yes").error == ""


@pytest.mark.slow
def test_readers_of_a_form_read_on(signup: Signup, acme: Party, marketing: Party) -> None:
    signup.fill()
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.share("account", marketing.id, form="signup")
    assert len(list(marketing.client.query("account"))) == 1

    acme.rotate()
    signup.fill()

    assert len(list(marketing.client.query("account"))) == 2


@pytest.mark.slow
def test_a_split_again_writes_nothing_new(signup: Signup, acme: Party, tmp_path: Path) -> None:
    signup.fill()
    rules = split_rules(tmp_path)
    acme.client.split(rules)
    acme.rotate()

    again = acme.client.split(rules).tallies["contact"]
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)


def split_rules(tmp_path: Path) -> Rules:
    path = tmp_path / "rules.toml"
    dropped = ["address1", "address2", "city", "state", "age", "height", "weight", "comments"]
    path.write_text(
        f'drop = {json.dumps(dropped)}\n[source]\ntype = "account"\n'
        '[targets.contact]\nname = "fullname"\nzip = "zip"\n'
    )
    return read_rules(str(path))


@pytest.mark.slow
def test_a_split_after_a_theft_updates_what_it_finds(
    signup: Signup, acme: Party, tmp_path: Path
) -> None:
    signup.fill()
    rules = split_rules(tmp_path)
    acme.client.split(rules)
    assert acme.rotate("--compromised").error == ""
    signup.fill(fullname="Bo Canary")

    again = acme.client.split(rules).tallies["contact"]

    assert (again.created, again.updated, again.unchanged) == (1, 0, 1)
    assert len(list(acme.client.query("contact"))) == 2


@pytest.mark.slow
def test_after_a_theft_what_old_keys_signed_is_marked(acme: Party, marketing: Party) -> None:
    shared(acme, marketing)

    ran = acme.rotate("--compromised")
    acme.client.write("contact", {"name": "after"})
    assert ran.error == ""
    assert "KEYS WERE STOLEN" in compared(marketing, acme)

    marks = {one.data["name"]: one.stolen for one in marketing.client.query("contact")}
    assert marks == {"before": True, "after": False}
    assert {one.data["name"]: one.stolen for one in acme.client.query("contact")} == marks
    printed = marketing.run("extract", "--type", "contact", "--format", "jsonl")
    assert {line["data"]["name"]: line["stolen"] for line in printed.lines} == marks
    assert "1 of 2 records are signed by keys that were stolen" in printed.err


def compared(party: Party, other: Party) -> str:
    """A person has asked the other for its new fingerprint; returns what is said of it."""
    ran = party.run("trust", "add", other.id, "--fingerprint", other.fingerprint)
    assert ran.error == ""
    return ran.err


@pytest.mark.slow
def test_after_a_theft_nobody_follows_before_a_person_compared(
    acme: Party, marketing: Party
) -> None:
    """Who has the recovery sheet alone could have said that, too."""
    shared(acme, marketing)
    old = acme.fingerprint
    acme.rotate("--compromised")

    ran = marketing.run("extract", "--type", "contact")
    again = marketing.run("trust", "add", acme.id, "--fingerprint", old)

    for refused in (ran, again):
        assert refused.code == 1
        assert "says that its keys were stolen" in refused.error
        assert f"trust add {acme.id} --fingerprint FP" in refused.error
    compared(marketing, acme)
    assert names(marketing, acme.id) == ["before"]


@pytest.mark.slow
def test_who_shares_with_a_party_whose_keys_were_stolen_writes_nothing_before(
    acme: Party, marketing: Party
) -> None:
    shared(acme, marketing)
    marketing.rotate("--compromised")

    with pytest.raises(VerificationError) as refused:
        acme.client.write("contact", {"name": "after"})
    assert refused.value.code == "compromised"

    compared(acme, marketing)
    acme.client.write("contact", {"name": "after"})
    assert Generation.objects.filter(stream__writer=acme.id).count() == 2


def test_after_a_theft_the_old_api_key_and_the_old_ways_are_gone(acme: Party) -> None:
    stolen = acme.path.with_name("stolen.json")
    stolen.write_bytes(acme.path.read_bytes())
    stolen.chmod(0o600)
    acme.client.write("contact", {"name": "before"})

    assert acme.rotate("--compromised").error == ""

    with pytest.raises(ApiRefused) as refused:
        list(Party("thief", stolen).client.query("contact"))
    assert refused.value.code == "not_authenticated"
    kinds = [slot.kind for slot in opened(acme.path).file.slots]
    assert sorted(kinds) == ["plain", "recovery"]
    assert len(opened(acme.path).secrets.ids) == 2
    assert opened(stolen).file.slots[0].id not in {s.id for s in opened(acme.path).file.slots}


@pytest.mark.slow
def test_after_a_theft_the_passphrase_is_another_one(acme: Party, tmp_path: Path) -> None:
    words = tmp_path / "words"
    write_private(words, b"rely kilowatt endearing spyglass unwashed purse\n")
    same = ("--new-passphrase-file", str(words))
    found = opened(acme.path)
    found.saved(slots=[*found.file.slots, slots.passphrase(words.read_text(), generated=True).slot])
    typed = ("--yes", "--code-file", str(acme.code), "--credentials", str(acme.path))

    refused = run("keys", "rotate", "--compromised", *same, *typed)
    assert refused.code == 1
    assert "opens the old file" in refused.error
    assert Succession.objects.count() == 0
    assert run("keys", "rotate", *same, *typed).code == 2
    nobody = run("keys", "rotate", "--compromised", *typed)
    assert "nobody is here to choose" in nobody.error
    write_private(words, b"trout ladder cobalt inkwell verbena october\n")
    assert run("keys", "rotate", "--compromised", *same, *typed).error == ""


@pytest.mark.slow
def test_who_was_let_in_by_a_thief_gets_nothing_new(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    """clinic is pinned here, and a thief has shared with it in acme's name."""
    shared(acme, marketing)
    acme.knows(clinic)
    clinic.knows(acme)
    thief = acme.copy("stolen")
    thief.client.share("contact", clinic.id)
    assert names(clinic, acme.id) == ["before"]

    ran = acme.rotate("--compromised")
    acme.client.write("contact", {"name": "after"})

    assert "a thief may have" in ran.err
    for party in (clinic, marketing):
        compared(party, acme)
    with pytest.raises(NotReadError):  # not even what it could read before
        list(clinic.client.query("contact"))
    assert names(marketing, acme.id) == ["after", "before"]


def test_a_thief_of_the_key_file_cannot_rotate_first(acme: Party, marketing: Party) -> None:
    ran = run(
        "keys", "rotate", "--yes", "--code-file", str(marketing.code), "--credentials",
        str(acme.path),
    )  # fmt: skip

    assert ran.code == 1
    assert "not the recovery sheet" in ran.error
    assert Succession.objects.count() == 0


def test_nobody_who_is_asked_nothing_rotates(acme: Party) -> None:
    ran = run("keys", "rotate", "--code-file", str(acme.code), "--credentials", str(acme.path))

    assert ran.code == 1
    assert "--yes" in ran.error
    assert Succession.objects.count() == 0


def test_another_machine_with_the_old_file_is_told(acme: Party) -> None:
    other = acme.path.with_name("other.json")
    other.write_bytes(acme.path.read_bytes())
    other.chmod(0o600)
    acme.client.write("contact", {"name": "before"})
    acme.rotate()

    with pytest.raises(VerificationError):
        Party("other", other).client.whoami()


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--compromised",)])
def test_what_another_machine_writes_meanwhile_is_not_lost(
    acme: Party, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Between drawing up what the old card stands for and telling the server."""
    acme.client.write("contact", {"name": "before"})
    other, told, done = acme.copy("other"), rotating._told, list[str]()

    def late(found: Credentials, *more: Any) -> Credentials:
        if not done:
            other.client.write("news", {"name": "meanwhile"})
            done.append("meanwhile")
        return told(found, *more)

    monkeypatch.setattr(rotating, "_told", late)
    assert acme.rotate(*words).error == ""

    assert done
    assert names(acme, type="news") == ["meanwhile"]
    acme.client.write("news", {"name": "after"})
    assert names(acme, type="news") == ["after", "meanwhile"]
    assert len(opened(acme.path).secrets.seeds) == 2


@pytest.mark.slow
def test_a_reader_s_new_keys_get_a_new_generation(acme: Party, marketing: Party) -> None:
    """Who has the reader's old keys reads nothing that is written after it told of new ones."""
    shared(acme, marketing)
    marketing.rotate()

    acme.client.write("contact", {"name": "after"})

    assert names(marketing, acme.id) == ["after", "before"]
    numbers = Generation.objects.filter(stream__writer=acme.id).values_list("number", flat=True)
    assert list(numbers) == [1, 2]
    acme.client.write("contact", {"name": "later"})
    assert Generation.objects.filter(stream__writer=acme.id).count() == 2


@pytest.mark.slow
def test_a_reader_s_new_keys_get_a_new_inbox(signup: Signup, acme: Party, marketing: Party) -> None:
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.share("account", marketing.id, form="signup")
    before = signup.manifest
    marketing.rotate()
    pins.known_cards(acme.client.session, marketing.id)
    assert any(f"publish form {signup.form.id} again" in text for text in acme.warnings)

    ran = acme.run("publish", "signup", "--yes")

    assert ran.error == ""
    assert signup.manifest.types != before.types
    signup.fill()
    assert len(list(marketing.client.query("account"))) == 1


def test_other_ways_into_the_file_stay(acme: Party) -> None:
    before = [slot.id for slot in opened(acme.path).file.slots]

    said = json.loads(acme.rotate("--json").out)

    assert [slot.id for slot in opened(acme.path).file.slots] == before
    assert said["dropped"] == []
    assert said["serial"] == opened(acme.path).file.serial
    verified = run("keys", "verify", "--code-file", str(acme.code), "--credentials", str(acme.path))
    assert verified.error == ""


def stored_grants() -> list[bytes]:
    return [bytes(row.body) for row in Grant.objects.all()]


def opened_by(keys: ClientKeys, kept: list[bytes]) -> set[str]:
    """Return which records these keys open, with all that the server holds and grants of before."""
    access, inboxes = [], []
    for body in {*stored_grants(), *kept}:
        grant = parse_grant(load_json(body))
        with suppress(EnvelopeError):
            found = load_json(keys.open(grant.keys, grant.info))
            access += [unb64(key) for name, key in found.items() if name == "*"]
            inboxes += [KemKey(unb64(key)) for name, key in found.items() if name == "@"]
    read = set()
    for stored in Record.objects.all():
        record = parse_record(load_json(bytes(stored.body)))
        manifests = [parse_manifest(one.text.encode()) for one in ManifestRow.objects.all()]
        keys_of_it = list(access)
        for inbox in inboxes if record.ak else ():
            for manifest in manifests:
                with suppress(EnvelopeError):
                    keys_of_it.append(open_access_key(record, manifest, inbox))
        for key in keys_of_it:
            with suppress(EnvelopeError):
                open_record(record, key)
                read.add(record.id)
    return read


@pytest.mark.slow
def test_old_seeds_open_nothing_newer_than_a_rotation(
    signup: Signup, acme: Party, marketing: Party
) -> None:
    """A thief of the old seeds has all that the server held, and holds after the last one wrote."""
    shared(acme, marketing)
    acme.client.share("account", marketing.id, form="signup")
    before = {*signup.fill(), *(one.id for one in acme.client.query("contact"))}
    old, kept = [opened(party.path).keys for party in (acme, marketing)], stored_grants()

    assert acme.rotate().error == ""
    assert marketing.rotate().error == ""
    after = {acme.client.write("contact", {"name": "after"})}
    assert acme.run("publish", "signup", "--yes").error == ""
    after |= set(signup.fill())

    assert [opened_by(keys, kept) for keys in old] == [before, before]
    assert opened_by(old[0], []) == set()
    new = [opened(party.path).keys for party in (acme, marketing)]
    assert [opened_by(keys, []) for keys in new] == [before | after, after]
    for party in (acme, marketing):
        assert len(list(party.client.query("contact"))) == 2
        assert len(list(party.client.query("account"))) == 2


@pytest.mark.slow
def test_what_a_thief_granted_stands_in_nobody_s_way(
    acme: Party, marketing: Party, clinic: Party, signup: Signup
) -> None:
    """clinic is pinned here, and a thief has shared with it in acme's name: a type and a form."""
    shared(acme, marketing)
    acme.client.share("account", marketing.id, form="signup")
    acme.knows(clinic)
    thief = acme.copy("stolen")
    thief.client.share("contact", clinic.id)
    thief.client.share("account", clinic.id, form="signup")
    granted = list(Grant.objects.filter(reader=clinic.row))

    assert acme.rotate("--compromised").error == ""

    assert not Grant.objects.filter(reader=clinic.row).exists()
    WithdrawnGrant.objects.all().delete()
    Grant.objects.bulk_create(granted)  # a server can show them again
    acme.client.write("contact", {"name": "after"})
    acme.client.share("contact", marketing.id)
    acme.client.share("account", marketing.id, form="signup")
    acme.client.revoke("account", marketing.id, form="signup")
    acme.client.revoke("contact", marketing.id)
    assert any("by earlier keys of this client" in text for text in acme.warnings)
    assert acme.rotate().error == ""
    acme.client.share("contact", clinic.id)
    compared(clinic, acme)
    assert names(clinic, acme.id) == ["after", "before"]


@pytest.mark.slow
def test_a_share_that_is_over_stands_in_nobody_s_way(
    acme: Party, marketing: Party, clinic: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared(acme, marketing)
    acme.knows(clinic)
    soon = int(time.time()) + 60
    client = acme.client
    stream = sharing.own_stream(client.session, "contact")
    sharing.share(client.session, stream, reader=clinic.id, not_after=soon)
    clock = SimpleNamespace(time=lambda: soon + 1, monotonic=time.monotonic)
    monkeypatch.setattr(session, "time", clock)

    assert acme.rotate().error == ""

    assert not Grant.objects.filter(reader=clinic.row).exists()
    acme.client.revoke("contact", marketing.id)
    acme.client.share("contact", marketing.id)
    assert names(acme) == ["before"]


@pytest.mark.slow
def test_a_single_record_that_a_thief_granted_does_not_end_a_rotation(
    acme: Party, clinic: Party, signup: Signup
) -> None:
    signup.fill()
    thief = acme.copy("stolen").client.session
    body = load_json(bytes(Record.objects.get(stream__writer=f"form:{signup.form.id}").body))
    granted = seal_grant(
        granter=thief.keys,
        reader=clinic.client.session.me,
        writer=body["writer"],
        type=body["type"],
        gen=1,
        akid=unb64(body["akid"]),
        keys={"fullname": bytes(32)},
        record=body["id"],
    )
    writing.post_grants(thief, [granted])

    assert acme.rotate("--compromised").error == ""
    assert acme.rotate("--compromised").error == ""
    assert acme.client.session.state.load().rotating is None


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--compromised",)])
def test_a_reader_s_theft_does_not_hold_up_a_rotation(
    acme: Party, marketing: Party, signup: Signup, words: tuple[str, ...]
) -> None:
    """marketing is left out until a person has compared its card and shares with it again."""
    shared(acme, marketing)
    acme.client.share("account", marketing.id, form="signup")
    old, kept = opened(marketing.path).keys, stored_grants()
    marketing.rotate("--compromised")

    ran = acme.rotate(*words)

    assert ran.error == ""
    assert "its card cannot be followed" in ran.err
    new = {acme.client.write("contact", {"name": "after"}), *signup.fill()}
    assert not new & opened_by(old, kept)
    assert not new & opened_by(opened(marketing.path).keys, kept)
    compared(acme, marketing)
    acme.client.share("contact", marketing.id)
    acme.client.share("account", marketing.id, form="signup")
    if words:
        compared(marketing, acme)
    assert names(marketing, acme.id) == ["after", "before"]
    assert len(list(marketing.client.query("account"))) == 1


@pytest.mark.slow
def test_a_form_that_a_thief_published_again_gets_new_inboxes(signup: Signup, acme: Party) -> None:
    """The rotation leaves it to a person; whoever publishes it then must not go on under them."""
    thief = acme.copy("stolen")
    assert thief.publish("signup").error == ""
    old, before, kept = opened(thief.path).keys, signup.manifest, stored_grants()

    ran = acme.rotate("--compromised")
    assert "does not remember to have signed it last" in ran.out + ran.err
    assert acme.publish("signup").error == ""

    pairs = zip(signup.manifest.types, before.types, strict=True)
    assert all(one.public != other.public for one, other in pairs)
    new = set(signup.fill())
    assert not opened_by(old, kept) & new
    assert opened_by(opened(acme.path).keys, []) >= new


@pytest.mark.slow
def test_a_type_that_comes_back_after_a_rotation_gets_a_new_inbox(
    signup: Signup, acme: Party
) -> None:
    """It was in no manifest when the keys were rotated, and its inbox is open all the same."""
    signup.form.fields.filter(name="zip").update(type="contact")
    assert acme.publish("signup").error == ""
    signup.form.fields.filter(name="zip").update(type="account")
    assert acme.publish("signup").error == ""
    old, kept = opened(acme.path).keys, stored_grants()
    assert acme.rotate("--compromised").error == ""

    signup.form.fields.filter(name="zip").update(type="contact")
    assert acme.publish("signup").error == ""

    new = signup.fill()
    assert not opened_by(old, kept) & set(new)


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--compromised",)])
def test_nothing_is_written_under_a_key_that_the_server_leaves_open(
    acme: Party, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """It has to close what the old card opened: a thief of that card has the key."""
    acme.client.write("contact", {"name": "before"})
    old, kept, told = opened(acme.path).keys, stored_grants(), rotating._told
    writer = acme.id

    def left_open(*args: Any) -> Credentials:
        found = told(*args)
        Generation.objects.filter(stream__writer=writer).update(closed=None)
        return found

    monkeypatch.setattr(rotating, "_told", left_open)
    ran = acme.rotate(*words)
    assert ran.error == ""
    id = acme.client.write("contact", {"name": "after"})

    assert id not in opened_by(old, kept)
    assert names(acme) == ["after", "before"]


def publishes_late(acme: Party, monkeypatch: pytest.MonkeyPatch, name: str = "other") -> list[str]:
    """Another machine publishes the form after the past was drawn up, before the server hears."""
    other, told, done = acme.copy(name), rotating._told, list[str]()

    def late(*args: Any) -> Credentials:
        if not done:
            done.append(other.publish("signup").error)
        return told(*args)

    monkeypatch.setattr(rotating, "_told", late)
    return done


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--compromised",)])
def test_a_form_that_is_published_meanwhile_is_named_in_the_past(
    signup: Signup, acme: Party, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    before, done = signup.manifest, publishes_late(acme, monkeypatch)

    ran = acme.rotate(*words)

    assert done == [""]
    assert "does not remember to have signed it last" in ran.out + ran.err
    assert signup.manifest.version == before.version + 1
    assert acme.publish("signup").error == ""
    assert signup.manifest.types != before.types
    signup.fill()
    assert len(list(acme.client.query("account"))) == 1


@pytest.mark.slow
def test_a_form_that_cannot_be_published_does_not_hold_up_the_rest(
    signup: Signup, acme: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes a past without the version in force: nobody believes that one."""
    signup.fill()
    acme.client.write("contact", {"name": "before"})
    monkeypatch.setattr(rotated_owners, "check_last_versions", lambda **kwargs: None)
    publishes_late(acme, monkeypatch)

    ran = acme.rotate()

    assert ran.code == 3
    assert "signed by keys of acme that were succeeded before" in ran.out + ran.err
    acme.client.write("contact", {"name": "after"})
    assert names(acme) == ["after", "before"]
    assert len(list(acme.client.query("account"))) == 1


def test_more_than_a_past_may_name_is_refused_before_anything_is_kept(acme: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    memory, id = acme.client.session.state, acme.id
    with memory.change() as state:
        for _ in range(MAX_FORMS + 1):
            former = (FormerOwner(id, 2),)
            state.forms[str(uuid4())] = FormMemory(NOBODY, 3, bytes(32), former)
    before = acme.path.read_bytes(), memory.path.read_bytes()

    ran = acme.rotate()

    assert ran.code == 1
    assert "these keys cannot be rotated" in ran.error
    assert (acme.path.read_bytes(), memory.path.read_bytes()) == before
    assert names(acme) == ["before"]


def test_a_machine_that_remembers_nothing_uses_no_inbox_of_an_earlier_card(
    signup: Signup, acme: Party
) -> None:
    assert acme.copy("stolen").publish("signup").error == ""
    old, before, kept = opened(acme.path).keys, signup.manifest, stored_grants()
    assert acme.rotate("--compromised").code == 3
    other = acme.copy("other")
    other.forgets()

    assert other.publish("signup").error == ""

    assert signup.manifest.types != before.types
    new = set(signup.fill())
    assert not opened_by(old, kept) & new
    assert opened_by(opened(other.path).keys, []) >= new


def test_a_server_that_hides_what_an_earlier_card_opened_is_not_believed(acme: Party) -> None:
    acme.client.write("contact", {"name": "before"})
    assert acme.rotate().error == ""
    acme.forgets()
    nothing = {"past": NO_PAST.to_wire()}
    hidden = Tampering().on("GET /clients/", lambda told: nothing if "past" in told else told)

    with pytest.raises(VerificationError, match="earlier keys of this client"):
        acme.through(hidden).write("contact", {"name": "after"})


@pytest.mark.parametrize("words", [(), ("--compromised",)])
def test_another_machine_writes_nothing_for_a_reader_s_old_keys(
    acme: Party, marketing: Party, words: tuple[str, ...]
) -> None:
    """It has not shared itself, but knows the reader."""
    other = acme.copy("writes")
    shared(acme, marketing)
    other.knows(marketing)
    other.client.write("contact", {"name": "as usual"})
    assert Generation.objects.filter(stream__writer=acme.id).count() == 1
    old, kept = opened(marketing.path).keys, stored_grants()
    marketing.rotate(*words)

    if words:
        with pytest.raises(VerificationError) as refused:
            other.client.write("contact", {"name": "after"})
        assert refused.value.code == "compromised"
        compared(other, marketing)
    written = {other.client.write("contact", {"name": name}) for name in ("after", "later")}

    assert not written & opened_by(old, kept)
    assert written <= opened_by(opened(marketing.path).keys, [])
    assert Generation.objects.filter(stream__writer=acme.id).count() == 2


def test_a_program_that_runs_on_writes_nothing_for_a_reader_s_old_keys(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared(acme, marketing)
    client, at = acme.client, time.monotonic()
    clock = SimpleNamespace(time=time.time, monotonic=lambda: at)
    monkeypatch.setattr(session, "time", clock)
    client.write("contact", {"name": "as usual"})
    old, kept = opened(marketing.path).keys, stored_grants()
    marketing.rotate()

    at += session.KEPT_FOR - 1
    client.write("contact", {"name": "a moment later"})
    assert Generation.objects.filter(stream__writer=acme.id).count() == 1
    at += 1
    written = client.write("contact", {"name": "after"})

    assert written not in opened_by(old, kept)
    assert written in opened_by(opened(marketing.path).keys, [])


@pytest.mark.slow
def test_an_inbox_that_another_machine_shared_gets_new_keys_with_its_reader(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    other = acme.copy("publishes")
    acme.knows(marketing)
    acme.client.share("account", marketing.id, form="signup")
    other.knows(marketing)
    old, kept = opened(marketing.path).keys, stored_grants()
    marketing.rotate()

    assert other.publish("signup").error == ""

    assert not set(signup.fill()) & opened_by(old, kept)
    marketing.knows(acme)
    assert len(list(marketing.client.query("account"))) == 1
