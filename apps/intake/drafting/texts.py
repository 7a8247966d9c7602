"""A draft's texts in several languages: what they are called, and how a manifest writes them."""

from collections.abc import Mapping

from apps.envelope import manifests, questions, sections

Text = str | dict[str, str]


class Words:
    """Says texts in all languages of a form.

    The keys are ``title``, ``description``, ``confirmation``, ``field.NAME.label`` and other
    members of a field, ``field.NAME.option.VALUE``, and ``section.ORDER.title`` and ``.text``.
    """

    def __init__(self, *, language: str, translations: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self.translations = translations if language else {}
        self.used: dict[str, str] = {}

    @property
    def languages(self) -> list[str]:
        """The form's own language and the others, none where it does not say its own."""
        return [self.language, *self.translations] if self.language else []

    def say(self, key: str, text: str) -> Text:
        """Return a text, or an object with one for each language where one was translated."""
        text = plain(text)
        if text:
            self.used[key] = text
        if not text or not any(texts.get(key) for texts in self.translations.values()):
            return text
        further = {each: texts.get(key) or text for each, texts in self.translations.items()}
        return {self.language: text} | further


def plain(text: str) -> str:
    """Text as it was typed, with the line ends that browsers post made plain."""
    return text.replace("\r\n", "\n")


def limit_of(key: str) -> int:
    """The most characters that a text of this key may have."""
    first, _, member, *_ = (*key.split("."), "", "")
    if not member:
        return manifests.LENGTHS[first].most
    if first == "section":
        return sections.LENGTHS[member].most
    if member == "option":
        return questions.OPTION_LENGTHS["label"].most
    return questions.LENGTHS[member].most
