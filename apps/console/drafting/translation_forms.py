"""What an admin may type about a draft's further languages."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms

from apps.console.drafting.part_form import PartForm
from apps.console.drafting.posted_draft import PostedDraft
from apps.console.drafting.question_forms import kept
from apps.console.drafting.translation_lines import show_texts
from apps.console.typed import InlineFormSet
from apps.intake.drafting.composition import Draft, stored, texts_of
from apps.intake.models import FormTranslation


class TranslationForm(PartForm):
    """One further language."""

    lines = forms.CharField(
        label="Texts",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "cols": 80, "dir": "auto", "class": "lines"}),
        help_text="Write each text behind its =, and further lines of it indented below. What is "
        "left empty is shown in the form's own language.",
    )

    class Meta:
        model = FormTranslation
        fields = ("language",)
        widgets = {"language": forms.TextInput(attrs={"size": 10, "spellcheck": "false"})}
        help_texts = {"language": "Its tag: ar, de, pt-BR or zh-Hant, for example."}

    def __init__(self, *args: Any, main: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["lines"] = show_texts(main, self.instance.texts)


class TranslationSet(InlineFormSet):
    """All further languages together, and with them the whole draft."""

    draft: PostedDraft

    @cached_property
    def before(self) -> Draft | None:
        """The draft as it is before this is saved, None if it is new."""
        return None if self.instance._state.adding else stored(form=self.instance)

    @cached_property
    def main(self) -> dict[str, str]:
        """The texts to translate, as they are before this is saved."""
        return texts_of(self.before) if self.before else {}

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "main": self.main}

    def clean(self) -> None:
        """Check languages and texts; then whether the draft can be signed as it stands."""
        super().clean()
        if not any(self.errors):
            self.draft.take_translations(self.instance, kept(self), before=self.before)
