"""§2: canonical JSON."""

from tests.tools.scenarios.book import ABSENT, Book


def tell(book: Book) -> None:
    """Tell the scenarios."""
    accepted(book)
    for name, comment, text in (
        ("white-space", "a space after the colon", '{"a": 1}'),
        ("trailing-newline", "a newline at the end", '{"a":1}\n'),
        ("duplicate-keys", "whichever wins, it is refused", '{"a":1,"a":1}'),
        ("duplicate-keys-by-escape", "one key written in two ways", '{"a":1,"\\u0061":1}'),
        ("escaped-letter", "a needless escape", '"\\u0061"'),
        ("escaped-slash", "another", '"\\/"'),
        ("escaped-accent", "non-ASCII is written as it is", '"\\u00e9"'),
        ("escaped-astral", "a surrogate pair is written as UTF-8", '"\\ud83d\\ude00"'),
        ("escaped-backspace-in-hex", "U+0008 is \\b", '"\\u0008"'),
        ("upper-case-escape", "hex digits are lower case", '"\\u001F"'),
        ("lone-high-surrogate", "JSON.stringify would write it again", '"\\ud83d"'),
        ("lone-low-surrogate", "as above", '"\\ude00"'),
        ("raw-control-character", "U+001F has to be escaped", '"\x1f"'),
        ("negative-zero", "an integer has no negative zero", "-0"),
        ("one-point-zero", "integers have no fraction", "1.0"),
        ("fraction", "there are no fractions", "1.5"),
        ("exponent", "there are no exponents", "1e3"),
        ("two-to-the-53", "beyond the safe integers", "9007199254740992"),
        ("two-to-the-53-negative", "on the other side", "-9007199254740992"),
        ("two-to-the-64", "beyond 64 bits", "18446744073709551616"),
        ("leading-zero", "not JSON", "01"),
        ("leading-plus", "not JSON", "+1"),
        ("not-a-number", "not JSON", "NaN"),
        ("trailing-comma", "not JSON", '{"a":1,}'),
        ("single-quotes", "not JSON", "{'a':1}"),
        ("comment", "not JSON", '{"a":1}//'),
        ("truncated", "not JSON", '{"a":1'),
        ("two-values", "not JSON", "1 2"),
        ("empty-text", "not JSON", ""),
        ("byte-order-mark", "U+FEFF at the beginning", '\ufeff{"a":1}'),
    ):
        refused(book, name, comment, {"text": text})
    for name, comment, data in (
        ("invalid-utf-8", "a byte that never is", "22ff22"),
        ("overlong-utf-8", "a slash in two bytes", "22c0af22"),
        ("surrogate-in-utf-8", "U+D800 in three bytes", "22eda08022"),
        ("utf-16", "another encoding of {}", "7b007d00"),
    ):
        refused(book, name, comment, {"text": ABSENT, "hex": data})


def refused(book: Book, name: str, comment: str, changes: dict[str, object]) -> None:
    """Tell one text that is not canonical JSON."""
    book.bad(f"json-refuses-{name}", "json-object", "malformed", comment, changes)


def accepted(book: Book) -> None:
    """Tell what is canonical."""
    escapes = '"\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f"'
    for name, comment, text, value in (
        ("object", "compact", '{"a":1}', {"a": 1}),
        (
            "nested",
            "any order of members",
            '{"b":[{"a":null}],"a":[true,false]}',
            {"b": [{"a": None}], "a": [True, False]},
        ),
        ("escapes", "the only escapes there are", escapes, '"\\\b\t\n\f\r\0\x1f'),
        ("unescaped", "everything else stands as it is", '"/é\u2028\x7f😀"', "/é\u2028\x7f😀"),
        ("largest-integer", "2^53 - 1", "9007199254740991", 2**53 - 1),
        ("smallest-integer", "and its negative", "-9007199254740991", 1 - 2**53),
        ("empty-object", "nothing in it", "{}", {}),
        ("noncharacter", "U+FFFF is no surrogate", '"\uffff"', "\uffff"),
    ):
        given = {"text": text}
        book.ok(f"json-{name}", "load_json", comment, given, expect={"value": value})
