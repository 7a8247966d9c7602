"""Collects scenarios, and sees each one succeed or fail before it is written down."""

import json
from collections.abc import Mapping
from typing import Any

from apps.envelope.errors import EnvelopeError
from tests.envelope.operations import Json, expanded, run

PYTHON = ("python",)
ABSENT = object()


class Book:
    """Vectors by name. A failing scenario is an altered input of one that succeeds."""

    def __init__(self) -> None:
        self.vectors: dict[str, Json] = {}

    def ok(
        self,
        name: str,
        operation: str,
        comment: str,
        given: Mapping[str, Any],
        *,
        expect: Json | None = None,
        languages: tuple[str, ...] = (),
    ) -> Json:
        """Note a success and return its output; ``expect`` is what it has to be."""
        output = run(operation, dict(given))
        if expect is not None and expanded(expect) != output:
            raise AssertionError(f"{name}: expected {expect}, got {output}")
        ending = {"output": output if expect is None else expect}
        self._note(name, operation, comment, dict(given), ending, languages)
        return output

    def bad(
        self,
        name: str,
        good: str,
        error: str,
        comment: str,
        changes: Mapping[str, Any],
    ) -> None:
        """Note that the input of the scenario ``good`` fails with ``error`` after ``changes``."""
        base = self.vectors[good]
        if "error" in base:
            raise AssertionError(f"{good} is no success")
        given = {k: v for k, v in (base["input"] | changes).items() if v is not ABSENT}
        if json.dumps(given) == json.dumps(base["input"]):
            raise AssertionError(f"{name} changes nothing")
        try:
            run(base["operation"], given)
        except EnvelopeError as refused:
            if refused.code != error:
                raise AssertionError(f"{name}: {refused.code}, not {error}") from refused
        else:
            raise AssertionError(f"{name} succeeds")
        languages = tuple(base.get("languages", ()))
        self._note(name, base["operation"], comment, given, {"error": error}, languages)

    def _note(
        self,
        name: str,
        operation: str,
        comment: str,
        given: Json,
        ending: Json,
        languages: tuple[str, ...],
    ) -> None:
        if name in self.vectors:
            raise AssertionError(f"{name} is told twice")
        vector: Json = {"name": name, "operation": operation, "comment": comment}
        if languages:
            vector["languages"] = list(languages)
        self.vectors[name] = vector | {"input": given} | ending

    def files(self) -> dict[str, str]:
        """Return the text of each file by its name: an operation, and a line for each scenario."""
        scenarios: dict[str, list[str]] = {}
        for vector in self.vectors.values():
            told = {name: value for name, value in vector.items() if name != "operation"}
            line = json.dumps(told, separators=(",", ":"))
            scenarios.setdefault(vector["operation"], []).append(line)
        return {
            f"{operation}.json": f'{{"operation":"{operation}","scenarios":[\n'
            + ",\n".join(lines)
            + "\n]}\n"
            for operation, lines in scenarios.items()
        }
