"""The envelope's rules (docs/protocol.md §2, §8) as validators that people can read.

A draft that passes here can be signed and published as it stands.
"""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from apps.envelope import encoding
from apps.envelope.errors import EnvelopeError
from apps.envelope.forms import CHOICES, MAX_OPTIONS, MAX_TYPES

TITLE = 200
DESCRIPTION = 4000
CONFIRMATION = 2000
LABEL = 500
HELP = 2000
OPTION_VALUE = 200
OPTION_LABEL = 500

ANY_ORIGIN = "*"
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _said_plainly(check: Callable[[], object], message: str) -> None:
    try:
        check()
    except EnvelopeError as error:
        raise ValidationError(message) from error


def validate_name(value: str) -> None:
    """Field and type names: what records, rules and commands call them."""
    _said_plainly(
        lambda: encoding.name(value),
        "Use 1 to 64 lower-case letters, digits and underscores, beginning with a letter.",
    )


def validate_text(value: str) -> None:
    """Text that a manifest can hold."""
    if "\0" in value:
        raise ValidationError("Text cannot hold the character U+0000.")


def validate_options(options: Any, *, kind: str) -> None:
    """A field's choices: some for the kinds that offer them, none for the others."""
    if kind not in CHOICES:
        if options:
            raise ValidationError(f"A field of kind {kind} has no options: leave them empty.")
        return
    if not 1 <= len(options) <= MAX_OPTIONS:
        raise ValidationError(f"Give 1 to {MAX_OPTIONS} options, one a line.")
    for option in options:
        _validate_option(option)
    if len({option["value"] for option in options}) != len(options):
        raise ValidationError("Each option needs a value of its own.")


def _validate_option(option: dict[str, str]) -> None:
    _said_plainly(
        lambda: encoding.text(option["value"], "value", OPTION_VALUE, 1),
        f"An option's value has 1 to {OPTION_VALUE} characters.",
    )
    _said_plainly(
        lambda: encoding.text(option["label"], "label", OPTION_LABEL, 1),
        f"An option's label has 1 to {OPTION_LABEL} characters.",
    )


def validate_origins(origins: list[str]) -> None:
    """Exact origins as browsers send them, or ``*`` for any site."""
    for origin in origins:
        if origin != ANY_ORIGIN and not _is_origin(origin):
            raise ValidationError(
                "%(origin)s is not an origin: write scheme, host and port only, in lower case, "
                "such as https://www.example.com, or * for any site.",
                params={"origin": origin},
            )


def _is_origin(origin: str) -> bool:
    scheme = origin.partition(":")[0]
    return bool(ORIGIN.fullmatch(origin)) and not origin.endswith(DEFAULT_PORTS[scheme])


def validate_fields(fields: list[tuple[str, str]]) -> None:
    """The (name, type) of all fields together."""
    if not fields:
        raise ValidationError("A form needs at least one field.")
    if len(fields) > encoding.MAX_FIELDS:
        raise ValidationError(f"A form has at most {encoding.MAX_FIELDS} fields.")
    if len({type for _, type in fields}) > MAX_TYPES:
        raise ValidationError(f"A form's fields go to at most {MAX_TYPES} record types.")
