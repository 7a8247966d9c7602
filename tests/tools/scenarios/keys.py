"""§4: client keys, cards, fingerprints, access, column and split keys."""

from typing import Any

from apps.envelope.encoding import VERSION, b64, ctx
from apps.envelope.keys import show_fingerprint
from tests.envelope.operations import Json
from tests.tools.scenarios.book import PYTHON, Book
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    MALLORY,
    MARKETING,
    RECORD,
    Person,
    altered,
    flipped,
    uuid_like,
    without,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    for person in (ACME, MARKETING):
        given = {"seed": person.seed.hex()}
        book.ok(f"client-keys-{person.name}", "client_keys", "all from one seed", given)
    client_names(book)
    cards(book)
    fingerprints(book)
    derived(book)


def client_names(book: Book) -> None:
    """Nothing invisible, nothing that reorders text."""
    value: Any
    for name, value in (
        ("plain", "Acme & Söhne"),
        ("64-astral", "😀" * 64),
        ("joined", "a b"),
        ("unassigned-in-unicode-14", "ac\U00013440me"),
    ):
        given = {"value": value}
        book.ok(f"client-name-{name}", "client_name", "a name", given, expect=given)
    for name, value in (
        ("empty", ""),
        ("65-characters", "a" * 65),
        ("leading-space", " acme"),
        ("trailing-no-break-space", "acme\u00a0"),
        ("control-character", "ac\x07me"),
        ("newline", "ac\nme"),
        ("right-to-left-override", "ac\u202eme"),
        ("zero-width-joiner", "ac\u200dme"),
        ("byte-order-mark", "\ufeffacme"),
        ("line-separator", "ac\u2028me"),
        # Invisible since Unicode 15.0, whatever tables an implementation was built with.
        ("character-of-unicode-15", "ac\U00013439me"),
        ("last-character-of-that-list", "ac\U0001343fme"),
        ("lone-surrogate", "ac\ud800me"),
        ("number", 1),
    ):
        changes = {"value": value}
        book.bad(
            f"client-name-refuses-{name}", "client-name-plain", "malformed", "no name", changes
        )


def signed_card(person: Person, **changes: object) -> Json:
    """Return a card with these members that the person has really signed."""
    parts: Json = {
        "id": person.id,
        "name": person.name,
        "kem_pk": person.keys.kem.public,
        "sig_pk": person.keys.sig.public,
        "recovery": person.recovery_pk,
    } | changes
    sig = person.keys.sig.sign(ctx("card", *parts.values()))
    wire = {name: b64(part) if isinstance(part, bytes) else part for name, part in parts.items()}
    return {"v": VERSION} | wire | {"sig": b64(sig)}


def cards(book: Book) -> None:
    """Parsed strictly, signed by their own key."""
    given = {
        "seed": ACME.seed.hex(),
        "id": ACME.id,
        "name": "acme",
        "recovery": ACME.recovery_pk.hex(),
    }
    book.ok(
        "card-make",
        "make_card",
        "Ed25519 is deterministic",
        given,
        expect={"card": ACME.wire},
        languages=PYTHON,
    )
    fingerprint = {"fingerprint": ACME.card.fingerprint.hex()}
    book.ok(
        "card-parse", "parse_card", "and its fingerprint", {"card": ACME.wire}, expect=fingerprint
    )
    book.ok(
        "card-parse-renamed",
        "parse_card",
        "the name is not in the fingerprint",
        {"card": signed_card(ACME, name="Acme Inc.")},
        expect=fingerprint,
    )
    book.ok(
        "card-parse-without-recovery",
        "parse_card",
        "32 zero bytes: the client has no recovery key",
        {"card": MARKETING.wire},
        expect={"fingerprint": MARKETING.card.fingerprint.hex()},
    )
    public = ACME.keys.kem.public
    card = ACME.wire
    for name, error, comment, changed in (
        ("other-version", "malformed", "sealform/2", altered(card, v="sealform/2")),
        ("missing-name", "malformed", "a member is missing", without(card, "name")),
        ("missing-recovery", "malformed", "who has none, says so", without(card, "recovery")),
        ("unknown-member", "malformed", "a member too many", altered(card, admin=True)),
        (
            "split-id",
            "malformed",
            "a client's id is of version 4",
            signed_card(ACME, id=uuid_like("acme", "8")),
        ),
        ("bad-name", "malformed", "signed, but with a space", signed_card(ACME, name=" acme")),
        ("short-kem-key", "malformed", "1215 bytes", signed_card(ACME, kem_pk=public[:-1])),
        (
            "bad-kem-key",
            "malformed",
            "signed, but no ML-KEM key",
            signed_card(ACME, kem_pk=b"\xff\xff\xff" + public[3:]),
        ),
        (
            "short-signing-key",
            "malformed",
            "31 bytes",
            altered(card, sig_pk=b64(ACME.card.sig_pk[:-1])),
        ),
        (
            "short-recovery-key",
            "malformed",
            "31 bytes, signed",
            signed_card(ACME, recovery=ACME.recovery_pk[:-1]),
        ),
        ("empty-recovery-key", "malformed", "none are 32 zeros", altered(card, recovery="")),
        ("short-signature", "malformed", "63 bytes", altered(card, sig=b64(ACME.card.sig[:-1]))),
        ("padded-key", "malformed", "base64 with =", altered(card, sig_pk=card["sig_pk"] + "=")),
        (
            "altered-signature",
            "signature",
            "a bit of it",
            altered(card, sig=b64(flipped(ACME.card.sig))),
        ),
        (
            "foreign-signature",
            "signature",
            "mallory signed",
            altered(
                card,
                sig=b64(MALLORY.keys.sig.sign(ACME.card.message)),
            ),
        ),
        (
            "replaced-kem-key",
            "signature",
            "mallory's key in acme's card",
            altered(card, kem_pk=MALLORY.wire["kem_pk"]),
        ),
        (
            "replaced-recovery-key",
            "signature",
            "mallory's sheet for acme's card",
            altered(card, recovery=MALLORY.wire["recovery"]),
        ),
        (
            "removed-recovery-key",
            "signature",
            "as if acme had none",
            altered(card, recovery=b64(bytes(32))),
        ),
        ("replaced-name", "signature", "another name", altered(card, name="acne")),
        ("a-list", "malformed", "no object", [card]),
    ):
        book.bad(f"card-refuses-{name}", "card-parse", error, comment, {"card": changed})
    book.ok("card-pinned", "pinned", "the card that was pinned", {"card": card} | fingerprint)
    for name, comment, changed in (
        ("substituted-card", "mallory's keys under acme's id", signed_card(MALLORY, id=ACME.id)),
        (
            "other-recovery-key",
            "the thief of acme's seed signs a card with a sheet of its own",
            signed_card(ACME, recovery=MALLORY.recovery_pk),
        ),
        ("replaced-id", "acme's keys under another id", signed_card(ACME, id=MALLORY.id)),
        ("other-client", "mallory's own card", MALLORY.wire),
    ):
        book.bad(
            f"card-pin-refuses-{name}", "card-pinned", "fingerprint", comment, {"card": changed}
        )


