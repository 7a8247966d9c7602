"""§4, files of a client: the key file, its slots, passphrases, and codes on paper."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.envelope.codes import CHARACTERS, show_code
from apps.envelope.encoding import b64, ctx, dump_json
from apps.envelope.key_copies import parse_key_copy
from apps.envelope.key_files import ApiKey, KeyFile, Secrets, Slot
from apps.envelope.keys import Card, make_card
from apps.envelope.passphrases import (
    LEAST_MEMORY,
    LEAST_PASSES,
    MOST_BYTES,
    MOST_MEMORY,
    Cost,
    passphrase_secret,
)
from apps.envelope.primitives import KemKey, SigningKey, _seal, expand
from apps.envelope.tokens import show_token
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import (
    ACME,
    MALLORY,
    NOW,
    SEALS,
    fixed,
    flipped,
    uuid_like,
    without,
)

WORDS = "rely kilowatt endearing spyglass unwashed purse"
SALT = fixed("salt")[:16]
CHEAP = Cost(LEAST_MEMORY, LEAST_PASSES)
PAPER = fixed("recovery secret")
SIGNER = fixed("recovery key")
CARD = make_card(keys=ACME.keys, id=ACME.id, name="acme", recovery=SigningKey(SIGNER).public)
SECRETS = Secrets(
    seeds=(ACME.seed, fixed("earlier seed")),
    ids=(ACME.keys.ids,),
    state=ACME.keys.state,
    fetch=fixed("fetch code"),
    api_url="https://forms.example.org",
    api_key=ApiKey(uuid_like("api key"), show_token("sfs", fixed("api secret"))),
    token=fixed("token digest"),
)
COST = {"memory": CHEAP.memory, "passes": CHEAP.passes}


def tell(book: Book) -> None:
    """Tell the scenarios."""
    codes(book)
    passphrases(book)
    passkeys(book)
    parsing(book)
    opening(book)
    signers(book)
    copies(book)


def codes(book: Book) -> None:
    """Four rows, each with a check of its own."""
    shown: Any
    for what in ("recovery", "fetch"):
        given = {"what": what, "secret": PAPER.hex()}
        rows = book.ok(f"code-show-{what}", "show_code", "four rows", given)["rows"]
        book.ok(
            f"code-read-{what}",
            "read_code",
            "the way back, as it is shown",
            {"what": what, "shown": "\n".join(rows)},
            expect={"secret": PAPER.hex()},
        )
    rows = show_code("recovery", PAPER)
    plain = "".join(rows).replace("-", "")
    for name, shown in (
        ("in-one-line", " ".join(rows)),
        ("bare", plain),
        ("lower-case", "\r\n".join(rows).lower()),
        ("with-long-hyphens", " ".join(rows).replace("-", "\u2011")),
        ("full-width", "".join(chr(ord(c) + 0xFEE0) for c in plain)),
        ("with-unseen-characters", f"\u200b{rows[0]}\u00a0" + "\u2003".join(rows[1:])),
    ):
        given = {"what": "recovery", "shown": shown}
        expect = {"secret": PAPER.hex()}
        book.ok(f"code-read-{name}", "read_code", "as people type", given, expect=expect)
    other = show_code("fetch", PAPER)
    for name, shown in (
        ("a-mistyped-row", plain[:20] + ("A" if plain[20] != "A" else "B") + plain[21:]),
        ("a-mistyped-check", plain[:-1] + ("A" if plain[-1] != "A" else "B")),
        ("rows-out-of-order", "".join([*rows[2:], *rows[:2]])),
        ("another-kind", "".join(other)),
        ("a-row-of-another-kind", "".join([*rows[:3], other[3]])),
        ("three-rows", "".join(rows[:3])),
        ("five-rows", "".join([*rows, rows[3]])),
        ("other-characters", "1" + plain[1:]),
        ("padding", plain[:-1] + "="),
        ("a-long-s", plain[:-1] + "\u017f"),
        ("an-empty-text", ""),
        ("null", None),
        ("zeros", "A" * CHARACTERS),
    ):
        book.bad(
            f"code-refuses-{name}", "code-read-recovery", "malformed", "no code", {"shown": shown}
        )


def passphrases(book: Book) -> None:
    """Argon2id of the normalised text, within bounds."""
    same = {"bytes": WORDS.encode().hex()}
    for name, text in (
        ("plain", WORDS),
        ("spaces", f"  {WORDS.replace(' ', '   ')}\n"),
        ("other-spaces", WORDS.replace(" ", "\u3000\u00a0\u0085")),
        ("full-width", "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in WORDS)),
        ("ligature", WORDS.replace("ff", "\ufb00")),
    ):
        given = {"passphrase": text}
        book.ok(f"passphrase-{name}", "prepared_passphrase", "the same in NFKC", given, expect=same)
    for name, text in (
        ("composed", "caf\u00e9 au lait"),
        ("decomposed", "cafe\u0301 au lait"),
        ("byte-order-mark", "\ufeffcafe\ufeff"),
        ("zero-width-joiner", "a\u200db"),
        ("upper-case", "CAFE"),
        ("longest", "x" * MOST_BYTES),
        ("one-character", "\u00df"),
    ):
        book.ok(f"passphrase-{name}", "prepared_passphrase", "NFKC, UTF-8", {"passphrase": text})
    changes: Json
    wrong: Any
    for name, wrong in (
        ("empty", ""),
        ("blank", " \u3000\n"),
        ("too-long", "\u00e9" * 513),
        ("lone-surrogate", "a\ud800"),
        ("number", 1),
    ):
        changes = {"passphrase": wrong}
        book.bad(f"passphrase-refuses-{name}", "passphrase-plain", "malformed", "none", changes)
    asked: Json = {"passphrase": WORDS, "salt": SALT.hex(), **COST}
    book.ok("passphrase-secret", "passphrase_secret", "Argon2id, one lane", asked)
    asked |= {"passphrase": "caf\u00e9", "passes": 3}
    book.ok("passphrase-secret-three-passes", "passphrase_secret", "other numbers", asked)
    for name, error, changes in (
        ("no-passphrase", "malformed", {"passphrase": ""}),
        ("short-salt", "malformed", {"salt": SALT[:15].hex()}),
        ("little-memory", "limit", {"memory": LEAST_MEMORY - 1}),
        ("much-memory", "limit", {"memory": MOST_MEMORY + 1}),
        ("one-pass", "limit", {"passes": 1}),
        ("seventeen-passes", "limit", {"passes": 17}),
        ("much-work", "limit", {"memory": MOST_MEMORY, "passes": 5}),
        ("no-number", "malformed", {"passes": "3"}),
    ):
        book.bad(
            f"passphrase-secret-refuses-{name}",
            "passphrase-secret",
            error,
            "before anything",
            changes,
        )


def passkeys(book: Book) -> None:
    """From the first 32 bytes of the PRF, for one credential of one party."""
    output, more = fixed("prf output"), fixed("more of the prf")
    asked = {"rp": "forms.example.org", "credential": fixed("credential").hex()}
    given: Json = asked | {"output": output.hex()}
    made = book.ok("passkey-secret", "passkey_secret", "32 bytes", given)
    longer = given | {"output": (output + more).hex()}
    book.ok("passkey-secret-of-more", "passkey_secret", "the first 32", longer, expect=made)
    for name, changed in (
        ("another-party", {"rp": "example.org"}),
        ("another-credential", {"credential": "00"}),
    ):
        other = book.ok(f"passkey-secret-of-{name}", "passkey_secret", "bound", given | changed)
        if other == made:
            raise AssertionError(name)
    short = {"output": output[:31].hex()}
    book.bad("passkey-secret-refuses-little", "passkey-secret", "malformed", "31 bytes", short)


def slot(kind: str, secret: bytes, params: Json, **more: Any) -> Slot:
    """Return a slot of the file."""
    id, label = uuid_like(f"slot {kind}"), f"{kind} of acme"
    made: Json = {"made": NOW, "proved": 0, "params": params, "pk": KemKey(secret).public}
    return Slot(id=id, kind=kind, label=label, **(made | more))


def by_passphrase() -> tuple[Slot, bytes]:
    """Return the passphrase slot and its secret."""
    params = {"salt": b64(SALT), **COST, "generated": True}
    secret = passphrase_secret(WORDS, SALT, CHEAP)
    return slot("passphrase", secret, params), secret


def by_paper() -> Slot:
    """Return the recovery slot, which holds the recovery key's seed."""
    made = slot("recovery", PAPER, {"threshold": 1, "shares": 1}, proved=NOW)
    return replace(made, signer=signer_of(made, SIGNER, CARD))


