"""What an admin may type about questions and sections; apps/intake says what can be signed."""

from typing import Any

from django.forms import NumberInput, Textarea, TextInput

from apps.console.drafting.line_fields import ConditionsField, OptionsField
from apps.console.drafting.part_form import PartForm
from apps.console.drafting.posted_draft import PostedDraft
from apps.console.typed import InlineFormSet
from apps.intake.models import FormField, FormSection

# What every question needs, and what some say besides.
ASKED = ("order", "name", "kind", "type", "required", "label", "help", "options", "text")
MORE = (
    "placeholder", "min", "max", "step", "low", "high", "min_length", "max_length", "pattern",
    "example", "sensitive", "autocomplete", "when",
)  # fmt: skip
SECTION = ("order", "page", "title", "text", "when")

SHORT = {"size": 12, "spellcheck": "false"}
CONDITIONS = (
    "Shown only if all of these hold. One a line: question = answer, another answer. A box is "
    "asked about with yes or no."
)


class FieldForm(PartForm):
    """One question."""

    options = OptionsField(help_text="One a line, as value | label.")
    when = ConditionsField(label="Shown when", rows=2, help_text=CONDITIONS)

    class Meta:
        model = FormField
        fields = (*ASKED, *MORE)
        widgets = {
            "order": NumberInput(attrs={"class": "order", "placeholder": "last"}),
            "help": Textarea(attrs={"rows": 3, "cols": 30}),
            "text": Textarea(attrs={"rows": 3, "cols": 30}),
            **{name: TextInput(attrs=SHORT) for name in ("min", "max", "step", "low", "high")},
            "pattern": TextInput(attrs={"size": 30, "spellcheck": "false"}),
        }
        labels = {
            "text": "Text of the consent",
            "min": "Least",
            "max": "Most",
            "min_length": "Least length",
            "max_length": "Most length",
            "low": "Lowest means",
            "high": "Highest means",
            "autocomplete": "Browsers may fill in",
        }
        help_texts = {
            "pattern": "The whole answer matches it: [A-Z]{2}\\d+ for two capital letters and "
            "some digits.",
            "example": "An answer that matches; visitors are shown it.",
            "sensitive": "Browsers neither remember, fill in nor spell-check the answer.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order"].required = False
        if self.instance._state.adding:
            self.initial["order"] = None

    def clean(self) -> None:
        """Give a scale its usual ends where none were typed."""
        super().clean()
        if self.cleaned_data.get("kind") == "rating":
            self.cleaned_data["min"] = self.cleaned_data.get("min") or "1"
            self.cleaned_data["max"] = self.cleaned_data.get("max") or "5"


class FieldSet(InlineFormSet):
    """All questions together."""

    draft: PostedDraft

    def clean(self) -> None:
        """Check what a manifest limits as a whole (docs/protocol.md §2, §8)."""
        super().clean()
        if not any(self.errors):
            self.draft.take_questions(kept(self))


class SectionForm(PartForm):
    """One section."""

    when = ConditionsField(label="Shown when", rows=2, help_text=CONDITIONS)

    class Meta:
        model = FormSection
        fields = SECTION
        widgets = {
            "order": NumberInput(attrs={"class": "order"}),
            "text": Textarea(attrs={"rows": 3, "cols": 60}),
        }
        labels = {"order": "Before question"}
        help_texts = {"order": "The question that it begins with."}


class SectionSet(InlineFormSet):
    """All sections together."""

    draft: PostedDraft

    def clean(self) -> None:
        """Check them against the questions."""
        super().clean()
        if not any(self.errors):
            self.draft.take_sections(kept(self))


def kept(formset: Any) -> list[Any]:
    """The forms of a valid set that are filled and not about to be deleted."""
    return [
        form for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]
