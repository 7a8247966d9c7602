"""`trust`: whose fingerprints are pinned, since when, and what they read."""

import json
import time

from tests.client.parties import Party, Ran, run


def trust(command: str, party: Party, *words: str) -> Ran:
    return run("trust", command, *words, "--credentials", str(party.path))


def test_it_lists_who_is_pinned_and_what_they_read(acme: Party, marketing: Party) -> None:
    nobody = trust("list", acme)
    acme.client.write("contact", {"name": "Ann"})
    acme.client.share("contact", marketing.id, fingerprint=marketing.fingerprint)

    shown = trust("list", acme)
    [line] = json.loads(trust("list", acme, "--json").out)

    assert "Nobody is pinned here" in nobody.out
    assert "marketing" in shown.out
    assert marketing.id in shown.out
    assert line["fingerprint"] == marketing.fingerprint
    assert line["reads"] == ["contact"]
    assert abs(line["since"] - time.time()) < 60


def test_it_shows_a_fingerprint_in_groups_and_as_a_qr_code(acme: Party, marketing: Party) -> None:
    acme.knows(marketing)

    shown = trust("show", acme, "marketing")
    unknown = trust("show", acme, "clinic")

    assert f"fingerprint  {marketing.fingerprint}" in shown.out
    assert "reads        nothing of this client" in shown.out
    assert "\u2588\u2580" in shown.out
    assert "no client is pinned here under that name" in unknown.error


def test_it_pins_what_fits_the_card_and_nothing_else(
    acme: Party, marketing: Party, mallory: Party
) -> None:
    wrong = trust("add", acme, marketing.id, "--fingerprint", mallory.fingerprint)
    mistyped = trust("add", acme, marketing.id, "--fingerprint", marketing.fingerprint[:-2])
    added = trust("add", acme, marketing.id, "--fingerprint", marketing.fingerprint)
    other = trust("add", acme, marketing.id, "--fingerprint", mallory.fingerprint)

    assert "does not fit the card" in wrong.error
    assert "52 characters" in mistyped.error
    assert "marketing is pinned" in added.out
    assert "another fingerprint is pinned" in other.error
    assert [one["name"] for one in json.loads(trust("list", acme, "--json").out)] == ["marketing"]


def test_a_pin_is_forgotten_only_when_nothing_hangs_on_it(acme: Party, marketing: Party) -> None:
    acme.client.write("contact", {"name": "Ann"})
    acme.client.share("contact", marketing.id, fingerprint=marketing.fingerprint)

    reading = trust("remove", acme, "marketing", "--yes")
    acme.client.revoke("contact", marketing.id)
    unasked = trust("remove", acme, "marketing")
    removed = trust("remove", acme, "marketing", "--yes")
    again = trust("remove", acme, marketing.id, "--yes")

    assert "marketing reads contact of this client" in reading.error
    assert "nobody is here to confirm" in unasked.error
    assert "marketing is pinned no more" in removed.out
    assert "is not pinned here" in again.error
    assert json.loads(trust("list", acme, "--json").out) == []
