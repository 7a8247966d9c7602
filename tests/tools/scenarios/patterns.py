"""§8: patterns, and what they match."""

from tests.tools.scenarios.book import Book

GOOD = "pattern-matches-plain"
DEEP = "(" * 8 + "a" + ")" * 8


def tell(book: Book) -> None:
    """Tell the scenarios."""
    matching(book)
    refused(book)


def matching(book: Book) -> None:
    """Whole values, each code point in its own case."""
    for name, pattern, yes, no in (
        ("plain", "ab", "ab", "abc"),
        ("digits", "\\d{5}", "12345", "1234"),
        ("ascii-digits", "\\d+", "0", "\u0663"),
        ("own-case", "[a-z]+", "k", "K"),
        ("no-folding", "k", "k", "\u212a"),
        ("alternatives-of-whole-values", "a|bc", "bc", "abc"),
        ("empty-alternative", "a|", "", "b"),
        ("optional-group", "(ab)?c", "abc", "ababc"),
        ("group-in-group", "(a(b|c)?)?d", "acd", "abcd"),
        ("empty-group", "a()b", "ab", "a b"),
        ("eight-groups", DEEP, "a", "(a)"),
        ("star", "a*", "", "b"),
        ("counts", "a{2,3}b{0,1}c{2,}d{0,}", "aacc", "aaaacc"),
        ("count-of-100", "a{100}", "a" * 100, "a" * 99),
        ("escapes", "\\\\\\^\\$\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/", "\\^$.*+?()[]{}|/", "\\"),
        ("plain-punctuation", "-,:;<=>!\"#%&'@_`~ ", "-,:;<=>!\"#%&'@_`~ ", "-"),
        ("class", "[a-cx\\d]", "7", "d"),
        ("class-of-escapes", "[\\]\\^\\-\\\\]+", "]^-\\", "a"),
        ("class-with-spaces", "[ ,]+", ", ", "\u00a0"),
        ("range-of-escapes", "[\\*-\\-]", "+", "."),
        ("negated-class", "[^a]", "b", "a"),
        ("negated-class-and-line-feed", "a[^b]c", "a\nc", "abc"),
        ("negated-class-and-astral", "[^a]", "😀", "😀😀"),
        ("negated-digits", "[^\\d]", "x", "5"),
        ("astral", "😀{2}", "😀😀", "😀"),
        ("astral-range", "[😀-😂]", "😁", "😃"),
        ("range-around-surrogates", "[\ud7ff-\ue000]+", "\ue000", "\ufffd"),
        ("combining", "e\u0301", "e\u0301", "\u00e9"),
        ("no-end-before-line-feed", "a", "a", "a\n"),
        ("no-lines", "a\\|b", "a|b", "a\nb"),
        ("no-flags", "#a b", "#a b", "#ab"),
        ("last-code-point", "[\u0080-\U0010ffff]", "\U0010ffff", "a"),
        ("much-to-try", "a*a*b", "aaab", "a" * 200),
        ("many-instructions", "[^x]{100}" * 25, "é" * 2500, "é" * 2499),
    ):
        given = {"pattern": pattern, "value": yes}
        book.ok(f"pattern-matches-{name}", "match_pattern", "the whole value", given,
                expect={"matches": True})  # fmt: skip
        book.ok(f"pattern-does-not-match-{name}", "match_pattern", "not this one",
                given | {"value": no}, expect={"matches": False})  # fmt: skip
    longest = "a" * 256
    book.ok("pattern-matches-longest", "match_pattern", "256 code points",
            {"pattern": longest, "value": longest}, expect={"matches": True})  # fmt: skip


