"""§7: rosters, each way to refuse one, and what follows what is known."""

from dataclasses import replace
from functools import cache
from typing import Any

from apps.envelope.encoding import b64
from apps.envelope.keys import make_card
from apps.envelope.primitives import KemKey
from apps.envelope.rosters import FIRST, Epoch, Known, Link, Member, Roster, _seal_link
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import (
    ACME,
    CLINIC,
    MALLORY,
    MARKETING,
    NOW,
    Person,
    fixed,
    flipped,
    uuid_like,
    without,
)

GROUP, OTHER_GROUP = uuid_like("group"), uuid_like("other group")
DAY = 24 * 3600
FORMER = {2: 1, 4: 2}


def seed_of(epoch: int) -> bytes:
    """Return the seed of one of the group's epochs."""
    return fixed(f"epoch {epoch}")


@cache
def epoch_key(epoch: int) -> KemKey:
    """Return the key pair of one of the group's epochs."""
    return KemKey(seed_of(epoch))


def link(epoch: int, *, group: str = GROUP, seed: bytes | None = None, **changes: Any) -> Link:
    """Return the link of an epoch to the one before."""
    parts: Json = {"before": FORMER[epoch], "former": seed_of(FORMER[epoch])} | changes
    nonce = fixed(f"nonce of link {epoch}")[:12]
    return _seal_link(group, epoch, seed or seed_of(epoch), parts["before"], parts["former"], nonce)


def of_card(person: Person, since: int) -> Member:
    """Return a client's membership."""
    return Member(person.id, person.card.fingerprint, since)


def roster(
    version: int, epoch: int, *members: Member, by: Person = CLINIC, **changes: Any
) -> Roster:
    """Return a roster of the clinic's group that one person has really signed, whatever it says."""
    told: Json = {
        "group": GROUP,
        "name": "ward 3",
        "version": version,
        "epoch": epoch,
        "owner": CLINIC.id,
        "kem_pk": epoch_key(epoch).public,
        "prev": FIRST,
        "issued": NOW,
        "expires": NOW + 30 * DAY,
        "members": tuple(sorted(members)),
        "links": tuple(link(one) for one in FORMER if one <= epoch),
    } | changes
    bare = Roster(**told)
    return replace(bare, sig=by.keys.sign(bare.message))


ONE = roster(1, 1, of_card(MARKETING, 1), of_card(MALLORY, 1))
TWO = roster(2, 2, of_card(MARKETING, 1), prev=ONE.digest)
THREE = roster(3, 2, of_card(MARKETING, 1), of_card(ACME, 3), prev=TWO.digest)
FOUR = roster(4, 4, of_card(MARKETING, 1), of_card(ACME, 3), prev=THREE.digest)
EPOCHS = {
    epoch: Epoch(FOUR.as_reader.id, FOUR.name, CLINIC.id, epoch, epoch_key(epoch).public)
    for epoch in (1, 2, 4)
}


def tell(book: Book) -> None:
    """Tell the scenarios."""
    parsing(book)
    limits(book)
    signing(book)
    times(book)
    following(book)
    links(book)


