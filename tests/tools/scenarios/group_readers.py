"""§7: what a member of a group reads, from its seed and what a server sends."""

from dataclasses import replace

from apps.envelope.keys import akid
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.example import FORM_KEY, KEY, VALUES, record
from tests.tools.scenarios.group_grants import epoch_grant, to_group
from tests.tools.scenarios.groups import FOUR, GROUP, ONE, OTHER_GROUP, THREE, roster
from tests.tools.scenarios.records import signed
from tests.tools.scenarios.world import (
    ACME,
    CLINIC,
    MALLORY,
    MARKETING,
    NOW,
    OTHER_RECORD,
    RECORD,
)


def tell(book: Book) -> None:
    """Tell the scenarios."""
    today, former = signed(record(ACME.id, RECORD, KEY)), record(ACME.id, OTHER_RECORD, FORM_KEY)
    former = signed(former)
    granted = [
        to_group({"*": FORM_KEY}, 1, akid=akid(FORM_KEY)).to_wire(),
        to_group({"*": KEY}, 4, gen=2, akid=akid(KEY)).to_wire(),
    ]
    given: Json = {
        "group": GROUP,
        "roster": FOUR.to_wire(),
        "owner": CLINIC.wire,
        "seed": MARKETING.seed.hex(),
        "me": MARKETING.wire,
        "epoch_grants": [epoch_grant(4).to_wire()],
        "granter": ACME.wire,
        "grants": granted,
        "records": [former.to_wire(), today.to_wire()],
        "now": NOW,
    }
    book.ok(
        "group-read-as-a-member",
        "read_as_member",
        "acme's two generations were granted to the first and to the fourth epoch",
        given,
        expect={"values": [VALUES, VALUES]},
    )
    book.ok(
        "group-read-after-the-roster-ended",
        "read_as_member",
        "it is of the past: nobody is granted anything by it",
        given | {"now": FOUR.expires + 1},
        expect={"values": [VALUES, VALUES]},
    )
    both = [epoch_grant(n).to_wire() for n in (1, 4)]
    cut = roster(4, 4, *FOUR.members, prev=THREE.digest, links=FOUR.links[1:]).to_wire()
    book.ok(
        "group-read-by-two-grants", "read_as_member", "where links do not lead back",
        given | {"roster": cut, "epoch_grants": both}, expect={"values": [VALUES, VALUES]},
    )  # fmt: skip
    forged = roster(4, 4, *FOUR.members, prev=THREE.digest, by=MALLORY)
    elsewhere = epoch_grant(4, writer=f"group:{OTHER_GROUP}")
    mallorys = replace(today, sig=signed(today, MALLORY).sig)
    for name, error, comment, changes in (
        ("a-forged-roster", "signature", "mallory signs", {"roster": forged.to_wire()}),
        ("another-group", "mismatch", "asked for another", {"group": OTHER_GROUP}),
        ("another-group-s-epoch", "mismatch", "of the same owner", {
            "epoch_grants": [elsewhere.to_wire()],
        }),
        ("a-forged-epoch", "signature", "mallory signs", {
            "epoch_grants": [epoch_grant(4, by=MALLORY).to_wire()],
        }),
        ("a-past-that-was-cut", "mismatch", "the first epoch is not found", {"roster": cut}),
        ("a-first-roster", "mismatch", "it knows nothing of later epochs", {
            "roster": ONE.to_wire(), "epoch_grants": both[:1],
        }),
        ("a-forged-record", "signature", "mallory signs", {
            "records": [former.to_wire(), mallorys.to_wire()],
        }),
        ("the-group-s-owner-as-granter", "mismatch", "acme grants what acme wrote", {
            "granter": CLINIC.wire,
        }),
    ):  # fmt: skip
        book.bad(f"group-not-read-by-{name}", "group-read-as-a-member", error, comment, changes)
