"""What the tamper matrix alters: every blob and every object of docs/protocol.md."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from apps.envelope.encoding import b64, dump_json, load_json, unb64
from apps.envelope.fields import Sealed, open_field, open_value, read_sealed, show_sealed
from apps.envelope.grants import open_grant, parse_grant, seal_grant
from apps.envelope.hand_overs import parse_hand_over, verify_hand_over
from apps.envelope.key_copies import parse_key_copy, sign_key_copy
from apps.envelope.key_files import KeyFile, Slot, open_key_file, parse_key_file
from apps.envelope.keys import akid, column_key, parse_card, pinned
from apps.envelope.manifests import parse_manifest, verify_manifest
from apps.envelope.primitives import KemKey
from apps.envelope.records import hide_fields, open_record, parse_record, verify_record
from apps.envelope.rosters import open_past, parse_roster, verify_roster
from apps.envelope.statements import (
    Deletion,
    Leave,
    Revocation,
    parse_deletion,
    parse_leave,
    parse_revocation,
    sign_deletion,
    sign_leave,
    sign_revocation,
    verify_statement,
)
from apps.envelope.submissions import (
    check_submission,
    open_form_record,
    parse_submission,
    seal_submission,
)
from apps.envelope.successions import parse_succession, verify_succession
from tests.envelope.tamper import Case, blob, members, text
from tests.tools.scenarios.group_grants import epoch_grant, to_group
from tests.tools.scenarios.groups import EPOCHS, FOUR, GROUP, TWO, epoch_key, seed_of
from tests.tools.scenarios.key_files import PAPER, SECRETS, by_paper, by_passphrase
from tests.tools.scenarios.key_files import file as key_file
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, signature, written
from tests.tools.scenarios.records import META, client_record
from tests.tools.scenarios.successions import FIRST, PLAIN, handed
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CLINIC,
    CONTACT_INBOX,
    FORM,
    MARKETING,
    NOW,
    RECORD,
    Person,
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
    record = client_record(values=VALUES, meta=META)
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
    yield from members("meta", wire["meta"], lambda x: read(wire | {"meta": x}))
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
        sig = ACME.keys.sig.sign(replace(card, kem_pk=kem_pk).message)
        known(wire | {"kem_pk": b64(kem_pk), "sig": b64(sig)})

    def of_another_sheet(recovery: bytes) -> None:
        sig = ACME.keys.sig.sign(replace(card, recovery=recovery).message)
        known(wire | {"recovery": b64(recovery), "sig": b64(sig)})

    for name in ("kem_pk", "sig_pk", "recovery", "sig"):
        data = getattr(card, name)
        yield from blob(f"card {name}", data, lambda x, name=name: known(wire | {name: b64(x)}))  # type: ignore[misc]
    yield from blob("card kem_pk, signed again", card.kem_pk, signed_again)
    yield from blob("card recovery, signed again", card.recovery, of_another_sheet)
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
    """A deletion, a revocation, and a leave."""
    deletion = sign_deletion(Deletion(RECORD, ACME.id, "contact", 1), ACME.keys)
    yield from _statement("deletion", deletion, parse_deletion)
    revocation = sign_revocation(Revocation(ACME.id, "contact", 1, MARKETING.id), ACME.keys)
    yield from _statement("revocation", revocation, parse_revocation)
    leave = sign_leave(Leave(GROUP, MARKETING.id, 3), MARKETING.keys)
    yield from _statement("leave", leave, parse_leave, MARKETING)


def _statement(
    what: str, statement: Deletion | Revocation | Leave, parse: Any, by: Person = ACME
) -> Iterator[Case]:
    wire = statement.to_wire()

    def verified(changed: Any) -> None:
        verify_statement(parse(changed), by.card)

    yield from blob(f"{what} sig", statement.sig, lambda x: verified(wire | {"sig": b64(x)}))
    yield from text(what, dump_json(wire), lambda x: verified(load_json(x)))
    yield from members(what, wire, verified)


def groups() -> Iterator[Case]:
    """A roster as who grants by it verifies it; a link; the grant of an epoch, and one to it."""
    wire = TWO.to_wire()

    def verified(changed: Any) -> None:
        verify_roster(parse_roster(changed), group=GROUP, owner=CLINIC.card)

    for name in ("kem_pk", "prev", "sig"):
        data = getattr(TWO, name)
        yield from blob(f"roster {name}", data, lambda x, n=name: verified(wire | {n: b64(x)}))  # type: ignore[misc]
    yield from text("roster", dump_json(wire), lambda x: verified(load_json(x)))
    yield from members("roster", wire, verified)
    for kind in ("members", "links"):
        [one] = wire[kind]
        yield from members(
            f"roster {kind}",
            one,
            lambda changed, kind=kind: verified(wire | {kind: [changed]}),  # type: ignore[misc]
        )

    _, last = FOUR.links
    for seed in (seed_of(4), None):
        yield from blob(
            "link" if seed else "seed of a link",
            last.sealed if seed else seed_of(4),
            lambda x, seed=seed: open_past(  # type: ignore[misc]
                replace(FOUR, links=(last._replace(sealed=x if seed else last.sealed),)),
                epoch=4,
                seed=seed or x,
            ),
        )

    for what, grant, keys, me, by, owner in (
        ("epoch grant", epoch_grant(2), MARKETING.keys, MARKETING.card, CLINIC, CLINIC.id),
        ("group grant", to_group({"*": ACCESS_KEY}, 2), epoch_key(2), EPOCHS[2], ACME, None),
    ):
        granted = grant.to_wire()

        def opened(changed: Any, with_: Any = (keys, me, by.card, owner)) -> None:
            own, reader, granter, named = with_
            open_grant(
                parse_grant(changed), keys=own, me=reader, granter=granter, now=NOW, owner=named
            )

        for name in ("sig", "akid", "reader_fp"):
            data = getattr(grant, name)
            yield from blob(
                f"{what} {name}",
                data,
                lambda x, name=name, granted=granted, opened=opened: opened(  # type: ignore[misc]
                    granted | {name: b64(x)}
                ),
            )
        yield from text(what, dump_json(granted), lambda x, opened=opened: opened(load_json(x)))  # type: ignore[misc]
        yield from members(what, granted, opened)


def key_files() -> Iterator[Case]:
    """What a slot and the payload of a key file are sealed as, and the file's members."""
    own, secret = by_passphrase()
    paper = by_paper()
    whole = key_file(own, paper)

    def opened(changed: KeyFile, *, by: Slot = own, secret: bytes = secret) -> None:
        open_key_file(parse_key_file(changed.raw), changed.slot(by.id), secret)

    def with_slot(at: int, **changes: bytes) -> KeyFile:
        slots = list(whole.slots)
        slots[at] = replace(slots[at], **changes)  # type: ignore[arg-type]
        return replace(whole, slots=tuple(slots))

    first, second = whole.slots
    yield from blob("key file payload", whole.payload, lambda x: opened(replace(whole, payload=x)))
    yield from blob("slot sealed", first.sealed, lambda x: opened(with_slot(0, sealed=x)))
    yield from blob(
        "slot signer",
        second.signer,
        lambda x: opened(with_slot(1, signer=x), by=paper, secret=PAPER),
    )
    yield from blob("slot secret", secret, lambda x: opened(whole, secret=x))
    wire = whole.to_wire()

    def read(changed: Any) -> None:
        opened(parse_key_file(dump_json(changed)))

    yield from members("key file", wire, read)
    yield from members(
        "slot",
        wire["slots"][0],
        lambda one: read(wire | {"slots": [one, wire["slots"][1]]}),
    )