def signer_of(one: Slot, seed: bytes, card: Card, secret: bytes = PAPER) -> bytes:
    """Return a recovery key's seed, sealed with the secret of a slot for one card."""
    key, nonce = expand(secret, "signer"), fixed("signer nonce")[:12]
    return _seal(key, seed, one.signer_context(card), nonce)


def file(*slots: Slot, secrets: Json | None = None, serial: int = 3, **changes: Any) -> KeyFile:
    """Return a file that was really sealed so; ``changes`` are made of each slot's seal."""
    file_key = fixed("file key")
    sealed = tuple(
        replace(one, sealed=SEALS.seal(one.pk, file_key, one.context(ACME.id))) for one in slots
    )
    bare = KeyFile(changes.get("card", CARD), serial, sealed)
    inside = dump_json(SECRETS.to_wire() if secrets is None else secrets)
    return replace(bare, payload=_seal(file_key, inside, bare.context, fixed("payload nonce")[:12]))


def parsing(book: Book) -> None:
    """Strictly, before anything is opened."""
    own, _ = by_passphrase()
    whole = file(own, by_paper())
    book.ok("key-file-parse", "parse_key_file", "two slots", {"text": whole.raw.decode()})
    others = [
        slot("plain", fixed("plain"), {"secret": show_token("sfk", fixed("plain"))}),
        slot("passkey", fixed("passkey"), {
            "rp": "forms.example.org", "credential": b64(fixed("credential")),
            "salt": b64(fixed("prf")),
        }),
        slot("openbao", fixed("bao"), {"mount": "transit", "key": "k", "wrapped": "vault:v1:AA"}),
    ]  # fmt: skip
    given = {"text": file(*others).raw.decode()}
    book.ok("key-file-parse-other-kinds", "parse_key_file", "plain, passkey, service", given)
    shared = slot("recovery", PAPER, {"threshold": 2, "shares": 3})
    shared = replace(shared, signer=signer_of(shared, SIGNER, CARD))
    book.ok(
        "key-file-parse-shares", "parse_key_file", "2 of 3", {"text": file(shared).raw.decode()}
    )
    text = whole.raw.decode()
    for name, around in (("a-line-end", f"{text}\n"), ("a-mark", f"\ufeff \t{text}\r\n ")):
        comment = "as editors leave it"
        book.ok(f"key-file-parse-with-{name}", "parse_key_file", comment, {"text": around})
    for name, around in (
        ("a-no-break-space", f"{text}\u00a0"),
        ("two-marks", f"\ufeff\ufeff{text}"),
        ("a-mark-behind", f"{text}\ufeff"),
        ("a-form-feed", f"{text}\f"),
        ("white-space-alone", " \n"),
    ):
        book.bad(f"key-file-refuses-{name}", "key-file-parse", "malformed", "", {"text": around})
    wire = whole.to_wire()

    def told(name: str, error: str, comment: str, changed: Json) -> None:
        text = dump_json(changed).decode()
        book.bad(f"key-file-refuses-{name}", "key-file-parse", error, comment, {"text": text})

    def with_slot(**changes: Any) -> Json:
        first, second = wire["slots"]
        return wire | {"slots": [first | changes, second]}

    def with_params(**changes: Any) -> Json:
        return with_slot(params=wire["slots"][0]["params"] | changes)

    def with_paper(**changes: Any) -> Json:
        first, second = wire["slots"]
        return wire | {"slots": [first, second | changes]}

    for name, error, changed in (
        ("other-version", "malformed", wire | {"v": "sealform/2"}),
        ("unknown-member", "malformed", wire | {"w": 1}),
        ("serial-0", "malformed", wire | {"serial": 0}),
        ("another-client-s-id", "malformed", wire | {"id": MALLORY.id}),
        ("another-client-s-card", "malformed", wire | {"card": MALLORY.wire}),
        ("no-slots", "malformed", wire | {"slots": []}),
        ("a-slot-twice", "malformed", wire | {"slots": [wire["slots"][0]] * 2}),
        ("unknown-kind", "malformed", with_slot(kind="password")),
        ("no-label", "malformed", with_slot(label="")),
        ("short-public-key", "malformed", with_slot(pk=b64(own.pk[:-1]))),
        ("bad-public-key", "malformed", with_slot(pk=b64(b"\xff\xff\xff" + own.pk[3:]))),
        ("short-seal", "malformed", with_slot(sealed=b64(whole.slots[0].sealed[:-1]))),
        ("signer-of-a-passphrase", "malformed", with_slot(signer=wire["slots"][1]["signer"])),
        ("paper-without-a-signer", "malformed", wire | {
            "slots": [wire["slots"][0], without(wire["slots"][1], "signer")],
        }),
        ("a-long-signer", "malformed", with_paper(signer=wire["slots"][0]["sealed"])),
        ("little-memory", "limit", with_params(memory=LEAST_MEMORY - 1)),
        ("a-memory-bomb", "limit", with_params(memory=2**40)),
        ("a-bomb-of-passes", "limit", with_params(passes=2**40)),
        ("much-work", "limit", with_params(memory=MOST_MEMORY, passes=5)),
        ("another-parameter", "malformed", with_params(lanes=4)),
        ("short-salt", "malformed", with_params(salt=b64(SALT[:15]))),
        ("shares-1-of-3", "malformed", with_paper(params={"threshold": 1, "shares": 3})),
        ("shares-3-of-2", "malformed", with_paper(params={"threshold": 3, "shares": 2})),
        ("shares-of-17", "malformed", with_paper(params={"threshold": 2, "shares": 17})),
    ):  # fmt: skip
        told(name, error, "one thing is otherwise", changed)
    only = file(others[1]).to_wire()
    told("only-a-passkey", "malformed", "never the only way", only)
    swapped = {"id": wire["id"], **wire}
    told("another-order", "malformed", "members have one order", swapped)
    text = whole.raw.decode().replace(",", ", ", 1)
    book.bad("key-file-refuses-spaces", "key-file-parse", "malformed", "canonical", {"text": text})


