"""What the tamper matrix alters: every blob and every object of docs/protocol.md."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from apps.envelope.encoding import b64, ctx, dump_json, load_json
from apps.envelope.fields import Sealed, open_field, open_value, read_sealed, show_sealed
from apps.envelope.grants import open_grant, parse_grant, seal_grant
from apps.envelope.keys import akid, column_key, parse_card, pinned
from apps.envelope.manifests import parse_manifest, verify_manifest
from apps.envelope.primitives import KemKey
from apps.envelope.records import hide_fields, open_record, parse_record, verify_record
from apps.envelope.statements import (
    Deletion,
    Revocation,
    parse_deletion,
    parse_revocation,
    sign_deletion,
    sign_revocation,
    verify_statement,
)
from apps.envelope.submissions import (
    check_submission,
    open_form_record,
    parse_submission,
    seal_submission,
)
from tests.envelope.tamper import Case, blob, members, text
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, signature, written
from tests.tools.scenarios.records import client_record
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CONTACT_INBOX,
    FORM,
    MARKETING,
    NOW,
    RECORD,
    fixed,
)

VALUES = {"city": "Springfield", "zip": "12345"}
SMALL = {"types": TYPES[:1], "fields": [question(name, "contact", "text") for name in VALUES]}
TEXT = written(MANIFEST | SMALL).encode()


def fields() -> Iterator[Case]:
    """Both seals of a field, opened from the column key and from the data key."""
    record = client_record(values=VALUES)
    key, data_key, place = column_key(ACCESS_KEY, "zip"), fixed("dk zip"), record.place
    k, c = record.fields["zip"]

    def opened(sealed: Sealed) -> Any:
        return open_field(key, place, "zip", read_sealed(show_sealed(sealed)))

    yield from blob("field k", k, lambda changed: opened(Sealed(changed, c)))
    yield from blob("field c", c, lambda changed: opened(Sealed(k, changed)))
    yield from blob(
        "field c under its data key",
        c,
        lambda changed: open_value(data_key, place, "zip", Sealed(k, changed)),
    )


def client_records() -> Iterator[Case]:
    """A client's record, verified and opened; and what a reader of one column gets."""
    record = client_record(values=VALUES)
    wire = record.to_wire()

    def read(changed: Any) -> None:
        parsed = parse_record(changed)
        verify_record(parsed, ACME.card)
        open_record(parsed, ACCESS_KEY)

    k, c = record.fields["zip"]
    yield from blob("record sig", record.sig, lambda x: read(wire | {"sig": b64(x)}))
    yield from blob("record akid", record.akid, lambda x: read(wire | {"akid": b64(x)}))
    yield from blob(
        "record field k",
        k,
        lambda x: read(replace(record, fields=record.fields | {"zip": Sealed(x, c)}).to_wire()),  # type: ignore[operator]
    )
    yield from blob(
        "record field c",
        c,
        lambda x: read(replace(record, fields=record.fields | {"zip": Sealed(k, x)}).to_wire()),  # type: ignore[operator]
    )
    yield from text("record", dump_json(wire), lambda x: read(load_json(x)))
    yield from members("record", wire, read)
    partial = hide_fields(record, ["zip"]).to_wire()
    digest = hide_fields(record, ["zip"]).hidden["city"]
    yield from blob("hidden digest", digest, lambda x: read(partial | {"hidden": {"city": b64(x)}}))
    yield from text("partial record", dump_json(partial), lambda x: read(load_json(x)))


