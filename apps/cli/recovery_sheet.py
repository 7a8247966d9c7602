"""What is kept on paper: a recovery code, or shares of one, to be read in a terminal or printed."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import segno

from ..client import files
from ..client.credentials import Credentials
from ..client.days import show_day
from ..client.quoting import plain
from ..client.slots import Recovery
from ..envelope.codes import FETCH, show_code
from ..envelope.keys import show_fingerprint

WORDS_A_LINE = 6


@dataclass(frozen=True)
class Sheet:
    """One sheet of paper; ``secret`` are the rows of a code, or the words of a share."""

    name: str
    client_id: str
    fingerprint: str
    server: str
    serial: int
    made: str
    secret: tuple[str, ...] = field(repr=False)
    fetch: tuple[str, ...] = field(repr=False)
    share: str = ""

    @property
    def title(self) -> str:
        """What stands at its top."""
        return f"Recovery {'share' if self.share else 'sheet'} of {self.name}"

    @property
    def scanned(self) -> str:
        """What its QR code says."""
        return " ".join(self.secret)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Whose it is, by heading."""
        told = [
            ("client id", self.client_id),
            ("fingerprint", self.fingerprint),
            ("server", self.server or "this project"),
            ("made", f"{self.made}, serial {self.serial}"),
        ]
        return [("share", self.share), *told] if self.share else told


def sheets_of(credentials: Credentials, recovery: Recovery, *, serial: int) -> list[Sheet]:
    """Return the sheets of a recovery slot: one, or one for each share.

    ``serial`` is that of the first key file which it opens.
    """
    threshold = recovery.way.slot.params["threshold"]
    count = len(recovery.shares)
    secrets: Sequence[tuple[tuple[str, ...], str]] = [(recovery.code, "")]
    if recovery.shares:
        secrets = [
            (tuple(words.split()), f"{number} of {count}; any {threshold} of them are needed")
            for number, words in enumerate(recovery.shares, start=1)
        ]
    return [
        Sheet(
            name=plain(credentials.name),
            client_id=credentials.client_id,
            fingerprint=show_fingerprint(credentials.card.fingerprint),
            server=credentials.api_url,
            serial=serial,
            made=show_day(recovery.way.slot.made),
            secret=secret,
            fetch=tuple(show_code(FETCH, credentials.secrets.fetch)),
            share=share,
        )
        for secret, share in secrets
    ]


def as_text(sheet: Sheet) -> str:
    """Return a sheet for a terminal of any width from 70 characters on, its QR code included."""
    out = io.StringIO()
    segno.make(sheet.scanned, error="m", micro=False).terminal(out, border=2, compact=True)
    told = [f"  {heading:<12} {text}" for heading, text in sheet.lines]
    return "\n".join(
        [
            sheet.title,
            *told,
            "",
            "  share" if sheet.share else "  recovery code",
            *(f"    {line}" for line in _rows(sheet)),
            "",
            "  fetch code (for the copy at the server; it opens nothing)",
            *(f"    {row}" for row in sheet.fetch),
            "",
            *out.getvalue().splitlines(),
        ]
    )


def write_html(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write sheets to be printed, a page each, to a private file."""
    files.write_private(path, _html(list(sheets)).encode())


def _rows(sheet: Sheet) -> list[str]:
    if not sheet.share:
        return list(sheet.secret)
    words = [f"{number:>2} {word}" for number, word in enumerate(sheet.secret, start=1)]
    wide = max(map(len, words)) + 2
    return [
        "".join(word.ljust(wide) for word in words[i : i + WORDS_A_LINE]).rstrip()
        for i in range(0, len(words), WORDS_A_LINE)
    ]


STYLE = """
:root { color-scheme: light }
body { font: 11pt/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 2rem auto;
  max-width: 44rem; padding: 0 1rem }
section { break-after: page; margin-bottom: 4rem } section:last-child { break-after: auto }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-bottom: .25rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
pre { font: 14pt/1.6 ui-monospace, monospace; white-space: pre-wrap; margin: 0 }
svg { width: 52mm; height: 52mm; max-width: 100% }
.words { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
  gap: .15rem 1rem; padding: 0; margin: 0; list-style-position: inside;
  font: 12pt/1.6 ui-monospace, monospace }
.alone { border: 2px solid #111; padding: .5rem 1rem }
@media print { .alone { display: none } body { margin: 0 } }
"""


def _html(sheets: Sequence[Sheet]) -> str:
    title = escape(sheets[0].title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<p class="alone">Print this, then delete the file: whoever has it has the keys.</p>\n'
        f"{''.join(map(_section, sheets))}</body>\n</html>\n"
    )


def _secret(sheet: Sheet) -> str:
    if sheet.share:
        words = "".join(f"<li>{escape(word)}</li>" for word in sheet.secret)
        return f'<ol class="words">{words}</ol>'
    return f"<pre>{escape(chr(10).join(sheet.secret))}</pre>"


def _section(sheet: Sheet) -> str:
    told = "".join(f"<dt>{escape(one)}</dt><dd>{escape(text)}</dd>" for one, text in sheet.lines)
    picture = segno.make(sheet.scanned, error="m", micro=False).svg_inline(border=2, omitsize=True)
    what = "Share" if sheet.share else "Recovery code"
    why = (
        "Each share lies with another person or at another place; one alone opens nothing."
        if sheet.share
        else "Whoever holds this sheet and a copy of the key file has the keys: keep it as you "
        "keep a passport, apart from the machine."
    )
    return (
        f"<section>\n<h1>{escape(sheet.title)}</h1>\n<dl>{told}</dl>\n"
        f"<p>{why}</p>\n<h2>{what}</h2>\n{_secret(sheet)}\n"
        f"<p>{picture}</p>\n<h2>Fetch code</h2>\n"
        f"<p>Gets the copy of the key file that the server keeps; it opens nothing.</p>\n"
        f"<pre>{escape(chr(10).join(sheet.fetch))}</pre>\n"
        "<h2>When the machine is lost</h2>\n"
        "<p>On another machine: <code>sealform keys restore --help</code></p>\n</section>\n"
    )
