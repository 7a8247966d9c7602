"""§8: what is shown, and what is wrong with an answer."""

from typing import Any

from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.manifests import question
from tests.tools.scenarios.questions import ONE_OF_EACH, asked, of
from tests.tools.scenarios.sections import section, when

LONG = 253 * "a"
LABEL63 = "a" * 63
# By the problem that they have ("" for none): members of a field, and values that it is given.
CASES: dict[str, tuple[tuple[str, Json, list[tuple[Any, str]]], ...]] = {
    "text": (
        ("text", {}, [("", ""), ("  ", ""), ("a", ""), (None, "shape"), (1, "shape"),
                      (True, "shape"), (["a"], "shape"), ([], "shape")]),
        ("text", {"required": True}, [("", "required"), (" \t\n\u3000", "required"), ("a", ""),
                                      (False, "shape"), ("\u200b", "required"),
                                      ("\u0085", "required"), ("\u0301", "")]),
        ("text", {"min_length": 2, "max_length": 3}, [
            ("", ""), ("a", "too_short"), ("ab", ""), ("abc", ""), ("abcd", "too_long"),
            ("😀", "too_short"), ("😀😀😀", ""), (" ", "too_short"),
            ("a\u200b", "too_short"), ("a ", "too_short"), ("abc\u200b", "too_long"),
            ("e\u0301e\u0301", "too_long")]),
        ("text", {"pattern": "[a-z]\\d?", "example": "a", "max_length": 2}, [
            ("", ""), ("a1", ""), ("A1", "pattern"), ("a12", "too_long"), ("a\n", "pattern")]),
        ("textarea", {"max_length": 3}, [("a\nb", ""), ("a\r\nb", "too_long")]),
        ("hidden", {"max_length": 2}, [("", ""), ("ab", ""), ("abc", "too_long"), (1, "shape")]),
    ),
    "white-space": (
        ("text", {"required": True}, [
            *((c, "required") for c in "\t\n\v\f\r \xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f"
              "\u3000\ufeff"), *((c, "required") for c in "\x08\x0e\x1f\x85\u180e\u200b\u2060\u2800"
              "\u3164\u115f\u1160\uffa0\u00ad\u061c\u200e\u2069\ufe0f\ufff9"),
            ("\u200b\u00a0\u2800", "required"), *((c, "") for c in "\u0600\u0301\ufffc_")]),
    ),
    "number": (
        ("number", {}, [
            ("0", ""), ("-0", ""), ("-0.00", ""), ("12.50", ""), ("1" * 40, ""), ("", ""),
            ("1" * 41, "number"), ("1.", "number"), (".5", "number"), ("01", "number"),
            ("-", "number"), ("+1", "number"), ("1e3", "number"), ("1,5", "number"),
            (" 1", "number"), ("1\n", "number"), ("\u0661", "number"), ("0x1", "number"),
            ("NaN", "number"), ("--1", "number"), (" ", "number"), (1, "shape"), (1.5, "shape")]),
        ("number", {"min": "-0", "max": "0.3"}, [
            ("-0", ""), ("-0.0", ""), ("0.30", ""), ("0.3000000000000000000000000000000000001",
             "max"), ("-0.0000000000000000000000000000000000001", "min"), ("9", "max")]),
        ("number", {"min": "9007199254740993"}, [
            ("9007199254740992", "min"), ("9007199254740993", ""), ("10000000000000000", "")]),
        ("number", {"step": "0.1"}, [
            ("0.3", ""), ("-0.7", ""), ("0.30", ""), ("0.35", "step"),
            ("123456789012345678901234567890123456.7", ""),
            ("123456789012345678901234567890123456.75", "step")]),
        ("number", {"min": "0.5", "step": "2"}, [
            ("0.5", ""), ("2.5", ""), ("2", "step"), ("-1.5", "min"), ("-2", "min")]),
        ("number", {"max": "9", "step": "3"}, [
            ("9", ""), ("-3", ""), ("8", "step"), ("12", "max")]),
        ("number", {"step": "0.0000000000000000000000000000000000003"}, [
            ("1.2", ""), ("1", "step"), ("100000000000000000000000000000000000003", "step")]),
    ),
    "time": (
        ("date", {}, [
            ("2024-02-29", ""), ("2023-02-29", "date"), ("1900-02-29", "date"), ("2000-02-29", ""),
            ("0001-01-01", ""), ("9999-12-31", ""), ("0000-12-31", "date"), ("10000-01-01", "date"),
            ("2024-04-31", "date"), ("2024-13-01", "date"), ("2024-00-10", "date"),
            ("2024-01-00", "date"), ("2024-1-1", "date"), ("20240101", "date"),
            ("2024-W01-1", "date"), ("2024-01-01T00:00", "date"), ("01.02.2024", "date"),
            ("2024-01-01\n", "date"), ("\u0662024-01-01", "date"), (20240101, "shape")]),
        ("date", {"min": "1999-12-31", "max": "2000-01-02"}, [
            ("1999-12-30", "min"), ("1999-12-31", ""), ("2000-01-02", ""), ("2000-01-03", "max")]),
        ("time", {}, [("00:00", ""), ("23:59", ""), ("24:00", "time"), ("12:60", "time"),
                      ("9:00", "time"), ("09:00:00", "time"), ("0900", "time"),
                      ("09:00 ", "time")]),
        ("time", {"min": "08:00", "max": "17:30"}, [
            ("07:59", "min"), ("08:00", ""), ("17:30", ""), ("17:31", "max")]),
    ),
    "address": (
        ("email", {}, [
            ("a@b.example", ""), ("a.b+c@d-e.example", ""), ("!#$%&'*+/=?^_`{|}~-@b.co", ""),
            (".a.@b.co", ""), (f"{'a' * 64}@{LABEL63}.{LABEL63}.{'a' * 61}", ""),
            (f"{'a' * 65}@{LABEL63}.{LABEL63}.{'a' * 61}", "email"),
            (f"a@{LABEL63}.co", ""), (f"a@{LABEL63}a.co", "email"),
            ("a@b", "email"), ("a", "email"), ("@b.co", "email"), ("a@", "email"),
            ("a@b.", "email"), ("a@.co", "email"), ("a@b..co", "email"), ("a@-b.co", "email"),
            ("a@b-.co", "email"), ("a@b_c.co", "email"), ("a b@c.co", "email"),
            ("a@b@c.co", "email"), ('"a"@b.co', "email"), ("a@[127.0.0.1]", "email"),
            ("a@b.co\n", "email"), (" a@b.co", "email"), ("ä@b.co", "email"),
            ("a@ä.co", "email"), ("A <a@b.co>", "email"), ("a@1.2", ""), (True, "shape")]),
        ("email", {"max_length": 6}, [
            ("a@b.co", ""), ("aa@b.co", "too_long"), ("aaaaaaa", "email")]),
        ("tel", {}, [
            ("+49 (30) 123-45.67/8", ""), ("110", ""), ("1-1-0", ""), ("11", "tel"),
            ("1 1", "tel"), ("(--)", "tel"), ("++110", "tel"), ("110+", "tel"), ("+110", ""),
            ("1" * 40, ""), ("+" + "1" * 40, ""), ("1" * 41, "tel"), ("110 ext. 5", "tel"),
            ("110\n", "tel"), ("\u0661\u0661\u0660", "tel"), ("1\xa010", "tel")]),
        ("tel", {"pattern": "\\+\\d+", "example": "+49"}, [("+110", ""), ("110", "pattern")]),
    ),
    "choice": (
        ("select", {}, [("", ""), ("a", ""), ("A", "option"), ("c", "option"), (" ", "option"),
                        (["a"], "shape")]),
        ("radio", {"required": True}, [("", "required"), ("b", ""), ("c", "option")]),
        ("checkboxes", {}, [([], ""), (["a"], ""), (["b", "a"], ""), (["a", "a"], "option"),
                            (["a", "c"], "option"), ([""], "option"), ("a", "shape"),
                            ("", "shape"), (False, "shape")]),
        ("checkboxes", {"required": True}, [([], "required"), (["a"], "")]),
        ("checkbox", {}, [(False, ""), (True, ""), ("", "shape"), ("true", "shape"), (1, "shape"),
                          (0, "shape"), (None, "shape")]),
        ("checkbox", {"required": True}, [(False, "required"), (True, "")]),
        ("consent", {"required": True}, [(False, "required"), (True, ""), ("yes", "shape")]),
        ("rating", {}, [("", ""), ("1", ""), ("5", ""), ("0", "option"), ("6", "option"),
                        ("1.0", "option"), ("01", "option"), ("-1", "option"), (3, "shape")]),
        ("rating", {"min": "0", "max": "10", "required": True}, [
            ("0", ""), ("10", ""), ("11", "option"), ("", "required")]),
    ),
}  # fmt: skip


