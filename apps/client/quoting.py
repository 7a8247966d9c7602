"""Text that comes from somebody else: shown as such, in one line, and never at length.

A server, a visitor or another client chooses such text. It must not look like words of ours, nor
move a cursor, nor turn a line around.
"""

import unicodedata

JOINERS = "\u200c\u200d"
HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
LINE_END = "⏎"
MOST = 300
"""Characters that are shown of what a server says."""


def plain(text: str) -> str:
    """Return text with every control and reordering character made visible."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\n", LINE_END)
    return "".join(visible(character) for character in lines)


def visible(character: str) -> str:
    """Return a character, or how it is written where nobody would see it."""
    if unicodedata.category(character) not in HIDDEN or character in JOINERS:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def server_says(text: str) -> str:
    """Return words of a server as such: escaped, in quotation marks, cut short; "" for none."""
    if not text:
        return ""
    short = plain(text[:MOST]).replace('"', "'")
    return f'the server says: "{short}{"…" if len(text) > MOST else ""}"'
