# ruff: noqa: RUF001, E501 - what visitors type is what this is about
"""§8: what visitors type, and what it means."""

from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.questions import asked, of

Expected = str | tuple[str, list[str]]

ZIP = {"pattern": "\\d{5}", "example": "12345"}
CODE = {"pattern": "[A-Z]{2}-\\d{2} \\d", "example": "AB-12 3"}
WIDE = {"pattern": "[０-９]{3}ー[０-９]{4}", "example": "１２３ー４５６７"}
DASHED = {"pattern": "\\d{2}\u2013\\d{2}", "example": "12\u201334"}
NAMED = {"pattern": "[A-Z]'[A-Za-z]+", "example": "O'Neil"}
SPACED = {"pattern": "\\d \\d", "example": "1 2"}
COUNTRIES = [{"value": "Côte d'Ivoire", "label": "1"}, {"value": "A B", "label": "2"}]

# By the language of the form: members of a field, and what becomes of what is typed there.
CASES: dict[str, tuple[str, list[tuple[str, Json, dict[str, Expected]]]]] = {
    "forms": ("en", [
        ("text", ZIP, {
            "12345 ": "12345", " 12345": "12345", "\u00a012345\u3000": "12345",
            "\u200b12345": "12345", "\ufeff12345": "12345", "123\u00ad45": "12345",
            "\u200e12345\u200f": "12345", "\u206812345\u2069": "12345",
            "\u202a12345\u202c": "12345", "１２３４５": "12345", "١٢٣٤٥": "12345",
            "१२३४५": "12345", "𝟏𝟐𝟑𝟒𝟓": "12345", "\u2800": "", "\u3164 \u115f": "",
            "1234": "1234", "12 345": "12 345", "Ⅻ345": "Ⅻ345", "²2345": "²2345"}),
        ("text", CODE, {
            "AB-12 3": "AB-12 3", "AB\u201112\u00a03": "AB-12 3", "ＡＢ－１２　３": "AB-12 3",
            "AB\u221212\u20093": "AB-12 3", "AB—12\u202f3\t": "AB-12 3", "ab-12 3": "ab-12 3",
            "AB\u200c-12 3": "AB-12 3", "AB12 3": "AB12 3", "AB-12  3": "AB-12 3",
            "AB-12\u00a0\u00a03": "AB-12 3", "AB-12 \u200e\t3": "AB-12 3", "AB - 12 3": "AB - 12 3"}),
        ("text", WIDE, {"123-4567": "１２３ー４５６７", "１２３ー４５６７ ": "１２３ー４５６７"}),
        ("text", DASHED, {"12-34": "12\u201334", "12\u201134 ": "12\u201334"}),
        ("text", NAMED, {"O\u2019Neil": "O'Neil", "O\u02bcNeil": "O'Neil", "O´Neil": "O'Neil", "O`Neil": "O`Neil"}),
        ("text", SPACED | {"max_length": 3}, {"1\u00a02": "1 2", "\u200b1 2": "1 2", "1  2": "1 2"}),
        ("text", {"pattern": "\\d  \\d", "example": "1  2"}, {"1  2": "1  2", "\u200b1  2 ": "1  2"}),
        ("tel", ZIP, {"１２３４５ ": "12345"}),
    ]),
    "free-text": ("en", [
        ("text", {}, {
            " Ada ": "Ada", "\ufeffAda\u200b": "Ada", "Jose\u0301": "José", "\u00a0": "",
            "\u200b\u2060": "", "\u2800\u2800": "", "a\u200bb": "a\u200bb", "１－２": "１－２",
            "می\u200cخواهم": "می\u200cخواهم", "👩\u200d🔬": "👩\u200d🔬", "❤\ufe0f": "❤\ufe0f",
            "O\u2019Neil": "O\u2019Neil", "a  b": "a  b", "\u0301": "\u0301"}),
        ("text", {"max_length": 3}, {"abc\u00ad": "abc", "a\u200bb\u200bc": "abc",
                                     "ab\u200bcd": "ab\u200bcd", "e\u0301e\u0301e\u0301": "ééé"}),
        ("textarea", {}, {"\n a \n": "\n a \n", " \n\u200b": "", "e\u0301": "é"}),
        ("textarea", {"max_length": 2}, {"ab\ufeff": "ab", "ab ": "ab "}),
        ("hidden", {}, {" a ": " a ", "\u200b": "\u200b"}),
        ("select", {"options": COUNTRIES}, {
            "Co\u0302te d'Ivoire": "Côte d'Ivoire", "A\u00a0B": "A B", " A \n B": "A B",
            "a b": "a b", "": ""}),
        ("checkboxes", {"options": COUNTRIES}, {"A\u2009B": "A B"}),
        ("rating", {}, {"５": "5", " 5\u200e": "5", "5.0": "5.0"}),
    ]),
    "numbers": ("en", [
        ("number", {}, {
            " 5 ": "5", "+5": "5", "007": "7", ".5": "0.5", "-,5": "-0.5", "1,5": "1.5",
            "−3": "-3", "－３．５": "-3.5", "٣٫٥": "3.5", "१२": "12", "1\u200b2": "12",
            "1e3": "1000", "1.5E-3": "0.0015", "-12.50e1": "-125.0", "0e9": "0", "1e99": "1" + 99 * "0",
            "1.000": "1.000", "1234.567": "1234.567", "0,125": "0.125", "1.0000": "1.0000",
            "1,000": ("1,000", ["1000", "1.000"]), "-12,500": ("-12,500", ["-12500", "-12.500"]),
            "1.000.000": ("1.000.000", ["1000000"]), "1,000,000": ("1,000,000", ["1000000"]),
            "1,00,000": ("1,00,000", ["100000"]), "12,34,567.89": ("12,34,567.89", ["1234567.89"]),
            "1 000": ("1 000", ["1000"]), "1\u202f000,5": ("1 000,5", ["1000.5"]),
            "1'000": ("1'000", ["1000"]), "1\u2019000.5": ("1'000.5", ["1000.5"]),
            "1.000,5": ("1.000,5", ["1000.5"]), "١٬٠٠٠": ("1\u066c000", ["1000"]),
            "1,": "1,", "1.": "1.", "--1": "--1", "1，5": "1，5", "seven": "seven", "1.5.5": "1.5.5",
            "²": "²", "Ⅻ": "Ⅻ", "\u3164": ""}),
    ]),
    "numbers-elsewhere": ("de", [
        ("number", {}, {
            "1.000": ("1.000", ["1000", "1.000"]), "1,000": ("1,000", ["1000", "1.000"]),
            "-1.500": ("-1.500", ["-1500", "-1.500"]), "1.5": "1.5", "1,5": "1.5",
            "0.125": "0.125", "1.0000": "1.0000", "1.000,00": ("1.000,00", ["1000.00"])}),
        ("date", {}, {"01.02.2020": "2020-02-01", "1. 2. 2020": "2020-02-01",
                      "01/02/2020": ("01/02/2020", ["2020-02-01", "2020-01-02"]),
                      "1. 2.2020": "2020-02-01", "1.2. 2020": "2020-02-01", "31.12.2020.": "2020-12-31",
                      "1 .2 .2020 .": "2020-02-01", "1.2/2020": "1.2/2020"}),
    ]),
    # Each language meets the habits of all others; its own sign before three digits is asked about, too.
    "numbers-in-german": ("de-CH", [
        ("number", {}, {
            "1,125": ("1,125", ["1125", "1.125"]), "1.125": ("1.125", ["1125", "1.125"]),
            "-1,125": ("-1,125", ["-1125", "-1.125"]), "1\u2019125": ("1'125", ["1125"]),
            "1'125.50": ("1'125.50", ["1125.50"]), "1.125,5": ("1.125,5", ["1125.5"]),
            "1,125.5": ("1,125.5", ["1125.5"]), "1,1250": "1.1250", "0,125": "0.125"}),
    ]),
    "numbers-in-french": ("fr-CA", [
        ("number", {}, {
            "1,125": ("1,125", ["1125", "1.125"]), "1.125": ("1.125", ["1125", "1.125"]),
            "1 125": ("1 125", ["1125"]), "1\u202f125": ("1 125", ["1125"]),
            "1\u00a0125": ("1 125", ["1125"]), "1\u2009125,5": ("1 125,5", ["1125.5"]),
            "1 125.125": ("1 125.125", ["1125.125"]), "1 1 125": "1 1 125", "12,5": "12.5"}),
    ]),
    "numbers-in-arabic": ("ar-EG", [
        ("number", {}, {
            "١,١٢٥": ("1,125", ["1125", "1.125"]), "1.125": ("1.125", ["1125", "1.125"]),
            "١٬١٢٥": ("1\u066c125", ["1125"]), "١٬١٢٥٫٥": ("1\u066c125.5", ["1125.5"]),
            "١٫١٢٥": "1.125", "۱٬۱۲۵": ("1\u066c125", ["1125"]), "١٢٫٥": "12.5"}),
    ]),
    "numbers-in-hindi": ("hi-IN", [
        ("number", {}, {
            "1,125": ("1,125", ["1125", "1.125"]), "1,12,500": ("1,12,500", ["112500"]),
            "१,१२,५००": ("1,12,500", ["112500"]), "1,12,500.50": ("1,12,500.50", ["112500.50"]),
            "12,50,000": ("12,50,000", ["1250000"]), "1,12,50": "1,12,50", "1.125": "1.125"}),
    ]),
    "numbers-of-no-language": ("", [
        ("number", {}, {"1.000": ("1.000", ["1000", "1.000"]), "١٫٠٠٠": "1.000"}),
    ]),
    "days-and-times": ("en-GB", [
        ("date", {}, {
            " 2020-02-01 ": "2020-02-01", "２０２０-０２-０１": "2020-02-01",
            "2020\u201102\u201101": "2020-02-01", "2020/2/1": "2020-02-01",
            "2020年2月1日": "2020-02-01", "2020. 2. 1.": "2020-02-01", "31/12/2020": "2020-12-31",
            "12/31/2020": "2020-12-31", "2/2/2020": "2020-02-02", "31.12.2020": "2020-12-31",
            "01/02/2020": ("01/02/2020", ["2020-02-01", "2020-01-02"]),
            "1.2.2020": ("1.2.2020", ["2020-02-01", "2020-01-02"]),
            "1-2-2020": ("1-2-2020", ["2020-02-01", "2020-01-02"]),
            "1/ 2/2020": ("1/ 2/2020", ["2020-02-01", "2020-01-02"]), "31-12-2020 .": "2020-12-31",
            "12020-01-01": "12020-01-01", "2020-01-01T00:00": "2020-01-01T00:00",
            "31/02/2020": "31/02/2020", "1/2/20": "1/2/20", "2020-13-01": "2020-13-01"}),
        ("time", {}, {
            "09:30:00": "09:30", "09:30:00.000": "09:30", "9:30": "09:30", "9.30": "09:30",
            "14h30": "14:30", "9：30": "09:30", "٠٩:٣٠": "09:30", "9時30分": "09:30",
            "2:30 pm": "14:30", "2:30\u202fPM": "14:30", "12:05 a.m.": "00:05", "12:00 pm": "12:00",
            "2:30\u00a0p.\u00a0m.": "14:30", "9:05 a. m.": "09:05", "2:30  PM": "14:30", "9:30 p": "9:30 p",
            "09:30:15": "09:30:15", "24:00": "24:00", "14:30 pm": "14:30 pm", "930": "930"}),
    ]),
    "addresses": ("fr", [
        ("email", {}, {
            " a@b.example ": "a@b.example", "a@b.example\u200b": "a@b.example",
            "ａ＠ｂ．example": "a@b.example", "a@Bücher.example": "a@xn--bcher-kva.example",
            "a@xn--bcher-kva.example": "a@xn--bcher-kva.example", "a@faß.example": "a@xn--fa-hia.example",
            "a@b\u00fccher\u3002example": "a@xn--bcher-kva.example",
            "a@-b\u00fc.example": "a@-b\u00fc.example", "a@b\u00fc😀.example": "a@b\u00fc😀.example",
            "a@b\u00fc": "a@b\u00fc", "ü@b.example": "ü@b.example", "a b@c.example": "a b@c.example",
            "A@B.example": "A@B.example", "o`neil@b.example": "o`neil@b.example",
            "\u200eo`neil@b.example ": "o`neil@b.example", "o\u2019neil@b.example": "o'neil@b.example",
            "a`b@b\u00fccher.example": "a`b@xn--bcher-kva.example",
            "a@STRA\u1e9eE.example": "a@xn--strae-oqa.example"}),
        ("tel", {}, {
            "\u202a+49 30 1234567\u202c": "+49 30 1234567", "+49\u00a030\u20111234": "+49 30-1234",
            "＋８１（３）１２３４": "+81(3)1234", "०३० १२३": "030 123", "ask me": "ask me"}),
    ]),
}  # fmt: skip