def parsing(book: Book) -> None:
    """Strict: members, and how they fit each other."""
    wire = FOUR.to_wire()
    for name, one in (("first", ONE), ("next", TWO), ("whole", FOUR)):
        book.ok(
            f"roster-parse-{name}",
            "parse_roster",
            "what is signed, and what its epoch is named by",
            {"roster": one.to_wire()},
            expect={
                "digest": one.digest.hex(),
                "message": one.message.hex(),
                "reader": f"group:{GROUP}",
                "fingerprint": one.as_reader.fingerprint.hex(),
                "akid": one.as_reader.akid.hex(),
            },
        )
    empty = replace(FOUR, members=(), links=()).to_wire()
    book.ok("roster-parse-of-nobody", "parse_roster", "no members, no past", {"roster": empty})

    def refused(
        name: str, changed: object, comment: str = "one thing", base: str = "whole"
    ) -> None:
        book.bad(
            f"roster-refuses-{name}", f"roster-parse-{base}", "malformed", comment,
            {"roster": changed},
        )  # fmt: skip

    for member in wire:
        refused(f"missing-{member.replace('_', '-')}", without(wire, member))
        refused(f"null-{member.replace('_', '-')}", wire | {member: None})
    kem_pk = epoch_key(4).public
    for name, changes in (
        ("other-version", {"v": "sealform/2"}),
        ("unknown-member", {"past": ""}),
        ("prefixed-group", {"group": f"group:{GROUP}"}),
        ("upper-case-group", {"group": GROUP.upper()}),
        ("group-of-version-8", {"group": uuid_like("group", "8")}),
        ("empty-name", {"name": ""}),
        ("long-name", {"name": "w" * 65}),
        ("invisible-name", {"name": "ward\u200b3"}),
        ("outer-space", {"name": "ward "}),
        ("version-0", {"version": 0}),
        ("version-true", {"version": True}),
        ("version-as-text", {"version": "4"}),
        ("epoch-0", {"epoch": 0}),
        ("epoch-above-version", {"epoch": 5}),
        ("group-as-owner", {"owner": f"group:{GROUP}"}),
        ("short-key", {"kem_pk": b64(kem_pk[:-1])}),
        ("key-beyond-the-modulus", {"kem_pk": b64(b"\xff\xff\xff" + kem_pk[3:])}),
        ("padded-key", {"kem_pk": b64(kem_pk) + "="}),
        ("short-prev", {"prev": b64(bytes(31))}),
        ("zeros-after-version-1", {"prev": b64(FIRST)}),
        ("issued-0", {"issued": 0}),
        ("end-at-its-beginning", {"expires": NOW}),
        ("end-before-its-beginning", {"expires": NOW - 1}),
        ("end-as-text", {"expires": str(NOW + 1)}),
        ("short-signature", {"sig": b64(bytes(63))}),
        ("empty-signature", {"sig": ""}),
        ("members-by-id", {"members": {one["id"]: one for one in wire["members"]}}),
        ("links-by-epoch", {"links": {"4": wire["links"][1]}}),
    ):  # fmt: skip
        refused(name, wire | changes)
    refused("a-first-one-after-another", ONE.to_wire() | {"prev": b64(TWO.digest)}, base="first")
    refused("string", "roster", "no object")
    refused("list", [wire], "no object")
    refused_members(refused, wire)
    refused_links(refused, wire)


def refused_members(refused: Any, wire: Json) -> None:
    """One member malformed; out of order; of a version to come."""
    first, second = wire["members"]
    for member in first:
        refused(f"member-without-{member}", wire | {"members": [without(first, member), second]})
    for name, changes in (
        ("unknown-member", {"name": "acme"}),
        ("version", {"v": "sealform/1"}),
        ("group-id", {"id": f"group:{GROUP}"}),
        ("upper-case-id", {"id": first["id"].upper()}),
        ("short-fingerprint", {"fp": b64(bytes(31))}),
        ("since-0", {"since": 0}),
        ("since-a-later-version", {"since": 5}),
    ):
        refused(f"member-with-{name}", wire | {"members": [first | changes, second]})
    for name, members in (
        ("out-of-order", [second, first]),
        ("twice", [first, first, second]),
        ("twice-with-another-card", [first, first | {"fp": second["fp"]}, second]),
        ("as-an-id", [first["id"], second]),
    ):
        refused(f"member-{name}", wire | {"members": members})


def refused_links(refused: Any, wire: Json) -> None:
    """One link malformed; out of order; forwards; of an epoch to come."""
    first, second = wire["links"]
    for member in first:
        refused(f"link-without-{member}", wire | {"links": [without(first, member), second]})
    for name, changes in (
        ("unknown-member", {"version": 2}),
        ("version", {"v": "sealform/1"}),
        ("epoch-0", {"epoch": 0, "before": 0}),
        ("before-0", {"before": 0}),
        ("short-seal", {"sealed": b64(bytes(59))}),
        ("long-seal", {"sealed": b64(bytes(61))}),
        ("padded-seal", {"sealed": first["sealed"] + "="}),
    ):
        refused(f"link-with-{name}", wire | {"links": [first | changes, second]})
    for name, links in (
        ("out-of-order", [second, first]),
        ("twice", [first, first, second]),
        ("to-itself", [first, second | {"before": 4}]),
        ("forwards", [first, second | {"before": 5}]),
        ("to-the-next", [first | {"before": 3}, second]),
        ("from-an-epoch-to-come", [first, second | {"epoch": 5}]),
        ("as-a-seal", [first["sealed"], second]),
    ):
        refused(f"link-{name}", wire | {"links": links})


