"""`revoke --record` and `revoke --reencrypt`: what is written anew, kept keys do not open."""

import signal
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from apps.cli import commanding
from apps.cli.ending import EndedBySignal
from apps.cli.exit_codes import ExitCode
from apps.client.acts import rewriting
from apps.client.errors import ClientError
from apps.envelope.encoding import load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import parse_grant
from apps.envelope.records import open_columns, open_record, open_values, read_record
from apps.vault.models import Generation, Grant, Record, WithdrawnGrant
from config import inprocess
from tests.client.parties import Party, Ran, Signup, Tampering
from tests.client.test_revoke import revoke
from tests.client.test_share import read, share
from tests.client.test_share_records import people, share_records

pytestmark = pytest.mark.slow


class Hoard:
    """All keys that a reader was ever granted, whether the server lists them still or not."""

    def __init__(self, reader: Party) -> None:
        self._reader = reader
        self._maps: dict[bytes, tuple[str, dict[str, bytes]]] = {}

    def keep(self) -> "Hoard":
        """Take what is there now, too."""
        keys = self._reader.client.session.keys
        for row in Grant.objects.filter(reader=self._reader.row):
            grant = parse_grant(load_json(bytes(row.body)))
            opened = load_json(keys.open(grant.keys, grant.info))
            found = {name: unb64(key) for name, key in opened.items()}
            self._maps[grant.sig] = grant.record, found
        return self

    def opens(self, *, stream: str = "contact") -> set[str]:
        """The ids of the stored records of which any field opens, with the server's help."""
        return {
            str(row.pk)
            for row in Record.objects.filter(stream__type=stream, deleted_at=None)
            if any(self._opens(bytes(row.body), *one) for one in self._maps.values())
        }

    def _opens(self, body: bytes, single: str, keys: dict[str, bytes]) -> bool:
        record = read_record(body)
        try:
            if "*" in keys:
                return bool(open_record(record, keys["*"]))
            return bool(open_values(record, keys) if single else open_columns(record, keys))
        except EnvelopeError:
            return False


def revoke_records(owner: Party, reader: Party, ids: Iterable[str], *words: str) -> Ran:
    return owner.run("revoke", "--record", *ids, "--from", reader.id, "--yes", *words)


def names(party: Party, owner: Party) -> list[object]:
    return [data.get("name") for data in read(party, "contact", owner)]


def test_kept_data_keys_open_nothing_of_what_is_written_anew(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    ann, bea = people(acme, "Ann", "Bea")
    share_records(acme, marketing, [ann, bea])
    share_records(acme, clinic, [ann], "--fields", "name")
    hoard, others = Hoard(marketing).keep(), Hoard(clinic).keep()
    assert hoard.opens() == {ann, bea}

    ran = revoke_records(acme, marketing, [ann])

    assert ran.error == ""
    assert "1 record encrypted anew" in ran.out
    assert names(marketing, acme) == ["Bea"]
    assert hoard.keep().opens() == {bea}
    assert names(clinic, acme) == ["Ann"]
    assert others.keep().opens() == {ann}
    assert sorted(map(str, names(acme, acme))) == ["Ann", "Bea"]


def test_again_changes_nothing(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])
    revoke_records(acme, marketing, [ann])

    again = revoke_records(acme, marketing, [ann])

    assert again.error == ""
    assert "had been encrypted anew before" in again.out
    assert Record.objects.get().rev == 2
    assert Generation.objects.count() == 2


def test_what_was_not_granted_is_not_revoked(acme: Party, marketing: Party, clinic: Party) -> None:
    ann, bea = people(acme, "Ann", "Bea")
    share_records(acme, marketing, [ann])

    refused = revoke_records(acme, marketing, [ann, bea])
    acme.knows(clinic)
    other = revoke_records(acme, clinic, [ann])

    assert f"was not granted record {bea}" in refused.error
    assert f"was not granted record {ann}" in other.error
    assert Record.objects.get(pk=ann).rev == 1


