"""What an admin may type about a draft's further languages."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.console.drafting.parts import Parts, parts_of
from apps.console.drafting.question_forms import kept
from apps.console.drafting.translation_lines import read_texts, show_texts
from apps.console.typed import InlineFormSet, ModelFormOf
from apps.intake.drafting.composition import Draft, stored, texts_of, to_wire
from apps.intake.models import FormTranslation
from apps.intake.rules import validators


class TranslationForm(ModelFormOf):
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

    @cached_property
    def stored(self) -> Draft:
        """The draft as it is before this is saved."""
        return Draft(self.instance) if self.instance._state.adding else stored(form=self.instance)

    @cached_property
    def main(self) -> dict[str, str]:
        """The texts to translate, as they are before this is saved."""
        return {} if self.instance._state.adding else texts_of(self.stored)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "main": self.main}

    def clean(self) -> None:
        """Check languages and texts; then whether the draft can be signed as it stands."""
        super().clean()
        parts = parts_of(self.instance)
        if any(self.errors) or parts.fields is None or parts.sections is None:
            return
        forms = kept(self)
        validators.validate_languages(
            self.instance.language, [form.instance.language for form in forms]
        )
        draft = Draft(self.instance, parts.fields, parts.sections)
        known = {key: key for key in texts_of(draft)}
        known |= dict(_carried_over(self.main, renamed(self.stored, parts), known))
        for form in forms:
            _settle(form, known)
        if not any(self.errors):
            draft.translations = [form.instance for form in forms]
            validators.validate_signable(to_wire(draft))


def _settle(form: Any, known: Mapping[str, str]) -> None:
    try:
        texts = read_texts(form.cleaned_data["lines"], known=known)
    except ValidationError as error:
        form.add_error("lines", error)
        return
    if texts != form.instance.texts:
        form.instance.texts = texts
        form.changed_data.append("lines")


def renamed(before: Draft, now: Parts) -> dict[str, str]:
    """How the keys of questions and sections begin that go by another name now."""
    places = {each.pk: f"section.{each.order}" for each in now.sections or ()}
    names = {each.pk: f"field.{each.name}" for each in now.fields or ()}
    return {f"field.{each.name}": names[each.pk] for each in before.fields if each.pk in names} | {
        f"section.{each.order}": places[each.pk] for each in before.sections if each.pk in places
    }


def _carried_over(
    before: Mapping[str, str], renamed: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What each key of before is called now, "" for what is there no more."""
    for key in before:
        first, name, member = (*key.split(".", 2), "", "")[:3]
        key_now = f"{renamed.get(f'{first}.{name}', '')}.{member}" if name else key
        yield key, key_now if key_now in now else ""