def limits(book: Book) -> None:
    """256 members, 1,023 links, 400 days; and one more of each."""
    parse = "parse_roster"
    members = [
        {"id": f"{n:08x}-0000-4000-8000-000000000000", "fp": b64(fixed("card")), "since": 1}
        for n in range(257)
    ]
    sealed = b64(bytes(60))
    links = [{"epoch": n + 1, "before": n, "sealed": sealed} for n in range(1, 1025)]
    wire = FOUR.to_wire()
    old = wire | {"version": 1026, "epoch": 1026}
    for name, base, most, more in (
        ("members", wire, {"members": members[:256]}, {"members": members}),
        ("links", old, {"links": links[:1023]}, {"links": links}),
        ("days", wire, {"expires": NOW + 400 * DAY}, {"expires": NOW + 400 * DAY + 1}),
    ):
        good = f"roster-parse-the-most-{name}"
        book.ok(good, parse, "as many as there may be", {"roster": base | most})
        changed = {"roster": base | more}
        book.bad(f"roster-refuses-one-more-of-{name}", good, "limit", "one too many", changed)


def signing(book: Book) -> None:
    """By its owner, for this group."""
    wire = TWO.to_wire()
    book.ok(
        "roster-sign",
        "sign_roster",
        "Ed25519 is deterministic",
        {"seed": CLINIC.seed.hex(), "roster": without(wire, "sig")},
        expect={"roster": wire},
    )
    given = {"roster": wire, "group": GROUP, "owner": CLINIC.wire}
    book.ok("roster-verify", "verify_roster", "the clinic's", given, expect={})
    changes: Json
    imposter = make_card(keys=MALLORY.keys, id=CLINIC.id, name="clinic")
    mallorys = replace(TWO, owner=MALLORY.id)
    mallorys = replace(mallorys, sig=MALLORY.keys.sign(mallorys.message))
    for name, error, comment, changes in (
        ("another-group", "mismatch", "asked for another", {"group": OTHER_GROUP}),
        (
            "another-group-s-roster",
            "mismatch",
            "signed by the same owner",
            {"roster": roster(2, 2, *TWO.members, prev=ONE.digest, group=OTHER_GROUP).to_wire()},
        ),
        ("another-owner", "mismatch", "acme is pinned", {"owner": ACME.wire}),
        ("mallory-s-own", "mismatch", "she names herself", {"roster": mallorys.to_wire()}),
        (
            "mallory-for-the-owner",
            "signature",
            "she signs as the clinic",
            {"roster": roster(2, 2, *TWO.members, prev=ONE.digest, by=MALLORY).to_wire()},
        ),
        (
            "another-card",
            "signature",
            "the clinic's id, mallory's keys",
            {"owner": imposter.to_wire()},
        ),
        ("no-signature", "signature", "64 zeros", {"roster": wire | {"sig": b64(bytes(64))}}),
        (
            "the-signature-before",
            "signature",
            "of version 1",
            {"roster": wire | {"sig": b64(ONE.sig)}},
        ),
    ):
        book.bad(f"roster-not-of-{name}", "roster-verify", error, comment, changes)
    [member], [linked] = wire["members"], wire["links"]
    other = fixed("something else")
    for name, changes in (
        ("name", {"name": "ward 4"}),
        ("version", {"version": 3}),
        ("epoch", {"epoch": 1, "links": []}),
        ("key", {"kem_pk": b64(epoch_key(1).public)}),
        ("prev", {"prev": b64(other)}),
        ("links", {"links": []}),
        ("link", {"links": [linked | {"sealed": b64(flipped(TWO.links[0].sealed))}]}),
        ("issued", {"issued": NOW - 1}),
        ("expires", {"expires": NOW + 31 * DAY}),
        ("members", {"members": []}),
        ("a-member-more", {"members": [one.to_wire() for one in sorted(ONE.members)]}),
        ("a-member-s-id", {"members": [member | {"id": MALLORY.id}]}),
        ("a-member-s-card", {"members": [member | {"fp": b64(other)}]}),
        ("a-member-s-since", {"members": [member | {"since": 2}]}),
        ("signature", {"sig": b64(flipped(TWO.sig))}),
    ):
        book.bad(
            f"roster-with-altered-{name}", "roster-verify", "signature",
            "not what the clinic signed", {"roster": wire | changes},
        )  # fmt: skip