def test_shared_again_it_is_read_again_and_kept(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])
    revoke_records(acme, marketing, [ann])
    share_records(acme, marketing, [ann], "--fields", "name")
    client = acme.client
    [record] = client.query("contact")

    client.update(record, {"name": "Bea", "zip": "2"})

    assert read(marketing, "contact", acme) == [{"name": "Bea"}]


@pytest.mark.slow
def test_of_a_form_the_server_only_stops_to_show_it(
    acme: Party, marketing: Party, signup: Signup
) -> None:
    first, second = (signup.fill(fullname=name)[0] for name in ("Ann", "Bea"))
    share_records(acme, marketing, [first, second])
    before = bytes(Record.objects.get(pk=first).body)

    ran = revoke_records(acme, marketing, [first])

    assert ran.error == ""
    assert "stay as they were submitted" in ran.out
    assert [one["fullname"] for one in read(marketing, "account", acme)] == ["Bea"]
    assert bytes(Record.objects.get(pk=first).body) == before
    assert share_records(acme, marketing, [first], "--fields", "zip").error == ""
    assert {"zip": "97301"} in read(marketing, "account", acme)


def test_mallory_takes_nothing_of_acme_back(acme: Party, marketing: Party, mallory: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])

    assert "reads no record" in revoke_records(mallory, marketing, [ann]).error
    assert names(marketing, acme) == ["Ann"]


def test_a_revocation_of_the_type_ends_single_records_too(acme: Party, marketing: Party) -> None:
    [ann] = people(acme, "Ann")
    share_records(acme, marketing, [ann])
    kept = list(Grant.objects.filter(reader=marketing.row))

    ran = revoke(acme, "contact", marketing)
    WithdrawnGrant.objects.all().delete()
    Grant.objects.bulk_create(kept)  # what a server could do
    client = acme.client
    [record] = client.query("contact")
    client.update(record, {"name": "Bea"})

    assert "1 record, granted one by one" in ran.out
    assert not Grant.objects.filter(record__pk=ann).exists()


# --- The whole type -----------------------------------------------------------------------


def test_what_is_encrypted_anew_the_ex_reader_does_not_open(
    acme: Party, marketing: Party, clinic: Party, mallory: Party
) -> None:
    ids = people(acme, *(str(number) for number in range(20)))
    share(acme, "contact", marketing)
    share(acme, "contact", clinic, "--columns", "name")
    share_records(acme, mallory, ids[:1], "--fields", "zip")
    hoard, columns = Hoard(marketing).keep(), Hoard(clinic).keep()

    ran = revoke(acme, "contact", marketing, "--reencrypt")

    assert ran.error == ""
    assert "20 records of contact encrypted anew, under generation 2" in ran.out
    assert "has downloaded of contact it keeps" in ran.out
    assert "`split` it" in ran.out
    assert hoard.keep().opens() == set()
    assert columns.keep().opens() == set(ids)
    assert len(names(clinic, acme)) == len(names(acme, acme)) == 20
    assert read(mallory, "contact", acme) == [{"zip": "1"}]
    assert set(Record.objects.values_list("rev", flat=True)) == {2}


def test_without_it_the_ex_reader_could_with_the_servers_help(
    acme: Party, marketing: Party
) -> None:
    """What the option is for."""
    [ann] = people(acme, "Ann")
    share(acme, "contact", marketing)
    hoard = Hoard(marketing).keep()

    revoke(acme, "contact", marketing)

    assert hoard.opens() == {ann}


def test_in_each_lane_they_come_in_the_order_of_ids(acme: Party, marketing: Party) -> None:
    """Whatever the order in which they were looked up: a server may answer in any."""
    people(acme, *(str(number) for number in range(60)))
    share(acme, "contact", marketing)
    wire = Tampering().on("POST /records/lookup", lambda answer: {"items": answer["items"][::-1]})
    client = acme.through(wire)

    client.encrypt_anew("contact", above=client.revoke("contact", marketing.id).closed)

    for lane in range(16):
        ids = Record.objects.filter(lane=lane).order_by("position").values_list("pk", flat=True)
        assert list(ids) == sorted(ids)


