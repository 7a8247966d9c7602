"""What belongs to a draft: its questions, sections and further languages."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.console.drafting.question_forms import (
    ASKED,
    MORE,
    SECTION,
    FieldForm,
    FieldSet,
    SectionForm,
    SectionSet,
)
from apps.console.drafting.translation_forms import TranslationForm, TranslationSet
from apps.console.drafting.translation_lines import show_texts
from apps.console.typed import Stacked
from apps.intake.drafting.composition import stored, texts_of
from apps.intake.models import FormField, FormSection, FormTranslation


class FieldInline(Stacked):
    """The questions of a draft. One member a row: Django then opens "More" on an error in it."""

    model = FormField
    form = FieldForm
    formset = FieldSet
    extra = 0
    min_num = 1
    fieldsets = [
        (None, {"fields": ASKED}),
        ("More", {"fields": MORE, "classes": ["collapse"]}),
    ]
    classes = ["draft-fields"]


class SectionInline(Stacked):
    """Headings and pages."""

    model = FormSection
    form = SectionForm
    formset = SectionSet
    extra = 0
    fieldsets = [(None, {"fields": SECTION})]
    classes = ["draft-fields", "draft-sections"]


class TranslationInline(Stacked):
    """Further languages: last, because their keys follow from the questions and sections."""

    model = FormTranslation
    form = TranslationForm
    formset = TranslationSet
    extra = 0
    fieldsets = [(None, {"fields": ["language", "lines"]})]
    classes = ["draft-translations"]

    @admin.display(description="Texts")
    def lines(self, translation: FormTranslation) -> SafeString:
        """For who may only look."""
        texts = show_texts(texts_of(stored(form=translation.form)), translation.texts)
        return format_html("<pre dir='auto'>{}</pre>", texts)