def form_records() -> Iterator[Case]:
    """A form's record: its sealed access key, what that binds, and its fields."""
    manifest = parse_manifest(TEXT)
    (record,), _ = seal_submission(manifest, VALUES)
    wire, inbox = record.to_wire(), KemKey(CONTACT_INBOX)

    def read(changed: Any) -> None:
        open_form_record(parse_record(changed), manifest, inbox)

    yield from blob("form record ak", record.ak, lambda x: read(wire | {"ak": b64(x)}))
    yield from blob("form record akid", record.akid, lambda x: read(wire | {"akid": b64(x)}))
    yield from blob(
        "form record manifest", record.manifest, lambda x: read(wire | {"manifest": b64(x)})
    )
    yield from text("form record", dump_json(wire), lambda x: read(load_json(x)))
    yield from members("form record", wire, read)

    def checked(changed: Any) -> None:
        for submitted in parse_submission(changed):
            check_submission((submitted,), manifest)
            open_form_record(submitted, manifest, inbox)

    body = {"v": wire["v"], "records": [wire]}
    yield from members("submission", body, checked)
    yield "submission: record doubled", lambda: checked(body | {"records": [wire, wire]})


def grants() -> Iterator[Case]:
    """A grant as its reader opens it, and its seal as if nobody had signed it."""
    grant = seal_grant(
        granter=ACME.keys, reader=MARKETING.card, writer=ACME.id, type="contact", gen=1,
        akid=akid(ACCESS_KEY), keys={"*": ACCESS_KEY}, not_after=NOW,
    )  # fmt: skip
    wire = grant.to_wire()

    def opened(changed: Any) -> None:
        open_grant(
            parse_grant(changed), keys=MARKETING.keys, me=MARKETING.card, granter=ACME.card, now=NOW
        )

    for name in ("keys", "sig", "akid", "reader_fp"):
        data = getattr(grant, name)
        yield from blob(f"grant {name}", data, lambda x, name=name: opened(wire | {name: b64(x)}))  # type: ignore[misc]
    yield from blob(
        "grant keys, unsigned", grant.keys, lambda x: MARKETING.keys.kem.open(x, grant.info)
    )
    yield from text("grant", dump_json(wire), lambda x: opened(load_json(x)))
    yield from members("grant", wire, opened)


def cards() -> Iterator[Case]:
    """A card by its own signature and, where its owner signs anything, by its fingerprint."""
    card, wire = ACME.card, ACME.wire

    def known(changed: Any) -> None:
        pinned(parse_card(changed), card.fingerprint)

    def signed_again(kem_pk: bytes) -> None:
        sig = ACME.keys.sig.sign(ctx("card", card.id, card.name, kem_pk, card.sig_pk))
        known(wire | {"kem_pk": b64(kem_pk), "sig": b64(sig)})

    for name in ("kem_pk", "sig_pk", "sig"):
        data = getattr(card, name)
        yield from blob(f"card {name}", data, lambda x, name=name: known(wire | {name: b64(x)}))  # type: ignore[misc]
    yield from blob("card kem_pk, signed again", card.kem_pk, signed_again)
    yield from blob("pin", card.fingerprint, lambda x: pinned(parse_card(wire), x))
    yield from text("card", dump_json(wire), lambda x: known(load_json(x)))
    yield from members("card", wire, known)


def manifests() -> Iterator[Case]:
    """A manifest's bytes and signature."""
    sig = signature(TEXT.decode())

    def verified(raw: bytes, sig: bytes) -> None:
        verify_manifest(raw, sig, ACME.card, fingerprint=ACME.card.fingerprint, form=FORM)

    yield from blob("manifest", TEXT, lambda x: verified(x, sig))
    yield from blob("manifest sig", sig, lambda x: verified(TEXT, x))


def statements() -> Iterator[Case]:
    """A deletion and a revocation."""
    deletion = sign_deletion(Deletion(RECORD, ACME.id, "contact", 1), ACME.keys)
    yield from _statement("deletion", deletion, parse_deletion)
    revocation = sign_revocation(Revocation(ACME.id, "contact", 1, MARKETING.id), ACME.keys)
    yield from _statement("revocation", revocation, parse_revocation)


def _statement(what: str, statement: Deletion | Revocation, parse: Any) -> Iterator[Case]:
    wire = statement.to_wire()

    def verified(changed: Any) -> None:
        verify_statement(parse(changed), ACME.card)

    yield from blob(f"{what} sig", statement.sig, lambda x: verified(wire | {"sig": b64(x)}))
    yield from text(what, dump_json(wire), lambda x: verified(load_json(x)))
    yield from members(what, wire, verified)
