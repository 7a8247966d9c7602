"""§5: values, padding, sealed fields."""

from apps.envelope.encoding import b64
from apps.envelope.fields import Sealed, pad, read_sealed, show_sealed
from apps.envelope.keys import akid, column_key
from apps.envelope.primitives import _seal
from tests.envelope.operations import Json, place, raw
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    FORM,
    MARKETING,
    OTHER_KEY,
    OTHER_RECORD,
    RECORD,
    fixed,
    flipped,
)

PLACE = {
    "id": RECORD,
    "writer": ACME.id,
    "type": "contact",
    "rev": 1,
    "akid": akid(ACCESS_KEY).hex(),
}
RANDOMNESS = {
    "data_key": fixed("data key").hex(),
    "key_nonce": fixed("key nonce")[:12].hex(),
    "value_nonce": fixed("value nonce")[:12].hex(),
}


def tell(book: Book) -> None:
    """Tell the scenarios."""
    sealed = sealing(book)
    wire(book, sealed)
    opening(book, sealed)
    wrong_contents(book)


def sealing(book: Book) -> str:
    """With given randomness the bytes are exact."""
    key = column_key(ACCESS_KEY, "zip").hex()
    given = {"column_key": key, "place": PLACE, "field": "zip", "value": "12345"} | RANDOMNESS
    sealed: str = book.ok("field-seal", "seal_field", "k and c", given)["sealed"]
    for name, changes in (
        ("empty", {"value": ""}),
        ("list", {"value": ["red", "blue"]}),
        ("long", {"value": "z" * 62}),
        ("of-a-form", {"place": PLACE | {"writer": f"form:{FORM}"}}),
        ("in-its-room", {"value": "no", "room": 200}),
        ("longer-than-its-room", {"value": "z" * 62, "room": 63}),
    ):
        book.ok(f"field-seal-{name}", "seal_field", "k and c", given | changes)
    return sealed


def wire(book: Book, sealed: str) -> None:
    """<b64url k>.<b64url c>."""
    k, c = sealed.split(".")
    book.ok("field-read", "read_sealed", "60 bytes and 92", {"sealed": sealed})
    body = read_sealed(sealed).c
    for name, error, comment, changed in (
        ("no-dot", "malformed", "one part", k + c),
        ("two-dots", "malformed", "three parts", f"{k}.{c}."),
        ("short-key", "malformed", "59 bytes", f"{b64(bytes(59))}.{c}"),
        ("long-key", "malformed", "61 bytes", f"{b64(bytes(61))}.{c}"),
        ("no-value", "malformed", "an empty second part", f"{k}."),
        ("odd-size", "malformed", "28 + 65 bytes", f"{k}.{b64(body + bytes(1))}"),
        ("small-size", "malformed", "28 + 32 bytes", f"{k}.{b64(bytes(60))}"),
        ("large-size", "limit", "28 + 131072 bytes", f"{k}.{b64(bytes(28 + 131072))}"),
        ("spare-bits", "malformed", "not canonical", f"{k}.{c[:-1]}{chr(ord(c[-1]) + 1)}"),
        ("padding", "malformed", "not canonical", f"{k}.{c}="),
        ("null", "malformed", "no string", None),
        ("a-list", "malformed", "no string", [k, c]),
    ):
        book.bad(f"field-read-refuses-{name}", "field-read", error, comment, {"sealed": changed})


def opening(book: Book, sealed: str) -> None:
    """Every component of the place is bound."""
    key, data_key = column_key(ACCESS_KEY, "zip").hex(), RANDOMNESS["data_key"]
    given = {"column_key": key, "place": PLACE, "field": "zip", "sealed": sealed}
    book.ok("field-open", "open_field", "both layers", given, expect={"value": "12345"})
    book.ok(
        "field-open-data-key",
        "open_data_key",
        "the first layer",
        given,
        expect={"data_key": data_key},
    )
    roomy = given | {"sealed": book.vectors["field-seal-in-its-room"]["output"]["sealed"]}
    book.ok("field-open-in-its-room", "open_field", "spaces follow", roomy, expect={"value": "no"})
    value = {"data_key": data_key, "place": PLACE, "field": "zip", "sealed": sealed}
    book.ok("field-open-value", "open_value", "the second layer", value, expect={"value": "12345"})
    moved = "the field was sealed for another place"
    places: tuple[tuple[str, Json], ...] = (
        ("record", {"place": PLACE | {"id": OTHER_RECORD}}),
        ("writer", {"place": PLACE | {"writer": MARKETING.id}}),
        ("type", {"place": PLACE | {"type": "health"}}),
        ("revision", {"place": PLACE | {"rev": 2}}),
        ("field", {"field": "city"}),
    )
    for name, changes in places:
        for good in ("field-open-data-key", "field-open-value"):
            book.bad(f"{good}-refuses-other-{name}", good, "open", moved, changes)
    other = {"place": PLACE | {"akid": akid(OTHER_KEY).hex()}}
    book.bad("field-open-data-key-refuses-other-akid", "field-open-data-key", "open", moved, other)
    parsed = read_sealed(sealed)
    for name, comment, changes in (
        (
            "other-column-key",
            "of another name",
            {"column_key": column_key(ACCESS_KEY, "city").hex()},
        ),
        ("access-key", "which is no column key", {"column_key": ACCESS_KEY.hex()}),
        (
            "altered-key",
            "a bit of k",
            {"sealed": show_sealed(Sealed(flipped(parsed.k, 100), parsed.c))},
        ),
        (
            "altered-value",
            "a bit of c",
            {"sealed": show_sealed(Sealed(parsed.k, flipped(parsed.c, 100)))},
        ),
    ):
        book.bad(f"field-open-refuses-{name}", "field-open", "open", comment, changes)
    changes = {"data_key": OTHER_KEY.hex()}
    book.bad(
        "field-open-value-refuses-other-key", "field-open-value", "open", "another key", changes
    )


def wrong_contents(book: Book) -> None:
    """Sealed as it should be, but not what a sealer may seal."""
    where = place({"place": PLACE})
    key, nonce = raw(RANDOMNESS["data_key"]), raw(RANDOMNESS["value_nonce"])
    k = read_sealed(book.vectors["field-open"]["input"]["sealed"]).k
    for name, error, comment, padded in (
        ("no-padding-mark", "padding", "64 zeros", bytes(64)),
        ("generous-padding", "padding", "128 bytes where 64 would do", pad(b'"a"') + bytes(64)),
        ("no-json", "malformed", "padded, but not JSON", pad(b"hello")),
        ("object", "malformed", "padded JSON, but an object", pad(b"{}")),
    ):
        sealed = show_sealed(Sealed(k, _seal(key, padded, where.value_aad("zip"), nonce)))
        book.bad(f"field-open-refuses-{name}", "field-open", error, comment, {"sealed": sealed})