def tell(book: Book) -> None:
    """Tell the scenarios."""
    for name, (language, cases) in CASES.items():
        fields: list[Json] = []
        texts: Json = {}
        answers: Json = {}
        questions: Json = {}
        for kind, members, expected in cases:
            for text, meant in expected.items():
                field = f"f{len(fields)}"
                fields.append(asked(kind, field, **members))
                texts[field] = text
                answers[field], readings = (meant, []) if isinstance(meant, str) else meant
                questions |= {field: readings} if readings else {}
        for part in range(0, len(fields), 32):
            some = fields[part : part + 32]
            names = {field["name"] for field in some}
            book.ok(
                f"typed-{name}-{part // 32 + 1}",
                "typed",
                "each text in a box of its own",
                {"text": of(*some), "language": language, "typed": _of(names, texts)},
                expect={"answers": _of(names, answers), "asked": _of(names, questions)},
            )
    once_more(book)
    pasted(book)
    alike(book)


def _of(names: set[str], values: Json) -> Json:
    return {name: value for name, value in values.items() if name in names}


def once_more(book: Book) -> None:
    """What was made of it stays as it is when it is read again, as from the box."""
    fields = [asked(kind, f"f{n}", **members) for n, (kind, members, _) in enumerate(AGAIN)]
    texts = {f"f{n}": text for n, (_, _, text) in enumerate(AGAIN)}
    book.ok("typed-once-more", "typed", "nothing is left to do",
            {"text": of(*fields), "language": "de", "typed": texts},
            expect={"answers": texts, "asked": {}})  # fmt: skip


