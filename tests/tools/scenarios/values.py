"""§5: values and their padding."""

from typing import Any

from tests.envelope.operations import Json
from tests.tools.scenarios.book import ABSENT, Book


def tell(book: Book) -> None:
    """Tell the scenarios."""
    values(book)
    padding(book)


def values(book: Book) -> None:
    """Strings, lists of strings, booleans, numbers, null."""
    value: Any
    for name, value, text in (
        ("string", "12345", '"12345"'),
        ("empty-string", "", '""'),
        ("unicode", "é😀", '"é😀"'),
        ("list", ["a", "b"], '["a","b"]'),
        ("empty-list", [], "[]"),
        ("true", True, "true"),
        ("null", None, "null"),
        ("integer", -42, "-42"),
        ("fraction", 1.5, "1.5"),
    ):
        book.ok(f"value-dump-{name}", "dump_value", "JSON", {"value": value}, expect={"text": text})
        book.ok(f"value-load-{name}", "load_value", "JSON", {"text": text}, expect={"value": value})
    for name, value in (
        ("object", {"a": "b"}),
        ("list-of-numbers", [1]),
        ("nested-list", [["a"]]),
        ("large-number", 2**53),
        ("lone-surrogate", "\ud800"),
        ("lone-surrogate-in-a-list", ["\udc00"]),
    ):
        changes = {"value": value}
        book.bad(
            f"value-dump-refuses-{name}", "value-dump-string", "malformed", "no value", changes
        )
    for name, text, value in (
        ("white-space", ' [ "a" ] \n', ["a"]),
        ("escapes", '"\\u0061\\/\\ud83d\\ude00"', "a/😀"),
        ("largest-number", "9007199254740991", 2**53 - 1),
        ("number-with-zeros", "0.10", 0.1),
        ("number-with-exponent", "15E-1", 1.5),
        ("small-number", "2.5e-8", 2.5e-8),
        ("smallest-number", "5e-324", 5e-324),
        ("number-of-17-digits", "0.30000000000000004", 0.1 + 0.2),
        ("number-of-64-characters", "0." + "0" * 61 + "1", 1e-62),
    ):
        book.ok(
            f"value-load-{name}",
            "load_value",
            "need not be canonical",
            {"text": text},
            expect={"value": value},
        )
    for name, text in (
        ("object", "{}"),
        ("list-of-null", "[null]"),
        ("large-number", "9007199254740992"),
        ("huge-number", "1e300"),
        ("infinite-number", "1e400"),
        ("not-a-number", "NaN"),
        ("number-that-is-rounded", "9007199254740991.4999"),
        ("number-of-18-digits", "123456789.123456789"),
        ("exact-value-of-a-double", "0.1000000000000000055511151231257827"),
        ("number-that-becomes-zero", "1e-400"),
        ("number-between-the-smallest", "4.9e-324"),
        ("negative-zero", "-0"),
        ("negative-zero-with-fraction", "-0.0"),
        ("negative-zero-with-exponent", "-0e5"),
        ("number-of-65-characters", "0." + "0" * 62 + "1"),
        ("long-exponent", "1e-99999999999999999999"),
        ("lone-surrogate", '"\\ud83d"'),
        ("byte-order-mark", '\ufeff"a"'),
        ("nothing", ""),
        ("bare-word", "yes"),
        ("raw-newline", '"a\nb"'),
    ):
        changes = {"text": text}
        book.bad(
            f"value-load-refuses-{name}", "value-load-string", "malformed", "no value", changes
        )
    changes = {"text": ABSENT, "hex": "22ff22"}
    book.bad(
        "value-load-refuses-invalid-utf-8", "value-load-string", "malformed", "no UTF-8", changes
    )


def padding(book: Book) -> None:
    """Powers of two from 64 to 65536; exactly one padding for each message."""
    padded: Any

    def x(times: int, byte: str = "61") -> Json:
        return {"repeat": byte, "times": times}

    for length in (0, 1, 62, 63, 64, 126, 127, 128, 1000, 65535):
        size = next(2**n for n in range(6, 17) if 2**n > length)
        message, padded = [x(length)], [x(length), "80", x(size - length - 1, "00")]
        comment = f"{length} bytes become {size}"
        given, output = {"message": message}, {"padded": padded}
        book.ok(f"pad-{length}", "pad", comment, given, expect=output)
        book.ok(f"unpad-{length}", "unpad", "the way back", output, expect=given)
    book.ok(
        "unpad-message-that-ends-like-padding",
        "unpad",
        "the last 0x80 is the mark",
        {"padded": ["80008000", "80", x(59, "00")]},
        expect={"message": "80008000"},
    )
    book.bad(
        "pad-refuses-65536-bytes", "pad-65535", "limit", "one too many", {"message": [x(65536)]}
    )
    for name, comment, padded in (
        ("no-mark", "zeros alone", [x(64, "00")]),
        ("other-mark", "0x81", ["6181", x(62, "00")]),
        ("text-behind-zeros", "something stands after the mark", ["6180", x(61, "00"), "01"]),
        ("a-block-too-many", "64 bytes would do", ["6180", x(126, "00")]),
        ("odd-length", "96 is no power of two", [x(80), "80", x(15, "00")]),
        ("too-short", "32 is below the least", ["6180", x(30, "00")]),
        ("nothing", "no bytes at all", ""),
        ("a-mark-alone", "one byte", "80"),
        ("too-long", "131072 is above the most", [x(65536), "80", x(65535, "00")]),
    ):
        book.bad(f"unpad-refuses-{name}", "unpad-1", "padding", comment, {"padded": padded})
