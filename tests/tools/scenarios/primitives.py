"""§3: hash, derivation, AES-GCM, X-Wing, HPKE, Ed25519."""

from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import ACME, CONTACT_INBOX, MALLORY, SEALS, fixed, flipped

L = 2**252 + 27742317777372353535851937790883648493  # the order of Ed25519's group


def tell(book: Book) -> None:
    """Tell the scenarios."""
    parts = [{"str": "zip"}, {"int": 7}, {"hex": "00ff"}]
    book.ok("hash-of-a-context", "H", "SHA-256", {"label": "test", "parts": parts})
    given = {"key": fixed("prk").hex(), "label": "test", "parts": parts}
    book.ok("expand-a-context", "expand", "the first block of HKDF-Expand", given)
    aead(book)
    xwing(book)
    hpke(book)
    ed25519(book)


def aead(book: Book) -> None:
    """seal = nonce || AES-256-GCM."""
    key, aad = fixed("aead key").hex(), b"here".hex()
    given = {"key": key, "message": b"hello".hex(), "aad": aad, "nonce": fixed("n")[:12].hex()}
    sealed = bytes.fromhex(book.ok("aead-seal", "seal", "nonce first", given)["sealed"])
    empty = given | {"message": "", "aad": ""}
    book.ok("aead-seal-nothing", "seal", "28 bytes for no message", empty)
    given = {"key": key, "sealed": sealed.hex(), "aad": aad}
    book.ok("aead-unseal", "unseal", "the way back", given, expect={"message": b"hello".hex()})
    for name, comment, changes in (
        ("other-key", "another key", {"key": fixed("other").hex()}),
        ("other-place", "another associated data", {"aad": b"there".hex()}),
        ("altered-nonce", "a bit of the nonce", {"sealed": flipped(sealed).hex()}),
        ("altered-text", "a bit of the ciphertext", {"sealed": flipped(sealed, 96).hex()}),
        ("altered-tag", "the last bit of the tag", {"sealed": flipped(sealed, 263).hex()}),
        ("truncated-tag", "one byte less", {"sealed": sealed[:-1].hex()}),
        ("nothing", "too short for a nonce", {"sealed": ""}),
    ):
        book.bad(f"aead-refuses-{name}", "aead-unseal", "open", comment, changes)


def xwing(book: Book) -> None:
    """Key pairs from seeds; what is no public key."""
    for name, seed in (("zeros", bytes(32)), ("inbox", CONTACT_INBOX)):
        given = {"seed": seed.hex()}
        public = book.ok(f"kem-key-{name}", "kem_key", "SHAKE256(seed, 96)", given)["public"]
    book.ok("kem-public", "kem_public", "a key that was grown", {"public": public}, expect={})
    for name, comment, changed in (
        ("too-short", "1215 bytes", public[:-2]),
        ("too-long", "1217 bytes", public + "00"),
        ("coefficient-too-large", "3329 is not below the modulus", "010d" + "00" + public[6:]),
    ):
        changes = {"public": changed}
        book.bad(f"kem-public-refuses-{name}", "kem-public", "malformed", comment, changes)


def hpke(book: Book) -> None:
    """enc || ct, opened with an X-Wing seed."""
    public = ACME.keys.kem.public
    seed = book.ok(
        "expand-kem-seed",
        "expand",
        "acme's X-Wing seed",
        {"key": ACME.seed.hex(), "label": "kem", "parts": []},
    )["key"]
    sealed = SEALS.seal(public, b"hello", b"here")
    given = {"seed": seed, "sealed": sealed.hex(), "info": b"here".hex()}
    book.ok(
        "hpke-open",
        "hpke_open",
        "base mode, single shot, empty AAD",
        given,
        expect={"message": b"hello".hex()},
    )
    for name, comment, changes in (
        ("other-info", "another context", {"info": b"there".hex()}),
        ("other-key", "another seed", {"seed": fixed("other").hex()}),
        ("altered-mlkem-part", "first bit of enc", {"sealed": flipped(sealed).hex()}),
        ("altered-x25519-part", "a bit of the last 32", {"sealed": flipped(sealed, 8704).hex()}),
        ("altered-ciphertext", "first bit of ct", {"sealed": flipped(sealed, 8960).hex()}),
        ("truncated", "one byte less", {"sealed": sealed[:-1].hex()}),
        ("trailing-byte", "one byte more", {"sealed": sealed.hex() + "00"}),
        ("no-ciphertext", "enc alone", {"sealed": sealed[:1120].hex()}),
        (
            "zero-x25519-part",
            "a point of small order",
            {"sealed": (sealed[:1088] + bytes(32) + sealed[1120:]).hex()},
        ),
    ):
        book.bad(f"hpke-refuses-{name}", "hpke-open", "open", comment, changes)


def ed25519(book: Book) -> None:
    """Strict in S; the key has to be the right one."""
    message, sig = b"hello", ACME.keys.sig.sign(b"hello")
    given = {"public": ACME.keys.sig.public.hex(), "signature": sig.hex(), "message": message.hex()}
    book.ok("signature-verifies", "verify", "Ed25519", given, expect={})
    malleable = (int.from_bytes(sig[32:], "little") + L).to_bytes(32, "little")
    for name, comment, changes in (
        ("other-message", "another message", {"message": b"hullo".hex()}),
        ("other-key", "another key", {"public": MALLORY.keys.sig.public.hex()}),
        ("altered-r", "a bit of R", {"signature": flipped(sig).hex()}),
        ("altered-s", "a bit of S", {"signature": flipped(sig, 256).hex()}),
        (
            "s-plus-order",
            "S is below the group's order",
            {"signature": (sig[:32] + malleable).hex()},
        ),
        ("63-bytes", "too short", {"signature": sig[:-1].hex()}),
        ("no-point", "y = 2 is not on the curve", {"public": "02" + "00" * 31}),
    ):
        book.bad(f"signature-refuses-{name}", "signature-verifies", "signature", comment, changes)