def opening(book: Book) -> None:
    """With a slot's secret, only as it was sealed."""
    own, secret = by_passphrase()
    paper = by_paper()
    whole = file(own, paper)
    given = {"text": whole.raw.decode(), "slot": own.id, "secret": secret.hex()}
    book.ok("key-file-open", "open_key_file", "with the passphrase's secret", given)
    book.ok(
        "key-file-open-by-paper",
        "open_key_file",
        "with the recovery secret",
        given | {"slot": paper.id, "secret": PAPER.hex()},
    )
    fresh = replace(SECRETS, api_key=None, token=b"", api_url="")
    begun = fresh.to_wire() | {
        "pending": {"token": b64(fixed("token digest")), "api_key": SECRETS.to_wire()["api_key"]}
    }
    book.ok(
        "key-file-open-before-enrolment",
        "open_key_file",
        "no API key so far",
        given | {"text": file(own, secrets=begun).raw.decode()},
    )
    restored = replace(SECRETS, unconfirmed=True).to_wire()
    book.ok(
        "key-file-open-unconfirmed",
        "open_key_file",
        "made of a copy: whoever opens it signs nothing",
        given | {"text": file(own, secrets=restored).raw.decode()},
    )

    def told(name: str, error: str, comment: str, changes: Json) -> None:
        book.bad(f"key-file-open-refuses-{name}", "key-file-open", error, comment, changes)

    told("another-secret", "open", "of no slot", {"secret": fixed("guess").hex()})
    told("another-slot-s-secret", "open", "of the other slot", {"secret": PAPER.hex()})
    told("an-unknown-slot", "mismatch", "no such slot", {"slot": uuid_like("nothing")})

    def altered(name: str, change: Callable[[KeyFile], KeyFile], comment: str) -> None:
        told(name, "open", comment, {"text": change(whole).raw.decode()})

    def other(one: KeyFile, **changes: Any) -> KeyFile:
        first, *rest = one.slots
        return replace(one, slots=(replace(first, **changes), *rest))

    intruder = slot("plain", fixed("intruder"), {
        "secret": show_token("sfk", fixed("intruder")),
    }, sealed=whole.slots[0].sealed)  # fmt: skip
    altered("another-serial", lambda one: replace(one, serial=4), "the payload binds it")
    altered("a-slot-dropped", lambda one: replace(one, slots=one.slots[:1]), "slots are bound")
    altered(
        "a-slot-slipped-in",
        lambda one: replace(one, slots=(*one.slots, intruder)),
        "nothing would ever be sealed to it",
    )
    altered("another-label", lambda one: other(one, label="mine"), "the slot's own seal binds it")
    altered("another-proof", lambda one: other(one, proved=NOW), "the payload binds it")
    altered(
        "slots-in-another-order",
        lambda one: replace(one, slots=one.slots[::-1]),
        "the payload binds them",
    )
    altered(
        "a-slot-s-key-replaced",
        lambda one: replace(
            one,
            slots=(one.slots[0], replace(one.slots[1], pk=KemKey(fixed("intruder")).public)),
        ),
        "of a slot that is not used now",
    )
    altered(
        "an-altered-payload", lambda one: replace(one, payload=flipped(one.payload, 200)), "a bit"
    )
    altered("an-altered-seal", lambda one: other(one, sealed=flipped(one.slots[0].sealed)), "a bit")
    renamed = make_card(keys=ACME.keys, id=ACME.id, name="mallory", recovery=CARD.recovery)
    altered("another-card", lambda one: replace(one, card=renamed), "of the same client")
    inside = SECRETS.to_wire()
    for name, error, secrets in (
        ("another-seed", "mismatch", inside | {"seeds": [b64(MALLORY.seed)]}),
        ("the-earlier-seed-first", "mismatch", inside | {"seeds": inside["seeds"][::-1]}),
        ("no-seeds", "malformed", inside | {"seeds": []}),
        ("a-seed-twice", "malformed", inside | {"seeds": inside["seeds"][:1] * 2}),
        ("a-short-seed", "malformed", inside | {"seeds": [b64(ACME.seed[:31])]}),
        ("an-unknown-member", "malformed", inside | {"w": 1}),
        ("no-ids-key", "malformed", inside | {"ids": []}),
        ("a-mistyped-api-secret", "malformed", inside | {
            "api_key": inside["api_key"] | {"secret": inside["api_key"]["secret"][:-1] + "z"},
        }),
        ("a-short-token", "malformed", inside | {"token": "AAAA"}),
        ("no-word-on-a-copy", "malformed", without(inside, "unconfirmed")),
        ("a-number-for-unconfirmed", "malformed", inside | {"unconfirmed": 0}),
    ):  # fmt: skip
        text = file(own, paper, secrets=secrets).raw.decode()
        told(name, error, "sealed by who has all keys", {"text": text})


