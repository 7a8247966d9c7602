"""Rules of a split, in TOML: where each field of a source type goes, or that it is dropped.

drop = ["comments"]

[source]
type = "account"

[targets.contact]
name = "fullname"
zip = "zip"
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ...envelope import encoding
from ...envelope.errors import EnvelopeError
from .. import files
from ..errors import RulesError, UsageError
from ..near_names import meant

T = TypeVar("T")

EXAMPLE = 'like [source] type = "account", [targets.contact] name = "fullname", drop = ["comments"]'


@dataclass(frozen=True)
class Rules:
    """``targets``: by target type, each target field and the source field it is taken from."""

    source: str
    targets: Mapping[str, Mapping[str, str]]
    drop: frozenset[str]

    @property
    def named(self) -> frozenset[str]:
        """All source fields that are assigned or dropped."""
        return self.drop.union(*(fields.values() for fields in self.targets.values()))

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
        _only(wire, {"source", "targets", "drop"}, "the file")
        source = _table(wire.get("source"), "[source]")
        _only(source, {"type", "drop"}, "[source]")
        rules = Rules(
            source=encoding.name(source.get("type"), "type in [source]"),
            targets={
                encoding.name(type, "a target's type"): _target(type, fields)
                for type, fields in _table(wire.get("targets"), "[targets]").items()
            },
            drop=frozenset(_drop(wire.get("drop", [])) + _drop(source.get("drop", []))),
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
