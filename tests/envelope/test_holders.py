"""A key may live elsewhere: all that a client does goes through what a holder does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from apps.envelope.grants import open_grant, seal_grant
from apps.envelope.holders import Holder
from apps.envelope.keys import ClientKeys, akid, make_card
from apps.envelope.manifests import parse_manifest, sign_manifest, verify_manifest
from apps.envelope.primitives import KemKey
from apps.envelope.records import open_record, seal_record, verify_record
from apps.envelope.statements import Deletion, sign_deletion, verify_statement
from apps.envelope.submissions import open_form_record, seal_submission
from tests.envelope.tamper_families import TEXT, VALUES
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CONTACT_INBOX,
    FORM,
    NOW,
    RECORD,
)


class Worker:
    """The worker's half: the only place where the seed is."""

    keys: ClientKeys

    @classmethod
    def begin(cls, seed: bytes) -> None:
        cls.keys = ClientKeys(seed)

    @classmethod
    def act(cls, name: str, *given: Any) -> Any:
        found = getattr(cls.keys, name)
        return found(*given) if callable(found) else found


class Elsewhere:
    """A client's private half in another process; here is no seed."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def _ask(self, name: str, *given: Any) -> Any:
        return self._pool.submit(Worker.act, name, *given).result()

    def sign(self, message: bytes) -> bytes:
        return bytes(self._ask("sign", message))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        return bytes(self._ask("open", sealed, info))

    def split_id(self, source: str, target_type: str) -> str:
        return str(self._ask("split_id", source, target_type))

    def former_split_ids(self, source: str, target_type: str) -> list[str]:
        return [str(id) for id in self._ask("former_split_ids", source, target_type)]

    @property
    def kem_pk(self) -> bytes:
        return bytes(self._ask("kem_pk"))

    @property
    def sig_pk(self) -> bytes:
        return bytes(self._ask("sig_pk"))


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Holder]:
    """acme's keys, in a process of their own."""
    with ProcessPoolExecutor(1, get_context("spawn"), Worker.begin, (ACME.seed,)) as pool:
        yield Elsewhere(pool)


def the_card(keys: Holder) -> object:
    return make_card(keys=keys, id=ACME.id, name="acme")


def a_record(keys: Holder) -> object:
    record = seal_record(
        keys=keys, writer=ACME.id, id=RECORD, type="contact", rev=1, access_key=ACCESS_KEY,
        values=VALUES,
    )  # fmt: skip
    verify_record(record, ACME.card)
    return open_record(record, ACCESS_KEY)


def a_grant(keys: Holder) -> object:
    """acme grants, and opens what it granted to itself."""
    made = seal_grant(
        granter=keys, reader=ACME.card, writer=ACME.id, type="contact", gen=1,
        akid=akid(ACCESS_KEY), keys={"*": ACCESS_KEY},
    )  # fmt: skip
    return open_grant(made, keys=keys, me=ACME.card, granter=ACME.card, now=NOW)


def a_manifest(keys: Holder) -> object:
    signed, sig = sign_manifest(parse_manifest(TEXT), keys)
    return verify_manifest(
        signed.raw, sig, ACME.card, fingerprint=ACME.card.fingerprint, form=FORM
    ).hash


def a_statement(keys: Holder) -> object:
    signed = sign_deletion(Deletion(RECORD, ACME.id, "contact", 1), keys)
    verify_statement(signed, ACME.card)
    return signed


def an_id(keys: Holder) -> object:
    return keys.split_id(RECORD, "contact")


@pytest.mark.parametrize("act", [the_card, a_record, a_grant, a_manifest, a_statement, an_id])
def test_a_key_in_another_process_does_the_same(
    act: Callable[[Holder], object], elsewhere: Holder
) -> None:
    assert act(elsewhere) == act(ACME.keys)


def test_an_inbox_may_be_opened_elsewhere() -> None:
    manifest, kept = parse_manifest(TEXT), KemKey(CONTACT_INBOX)
    (record,), _ = seal_submission(manifest, VALUES)

    class Remote:
        public = kept.public

        def open(self, sealed: bytes, info: bytes) -> bytes:
            return kept.open(sealed, info)

    assert open_form_record(record, manifest, Remote()) == VALUES
