"""What the admin's page posts for a draft, and what it answers."""

import html
from typing import Any

from django.test import Client as Browser

from tests.intake.people import Person

LIST = "/admin/intake/form/"
ADD = f"{LIST}add/"

Rows = list[dict[str, Any]]


def inline(prefix: str, rows: Rows, initial: int = 0) -> dict[str, Any]:
    """The fields of one inline, its management form included."""
    data: dict[str, Any] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": initial,
    }
    for place, row in enumerate(rows):
        data |= {f"{prefix}-{place}-{key}": value for key, value in row.items()}
    return data


def drafted(
    owner: Person,
    *fields: dict[str, Any],
    sections: Rows | None = None,
    translations: Rows | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """What the admin's page posts for a new form; its questions are sensitive unless they say."""
    blank = {
        "order": "", "name": "a", "label": "A", "kind": "text", "type": "account",
        "sensitive": "on",
    }  # fmt: skip
    rows = [{key: value for key, value in (blank | field).items() if value is not None}
            for field in fields]  # fmt: skip
    return {
        "title": "Visit",
        "slug": "visit",
        "owner": owner.card.id,
        "description": "",
        "confirmation": "",
        "origins": "",
        "min_seconds": 2,
        "work_bits": 0,
        "font": "system",
        "radius": 8,
        **inline("fields", rows),
        **inline("sections", sections or []),
        **inline("translations", translations or []),
        **changes,
    }


def complaints(response: Any) -> str:
    """The page that a post was answered with, "" if the draft was saved."""
    return "" if response.status_code == 302 else html.unescape(response.content.decode())


def draft(browser: Browser, owner: Person, *fields: dict[str, Any], **changes: Any) -> str:
    """Post a draft; returns the page's complaints, "" if it was saved."""
    return complaints(browser.post(ADD, drafted(owner, *fields, **changes)))