def times(book: Book) -> None:
    """From a day before it was issued up to its end."""
    wire, end = TWO.to_wire(), TWO.expires
    for name, now in (("now", NOW), ("a-day-early", NOW - DAY), ("the-last-second", end - 1)):
        book.ok(
            f"roster-in-force-{name}", "check_in_force", "it counts", {"roster": wire, "now": now}
        )
    for name, now in (("ended", end), ("long-ended", end * 2), ("to-come", NOW - DAY - 1)):
        book.bad(
            f"roster-{name}", "roster-in-force-now", "expired", "none is in force", {"now": now}
        )


def remembered(one: Roster) -> Json:
    """Return what a client remembers of a roster, its bytes in hex."""
    told = Known.of(one)._asdict()
    return told | {name: told[name].hex() for name in ("digest", "fingerprint")}


def following(book: Book) -> None:
    """The known one, or one after it."""
    for name, one in (("first", ONE), ("fourth", FOUR)):
        book.ok(
            f"roster-known-{name}", "known", "what is remembered", {"roster": one.to_wire()},
            expect=remembered(one),
        )  # fmt: skip
    anew = roster(3, 3, *TWO.members, prev=TWO.digest)
    for name, one, before in (
        ("the-next", THREE, TWO),
        ("the-same", TWO, TWO),
        ("the-second", TWO, ONE),
        ("a-new-epoch", anew, TWO),
        ("a-version-left-out", FOUR, TWO),
        ("two-versions-left-out", FOUR, ONE),
    ):
        given = {"roster": one.to_wire(), "known": remembered(before)}
        book.ok(f"roster-follows-{name}", "check_follows", "what is known", given, expect={})
    known = remembered(TWO)

    def third(epoch: int = 2, **changes: Any) -> Json:
        return roster(3, epoch, *TWO.members, **{"prev": TWO.digest} | changes).to_wire()

    other = fixed("something else")
    for name, comment, changes in (
        ("another-owner", "owners do not change", {"known": known | {"owner": ACME.id}}),
        ("another-name", "nor do names", {"known": known | {"name": "ward 4"}}),
        ("an-older-version", "rolled back", {"roster": TWO.to_wire(), "known": remembered(THREE)}),
        (
            "a-fork",
            "another second version",
            {"roster": roster(2, 2, *ONE.members, prev=ONE.digest).to_wire()},
        ),
        (
            "the-same-signed-for-longer",
            "another second version",
            {"roster": roster(2, 2, *TWO.members, prev=ONE.digest, expires=NOW + DAY).to_wire()},
        ),
        ("another-one-before", "prev is another", {"roster": third(prev=other)}),
        ("the-one-before-that", "prev is of version 1", {"roster": third(prev=ONE.digest)}),
        ("an-older-epoch", "a removed member has its seed", {"roster": third(1)}),
        (
            "another-key-of-the-epoch",
            "an epoch has one key",
            {"roster": third(kem_pk=epoch_key(4).public)},
        ),
        (
            "the-same-key-in-another-epoch",
            "a removed member has its seed",
            {"roster": third(3, kem_pk=epoch_key(2).public)},
        ),
        (
            "the-same-key-some-versions-later",
            "version 4 comes after 3, which nobody saw",
            {
                "roster": roster(
                    4, 4, *TWO.members, prev=other, kem_pk=epoch_key(2).public
                ).to_wire()
            },
        ),
    ):
        book.bad(
            f"roster-does-not-follow-{name}",
            "roster-follows-the-next",
            "mismatch",
            comment,
            changes,
        )


