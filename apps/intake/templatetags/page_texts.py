"""``{% say "page.loading" %}``: our own texts, and ``|words``: the owner's, in a language."""

from typing import Any

from django import template

from apps.envelope.words import Words, in_language
from apps.intake.pages import languages

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], key: str, **values: str) -> str:
    """Return a text of the page's catalogue; what fills its placeholders is escaped as any text."""
    return languages.say(context["language"].texts, key, **values)


@register.filter
def words(value: Words, language: str) -> str:
    """Return the owner's words in one language."""
    return in_language(value, language)