def successions() -> Iterator[Case]:
    """A succession, a hand-over, and the copy of a key file that a server keeps."""
    step = PLAIN.to_wire()

    def followed(changed: Any) -> None:
        verify_succession(parse_succession(changed), FIRST)

    for name in ("by_old", "by_next", "by_recovery", "fingerprint"):
        data = unb64(step[name])
        yield from blob(f"succession {name}", data, lambda x, n=name: followed(step | {n: b64(x)}))  # type: ignore[misc]
    yield from members("succession", step, followed)

    given = handed(FIRST, MARKETING.card, 5, (ACME.keys, MARKETING.keys)).to_wire()

    def taken(changed: Any) -> None:
        verify_hand_over(parse_hand_over(changed), form=FORM, giver=FIRST, taker=MARKETING.card)

    yield from text("hand-over", dump_json(given), lambda x: taken(load_json(x)))
    yield from members("hand-over", given, taken)

    whole = key_file(by_passphrase()[0], by_paper())
    copy = sign_key_copy(whole, memory=b"sealed", made=1, fetch_code=SECRETS.fetch, keys=ACME.keys)
    wire = copy.to_wire()
    for name in ("memory", "fetch", "sig"):
        data = unb64(wire[name])
        yield from blob(f"copy {name}", data, lambda x, n=name: parse_key_copy(wire | {n: b64(x)}))  # type: ignore[misc]
    yield from members("copy", wire, parse_key_copy)