def signers(book: Book) -> None:
    """The recovery key, which only a recovery slot holds."""
    own, secret = by_passphrase()
    paper = by_paper()
    given = {"text": file(own, paper).raw.decode(), "slot": paper.id, "secret": PAPER.hex()}
    book.ok("signer-open", "open_signer", "its seed", given, expect={"seed": SIGNER.hex()})
    other = replace(paper, id=uuid_like("slot other"))
    foreign = replace(paper, signer=signer_of(paper, fixed("another"), CARD))
    renamed = make_card(keys=MALLORY.keys, id=ACME.id, name="acme", recovery=CARD.recovery)
    inside = replace(SECRETS, seeds=(MALLORY.seed,)).to_wire()
    planted = file(own, paper, card=renamed, secrets=inside)
    book.bad(
        "key-file-open-refuses-one-of-somebody-who-knows-public-keys",
        "key-file-open-by-paper",
        "open",
        "all but the signer is as it has to be: HPKE authenticates nobody",
        {"text": planted.raw.decode()},
    )
    for name, error, changes in (
        ("a-passphrase", "mismatch", {"slot": own.id, "secret": secret.hex()}),
        ("another-secret", "open", {"secret": fixed("guess").hex()}),
        ("another-slot-s", "open", {"text": file(own, other).raw.decode(), "slot": other.id}),
        ("another-key", "mismatch", {"text": file(own, foreign).raw.decode()}),
        ("the-one-of-another-card", "open", {"text": planted.raw.decode()}),
    ):
        book.bad(f"signer-refuses-{name}", "signer-open", error, "one thing is otherwise", changes)