AGAIN: tuple[tuple[str, Json, str], ...] = (
    ("number", {}, "1000"), ("number", {}, "1.5"), ("date", {}, "2020-02-01"), ("time", {}, "14:30"),
    ("text", WIDE, "１２３ー４５６７"), ("email", {}, "a@xn--bcher-kva.example"), ("text", {}, "Ada"),
    ("text", DASHED, "12\u201334"),
)  # fmt: skip


def pasted(book: Book) -> None:
    """Fingerprints, references and ids, from wherever people copy them."""
    for name, text, found in (
        ("as-shown", "R-AB2C-D3EF", "R-AB2C-D3EF"),
        ("unseen", "\ufeff\u200eR\u2011AB2C\u00ad-D3EF\u200b\u00a0\n", "R-AB2C-D3EF"),
        ("wide", "Ｒ－ＡＢ２Ｃ　Ｄ３ＥＦ", "R-AB2CD3EF"),
        ("dashes", "R–AB2C—D3EF", "R-AB2C-D3EF"),
        ("no-fold", "ſ٢’", "ſ٢’"),
        ("nothing", " \u2800", ""),
    ):
        book.ok(f"pasted-{name}", "pasted", "as people see it", {"text": text},
                expect={"text": found})  # fmt: skip


def alike(book: Book) -> None:
    """What people take for the same."""
    for name, texts, same in (
        ("composed", ["Jose\u0301", "José"], True),
        ("white-space", ["a b", "a\u00a0b", " a \t b"], True),
        ("unseen", ["ab", "a\u200bb", "ab\u3164"], True),
        ("case", ["a", "A"], False),
        ("hyphens", ["a-b", "a\u2013b"], False),
        ("width", ["1", "１"], False),
    ):
        book.ok(f"alike-{name}", "alike", "to people", {"texts": texts}, expect={"alike": same})