def links(book: Book) -> None:
    """From an epoch's seed to those before."""
    told: Json = {
        "group": GROUP, "epoch": 4, "seed": seed_of(4).hex(), "before": 2,
        "former": seed_of(2).hex(), "nonce": fixed("nonce of link 4")[:12].hex(),
    }  # fmt: skip
    wire = link(4).to_wire()
    book.ok("link-seal", "seal_link", "60 bytes", told, expect={"link": wire})

    def going(epoch: int, wanted: list[bytes] | None = None, one: Roster = FOUR) -> Json:
        told = None if wanted is None else [each.hex() for each in wanted]
        seed = seed_of(epoch).hex()
        return {"roster": one.to_wire(), "epoch": epoch, "seed": seed, "wanted": told}

    def found(*epochs: int) -> Json:
        return {
            "epochs": [
                {"epoch": n, "fingerprint": one.fingerprint.hex(), "public": one.kem_pk.hex()}
                for n, one in ((n, EPOCHS[n]) for n in epochs)
            ]
        }

    first, last = FOUR.links
    broken = replace(FOUR, links=(first._replace(sealed=flipped(first.sealed)), last))
    names = {epoch: one.fingerprint for epoch, one in EPOCHS.items()}
    for name, comment, given, epochs in (
        ("all", "three epochs; none has the number 3", going(4), (4, 2, 1)),
        ("the-second", "a member who has only that", going(2), (2, 1)),
        ("the-first", "nothing is before it", going(1), (1,)),
        (
            "a-cut",
            "the second epoch leads nowhere",
            going(4, one=replace(FOUR, links=(last,))),
            (4, 2),
        ),
        (
            "from-now-on",
            "the last leads nowhere",
            going(4, one=replace(FOUR, links=(first,))),
            (4,),
        ),
        ("none-wanted", "the rest is left", going(4, []), (4,)),
        ("its-own-wanted", "the rest is left", going(4, [names[4]]), (4,)),
        ("one-wanted", "found before what is broken", going(4, [names[2]], broken), (4, 2)),
        ("two-wanted", "in any order", going(4, [names[1], names[4]]), (4, 2, 1)),
        ("an-unknown-wanted", "looked for to the end", going(4, [fixed("x")]), (4, 2, 1)),
    ):
        book.ok(f"past-of-{name}", "open_past", comment, given, expect=found(*epochs))
    stranger = replace(FOUR, links=(link(2, former=fixed("another seed")), last))
    book.ok(
        "past-of-another-seed", "open_past", "no grant names what it grows", going(4, one=stranger)
    )

    def with_link(changed: Link) -> Json:
        return {"roster": replace(FOUR, links=(first, changed)).to_wire()}

    for name, error, comment, changes in (
        ("a-broken-link", "open", "one bit", {"roster": broken.to_wire()}),
        (
            "another-group-s-link",
            "open",
            "the very same seeds",
            with_link(link(4, group=OTHER_GROUP)),
        ),
        (
            "a-link-to-another-epoch",
            "open",
            "the seal says the first epoch",
            with_link(link(4, before=1)._replace(before=2)),
        ),
        (
            "a-link-from-another-epoch",
            "open",
            "the seal says the second epoch",
            with_link(link(2, seed=seed_of(4), former=seed_of(2))._replace(epoch=4, before=2)),
        ),
        ("another-link-s-seal", "open", "moved", with_link(last._replace(sealed=first.sealed))),
        ("another-seed-s-link", "open", "not under this seed", with_link(link(4, seed=fixed("x")))),
        ("a-wrong-last-seed", "commitment", "not the roster's key", {"seed": seed_of(2).hex()}),
        ("a-short-seed", "malformed", "31 bytes", {"seed": seed_of(4)[:31].hex()}),
    ):
        book.bad(f"past-by-{name}", "past-of-all", error, comment, changes)
    wrong = {"seed": seed_of(1).hex()}
    book.bad("past-by-a-wrong-seed", "past-of-the-second", "open", "an older epoch's", wrong)
