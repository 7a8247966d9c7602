"""What `extract` writes into files: the same bytes wherever records are taken out."""

import re

from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book

ID = "6f1c1d8e-7a51-4a55-9a55-0d4f6f2b8c11"
FORM = "form:0b8f5a3e-58f2-4a0e-8a55-6a1d3c1f7b22"
LONG = 400
CELLS = {
    "text": "Flat 3",
    "nothing": "",
    "number": "-5.25",
    "long-number": "4111111111111111",
    "leading-zero": "01234",
    "telephone": "+49 30 123",
    "exponent": "1e5",
    "day": "2020-01-31",
    "time": "14:30",
    "other-day": "1-2",
    "month": "MARCH1",
    "month-turkish": "Apr\u0131l 1",
    "month-dotted": "7 JU\u0130N",
    "month-long-s": "\u017fept 3",
    "arabic-digits": "\u0661\u0662\u0663",
    "full-width-digits": "\uff11\uff12",
    "truth": "True",
    "truth-long-s": "fal\u017fe",
    "formula": "=HYPERLINK(1)",
    "formula-spaces": " \u00a0\u3000=1",
    "formula-full-width": "\uff1d1",
    "formula-next-cell": "x;=1",
    "formula-quoted": 'x;" @SUM(1)',
    "formula-line": "a\n\n - b",
    "formula-carriage": "a\r+1",
    "formula-separator-unit": "x\x1c=1",
    "formula-inside": "a=b; c-d",
    "apostrophe": "'=1",
    "tab": "\tx",
    "byte-order-mark": "\ufeff=1",
    "amount": "1.000,50 €",
    "digits-255": "1." * 127 + "1",
    "digits-256": "1:" * 128,
}
TEXTS = {
    "quotes": 'say "hi", then; go',
    "lines": "one\r\ntwo\nthree\rfour",
    "tabs": "a\tb",
    "controls": "\x00\x08\x1b[2J\x7f\x85\x9b",
    "bidi": "a\u202eb\u2066c\u200fd\u061ce",
    "separators": "a\u2028b\u2029c",
    "joiners": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "unseen": "a\u200bb\u00ad\ufeffc\U000e0041",
    "astral": "Zoë 🌻 \U0001d4b3",
    "escapes": 'back\\slash / "quote" \u0007\u000c',
    "formula": '=cmd|"/c calc"!A1',
}


def record(number: int = 1, **changes: object) -> Json:
    """A record as it was opened, with the name of where it comes from."""
    return {
        "id": ID[:-1] + str(number),
        "writer": FORM,
        "type": "account",
        "rev": 1,
        "stored": "2026-11-29T12:00:00Z",
        "data": {"fullname": "Ann Canary", "age": "34"},
        "problems": {},
        "stolen": False,
        "meta": {},
        "source": "signup",
    } | changes


def tell(book: Book) -> None:
    """Tell the scenarios."""
    for name, text in CELLS.items():
        for point in (True, False):
            kind = "point" if point else "comma"
            given = {"text": text, "point": point}
            book.ok(f"cell-{name}-{kind}", "safe_cell", "what no spreadsheet changes", given)
    for name, text in TEXTS.items():
        records = [record(data={"fullname": text, "tags": [text, "b"]}, source=text)]
        _both(book, name, "what was typed", records)
    kinds = {"a": True, "b": False, "c": None, "d": [], "e": ["x", "=y"], "f": "", "g": 0}
    numbers = {"i": 12, "j": -3, "k": 2**53 - 1, "l": 1.5, "m": 0.0001, "n": 0.00001, "o": -1.25e-9}
    _both(book, "kinds", "each kind of value", [record(data=kinds)])
    _both(book, "numbers", "shortest decimals", [record(data=numbers | {"p": 4.0})])
    _both(book, "none", "no record", [])
    _both(
        book,
        "columns",
        "in the order in which they first appear",
        [
            record(1, meta={"state": "open"}),
            record(2, data={"zip": "97301", "age": "5"}, rev=3, problems={"age": "number"}),
            record(3, data={}, stolen=True, writer=ID, source="own", stored="2026-11-29"),
            record(4, meta={"city": "=Salem", "state": "done"}),
        ],
    )
    long = [{"repeat": "a", "times": 16_000}, "🌻", {"repeat": "b", "times": 17_000}]
    cell = [{"repeat": "=", "times": 32_767}]
    data = {"comments": long, "more": cell, "age": "1"}
    _both(book, "long", "a text longer than a cell", [record(1), record(2, data=data)])


def _both(book: Book, name: str, comment: str, records: list[Json]) -> None:
    for look in ("jsonl", "comma", "semicolon", "tab"):
        format = "jsonl" if look == "jsonl" else "csv"
        given = {"format": format, "separator": "comma" if format == "jsonl" else look}
        told = f"file-{name}-{look}"
        output = book.ok(told, "record_file", comment, given | {"records": records})
        book.vectors[told]["output"] = {"text": _short(output["text"])}


def _short(text: str) -> object:
    """Return a text with its long runs told as such."""
    parts = re.split(rf"((?s:(.)\2{{{LONG},}}))", text)
    if len(parts) == 1:
        return text
    texts, runs = parts[::3], parts[1::3]
    told: list[object] = [texts[0]]
    for run, after in zip(runs, texts[1:], strict=True):
        told += [{"repeat": run[0], "times": len(run)}, after]
    return told
