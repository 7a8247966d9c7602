"""PUT /me/keyfile and POST /keyfiles/ID: copies of key files, for who has the fetch code."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.client import slots
from apps.directory.kept_copies import forget_newest_copies
from apps.directory.models import KeyFileCopy
from apps.envelope.encoding import b64
from apps.envelope.key_copies import KeyCopy, fetch_digest, sign_key_copy
from apps.envelope.key_files import KeyFile, Secrets, Slot, seal_key_file
from tests.directory.successions import RECOVERY, rotated, with_recovery
from tests.people import Person, accepted, error, send

CODE = bytes(range(32))
MADE = 1_700_000_000_000


def file_of(person: Person, serial: int = 1, ways: Sequence[Slot] = ()) -> KeyFile:
    keys = person.keys
    secrets = Secrets(seeds=(keys.seed,), ids=(keys.ids,), state=keys.state, fetch=CODE)
    paper = slots.recovery(seed=RECOVERY.seed)
    ways = ways or [paper.slot(person.card)]
    return seal_key_file(person.card, serial=serial, slots=ways, secrets=secrets)


def copy_of(
    person: Person, serial: int = 1, memory: bytes = b"", made: int = MADE
) -> dict[str, Any]:
    return signed(person, file_of(person, serial), memory, made).to_wire()


def signed(person: Person, file: KeyFile, memory: bytes = b"", made: int = MADE) -> KeyCopy:
    return sign_key_copy(file, memory=memory, made=made, fetch_code=CODE, keys=person.keys)


def forged(person: Person, file: KeyFile, memory: bytes = b"") -> dict[str, Any]:
    """What another program signs, which checks nothing."""
    bare = KeyCopy(file, memory, MADE, fetch_digest(CODE))
    return replace(bare, sig=person.keys.sign(bare.message)).to_wire()


def fetched(id: str, code: bytes = CODE) -> Any:
    return send("POST", f"/keyfiles/{id}", {"code": b64(code)})


def test_a_copy_is_kept_and_comes_back_as_it_was(acme: Person) -> None:
    copy = copy_of(acme, memory=b"sealed")

    first = acme.put("/me/keyfile", copy)
    again = acme.put("/me/keyfile", copy)

    assert (first.status_code, first.json()) == (201, {"serial": 1})
    assert (again.status_code, again.json()) == (200, {"serial": 1})
    assert accepted(fetched(acme.id)) == {
        "file": copy["file"], "memory": copy["memory"], "made": MADE,
    }  # fmt: skip


def test_who_has_not_the_fetch_code_gets_nothing(acme: Person, mallory: Person) -> None:
    """Neither an API key, the owner's included, nor the digest of the code is enough."""
    accepted(acme.put("/me/keyfile", copy_of(acme)))

    refused = [
        fetched(acme.id, bytes(32)),
        fetched(acme.id, fetch_digest(CODE)),
        fetched(mallory.id),
        fetched(str(uuid4())),
        acme.post(f"/keyfiles/{acme.id}", {"code": b64(bytes(32))}),
    ]

    assert {error(one) for one in refused} == {(403, "fetch_refused")}
    assert len({one.content for one in refused}) == 1
    assert error(acme.get(f"/keyfiles/{acme.id}"))[0] == 405
    assert error(acme.get("/me/keyfile"))[0] == 405


def test_guesses_are_throttled(acme: Person) -> None:
    accepted(acme.put("/me/keyfile", copy_of(acme)))

    codes = [error(fetched(acme.id, bytes([n] * 32))) for n in range(61)]

    assert codes[0] == (403, "fetch_refused")
    assert codes[-1] == (429, "throttled")


def test_only_the_client_itself_leaves_a_copy(acme: Person, mallory: Person) -> None:
    copy = copy_of(acme)

    assert error(mallory.put("/me/keyfile", copy)) == (422, "mismatch")
    assert error(send("PUT", "/me/keyfile", copy)) == (401, "not_authenticated")
    assert error(send("PUT", "/me/keyfile", copy_of(mallory))) == (401, "not_authenticated")
    assert KeyFileCopy.objects.count() == 0


def test_a_thief_of_the_api_key_replaces_nothing(acme: Person, mallory: Person) -> None:
    """What is kept is signed by the card, over the code too."""
    accepted(acme.put("/me/keyfile", copy_of(acme)))
    newer = copy_of(acme, serial=2)

    for forged in (
        newer | {"fetch": b64(fetch_digest(bytes(32)))},
        newer | {"file": copy_of(acme, serial=3)["file"]},
        newer | {"memory": b64(b"other")},
        newer | {"made": MADE + 1},
        newer | {"sig": copy_of(mallory)["sig"]},
    ):
        assert error(acme.put("/me/keyfile", forged)) == (422, "signature")
    assert KeyFileCopy.objects.get().serial == 1


