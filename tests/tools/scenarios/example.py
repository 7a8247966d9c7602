"""§12: one coherent example of every structure, as vectors ``example-*``."""

from typing import Any

from apps.envelope.encoding import ctx, dump_json
from apps.envelope.fields import Place, _seal_field
from apps.envelope.keys import akid, column_key
from apps.envelope.manifests import parse_manifest
from apps.envelope.primitives import expand
from apps.envelope.receipts import receipt_of, record_id
from apps.envelope.records import Record, record_message
from apps.envelope.statements import (
    Deletion,
    Leave,
    Revocation,
    sign_deletion,
    sign_leave,
    sign_revocation,
)
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.grants import grant
from tests.tools.scenarios.group_grants import epoch_grant, opened_by, opening_epoch, to_group
from tests.tools.scenarios.groups import GROUP, TWO, seed_of
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, signature, written
from tests.tools.scenarios.records import signed
from tests.tools.scenarios.successions import PAST, PLAIN
from tests.tools.scenarios.world import (
    ACME,
    CLINIC,
    CONTACT_INBOX,
    FORM,
    MARKETING,
    NOW,
    OTHER_RECORD,
    RECORD,
    SEALS,
    fixed,
    inbox_public,
)

KEY = bytes(range(0x80, 0xA0))
FORM_KEY = bytes(range(0xA0, 0xC0))
DATA_KEYS = {"city": bytes(range(0xC0, 0xE0)), "zip": bytes(range(0xE0, 0x100))}
NONCES = {name: (fixed(f"kn {name}")[:12], fixed(f"vn {name}")[:12]) for name in DATA_KEYS}
SECRET = bytes(range(0x70, 0x80))
VALUES = {"city": "Springfield", "zip": "12345"}
META = {"customer": "4711", "state": "open"}
TEXT = written(
    MANIFEST
    | {"types": TYPES[:1], "fields": [question(name, "contact", "text") for name in VALUES]}
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    parts = [{"str": "zip"}, {"int": 7}, {"hex": "00ff"}]
    example(book, "context", "ctx", label="example", parts=parts)
    example(book, "hash", "H", label="example", parts=parts)
    example(book, "client-keys", "client_keys", seed=ACME.seed.hex())
    example(book, "kem-seed", "expand", key=ACME.seed.hex(), label="kem", parts=[])
    example(book, "card", "parse_card", card=ACME.wire)
    example(book, "fingerprint", "show_fingerprint", fingerprint=ACME.card.fingerprint.hex())
    example(book, "akid", "akid", access_key=KEY.hex())
    example(book, "column-key", "column_key", access_key=KEY.hex(), field="zip")
    example(book, "run-source", "run_source", name="import of March", number=1)
    split: Json = {"ids_key": ACME.keys.ids.hex(), "source": RECORD, "target_type": "contact"}
    example(book, "split-id", "split_id", **split)
    client_record(book)
    keys_that_change(book)
    shared(book)
    group(book)
    form(book)
    statements(book)
    token = book.ok(
        "example-token", "show_token", "§12", {"prefix": "sfk", "secret": ACME.seed.hex()},
        languages=PYTHON,
    )  # fmt: skip
    book.ok("example-token-digest", "token_digest", "§12", token, languages=PYTHON)


def example(
    book: Book, name: str, operation: str, expect: Json | None = None, /, **given: Any
) -> None:
    """Tell one part of the example."""
    book.ok(f"example-{name}", operation, "docs/protocol.md §12", given, expect=expect)


def record(writer: str, id: str, key: bytes, **rest: Any) -> Record:
    """Return a record with the example's two fields, not signed yet."""
    data_keys = DATA_KEYS if key == KEY else {name: fixed(f"form {name}") for name in VALUES}
    where: Json = {"id": id, "writer": writer, "type": "contact", "rev": 1, "akid": akid(key)}
    fields = {
        name: _seal_field(
            column_key(key, name), Place(**where), name, value, data_keys[name], *NONCES[name]
        )
        for name, value in VALUES.items()
    }
    return Record(**where, fields=fields, **rest)


def client_record(book: Book) -> None:
    """A field, and the record that it stands in."""
    place = {"id": RECORD, "writer": ACME.id, "type": "contact", "rev": 1, "akid": akid(KEY).hex()}
    key, nonces = column_key(KEY, "zip").hex(), [nonce.hex() for nonce in NONCES["zip"]]
    made = signed(record(ACME.id, RECORD, KEY, meta=META))
    wire = made.to_wire()
    example(book, "padding", "pad", message=b'"12345"'.hex())
    example(
        book, "field", "seal_field", {"sealed": wire["fields"]["zip"]}, column_key=key,
        place=place, field="zip", value="12345", data_key=DATA_KEYS["zip"].hex(),
        key_nonce=nonces[0], value_nonce=nonces[1],
    )  # fmt: skip
    example(book, "field-digest", "field_digest", name="zip", sealed=wire["fields"]["zip"])
    example(book, "record-message", "record_message", record=wire)
    example(book, "record", "verify_record", {}, record=wire, card=ACME.wire)
    values = {"values": VALUES}
    example(book, "record-open", "open_record", values, record=wire, access_key=KEY.hex())


def keys_that_change(book: Book) -> None:
    """A code on paper, and acme's next card."""
    example(book, "code", "show_code", what="recovery", secret=SECRET.hex() * 2)
    past = [{"hex": dump_json(PAST.to_wire()).hex()}]
    example(book, "past", "H", {"hash": PAST.digest.hex()}, label="past", parts=past)
    step = PLAIN.message
    example(
        book, "step", "H", {"hash": PLAIN.digest.hex()}, label="step", parts=[{"hex": step.hex()}]
    )
    example(book, "succession", "parse_succession", succession=PLAIN.to_wire())


def shared(book: Book) -> None:
    """The stream's access key, granted to marketing."""
    made = grant({"*": KEY}, akid=akid(KEY))
    wire = made.to_wire()
    example(book, "grant-info", "grant_info", grant=wire)
    example(book, "grant-message", "grant_message", grant=wire)
    example(
        book, "grant", "open_grant", {"keys": {"*": KEY.hex()}}, grant=wire,
        seed=MARKETING.seed.hex(), me=MARKETING.wire, granter=ACME.wire, now=NOW, owner=None,
    )  # fmt: skip


def group(book: Book) -> None:
    """The second version of the clinic's group; marketing reads by it what acme granted to it."""
    wire, key = TWO.to_wire(), {"keys": {"*": KEY.hex()}}
    example(book, "roster", "parse_roster", roster=wire)
    verified = {"roster": wire, "group": GROUP, "owner": CLINIC.wire}
    example(book, "roster-verify", "verify_roster", {}, **verified)
    told = {"group": GROUP, "epoch": 2, "seed": seed_of(2).hex(), "before": 1}
    nonce, former = fixed("nonce of link 2")[:12].hex(), seed_of(1).hex()
    example(book, "link", "seal_link", {"link": wire["links"][0]}, **told, former=former,
            nonce=nonce)  # fmt: skip
    link_key = {"key": expand(seed_of(2), "past").hex()}
    example(book, "link-key", "expand", link_key, key=seed_of(2).hex(), label="past", parts=[])
    given = {"epoch": 2, "seed": seed_of(2).hex(), "wanted": None}
    example(book, "past-of-the-group", "open_past", roster=wire, **given)
    granted = epoch_grant(2)
    example(book, "epoch-grant-info", "grant_info", grant=granted.to_wire())
    opened = {"keys": {"@": seed_of(2).hex()}}
    example(book, "epoch-grant", "open_grant", opened, **opening_epoch(granted))
    shared = to_group({"*": KEY}, 2, akid=akid(KEY))
    example(book, "group-grant-info", "grant_info", grant=shared.to_wire())
    example(book, "group-grant", "open_grant", key, **opened_by(shared, 2))


def form(book: Book) -> None:
    """A manifest, and the one record of a submission to it."""
    sig, fingerprint = signature(TEXT).hex(), ACME.card.fingerprint.hex()
    given: Json = {"text": TEXT, "sig": sig, "card": ACME.wire, "fingerprint": fingerprint}
    example(book, "manifest", "verify_manifest", form=FORM, **given)
    manifest = parse_manifest(TEXT.encode())
    public = inbox_public(CONTACT_INBOX)
    example(book, "inbox", "kem_key", {"public": public.hex()}, seed=CONTACT_INBOX.hex())
    example(book, "inbox-id", "inbox_id", inbox=public.hex())
    name = akid(FORM_KEY)
    given = {"text": TEXT, "id": OTHER_RECORD, "type": "contact", "akid": name.hex()}
    example(book, "inbox-info", "inbox_info", **given)
    info = ctx("inbox", FORM, OTHER_RECORD, "contact", name, manifest.hash)
    ak = SEALS.seal(public, FORM_KEY, info)
    made = record(f"form:{FORM}", OTHER_RECORD, FORM_KEY, manifest=manifest.hash, ak=ak)
    given = {"record": made.to_wire(), "text": TEXT, "inbox_seed": CONTACT_INBOX.hex()}
    example(book, "access-key", "open_access_key", {"access_key": FORM_KEY.hex()}, **given)
    example(book, "submission", "open_form_record", {"values": VALUES}, **given)
    receipt(book)


def receipt(book: Book) -> None:
    """What the visitor keeps of a submission to the same form."""
    manifest = parse_manifest(TEXT.encode())
    id = record_id(SECRET, FORM, "contact")
    example(book, "record-id", "record_id", {"id": id}, secret=SECRET.hex(), form=FORM,
            type="contact")  # fmt: skip
    info = ctx("inbox", FORM, id, "contact", akid(FORM_KEY), manifest.hash)
    ak = SEALS.seal(inbox_public(CONTACT_INBOX), FORM_KEY, info)
    made = record(f"form:{FORM}", id, FORM_KEY, manifest=manifest.hash, ak=ak)
    wire = made.to_wire()
    example(book, "form-record-message", "record_message", record=wire)
    message = record_message(made)
    parts = [{"hex": message.hex()}, {"hex": ak.hex()}]
    example(book, "stored", "H", label="stored", parts=parts)
    data = receipt_of(manifest, SECRET, [made])
    example(book, "receipt", "receipt", {"receipt": data.hex()}, text=TEXT,
            secret=SECRET.hex(), records=[wire])  # fmt: skip
    example(book, "receipt-verify", "verify_receipt", {}, text=TEXT, receipt=data.hex(),
            records=[wire])  # fmt: skip
    example(book, "receipt-shown", "show_receipt", receipt=data.hex())


def statements(book: Book) -> None:
    """A deletion and a revocation by acme; marketing leaves the group."""
    deletion = sign_deletion(Deletion(RECORD, ACME.id, "contact", 1), ACME.keys)
    example(book, "deletion", "parse_deletion", deletion=deletion.to_wire())
    revocation = sign_revocation(Revocation(ACME.id, "contact", 1, MARKETING.id), ACME.keys)
    example(book, "revocation", "parse_revocation", revocation=revocation.to_wire())
    leave = sign_leave(Leave(GROUP, MARKETING.id, 1), MARKETING.keys)
    example(book, "leave", "parse_leave", leave=leave.to_wire())
