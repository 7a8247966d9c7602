"""What a signed manifest says, for people; its exact bytes stand beside it."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.envelope.manifests import Manifest
from apps.envelope.words import Words, in_language
from apps.intake.rules.kind_labels import KIND_LABELS


def manifest_shown(manifest: Manifest) -> SafeString:
    """Return title, languages and pages in a line each, and the questions in a table."""
    language = manifest.languages[0] if manifest.languages else ""

    def say(words: Words) -> str:
        return in_language(words, language)

    pages = sum(section.page for section in manifest.all_sections)
    lines = format_html_join(
        "",
        "<li>{}: {}</li>",
        [
            ("Title", say(manifest.title)),
            ("Record types", ", ".join(inbox.type for inbox in manifest.types)),
            ("Languages", ", ".join(manifest.languages) or "one, which it does not name"),
            ("Pages", pages),
        ],
    )
    rows = format_html_join(
        "",
        "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        (
            (
                say(field.label),
                field.name,
                KIND_LABELS.get(field.kind, field.kind),
                field.type,
                "required" if field.required else "",
            )
            for field in manifest.fields
        ),
    )
    return format_html(
        "<ul class='notes'>{}</ul><div class='wide' tabindex='0' role='region' "
        "aria-label='Questions'><table class='answers'><caption>Its {} "
        "questions</caption><thead><tr><th scope='col'>Label</th><th scope='col'>Name</th>"
        "<th scope='col'>Kind</th><th scope='col'>Record type</th><th scope='col'>Required</th>"
        "</tr></thead><tbody>{}</tbody></table></div>",
        lines,
        len(manifest.fields),
        rows,
    )
