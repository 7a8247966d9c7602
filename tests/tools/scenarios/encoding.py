"""§2: contexts, base64url, names, ids, integers, texts."""

from typing import Any

from apps.envelope.encoding import MAX_INT
from tests.tools.scenarios.book import ABSENT, Book
from tests.tools.scenarios.world import ACCESS_KEY, ACME, FORM, uuid_like


def tell(book: Book) -> None:
    """Tell the scenarios."""
    contexts(book)
    base64url(book)
    names(book)
    ids(book)
    integers(book)
    texts(book)


def contexts(book: Book) -> None:
    """Every part is length-prefixed, so no two lists of parts give the same bytes."""
    head = "0000000f" + b"sealform/1 test".hex()
    for name, comment, parts, tail in (
        ("no-parts", "the label alone", [], ""),
        ("empty-string", "an empty part is four zero bytes", [{"str": ""}], "00000000"),
        ("empty-bytes", "no bytes look like no text", [{"hex": ""}], "00000000"),
        ("string", "a string is UTF-8", [{"str": "zip"}], "000000037a6970"),
        ("unicode", "two and four bytes of UTF-8", [{"str": "é😀"}], "00000006c3a9f09f9880"),
        ("zero", "an integer is u64be", [{"int": 0}], "000000080000000000000000"),
        ("largest", "2^53 - 1", [{"int": MAX_INT}], "00000008001fffffffffffff"),
        ("split-early", "a|bc", [{"str": "a"}, {"str": "bc"}], "0000000161000000026263"),
        ("split-late", "ab|c is not a|bc", [{"str": "ab"}, {"str": "c"}], "0000000261620000000163"),
        (
            "mixed",
            "three kinds of parts",
            [{"str": "a"}, {"int": 1}, {"hex": "ff00"}],
            "00000001610000000800000000000000010000000" + "2ff00",
        ),
    ):
        given = {"label": "test", "parts": parts}
        book.ok(f"ctx-{name}", "ctx", comment, given, expect={"bytes": head + tail})
    book.ok(
        "ctx-akid",
        "ctx",
        "what names an access key (§4)",
        {"label": "akid", "parts": [{"hex": ACCESS_KEY.hex()}]},
    )


def base64url(book: Book) -> None:
    """Unpadded, canonical, of the URL alphabet."""
    text: Any
    for name, data, text in (
        ("empty", "", ""),
        ("one-byte", "ff", "_w"),
        ("two-bytes", "ffff", "__8"),
        ("three-bytes", "fbefbe", "----"),
    ):
        book.ok(f"b64-{name}", "b64", "no padding", {"data": data}, expect={"text": text})
        book.ok(f"unb64-{name}", "unb64", "the way back", {"text": text}, expect={"data": data})
    book.ok("unb64-with-length", "unb64", "exactly 3 bytes", {"text": "AAEC", "length": 3})
    for name, comment, text in (
        ("padding", "canonical base64url has no =", "_w=="),
        ("spare-bits", "the unused low bits of the last character are zero", "_x"),
        ("spare-bits-of-two-bytes", "two spare bits this time", "__9"),
        ("standard-alphabet", "+ and / are not in the URL alphabet", "+/+/"),
        ("white-space", "a space inside", "AA EC"),
        ("trailing-newline", "a newline at the end", "AAEC\n"),
        ("one-character-over", "no length is 1 modulo 4", "AAECA"),
        ("non-ascii", "a full-width A", "\uff21AEC"),
        ("number", "not a string", 1234),
        ("null", "not a string either", None),
    ):
        changes = {"text": text, "length": ABSENT}
        book.bad(f"unb64-refuses-{name}", "unb64-with-length", "malformed", comment, changes)
    for name, length in (("too-long", 2), ("too-short", 4)):
        changes = {"length": length}
        book.bad(
            f"unb64-refuses-{name}",
            "unb64-with-length",
            "malformed",
            f"3 bytes where {length} are due",
            changes,
        )


