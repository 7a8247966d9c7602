"""A database of before a rotation is no reason to go back to old keys."""

from pathlib import Path

import pytest

from apps.client.errors import RollbackError, VerificationError
from tests.client.parties import Party
from tests.client.restores import back_up, restore

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_who_rotated_and_who_followed_refuse_it(
    acme: Party, marketing: Party, tmp_path: Path
) -> None:
    acme.client.write("contact", {"name": "before"})
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.share("contact", marketing.id)
    older = back_up(tmp_path)
    assert acme.rotate().error == ""
    assert len(list(marketing.client.query("contact"))) == 1
    restore(older)

    with pytest.raises(RollbackError, match="1 were followed before"):
        list(marketing.client.query("contact"))
    with pytest.raises(RollbackError, match="1 were followed before"):
        acme.client.whoami()
    with pytest.raises(VerificationError):
        acme.client.write("contact", {"name": "after"})
    assert acme.rotate().code == 3