def refused(book: Book) -> None:
    """What engines know and this grammar does not."""
    for name, comment, pattern in (
        ("lookahead", "(?=", "(?=a)a"),
        ("lookbehind", "(?<=", "(?<=a)b"),
        ("non-capturing-group", "a group is a group", "(?:a)"),
        ("named-group", "(?<", "(?<x>a)"),
        ("flags", "(?i)", "(?i)a"),
        ("backreference", "\\1", "(a)\\1"),
        ("lazy-star", "*?", "a*?"),
        ("lazy-plus", "+?", "a+?"),
        ("lazy-option", "??", "a??"),
        ("lazy-count", "}?", "a{2}?"),
        ("lazy-group", ")??", "(a)??"),
        ("possessive-plus", "++", "a++"),
        ("starred-group", "nothing repeats a group", "(a)*"),
        ("repeated-group", "nothing repeats a group", "(a+)+"),
        ("counted-group", "nothing repeats a group", "(a){2}"),
        ("dot", "it means something else in each engine", "a.c"),
        ("beginning", "a pattern matches whole values anyway", "^a"),
        ("end", "a pattern matches whole values anyway", "a$"),
        ("slash", "is escaped", "a/b"),
        ("word-class", "\\w", "\\w+"),
        ("space-class", "\\s", "\\s"),
        ("no-digit-class", "\\D", "\\D"),
        ("boundary", "\\b", "\\ba"),
        ("property", "\\p{L}", "\\p{L}"),
        ("line-feed-escape", "\\n", "a\\nb"),
        ("code-escape", "\\x41", "\\x41"),
        ("needless-escape", "\\a", "\\a"),
        ("escaped-hyphen-outside-a-class", "it needs none there", "a\\-b"),
        ("escaped-nothing", "a backslash at the end", "a\\"),
        ("count-of-101", "at most 100", "a{101}"),
        ("count-up-to-101", "at most 100", "a{1,101}"),
        ("count-from-101", "at most 100", "a{101,}"),
        ("count-of-1000", "at most 100", "a{1000}"),
        ("count-of-zero", "above 0", "a{0}"),
        ("count-up-to-zero", "above 0", "a{0,0}"),
        ("count-that-falls", "n <= m", "a{3,2}"),
        ("count-with-leading-zero", "no leading zeros", "a{02}"),
        ("count-without-least", "{,2}", "a{,2}"),
        ("count-with-space", "{1, 2}", "a{1, 2}"),
        ("empty-count", "{}", "a{}"),
        ("two-counts", "one after the other", "a{2}{3}"),
        ("count-of-nothing", "nothing stands before it", "*a"),
        ("count-at-a-group-s-begin", "nothing stands before it", "(+a)"),
        ("open-brace", "is escaped", "a{"),
        ("close-brace", "is escaped", "a}"),
        ("open-group", "does not end", "(a"),
        ("closed-group", "did not begin", "a)"),
        ("nine-groups", "eight at most", f"({DEEP})"),
        ("open-class", "does not end", "[a"),
        ("close-bracket", "is escaped", "a]"),
        ("empty-class", "[]", "a[]"),
        ("empty-negated-class", "[^]", "a[^]"),
        ("class-in-class", "is escaped", "[a[b]]"),
        ("named-class", "[[:alpha:]]", "[[:alpha:]]"),
        ("hyphen-first", "is escaped", "[-a]"),
        ("hyphen-last", "is escaped", "[a-]"),
        ("range-after-range", "is escaped", "[a-b-c]"),
        ("range-that-falls", "first <= last", "[b-a]"),
        ("range-from-digits", "no character", "[\\d-z]"),
        ("range-to-digits", "no character", "[+-\\d]"),
        ("dot-in-class", "is escaped", "[.]"),
        ("caret-in-class", "is escaped", "[a^]"),
        ("line-feed", "below U+0020", "a\nb"),
        ("delete", "U+007F", "a\x7f"),
        ("delete-in-class", "U+007F", "[\x7f]"),
        ("null-character", "U+0000", "a\0"),
        ("lone-surrogate", "no code point", "\ud83d"),
        ("nothing", "1 at least", ""),
        ("257-characters", "256 at most", "a" * 257),
        ("null", "no string", None),
        ("number", "no string", 1),
    ):  # fmt: skip
        book.bad(f"pattern-refuses-{name}", GOOD, "malformed", comment, {"pattern": pattern})