def names(book: Book) -> None:
    """[a-z][a-z0-9_]{0,63}."""
    value: Any
    for name, value in (("one-letter", "a"), ("longest", "a" * 64), ("mixed", "line_2")):
        book.ok(f"name-{name}", "name", "a name", {"value": value}, expect={"value": value})
    for name, value in (
        ("empty", ""),
        ("65-characters", "a" * 65),
        ("upper-case", "Zip"),
        ("leading-digit", "2nd"),
        ("leading-underscore", "_a"),
        ("hyphen", "full-name"),
        ("accent", "é"),
        ("space", "a b"),
        ("trailing-newline", "a\n"),
        ("star", "*"),
        ("a-list", ["a"]),
        ("null", None),
    ):
        book.bad(f"name-refuses-{name}", "name-mixed", "malformed", "no name", {"value": value})


def ids(book: Book) -> None:
    """Lower-case UUIDs of version 4, or 8 for split records; writers."""
    value: Any
    v4, v8 = ACME.id, uuid_like("split", "8")
    book.ok("uuid-version-4", "uuid", "a random UUID", {"value": v4, "versions": "4"})
    book.ok("uuid-version-8", "uuid", "a split record's id", {"value": v8, "versions": "48"})
    for name, value in (
        ("version-8-for-a-client", v8),
        ("version-1", uuid_like("old", "1")),
        ("upper-case", v4.upper()),
        ("other-variant", v4[:19] + "c" + v4[20:]),
        ("no-hyphens", v4.replace("-", "")),
        ("braces", "{" + v4 + "}"),
        ("urn", "urn:uuid:" + v4),
        ("trailing-newline", v4 + "\n"),
        ("null", None),
    ):
        book.bad(f"uuid-refuses-{name}", "uuid-version-4", "malformed", "no id", {"value": value})
    book.ok("writer-client", "writer", "a client", {"value": v4}, expect={"value": v4})
    book.ok("writer-form", "writer", "a form", {"value": f"form:{FORM}"})
    for name, value in (
        ("form-of-version-8", f"form:{v8}"),
        ("client-of-version-8", v8),
        ("no-form", "form:"),
        ("upper-case-prefix", f"FORM:{FORM}"),
        ("two-prefixes", f"form:form:{FORM}"),
        ("space", f"form: {FORM}"),
        ("empty", ""),
        ("number", 7),
    ):
        changes = {"value": value}
        book.bad(f"writer-refuses-{name}", "writer-form", "malformed", "no writer", changes)


def integers(book: Book) -> None:
    """From 0 or 1 to 2^53 - 1."""
    value: Any
    for name, value, least in (("zero", 0, 0), ("one", 1, 1), ("largest", MAX_INT, 1)):
        given = {"value": value, "least": least}
        book.ok(f"integer-{name}", "integer", "an integer", given, expect={"value": value})
    for name, value in (
        ("zero-where-one-is-least", 0),
        ("negative", -1),
        ("too-large", MAX_INT + 1),
        ("fraction", 1.5),
        ("true", True),
        ("string", "1"),
        ("null", None),
    ):
        changes = {"value": value}
        book.bad(f"integer-refuses-{name}", "integer-one", "malformed", "no integer", changes)


def texts(book: Book) -> None:
    """Lengths are in code points."""
    for name, value in (("empty", ""), ("four-astral", "😀" * 4), ("newline", "a\nb")):
        given = {"value": value, "most": 4, "least": 0}
        book.ok(f"text-{name}", "text", "a text", given, expect={"value": value})
    for name, comment, changes in (
        ("too-long", "five code points where four are allowed", {"value": "abcde"}),
        ("too-short", "one is the least", {"value": "", "least": 1}),
        ("null-character", "U+0000", {"value": "a\0"}),
        ("lone-surrogate", "half a character", {"value": "\ud83d"}),
        ("number", "no string", {"value": 4}),
    ):
        book.bad(f"text-refuses-{name}", "text-four-astral", "malformed", comment, changes)
