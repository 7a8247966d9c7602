"""GET /me"""

import re
from datetime import UTC, datetime

from apps.directory.models import ApiKey
from tests.people import Person, accepted, error

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_it_says_whose_credentials_these_are(acme: Person) -> None:
    accepted(acme.get("/me"))

    answer = accepted(acme.get("/me"))

    assert answer["card"] == acme.card.to_wire()
    assert answer["api_key"]["id"] == str(ApiKey.objects.get().pk)
    assert TIME.fullmatch(answer["api_key"]["created"])
    assert TIME.fullmatch(answer["api_key"]["last_used"])
    assert answer["api_key"]["expires"] is None


def test_it_says_when_the_key_ends(acme: Person) -> None:
    ApiKey.objects.update(expires=datetime(2099, 1, 2, tzinfo=UTC))

    assert accepted(acme.get("/me"))["api_key"]["expires"] == "2099-01-02T00:00:00Z"


def test_other_methods_are_refused(acme: Person) -> None:
    assert error(acme.post("/me", {})) == (405, "method_not_allowed")