def copies(book: Book) -> None:
    """What a server keeps: signed, and closed to whoever can only guess."""
    own, _ = by_passphrase()
    paper = by_paper()
    whole = file(own, paper)
    made = NOW * 1000
    memory = _seal(
        expand(SECRETS.state, "memory"), b"{}", ctx("memory", ACME.id, 3, made),
        fixed("memory")[:12],
    )  # fmt: skip
    given: Json = {
        "text": whole.raw.decode(),
        "memory": memory.hex(),
        "made": made,
        "fetch_code": SECRETS.fetch.hex(),
        "seed": ACME.seed.hex(),
    }
    copy = book.ok("key-copy-sign", "sign_key_copy", "Ed25519 is deterministic", given)["copy"]
    book.ok("key-copy-parse", "parse_key_copy", "with memory", {"copy": copy})
    bare = book.ok("key-copy-sign-without-memory", "sign_key_copy", "none", given | {"memory": ""})[
        "copy"
    ]
    book.ok("key-copy-parse-without-memory", "parse_key_copy", "none", {"copy": bare})
    plain = slot("plain", fixed("plain"), {"secret": show_token("sfk", fixed("plain"))})
    chosen = replace(own, params={**own.params, "generated": False})
    for name, slots in (("a-plain-slot", (plain, paper)), ("a-chosen-passphrase", (chosen, paper))):
        text = file(*slots).raw.decode()
        book.bad(f"key-copy-refuses-{name}", "key-copy-sign", "mismatch", "guessed", {"text": text})
    for name, error, changed in (
        ("other-version", "malformed", copy | {"v": "sealform/2"}),
        ("unknown-member", "malformed", copy | {"w": 1}),
        ("a-file-that-is-none", "malformed", copy | {"file": "{}"}),
        ("a-line-end-behind-the-file", "malformed", copy | {"file": copy["file"] + "\n"}),
        ("an-older-file", "signature", copy | {"file": file(own, paper, serial=2).raw.decode()}),
        ("no-memory", "signature", copy | {"memory": ""}),
        ("a-later-time", "signature", copy | {"made": made + 1}),
        ("no-time", "malformed", without(copy, "made")),
        ("a-time-before-1970", "malformed", copy | {"made": 0}),
        ("another-fetch-code", "signature", copy | {"fetch": b64(fixed("guess"))}),
        ("mallory-s-signature", "signature", copy | {
            "sig": b64(MALLORY.keys.sign(parse_key_copy(copy).message)),
        }),
        ("a-short-signature", "malformed", copy | {"sig": copy["sig"][:-2]}),
    ):  # fmt: skip
        book.bad(f"key-copy-refuses-{name}", "key-copy-parse", error, "altered", {"copy": changed})
    beside: Json = {
        "state_key": SECRETS.state.hex(),
        "sealed": memory.hex(),
        "client_id": ACME.id,
        "serial": 3,
        "made": made,
    }
    book.ok("memory-open", "open_memory", "beside serial 3", beside, expect={"memory": b"{}".hex()})
    for name, changes in (
        ("of-another-serial", {"serial": 4}),
        ("of-another-time", {"made": made - 1}),
        ("of-another-client", {"client_id": MALLORY.id}),
        ("with-another-key", {"state_key": fixed("guess").hex()}),
        ("that-was-altered", {"sealed": flipped(memory, 130).hex()}),
    ):
        book.bad(f"memory-refused-{name}", "memory-open", "open", "bound", changes)