def test_the_same_words_go_on_and_find_nothing(acme: Party, marketing: Party) -> None:
    people(acme, "Ann")
    share(acme, "contact", marketing)
    revoke(acme, "contact", marketing, "--reencrypt")

    again = revoke(acme, "contact", marketing, "--reencrypt")

    assert again.error == ""
    assert "nothing to encrypt anew" in again.out
    assert Record.objects.get().rev == 2
    assert Generation.objects.count() == 2


def test_what_was_revoked_before_can_be_encrypted_anew_later(acme: Party, marketing: Party) -> None:
    people(acme, "Ann")
    share(acme, "contact", marketing)
    hoard = Hoard(marketing).keep()
    revoke(acme, "contact", marketing)

    ran = revoke(acme, "contact", marketing, "--reencrypt")

    assert "was revoked before" in ran.out
    assert hoard.opens() == set()
    assert names(acme, acme) == ["Ann"]


def test_it_asks_first_and_names_what_it_means(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(acme, "Ann")
    share(acme, "contact", marketing)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    ran = acme.run("revoke", "contact", "--from", marketing.id, "--reencrypt")

    assert "pass --yes" in ran.error
    assert "it may have read all columns of all records" in ran.out
    assert "even with the server's help; before that it could" in ran.out
    assert Record.objects.get().rev == 1


def test_it_says_how_much_there_is(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(acme, "Ann", "Bea")
    share(acme, "contact", marketing, "--columns", "zip")
    monkeypatch.setattr(commanding, "somebody_is_here", lambda: True)
    monkeypatch.setattr("click.confirm", lambda question: True)

    out = acme.run("revoke", "contact", "--from", marketing.id).out

    assert "it may have read zip of all records since 20" in out
    assert "could read 2 records until now" in out


def test_what_a_form_collects_stays(acme: Party, marketing: Party, signup: Signup) -> None:
    share(acme, "account", marketing, "--form", "signup")

    ran = revoke(acme, "account", marketing, "--form", "signup", "--reencrypt")

    assert ran.code == 1
    assert "receipts prove it" in ran.error
    assert "delete the source" in ran.error
    assert Grant.objects.filter(reader=marketing.row).exists()


@pytest.mark.slow
def test_what_another_machine_changes_meanwhile_is_not_lost(acme: Party, marketing: Party) -> None:
    people(acme, *(str(number) for number in range(40)))
    share(acme, "contact", marketing)
    revoke(acme, "contact", marketing)
    other = acme.copy("other").client
    records = list(other.query("contact"))
    changed, deleted = records[3], records[4]
    first = iter([True])

    def meanwhile(answer: Any) -> Any:
        asked = wire.requests("POST /records/lookup")[-1]
        if changed.id.encode() in asked and next(first, False):
            other.update(changed, {"name": "changed"})
            other.delete([deleted])
        return answer

    wire = Tampering().on("POST /records/lookup", meanwhile)
    done = acme.through(wire).encrypt_anew("contact", above=1)

    assert done.generation == 2
    assert names(acme, acme).count("changed") == 1
    assert len(names(acme, acme)) == 39
    assert set(Record.objects.filter(deleted_at=None).values_list("generation__number")) == {(2,)}


def test_a_record_that_fails_verification_is_left_and_named(acme: Party, marketing: Party) -> None:
    ann, bea = people(acme, "Ann", "Bea")
    share(acme, "contact", marketing)
    row = Record.objects.get(pk=ann)
    other = Record.objects.get(pk=bea)
    row.body = bytes(other.body).replace(bea.encode(), ann.encode())
    row.save()

    ran = revoke(acme, "contact", marketing, "--reencrypt")

    assert ran.code == 4
    assert f"record {ann}" in ran.err
    assert "1 record of contact encrypted anew" in ran.out
    assert Record.objects.get(pk=ann).rev == 1


@pytest.mark.slow
def test_what_a_stolen_key_signed_is_not_signed_anew(acme: Party, marketing: Party) -> None:
    people(acme, "Ann")
    acme.knows(marketing)
    share(acme, "contact", marketing)
    assert acme.rotate("--compromised").error == ""
    acme.client.write("contact", {"name": "Bea"})

    ran = revoke(acme, "contact", marketing, "--reencrypt")

    assert "only a stolen key signed them" in ran.err
    stolen = {one.data["name"]: one.stolen for one in acme.client.query("contact")}
    assert stolen == {"Ann": True, "Bea": False}


@pytest.mark.slow
def test_what_extract_wrote_before_is_replaced_by_as_much(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    people(acme, *(str(number) for number in range(30)))
    for reader in (marketing, clinic):
        share(acme, "contact", reader)
    clinic.knows(acme)
    out = clinic.path.with_name("contact.jsonl")
    extract = ("--type", "contact", "--out", str(out))
    assert clinic.run("extract", *extract).error == ""
    before = sorted(out.read_text().splitlines())

    revoke(acme, "contact", marketing, "--reencrypt")
    ran = clinic.run("extract", *extract)

    assert (ran.error, ran.code) == ("", 0)
    after = sorted(out.read_text().splitlines())
    assert [line.replace('"rev": 2', '"rev": 1') for line in after] == before


@pytest.mark.slow
def test_a_server_that_always_says_that_records_moved_is_given_up(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(acme, "Ann")
    share(acme, "contact", marketing)
    revoke(acme, "contact", marketing)
    monkeypatch.setattr(rewriting, "MOST_REFUSED", 3)
    Record.objects.update(rev=7)  # as the server lists them they stay at 1

    with pytest.raises(ClientError, match="revision"):
        acme.client.encrypt_anew("contact", above=1)


def test_what_is_left_is_found_without_reading_the_rest(acme: Party, marketing: Party) -> None:
    people(acme, *(str(number) for number in range(30)))
    share(acme, "contact", marketing)
    revoke(acme, "contact", marketing, "--reencrypt")
    wire = Tampering()

    acme.through(wire).encrypt_anew("contact", above=1)

    lines = [line for line, _ in wire.seen]
    assert lines.count("GET /records") == 16
    assert not [line for line in lines if line.startswith(("POST /records", "PUT"))]


def test_what_a_signal_ended_is_gone_on_with(
    acme: Party, marketing: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(acme, *(str(number) for number in range(40)))
    share(acme, "contact", marketing)
    hoard = Hoard(marketing).keep()

    def ended(answer: Any) -> Any:
        if len(wire.requests("PUT /records")) == 3:
            raise EndedBySignal(signal.SIGTERM)
        return answer

    wire = Tampering().on("PUT /records", ended)
    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "transport", lambda: wire)
        ran = revoke(acme, "contact", marketing, "--reencrypt")
    left = Record.objects.filter(rev=1).count()

    assert ran.code == ExitCode.TERMINATED
    assert "running it again is safe" in ran.error
    assert 0 < left < 40
    again = revoke(acme, "contact", marketing, "--reencrypt")
    assert again.error == ""
    assert f"{left} records of contact encrypted anew" in again.out
    assert hoard.keep().opens() == set()
    assert Generation.objects.count() == 2


def test_shared_after_the_type_was_revoked_a_record_stays_shared_when_it_is_updated(
    acme: Party, marketing: Party, clinic: Party
) -> None:
    ann, bea = people(acme, "Ann", "Bea")
    share_records(acme, clinic, [ann])
    share(acme, "contact", marketing)
    hoard = Hoard(marketing).keep()
    assert revoke(acme, "contact", marketing).error == ""

    assert share_records(acme, marketing, [ann]).error == ""
    assert names(marketing, acme) == ["Ann"]
    acme.client.update(ann, {"name": "Ann B"})

    assert names(marketing, acme) == ["Ann B"]
    assert names(clinic, acme) == ["Ann B"]
    assert hoard.opens() == {bea}
    assert Record.objects.get(pk=bea).rev == 1