@pytest.mark.parametrize("serial", [1, 4])
def test_serials_only_grow(acme: Person, serial: int) -> None:
    accepted(acme.put("/me/keyfile", copy_of(acme, serial=5)))
    accepted(acme.put("/me/keyfile", copy_of(acme, serial=9)))

    assert error(acme.put("/me/keyfile", copy_of(acme, serial))) == (409, "serial_conflict")
    assert error(acme.put("/me/keyfile", copy_of(acme, 9))) == (409, "serial_conflict")


def test_the_memory_of_one_file_is_left_again_and_again(acme: Person) -> None:
    """Whoever did not hear the answer seals it anew: other bytes, of the same file."""
    file = file_of(acme, 4)
    first, again = signed(acme, file, b"one"), signed(acme, file, b"two", MADE + 1)

    assert acme.put("/me/keyfile", first.to_wire()).status_code == 201
    assert acme.put("/me/keyfile", again.to_wire()).status_code == 201
    assert accepted(fetched(acme.id))["memory"] == b64(b"two")
    for older in (first, signed(acme, file, b"three", MADE + 1)):
        assert error(acme.put("/me/keyfile", older.to_wire())) == (409, "serial_conflict")


def left(person: Person, *serials: int) -> None:
    for serial in serials:
        accepted(person.put("/me/keyfile", copy_of(person, serial)))


def serials() -> list[int]:
    return sorted(KeyFileCopy.objects.values_list("serial", flat=True))


def test_the_last_three_are_kept_and_others_for_some_days(acme: Person, marketing: Person) -> None:
    """Whoever has stolen the keys cannot flush the copies away at once."""
    left(marketing, 1)
    left(acme, 11, 12, 13)
    week = timezone.now() - timedelta(days=8)
    KeyFileCopy.objects.filter(client=acme.row).update(stored=week)
    left(acme, 17, 18, 19)
    assert serials() == [1, 11, 12, 13, 17, 18, 19]

    KeyFileCopy.objects.filter(displaced__isnull=False).update(displaced=week)
    left(acme, 20)

    assert serials() == [1, 18, 19, 20]
    assert accepted(fetched(marketing.id))["memory"] == ""


def test_a_serial_goes_up_by_small_steps(acme: Person) -> None:
    """Else one copy with the highest number of all would lock its owner out for ever."""
    assert error(acme.put("/me/keyfile", copy_of(acme, 1001))) == (400, "limit")
    left(acme, 1000)
    assert error(acme.put("/me/keyfile", copy_of(acme, 2**53 - 1))) == (400, "limit")
    left(acme, 2000)


def test_no_copy_is_made_next_week(acme: Person) -> None:
    """Else no newer memory of the same file could be left until then."""
    now = int(timezone.now().timestamp() * 1000)
    week = copy_of(acme, made=now + 7 * 24 * 3600 * 1000)

    assert error(acme.put("/me/keyfile", week)) == (400, "limit")
    accepted(acme.put("/me/keyfile", copy_of(acme, made=now + 3600 * 1000)))


def test_only_some_are_taken_in_a_day(acme: Person) -> None:
    left(acme, *range(1, 13))
    more = copy_of(acme, 13)

    assert error(acme.put("/me/keyfile", more)) == (409, "too_many_copies")
    assert acme.put("/me/keyfile", copy_of(acme, 12)).status_code == 409  # other bytes
    KeyFileCopy.objects.update(stored=timezone.now() - timedelta(days=1, seconds=1))
    assert acme.put("/me/keyfile", more).status_code == 201


def remembers(person: Person, file: KeyFile, memory: bytes, made: int) -> int:
    copy = signed(person, file, memory, MADE + made).to_wire()
    status: int = person.put("/me/keyfile", copy).status_code
    return status


def memories() -> list[bytes]:
    return [bytes(one.memory) for one in KeyFileCopy.objects.all()]


def test_what_a_client_remembers_is_taken_all_day(acme: Person) -> None:
    """Of the very same file: the first and the last of two hours are kept."""
    file = file_of(acme)

    assert {remembers(acme, file, bytes([made]), made) for made in range(30)} == {201}
    assert remembers(acme, file, b"older", 28) == 409
    assert memories() == [bytes([29]), bytes([0])]
    assert KeyFileCopy.objects.all()[0].made == MADE + 29

    hours = timedelta(hours=2, seconds=1)
    KeyFileCopy.objects.update(stored=timezone.now() - hours)
    assert {remembers(acme, file, b"later %d" % made, made) for made in range(30, 33)} == {201}
    assert memories() == [b"later 32", b"later 30", bytes([29]), bytes([0])]


