"""A form that asks in every way there is (docs/protocol.md §8)."""

from typing import Any

import pytest

from apps.envelope.conditions import Condition
from apps.envelope.manifests import Manifest
from apps.envelope.questions import Field, Option
from apps.envelope.sections import Section
from tests.intake.people import Publisher

CHOICES = (Option("a", "Ay"), Option("b", 'Bee & "<b>"'))
KINDS: dict[str, dict[str, Any]] = {
    "text": {"label": "A <script>"},
    "textarea": {},
    "email": {"required": True},
    "tel": {},
    "number": {"min": "0"},
    "date": {"min": "1900-01-01"},
    "time": {},
    "select": {"options": CHOICES},
    "radio": {"options": CHOICES, "required": True},
    "checkboxes": {"options": CHOICES},
    "checkbox": {"when": (Condition("radio", ("a",)),)},
    "rating": {"min": "1", "max": "5", "low": "poor", "high": "good"},
    "consent": {"text": "We keep it for a year.", "required": True},
    "hidden": {},
}


def field(kind: str) -> Field:
    plain: dict[str, Any] = {"label": f"A {kind}", "help": "", "required": False, "options": ()}
    return Field(name=kind, type="account", kind=kind, **plain | KINDS[kind])


@pytest.fixture
def of_every_kind(publisher: Publisher) -> Manifest:
    """A form with a field of each kind, in two sections."""
    names = tuple(KINDS)
    sections = (
        Section(True, "You", "", names[:4]),
        Section(False, "", "Some more questions.", names[4:]),
    )
    return publisher.publish(fields=tuple(map(field, names)), sections=sections)
