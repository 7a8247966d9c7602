"""The envelope's rules (docs/protocol.md §2, §8) as validators that people can read.

A draft that passes here can be signed and published as it stands.
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

import idna
from django.core.exceptions import ValidationError

from apps.envelope import encoding
from apps.envelope.encoding import MAX_ROOM
from apps.envelope.errors import EnvelopeError
from apps.envelope.fields import dump_value
from apps.envelope.manifests import MAX_TYPES
from apps.envelope.questions import CHOICES, MAX_OPTIONS, OPTION_LENGTHS, parse_field
from apps.envelope.sections import MAX_SECTIONS, check_fields, check_sections, parse_sections
from apps.envelope.seen import alike, is_blank, plain
from apps.envelope.words import MAX_LANGUAGES, language_tag

ANY_ORIGIN = "*"
ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{1,5}))?"
)
ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^/?#@:,;\\\[\]\s]+)"
    r"(?::(?P<port>[0-9]{0,5}))?(?:[/?#].*)?",
    re.I,
)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
MAX_PORT = 65_535
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a host that ends with one is an address to browsers


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
    """Text that a manifest can hold and people can see, or none."""
    _said_plainly(
        lambda: encoding.text(value, "text", len(value)),
        "Text cannot hold the character U+0000, nor one half of a character.",
    )
    if value and is_blank(value):
        raise ValidationError("Nothing of this can be seen: write some words, or leave it empty.")


def validate_language(value: str) -> None:
    """A language tag of docs/protocol.md §8."""
    _said_plainly(
        lambda: language_tag(value),
        "Write a language as its tag: en, ar, pt-BR or zh-Hant, for example.",
    )


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
    for member in ("value", "label"):
        _validate_differing([option[member] for option in options], member)
    values = [option["value"] for option in options]
    if kind == "checkboxes" and len(dump_value(values)) > MAX_ROOM:
        raise ValidationError(
            f"The values of all boxes together have at most {MAX_ROOM} bytes: write shorter ones, "
            "as value | label. Labels may be long."
        )


def _validate_differing(texts: list[str], member: str) -> None:
    """Options that look alike are one to people."""
    seen: set[str] = set()
    for text in texts:
        look = alike(text)
        if look in seen:
            raise ValidationError(
                "Each option needs a %(member)s of its own: two look like %(text)s.",
                params={"member": member, "text": look},
            )
        seen.add(look)


def _validate_option(option: dict[str, str]) -> None:
    for member, (least, most) in OPTION_LENGTHS.items():
        _said_plainly(
            lambda: encoding.text(option[member], member, most, least),  # noqa: B023 - called now
            f"An option's {member} has {least} to {most} characters.",
        )
    validate_text(option["label"])
    _said_plainly(
        lambda: encoding.visible(option["value"], "value", OPTION_LENGTHS["value"].most),
        f"{option['value']!r} holds characters that nobody sees, or spaces at an end: write "
        "value | label. Only a label may have them.",
    )


def validate_origins(origins: list[str]) -> None:
    """Exact origins as browsers send them, or ``*`` for any site."""
    for origin in origins:
        if origin != ANY_ORIGIN and not is_origin(origin):
            raise ValidationError(
                "%(origin)s is not an origin: write scheme, host and port only, in lower case, "
                "such as https://www.example.com, or * for any site.",
                params={"origin": origin},
            )


def tidy_origin(typed: str) -> str:
    """Return the origin that people mean, as browsers send it; what is none stays as it was typed.

    What is copied out of an address bar has a slash or a path behind it, capital letters, a port
    that goes without saying, a name in letters of its own, or something that nobody sees.
    """
    found = ADDRESS.fullmatch(plain(typed))
    if not found:
        return typed
    scheme, host, port = (
        part.lower() for part in (found["scheme"], found["host"], found["port"] or "")
    )
    try:
        numbers = f"[{IPv6Address(host[1:-1])}]" if host.startswith("[") else ""
        name = numbers or idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, AddressValueError):
        name = host
    port = "" if f":{int(port or 0)}" == DEFAULT_PORTS[scheme] or not port else f":{int(port)}"
    return f"{scheme}://{name}{port}"


def is_origin(origin: str) -> bool:
    """Whether this is an origin exactly as browsers send it."""
    found = ORIGIN.fullmatch(origin)
    if not found or origin.endswith(DEFAULT_PORTS[found["scheme"]]):
        return False
    return int(found["port"] or 0) <= MAX_PORT and _is_host(found["host"])


def _is_host(host: str) -> bool:
    """Whether a host is written as browsers write it: addresses in numbers have one form."""
    try:
        if host.startswith("["):
            return host == f"[{IPv6Address(host[1:-1])}]"
        return not NUMBER.fullmatch(host.rpartition(".")[2]) or host == str(IPv4Address(host))
    except AddressValueError:
        return False


def validate_fields(fields: list[tuple[str, str]]) -> None:
    """The (name, type) of all fields together."""
    if not fields:
        raise ValidationError("A form needs at least one field.")
    if len(fields) > encoding.MAX_FIELDS:
        raise ValidationError(f"A form has at most {encoding.MAX_FIELDS} fields.")
    if len({type for _, type in fields}) > MAX_TYPES:
        raise ValidationError(f"A form's fields go to at most {MAX_TYPES} record types.")


def validate_sections(orders: list[int]) -> None:
    """The places of all sections together."""
    if len(orders) > MAX_SECTIONS:
        raise ValidationError(f"A form has at most {MAX_SECTIONS} sections.")
    if len(set(orders)) != len(orders):
        raise ValidationError("Each section begins before another question.")


def validate_languages(own: str, further: list[str]) -> None:
    """The languages of all translations together, and the form's own."""
    if further and not own:
        raise ValidationError("Say first, above, which language the form itself is written in.")
    if own in further or len(set(further)) != len(further):
        raise ValidationError("Each language once, and the form's own not at all.")
    if len(further) >= MAX_LANGUAGES:
        raise ValidationError(f"A form has at most {MAX_LANGUAGES} languages.")


def validate_signable(draft: dict[str, Any]) -> None:
    """The envelope's own word on all questions and sections of a draft, as in a manifest."""
    languages = tuple(draft.get("languages", ()))
    try:
        fields = [parse_field(field, languages) for field in draft["fields"]]
        check_fields(fields)
        if "sections" in draft:
            check_sections(parse_sections(draft["sections"], languages), fields)
    except EnvelopeError as error:
        raise ValidationError(f"It could not be signed like this: {error}.") from error
