"""The checks that attacks take out of the script stand where these say; moving one is noticed."""

from dataclasses import replace

import pytest

from tests.malicious.bundles import STATIC, Check, taken_out
from tests.malicious.test_browser import ATTACKS
from tests.malicious.test_receipts import VERIFIED

CHECKS = {VERIFIED} | {
    attack.defence for attack in ATTACKS.values() if isinstance(attack.defence, Check)
}


@pytest.mark.parametrize("check", sorted(CHECKS, key=repr), ids=lambda check: check.text)
def test_a_check_stands_once_in_its_source(check: Check) -> None:
    source = (STATIC / "src" / check.file).read_text()

    assert taken_out(check, source) != source
    with pytest.raises(AssertionError, match="does not hold this check once"):
        taken_out(replace(check, text=f"{check.text} not"), source)
