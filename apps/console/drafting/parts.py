"""What the parts of one posted draft know of each other.

Django checks questions, sections and translations one after the other, each for itself; all
of them hold the same form, and leave here what the next ones are checked against.
"""

from dataclasses import dataclass

from apps.intake.models import Form, FormField, FormSection


@dataclass
class Parts:
    """The checked parts of a draft that is being saved, None as long as they are not in order."""

    fields: list[FormField] | None = None
    sections: list[FormSection] | None = None


def parts_of(form: Form) -> Parts:
    """Return what has been checked so far."""
    parts: Parts = form.__dict__.setdefault("_parts", Parts())
    return parts