def tell(book: Book) -> None:
    """Tell the scenarios."""
    for name, cases in CASES.items():
        fields: list[Json] = []
        given: Json = {}
        expected: list[list[str]] = []
        for kind, members, values in cases:
            for value, problem in values:
                field = asked(kind, f"f{len(fields)}", **members)
                fields.append(field)
                given[field["name"]] = value
                expected += [[field["name"], problem]] if problem else []
        for part in range(0, len(fields), 32):
            tell_part(book, f"problems-{name}-{part // 32 + 1}", fields[part : part + 32], given,
                      expected)  # fmt: skip
    empty(book)
    visibility(book)
    unseen(book)


def tell_part(
    book: Book, name: str, fields: list[Json], given: Json, expected: list[list[str]]
) -> None:
    """Tell as many fields as one manifest comfortably holds."""
    names = {field["name"] for field in fields}
    book.ok(name, "problems", "each value under the rules of a field of its own",
            {"text": of(*fields), "answers": {k: v for k, v in given.items() if k in names}},
            expect={"problems": [pair for pair in expected if pair[0] in names]})  # fmt: skip


def empty(book: Book) -> None:
    """What is sealed where nothing was answered."""
    text = of(*(asked(kind) for kind, _ in ONE_OF_EACH))
    answers = {kind: "" for kind, _ in ONE_OF_EACH}
    answers |= {"checkboxes": [], "checkbox": False, "consent": False}  # type: ignore[dict-item]
    book.ok("answers-empty", "empty_answers", "by kind", {"text": text},
            expect={"answers": answers})  # fmt: skip
    book.ok("problems-none-of-the-empty", "problems", "nothing is required",
            {"text": text, "answers": answers}, expect={"problems": []})  # fmt: skip