def fingerprints(book: Book) -> None:
    """Base32 in groups of four."""
    text: Any
    book.ok(
        "fingerprint-show-zeros",
        "show_fingerprint",
        "thirteen groups of four",
        {"fingerprint": "00" * 32},
        expect={"shown": "-".join(["AAAA"] * 13)},
    )
    given = {"fingerprint": ACME.card.fingerprint.hex()}
    book.ok("fingerprint-show-acme", "show_fingerprint", "acme's", given)
    shown = show_fingerprint(ACME.card.fingerprint)
    for name, text in (
        ("as-shown", shown),
        ("lower-case", shown.lower()),
        ("with-spaces", shown.replace("-", " ")),
        ("in-one-word", shown.replace("-", "")),
        ("with-no-break-spaces", shown.replace("-", "\u00a0")),
        ("with-other-hyphens", shown.replace("-", "\u2011")),
        ("with-what-nobody-sees", "\ufeff" + shown.replace("-", "-\u200b") + "\u200e"),
        ("full-width", "".join(chr(ord(one) + 0xFEE0) for one in shown)),
        ("on-two-lines", f" {shown[:32]}\r\n\t{shown[32:]}\n"),
    ):
        given_text = {"shown": text}
        book.ok(
            f"fingerprint-read-{name}", "read_fingerprint", "all the same", given_text, expect=given
        )
    for name, text in (
        ("51-characters", shown[:-1]),
        ("53-characters", shown + "A"),
        ("padding", shown + "===="),
        ("digit-one", "1" + shown[1:]),
        ("digit-eight", "8" + shown[1:]),
        ("spare-bits", shown[:-1] + "B"),
        ("underscores", shown.replace("-", "_")),
        ("long-s", "\u017f" + shown[1:]),
        ("empty", ""),
        ("null", None),
        ("hex", ACME.card.fingerprint.hex()),
    ):
        changes = {"shown": text}
        book.bad(
            f"fingerprint-refuses-{name}",
            "fingerprint-read-as-shown",
            "malformed",
            "no fingerprint",
            changes,
        )


def derived(book: Book) -> None:
    """What is derived from an access key and from the ids key."""
    key = ACCESS_KEY.hex()
    book.ok("akid-of-an-access-key", "akid", 'H("akid", AK)', {"access_key": key})
    for field in ("zip", "city", "a" * 64):
        given = {"access_key": key, "field": field}
        book.ok(f"column-key-{field[:4]}", "column_key", "one key a name", given)
    for target in ("contact", "health"):
        given = {"ids_key": ACME.keys.ids.hex(), "source": RECORD, "target_type": target}
        book.ok(f"split-id-{target}", "split_id", "version 8, variant 10", given)
    for number in (1, 2, 10_000):
        run: Json = {"name": "import of March", "number": number}
        book.ok(f"run-source-{number}", "run_source", "version 4, variant 10", run)
