"""What an admin may type into a draft; apps/intake/rules.py says what a manifest can hold."""

from typing import Any

from django.forms import NumberInput, Textarea, TextInput

from apps.console.lines import LinesField, OptionsField
from apps.console.typed import InlineFormSet, ModelFormOf
from apps.intake import rules
from apps.intake.models import Form, FormField


class DraftForm(ModelFormOf):
    """A form's own texts."""

    origins = LinesField(
        label="Sites that may embed it",
        validators=[rules.validate_origins],
        help_text="Exact origins, one a line, such as https://www.example.com, or * for any. "
        "The hosted page needs none.",
    )

    class Meta:
        model = Form
        fields = (
            "title", "slug", "owner", "description", "confirmation", "origins", "closed"
        )  # fmt: skip
        widgets = {
            "description": Textarea(attrs={"rows": 4, "cols": 60}),
            "confirmation": Textarea(attrs={"rows": 3, "cols": 60}),
        }


class FieldForm(ModelFormOf):
    """One question."""

    options = OptionsField(help_text="For choices: one a line, as value | label.")

    class Meta:
        model = FormField
        fields = ("order", "name", "label", "kind", "type", "required", "help", "options")
        widgets = {
            "order": NumberInput(attrs={"class": "order", "placeholder": "last"}),
            "label": TextInput(attrs={"size": 30}),
            "help": Textarea(attrs={"rows": 3, "cols": 30}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order"].required = False
        if self.instance._state.adding:
            self.initial["order"] = None


class FieldSet(InlineFormSet):
    """All questions together."""

    def clean(self) -> None:
        """Check what a manifest limits as a whole (docs/protocol.md §2)."""
        super().clean()
        if any(self.errors):
            return
        kept = [
            form.instance
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        rules.validate_fields([(field.name, field.type) for field in kept])
        last = max((field.order for field in kept if field.order is not None), default=0)
        for place, field in enumerate((f for f in kept if f.order is None), start=last + 1):
            field.order = place