# A chain: b is asked if a is "a", c if b is true and d too; e and f stand in a section for "b".
CHAIN = of(
    asked("radio", "a"),
    asked("checkbox", "b", when=[when("a", "a")]),
    asked("checkboxes", "d"),
    asked("text", "c", required=True, when=[when("b", True), when("d", "a", "b")]),
    asked("rating", "e"),
    asked("text", "f", required=True, when=[when("e", "4", "5")]),
    asked("consent", "g", required=True, when=[when("e", "1")]),
    sections=[
        section("a", "b", "d", "c", page=True),
        section("e", "f", page=True, when=[when("a", "b")]),
        section("g"),
    ],
)
NOTHING: Json = {"a": "", "b": False, "d": [], "c": "", "e": "", "f": "", "g": False}


def visibility(book: Book) -> None:
    """Conditions, and conditions on what is not shown itself."""
    for name, comment, changes, shown, problems in (
        ("nothing", "none holds", {}, "ad", []),
        ("one-step", "b", {"a": "a"}, "abd", []),
        ("one-of-two", "d says nothing", {"a": "a", "b": True}, "abd", []),
        ("two-steps", "c, which is required", {"a": "a", "b": True, "d": ["b"]}, "abdc",
         [["c", "required"]]),
        ("answered", "c", {"a": "a", "b": True, "d": ["b", "a"], "c": "x"}, "abdc", []),
        ("broken-chain", "b is not shown, so its value counts for nothing",
         {"b": True, "d": ["a"], "c": "x"}, "ad", [["b", "unexpected"], ["c", "unexpected"]]),
        ("section", "e, but not f", {"a": "b"}, "ade", []),
        ("in-a-section", "f, which is required", {"a": "b", "e": "5"}, "adef",
         [["f", "required"]]),
        ("in-a-section-not-shown", "e is unexpected, f not asked", {"a": "a", "e": "5"}, "abd",
         [["e", "unexpected"]]),
        ("on-a-section-not-shown", "g depends on e", {"a": "a", "e": "1", "g": True}, "abd",
         [["e", "unexpected"], ["g", "unexpected"]]),
        ("consent", "g", {"a": "b", "e": "1"}, "adeg", [["g", "required"]]),
        ("wrong-shape", "a list meets no condition on a radio", {"a": ["a"], "b": True}, "ad",
         [["a", "shape"], ["b", "unexpected"]]),
        ("one-for-true", "1 is no boolean", {"a": "a", "b": 1, "d": ["a"]}, "abd",
         [["b", "shape"]]),
        ("wrong-option", "c is none, and nothing depends on it", {"a": "c"}, "ad",
         [["a", "option"]]),
        ("shape-of-what-is-not-shown", "comes first", {"b": "x", "c": 1}, "ad",
         [["b", "shape"], ["c", "shape"]]),
        ("white-space-not-shown", "is not empty", {"c": " "}, "ad", [["c", "unexpected"]]),
    ):  # fmt: skip
        tell_chain(book, name, comment, NOTHING | changes, shown, problems)


