"""Reads pages and their policies, for tests."""

from html.parser import HTMLParser

from django.test import Client as Browser

from tests.intake.people import Answer


class Tags(HTMLParser):
    """Every start tag of some HTML with its attributes, and what its inline scripts hold."""

    def __init__(self, html: str | Answer) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.inline: dict[str, str] = {}  # by their data attribute
        self.feed(html if isinstance(html, str) else html.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.all and self.all[-1][0] == "script" and data.strip():
            [mark] = [name for name in self.all[-1][1] if name != "type"] or [""]
            self.inline[mark] = data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag in names]

    def having(self, attribute: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.all if attribute in attributes]


def get(path: str, **headers: str) -> Answer:
    return Browser().get(path, headers=headers)


def policy(response: Answer) -> dict[str, str]:
    """A response's Content-Security-Policy by directive."""
    directives = response.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (each.partition(" ") for each in directives)}


def content_of(url: str) -> bytes:
    """What this server serves at the address of a static file."""
    return b"".join(Browser().get(url).streaming_content)  # type: ignore[attr-defined]
