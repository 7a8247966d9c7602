"""Lists that people edit as lines of text."""

import csv
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.intake.rules.drafted_conditions import show_value
from apps.intake.rules.validators import tidy_origin


class LinesField(forms.Field):
    """A list of strings, one a line; white space around a line and empty lines do not count."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        attrs = {"rows": rows, "cols": 40, "spellcheck": "false"}
        super().__init__(required=False, widget=forms.Textarea(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as lines; what was typed stays as it is."""
        return "\n".join(map(self.show_line, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[Any]:
        """Read lines."""
        lines = (line.strip() for line in str(value or "").splitlines())
        return [self.read_line(line) for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what the lines mean."""
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True

    def show_line(self, item: Any) -> str:
        """Return an item as its line."""
        return str(item)

    def read_line(self, line: str) -> Any:
        """Return the item that a line means."""
        return line


class OriginsField(LinesField):
    """The sites that may show a form, one a line, however their addresses were copied."""

    def read_line(self, line: str) -> str:
        return tidy_origin(line)


class OptionsField(LinesField):
    """A field's choices, one a line: ``value | label``; a value alone is its own label."""

    def show_line(self, item: Any) -> str:
        value, label = item["value"], item["label"]
        return str(value) if value == label else f"{value} | {label}"

    def read_line(self, line: str) -> Any:
        value, bar, label = (part.strip() for part in line.partition("|"))
        if not value or (bar and not label):
            raise ValidationError(
                "Write each option as value | label, or as a value alone: %(line)s",
                params={"line": line},
            )
        return {"value": value, "label": label or value}


class ConditionsField(LinesField):
    """When something is shown, one condition a line: ``question = answer, another answer``."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as it is written: yes and no stand for a box that is ticked or not."""
        return bool(self.prepare_value(initial or []).split() != str(data or "").split())

    def show_line(self, item: Any) -> str:
        answers = (_quoted(show_value(value)) for value in item["in"])
        return f"{item['field']} = {', '.join(answers)}"

    def read_line(self, line: str) -> Any:
        name, equals, rest = (part.strip() for part in line.partition("="))
        [answers] = csv.reader([rest], skipinitialspace=True) if rest else [[]]
        values = [answer.strip() for answer in answers]
        if not name or not equals or not all(values) or not values:
            raise ValidationError(
                "Write each condition as question = answer, or with several answers as "
                "question = answer, another answer: %(line)s",
                params={"line": line},
            )
        return {"field": name, "in": values}


def _quoted(answer: str) -> str:
    """An answer as it is written between commas."""
    plain = answer == answer.strip() and not set(answer) & {",", '"'}
    return answer if plain else '"' + answer.replace('"', '""') + '"'