def test_a_thief_does_not_write_over_the_good_memory(acme: Person) -> None:
    """An admin goes back to the one that was there when his time began."""
    file = file_of(acme)
    remembers(acme, file, b"good", 0)
    for made in range(1, 9):
        assert remembers(acme, file, b"the thief's", made) == 201

    assert forget_newest_copies(clients=[acme.row]) == 1

    assert accepted(fetched(acme.id))["memory"] == b64(b"good")


def test_both_copies_of_two_hours_count_as_one(acme: Person) -> None:
    for serial in range(1, 13):
        file = file_of(acme, serial)
        assert {remembers(acme, file, b"%d" % made, made) for made in range(3)} == {201}

    assert KeyFileCopy.objects.count() == 24
    assert error(acme.put("/me/keyfile", copy_of(acme, 13))) == (409, "too_many_copies")
    assert remembers(acme, file, b"later", 3) == 201  # of the twelfth


def test_one_client_leaves_copies_only_so_often(
    acme: Person, marketing: Person, settings: Settings
) -> None:
    """Whoever has its keys, from whatever address, and nobody else is slowed down for it."""
    settings.KEY_COPY_RATE, settings.TRUSTED_PROXIES = "3/minute", 1
    left(acme, 1, 2, 3)

    elsewhere = {"authorization": acme.authorization, "x_forwarded_for": "192.0.2.9"}
    answer = send("PUT", "/me/keyfile", copy_of(acme, 4), **elsewhere)

    assert error(answer) == (429, "throttled")
    assert int(answer["Retry-After"]) <= 61
    assert serials() == [1, 2, 3]
    left(marketing, 1)


def test_an_admin_goes_back_to_the_copy_before(acme: Person, marketing: Person) -> None:
    left(marketing, 1)
    left(acme, 1, 2)
    KeyFileCopy.objects.filter(serial=2).update(fetch=fetch_digest(bytes(32)))  # a thief's
    assert error(fetched(acme.id)) == (403, "fetch_refused")

    assert forget_newest_copies(clients=[acme.row]) == 1

    assert accepted(fetched(acme.id))["file"]
    assert serials() == [1, 1]
    assert not KeyFileCopy.objects.filter(displaced__isnull=False)
    assert forget_newest_copies(clients=[acme.row]) == 1
    assert forget_newest_copies(clients=[acme.row]) == 0
    left(acme, 1)


def test_a_thief_of_keys_that_were_succeeded_has_not_used_the_serials_up(acme: Person) -> None:
    """Nor does his copy come back to who has the fetch code."""
    owner = with_recovery(acme)
    accepted(owner.put("/me/keyfile", copy_of(owner, serial=1000, memory=b"the thief's")))
    new = rotated(owner)

    for serial in (2, 3):
        accepted(new.put("/me/keyfile", copy_of(new, serial, memory=b"%d" % serial)))

    assert accepted(fetched(acme.id))["memory"] == b64(b"3")
    assert error(new.put("/me/keyfile", copy_of(new, 2))) == (409, "serial_conflict")
    assert error(new.put("/me/keyfile", copy_of(owner, 5))) == (422, "mismatch")


def test_a_file_that_can_be_guessed_is_refused(acme: Person) -> None:
    """A client that asks for it all the same: nobody else's program is trusted with that."""
    weak = slots.passphrase("the cat sat on my keyboard", generated=False).slot
    for ways in ([slots.plain().slot], [weak], [weak, slots.plain().slot]):
        file = file_of(acme, ways=ways)
        assert error(acme.put("/me/keyfile", forged(acme, file))) == (422, "mismatch")


def test_memory_has_a_bound(acme: Person) -> None:
    most = copy_of(acme, memory=bytes(512 * 1024))
    wire = forged(acme, file_of(acme, 2), bytes(512 * 1024 + 1))

    assert acme.put("/me/keyfile", most).status_code == 201
    assert error(acme.put("/me/keyfile", wire)) == (400, "limit")


def test_it_sets_no_cookie_and_wants_none(acme: Person) -> None:
    accepted(acme.put("/me/keyfile", copy_of(acme)))

    answer = fetched(acme.id)

    assert not answer.cookies
    assert "Set-Cookie" not in answer.headers
