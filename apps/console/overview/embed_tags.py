"""The three ways to put a form into another site, each with what it protects against."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.embed.tags import EmbedTags

WAYS = {
    "rendered": (
        "The script makes the form",
        "The best for most sites. Your page pins the owner's key and the script's content, so "
        "neither this server nor anybody who breaks into it can read the answers, change the form "
        "or swap the script. Your own page and whoever can change it are trusted.",
    ),
    "own": (
        "A form of your own",
        "The same protection with your own markup and style. Inputs carry no name, so that without "
        "the script nothing is sent.",
    ),
    "framed": (
        "In a frame",
        "For sites that cannot run scripts of others'. Your page cannot read what is typed. But "
        "the frame is this server's page: it protects the answers against a theft of the "
        "database, not against an operator who changes the page.",
    ),
}


def shown_snippets(tags: EmbedTags, *, owner: str) -> SafeString:
    """Return the tags as text to copy."""
    ways = (
        (title, explanation, _rows(html), title, html)
        for way, (title, explanation) in WAYS.items()
        for html in [getattr(tags, way)]
    )
    return format_html(
        "<div class='ways'>{}</div><p class='hint'>Compare the pin with the fingerprint that {} "
        "told you: it is what visitors' browsers trust instead of this server. An integrity "
        "attribute names a file of this release; copy the tag again after an upgrade.</p>",
        format_html_join(
            "",
            "<h3>{}</h3><p class='hint'>{}</p><textarea class='snippet' rows='{}' readonly "
            "spellcheck='false' aria-label='{}'>{}</textarea>",
            ways,
        ),
        owner,
    )


def _rows(html: str) -> int:
    return min(html.count("\n") + 1, 14)
