"""A translation as lines that a translator fills in: ``key = text``, below what it says now."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError

from apps.intake.drafting.texts import limit_of

INDENT = "  "


def show_texts(main: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return all keys, with what has been translated and, behind #, what is to be."""
    return "\n\n".join(
        "\n".join(f"# {line}".rstrip() for line in text.split("\n")) + "\n" + _entry(key, texts)
        for key, text in main.items()
    )


def _entry(key: str, texts: Mapping[str, str]) -> str:
    lines = texts.get(key, "").split("\n")
    return "\n".join(
        [f"{key} = {lines[0]}".rstrip(), *(f"{INDENT}{line}".rstrip() for line in lines[1:])]
    )


def read_texts(typed: str, *, known: Mapping[str, str]) -> dict[str, str]:
    """Read lines; ``known`` maps each key that may stand there to what it is called now.

    A line that begins with a space goes on with the text above, # begins a remark, and
    what is left empty is not translated. Raises ValidationError with the lines' numbers.
    """
    texts, complaints = {}, []
    for number, line, more in _entries(typed):
        key = _key_of(line, known)
        text = "\n".join([line[len(key) :].lstrip().removeprefix("="), *more]).strip()
        if not key:
            complaints.append(f"Line {number}: {_excerpt(line)} is no text of this form.")
        elif known[key] in texts:
            complaints.append(f"Line {number}: {key} stands there twice.")
        elif len(text) > limit_of(key):
            complaints.append(f"Line {number}: {key} has at most {limit_of(key)} characters.")
        elif text and known[key]:
            texts[known[key]] = text
    if complaints:
        raise ValidationError(complaints)
    return texts


def _entries(typed: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each line that is no remark, its number, and the lines that go on with it."""
    entry: tuple[int, str, list[str]] | None = None
    for number, line in enumerate(typed.replace("\r\n", "\n").split("\n"), start=1):
        if entry and (not line.strip() or line[0].isspace()):
            entry[2].append(line.strip())
        elif line.strip():
            if entry:
                yield entry
            entry = None if line.startswith("#") else (number, line.strip(), [])
    if entry:
        yield entry


def _key_of(line: str, known: Mapping[str, str]) -> str:
    """The key that the line begins with: the longest, since values of options may hold signs."""
    found = (key for key in known if line[len(key) :].lstrip()[:1] == "=" and line.startswith(key))
    return max(found, key=len, default="")


def _excerpt(line: str) -> str:
    start = line.partition("=")[0].strip()
    return start if len(start) <= 60 else f"{start[:60]}…"