def unseen(book: Book) -> None:
    """A reader who does not see all fields."""
    for name, comment, answers, shown, problems in (
        ("nothing-seen", "a and d are always shown", {}, "ad", []),
        ("c-alone", "nobody knows", {"c": ""}, "ad", []),
        ("c-alone-answered", "nobody knows", {"c": "x"}, "ad", []),
        ("c-of-the-wrong-shape", "which is known", {"c": 1}, "ad", [["c", "shape"]]),
        ("one-condition-false", "b is unseen, d decides", {"d": [], "c": "x"}, "ad",
         [["c", "unexpected"]]),
        ("one-condition-unknown", "b is unseen", {"d": ["a"], "c": ""}, "ad", []),
        ("unknown-but-false", "whether b is shown is unknown, but it is false",
         {"b": False, "d": ["a"], "c": "x"}, "ad", [["c", "unexpected"]]),
        ("unknown-and-true", "whether b is shown is unknown", {"b": True, "d": ["a"], "c": ""},
         "ad", []),
        ("hidden-and-unseen", "b is not shown, whatever it holds", {"a": "b", "d": ["a"], "c": "x"},
         "ade", [["c", "unexpected"]]),
        ("section-unknown", "a is unseen", {"e": "5", "f": ""}, "ad", []),
        ("section-unknown-field-not", "e decides", {"e": "1", "f": "x"}, "ad",
         [["f", "unexpected"]]),
        ("section-known", "a and e are seen", {"a": "b", "e": "5", "f": ""}, "adef",
         [["f", "required"]]),
        ("other-rules", "still hold", {"a": "c", "e": "9"}, "ad",
         [["a", "option"], ["e", "unexpected"]]),
        ("other-rules-of-the-unknown", "still hold", {"e": "9"}, "ad", [["e", "option"]]),
    ):  # fmt: skip
        tell_chain(book, f"unseen-{name}", comment, answers, shown, problems)
    text = of(asked("text"), question("x", "contact", "number", min="1"))
    book.ok("problems-of-foreign-answers", "problems", "names of no field are left alone",
            {"text": text, "answers": {"y": 1, "x": "0"}},
            expect={"problems": [["x", "min"]]})  # fmt: skip


def tell_chain(
    book: Book, name: str, comment: str, answers: Json, shown: str, problems: list[list[str]]
) -> None:
    """Tell what is shown and what is wrong in the chain."""
    given = {"text": CHAIN, "answers": answers}
    book.ok(f"shown-{name}", "shown", comment, given, expect={"shown": list(shown)})
    book.ok(f"problems-when-{name}", "problems", comment, given, expect={"problems": problems})
