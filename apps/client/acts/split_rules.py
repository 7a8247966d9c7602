"""Rules of a split, in TOML: where each field of a source type goes, or that it is dropped.

drop = ["comments"]

[source]
type = "account"

[targets.contact]
name = "fullname"
zip = "zip"

[meta.contact]
campaign = "spring"
region = { from = "state" }

Meta is plaintext (docs/protocol.md §6): a target has none unless the rules say so.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ...envelope import encoding
from ...envelope.errors import EnvelopeError
from ...envelope.records import MAX_META, META_TEXT
from .. import files
from ..errors import RulesError, UsageError
from ..near_names import meant

T = TypeVar("T")

META_EXAMPLE = 'like [meta.contact] campaign = "spring", or region = { from = "state" }'
EXAMPLE = 'like [source] type = "account", [targets.contact] name = "fullname", drop = ["comments"]'


class Said(NamedTuple):
    """What stands in a name of meta: a ``text``, or what a source field holds."""

    text: str = ""
    source: str = ""


@dataclass(frozen=True)
class Rules:
    """``targets``: by target type, each target field and the source field it is taken from.

    ``meta``: by target type, what its records say in plaintext.
    """

    source: str
    targets: Mapping[str, Mapping[str, str]]
    drop: frozenset[str]
    meta: Mapping[str, Mapping[str, Said]] = field(default_factory=dict)

    @property
    def named(self) -> frozenset[str]:
        """All source fields that are assigned or dropped."""
        return self.drop | self.by_source.keys()

    @property
    def by_source(self) -> dict[str, dict[str, bool]]:
        """The types in which each source field would stand, and whether in plaintext."""
        found: dict[str, dict[str, bool]] = {}
        for type, fields in self.targets.items():
            for source in fields.values():
                found.setdefault(source, {})[type] = False
        for type, names in self.meta.items():
            for said in names.values():
                if said.source:
                    found.setdefault(said.source, {})[type] = True
        return found

    @property
    def links(self) -> list[str]:
        """Warnings of fields that stand in two types, and so link what `split` keeps apart."""
        return [_link(source, types) for source, types in self.by_source.items() if len(types) > 1]

    def meta_of(self, data: Mapping[str, object]) -> dict[str, dict[str, str]]:
        """Return what each target says in plaintext of a source with these values.

        A value that meta cannot hold, which a visitor may have sent, is left out.
        """
        return {
            type: {
                name: text
                for name, said in self.meta.get(type, {}).items()
                if (text := _text_of(said, data))
            }
            for type in self.targets
        }

    def apply(self, data: Mapping[str, T]) -> dict[str, dict[str, T]]:
        """Return what each target has of the source's fields, without targets that have nothing.

        Raises RulesError for a field that is neither assigned nor dropped.
        """
        check_complete(self, data)
        targets = {
            type: {target: data[source] for target, source in fields.items() if source in data}
            for type, fields in self.targets.items()
        }
        return {type: values for type, values in targets.items() if values}


def _link(source: str, types: Mapping[str, bool]) -> str:
    plain = [type for type, is_plain in types.items() if is_plain]
    who = "whoever reads several of them"
    if len(plain) > 1:
        who = "the server, and whoever reads several of them,"
    elif plain:
        who = f"{who}, or one and the meta of {plain[0]},"
    return (
        f"field {source} goes to {', '.join(types)}"
        f"{f', and in plaintext to the meta of {_and(plain)}' if plain else ''}: "
        f"{who} can link records by it"
    )


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


def _text_of(said: Said, data: Mapping[str, object]) -> str:
    if not said.source:
        return said.text
    try:
        return META_TEXT.read(data.get(said.source))
    except EnvelopeError:
        return ""


def check_complete(rules: Rules, names: Iterable[str]) -> None:
    """Raise RulesError if a field of the source would be forgotten."""
    forgotten = sorted(set(names) - rules.named)
    if forgotten:
        raise RulesError(
            f"nothing is said of {', '.join(forgotten)} of type {rules.source}",
            hint="assign each to a target, or name it in `drop`",
        )


def check_known(rules: Rules, names: Iterable[str]) -> None:
    """Raise RulesError if a field is assigned or dropped that no source record has."""
    seen = set(names)
    unknown = sorted(rules.named - seen)
    if unknown:
        raise RulesError(
            f"no record of type {rules.source} has a field {', '.join(unknown)}",
            hint=meant(unknown, seen) or "correct the rules, or take it out of them",
        )


def read_rules(path: str | Path) -> Rules:
    """Read a rules file; raises RulesError."""
    try:
        return parse_rules(files.read_text(Path(path)))
    except OSError as error:
        raise RulesError(f"{path} cannot be read: {error.strerror}") from error
    except UsageError as error:
        raise RulesError(str(error), hint=error.hint) from error


def parse_rules(text: str) -> Rules:
    """Parse rules strictly: unknown names are errors, as they could be typing errors."""
    try:
        wire = tomllib.loads(text)
        _only(wire, {"source", "targets", "drop", "meta"}, "the file")
        source = _table(wire.get("source"), "[source]")
        _only(source, {"type", "drop"}, "[source]")
        rules = Rules(
            source=encoding.name(source.get("type"), "type in [source]"),
            targets={
                encoding.name(type, "a target's type"): _target(type, fields)
                for type, fields in _table(wire.get("targets"), "[targets]").items()
            },
            drop=frozenset(_drop(wire.get("drop", [])) + _drop(source.get("drop", []))),
            meta={
                encoding.name(type, "a type in [meta]"): _meta(type, names)
                for type, names in _table(wire.get("meta", {}), "[meta]").items()
            },
        )
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"the rules are not TOML: {error}") from error
    except EnvelopeError as error:
        raise RulesError(f"the rules are wrong: {error}", hint=EXAMPLE) from error
    _consistent(rules)
    return rules


def _consistent(rules: Rules) -> None:
    if not rules.targets:
        raise RulesError("the rules name no target", hint=EXAMPLE)
    if rules.source in rules.targets:
        raise RulesError(f"type {rules.source} cannot be split into itself")
    if strange := sorted(rules.meta.keys() - rules.targets.keys()):
        raise RulesError(
            f"[meta.{strange[0]}] says something of a type that is no target",
            hint=meant(strange, rules.targets) or META_EXAMPLE,
        )
    for type, names in rules.meta.items():
        sources = {said.source for said in names.values()}
        if both := sorted(rules.drop & sources):
            raise RulesError(f"{both[0]} is dropped, and stands in the meta of {type}")
    for type, fields in rules.targets.items():
        both = sorted(rules.drop.intersection(fields.values()))
        if both:
            raise RulesError(f"{both[0]} is dropped, and assigned to {type}")


def _target(type: str, value: object) -> dict[str, str]:
    fields = _table(value, f"[targets.{type}]")
    if isinstance(fields.get("drop"), list):
        raise RulesError(
            f"`drop` stands inside [targets.{type}]",
            hint="TOML gives it to the table above: write it on top of the file, or in [source]",
        )
    encoding.field_count(fields, f"[targets.{type}]")
    return {
        encoding.name(target, f"a field in [targets.{type}]"): encoding.name(
            source, f"what [targets.{type}] takes {target} from"
        )
        for target, source in fields.items()
    }


def _meta(type: str, value: object) -> dict[str, Said]:
    what = f"[meta.{type}]"
    names = _table(value, what)
    if not 1 <= len(names) <= MAX_META:
        raise RulesError(f"{what} has 1 to {MAX_META} names", hint=META_EXAMPLE)
    return {
        encoding.name(name, f"a name in {what}"): _said(f"{name} in {what}", said)
        for name, said in names.items()
    }


def _said(what: str, value: object) -> Said:
    if isinstance(value, str):
        return Said(text=META_TEXT.read(value))
    if isinstance(value, dict) and value.keys() == {"from"}:
        return Said(source=encoding.name(value["from"], f"what {what} is taken from"))
    raise RulesError(f"{what} is neither a text nor taken from a field", hint=META_EXAMPLE)


def _drop(value: object) -> list[str]:
    if not isinstance(value, list):
        raise RulesError("`drop` is a list of field names", hint='drop = ["comments"]')
    return [encoding.name(name, "a name in drop") for name in value]


def _table(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RulesError(f"the rules lack {what}", hint=EXAMPLE)
    return value


def _only(table: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise RulesError(f"{what} does not know `{unknown[0]}`", hint=EXAMPLE)
