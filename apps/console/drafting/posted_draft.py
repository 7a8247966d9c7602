"""One posted draft: its questions, sections and further languages, checked against each other.

Django checks one set of forms after the other, each form for itself. All sets of one request hold
the same posted draft and hand it their forms, once these are in order one by one. It checks what
they are together, and gives a complaint about one form to that form.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from apps.console.drafting.translation_lines import read_texts
from apps.intake.drafting.composition import Draft, texts_of, to_wire
from apps.intake.models import Form, FormField, FormSection
from apps.intake.rules import draft_size, drafted_conditions, validators

Forms = Sequence[Any]


class PostedDraft:
    """What has been found to be in order so far: None where something is not, or not yet."""

    def __init__(self) -> None:
        self._questions: list[FormField] | None = None
        self._sections: list[FormSection] | None = None
        self._question_forms: Forms = []

    def take_questions(self, forms: Forms) -> None:
        """Check all questions, which come first; raises ValidationError.

        Those without a place get the last ones. Conditions are kept in the words of a manifest.
        """
        questions: list[FormField] = [form.instance for form in forms]
        validators.validate_fields([(question.name, question.type) for question in questions])
        _number(questions)
        forms = _in_order(forms)
        for place, form in enumerate(forms):
            _settle_conditions(form, [earlier.instance for earlier in forms[:place]])
        self._questions = [form.instance for form in forms]
        self._question_forms = forms

    def take_sections(self, forms: Forms) -> None:
        """Check all sections, which come second; raises ValidationError."""
        if self._questions is None:
            return
        forms = _in_order(forms)
        validators.validate_sections([form.instance.order for form in forms])
        for form in forms:
            first = form.instance.order
            _settle_conditions(form, [each for each in self._questions if each.order < first])
        self._sections = [form.instance for form in forms]
        _renumber([*self._question_forms, *forms])

    def take_translations(self, form: Form, forms: Forms, *, before: Draft | None) -> None:
        """Check all further languages, which come last, and whether the whole can be signed.

        ``before`` is the draft in the database, None where there is none: a question that is called
        otherwise now keeps its translations. Raises ValidationError.
        """
        if self._questions is None or self._sections is None:
            return
        validators.validate_languages(form.language, [each.instance.language for each in forms])
        draft = Draft(form, self._questions, self._sections)
        known = {key: key for key in texts_of(draft)}
        if before:
            known |= dict(_carried_over(before, draft))
        for each in forms:
            _settle_texts(each, known)
        if not any(each.errors for each in forms):
            draft.translations = [each.instance for each in forms]
            wire = to_wire(draft)
            draft_size.validate_size(wire)
            validators.validate_signable(wire)


def _number(questions: list[FormField]) -> None:
    """Give those that have no place the last ones."""
    last = max((each.order for each in questions if each.order is not None), default=0)
    for place, each in enumerate((q for q in questions if q.order is None), start=last + 1):
        each.order = place


def _renumber(forms: Forms) -> None:
    """Number questions from 1, in their order, and keep each section before its question.

    A section without questions takes a number of its own. What gets another number is saved.
    """
    parts = sorted(forms, key=lambda form: (form.instance.order, _is_question(form)))
    number, after_section = 0, False
    for form in parts:
        if _is_question(form) or after_section:
            number += 1
        place = number if _is_question(form) else number + 1
        after_section = not _is_question(form)
        if form.instance.order != place:
            form.instance.order = place
            form.changed_data.append("order")


def _is_question(form: Any) -> bool:
    return isinstance(form.instance, FormField)


def _in_order(forms: Forms) -> list[Any]:
    return sorted(forms, key=lambda form: form.instance.order)


def _settle_conditions(form: Any, earlier: list[FormField]) -> None:
    """Check a question's or a section's conditions; keep them in the words of a manifest."""
    try:
        settled = drafted_conditions.resolve(form.instance.when, earlier=earlier)
    except ValidationError as error:
        form.add_error("when", error)
        return
    if settled != form.instance.when:
        form.instance.when = settled
        form.changed_data.append("when")


def _settle_texts(form: Any, known: Mapping[str, str]) -> None:
    """Read a language's lines; keep the texts by the keys that they go by now."""
    try:
        texts = read_texts(form.cleaned_data["lines"], known=known)
    except ValidationError as error:
        form.add_error("lines", error)
        return
    if texts != form.instance.texts:
        form.instance.texts = texts
        form.changed_data.append("lines")


def _carried_over(before: Draft, now: Draft) -> Iterator[tuple[str, str]]:
    """What each key of before is called now, "" for what is there no more."""
    renamed, keys = _renamed(before, now), texts_of(now)
    for key in texts_of(before):
        first, name, member = (*key.split(".", 2), "", "")[:3]
        key_now = f"{renamed.get(f'{first}.{name}', '')}.{member}" if name else key
        yield key, key_now if key_now in keys else ""


def _renamed(before: Draft, now: Draft) -> dict[str, str]:
    """How the keys of questions and sections begin that are there still."""
    places = {each.pk: f"section.{each.order}" for each in now.sections}
    names = {each.pk: f"field.{each.name}" for each in now.fields}
    return {f"field.{each.name}": names[each.pk] for each in before.fields if each.pk in names} | {
        f"section.{each.order}": places[each.pk] for each in before.sections if each.pk in places
    }
