"""§4 and §8: the next card of a client, and the next owner of a form."""

from dataclasses import replace
from typing import Any

from apps.envelope.encoding import b64
from apps.envelope.hand_overs import HandOver, accept_hand_over, offer_hand_over
from apps.envelope.keys import Card, ClientKeys, make_card
from apps.envelope.primitives import SigningKey
from apps.envelope.successions import (
    LastGeneration,
    LastVersion,
    Past,
    Succession,
    parse_succession,
    sign_succession,
)
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import (
    ACME,
    CLINIC,
    FORM,
    MALLORY,
    MARKETING,
    OTHER_FORM,
    altered,
    fixed,
    without,
)

RECOVERY, OTHER_RECOVERY = SigningKey(fixed("recovery key")), SigningKey(fixed("other recovery"))
SEEDS = {name: fixed(f"seed {name}") for name in ("second", "third")}
STREAMS = (
    LastGeneration(ACME.id, "contact", 3, fixed("akid of contact 3")),
    LastGeneration(ACME.id, "health", 1, fixed("akid of health 1")),
    LastGeneration(f"form:{FORM}", "account", 2, fixed("akid of account 2")),
)
FORMS = (LastVersion(FORM, 5),)
PAST = Past(STREAMS, FORMS)
LATER_PAST = Past(
    (STREAMS[0]._replace(gen=4, akid=fixed("akid of contact 4")), *STREAMS[1:]), FORMS
)


def card_of(
    keys: Any, recovery: SigningKey | None = RECOVERY, id: str = ACME.id, name: str = "acme"
) -> Card:
    """Return a card of acme's."""
    more = {"recovery": recovery.public} if recovery else {}
    return make_card(keys=keys, id=id, name=name, **more)


class Mixed:
    """Keys of which one half is another client seed's."""

    def __init__(self, kem: ClientKeys, sig: ClientKeys) -> None:
        self.kem_pk, self.sig_pk, self.sign = kem.kem_pk, sig.sig_pk, sig.sign


FIRST = card_of(ACME.keys)
SECOND_KEYS, THIRD_KEYS = ClientKeys(SEEDS["second"]), ClientKeys(SEEDS["third"])
SECOND, THIRD = card_of(SECOND_KEYS), card_of(THIRD_KEYS, OTHER_RECOVERY)


def step(
    old: Card = FIRST,
    next: Card = SECOND,
    *,
    number: int = 1,
    by: tuple[Any, Any, Any] = (ACME.keys, SECOND_KEYS, RECOVERY),
    compromised: bool = False,
    client: str = ACME.id,
    past: Past = PAST,
) -> Succession:
    """Return a succession that these keys have really signed."""
    bare = Succession(client, number, old.fingerprint, next, compromised, past.digest)
    signers = [None if compromised else by[0], by[1], by[2]]
    return sign_succession(bare, old=signers[0], next=signers[1], recovery=signers[2])


PLAIN = step()
STOLEN = step(
    SECOND, THIRD, number=2, by=(SECOND_KEYS, THIRD_KEYS, RECOVERY), compromised=True,
    past=LATER_PAST,
)  # fmt: skip


def tell(book: Book) -> None:
    """Tell the scenarios."""
    successions(book)
    pasts(book)
    lines(book)
    hand_overs(book)


def successions(book: Book) -> None:
    """Parsed strictly, signed by all who have to."""
    told: Json = {
        "client": ACME.id,
        "number": 1,
        "fingerprint": FIRST.fingerprint.hex(),
        "card": SECOND.to_wire(),
        "compromised": False,
        "past": PAST.digest.hex(),
    }
    given = {
        "succession": told,
        "old": ACME.seed.hex(),
        "next": SEEDS["second"].hex(),
        "recovery": fixed("recovery key").hex(),
    }
    book.ok(
        "succession-sign",
        "sign_succession",
        "by the old, the next and the recovery key",
        given,
        expect={"succession": PLAIN.to_wire()},
    )
    book.ok(
        "succession-sign-after-a-theft",
        "sign_succession",
        "the old key is not asked",
        given | {"old": "", "succession": told | {"compromised": True}},
    )
    wire = PLAIN.to_wire()
    book.ok("succession-parse", "parse_succession", "by all three", {"succession": wire})
    book.ok(
        "succession-parse-stolen", "parse_succession", "by_old is empty",
        {"succession": STOLEN.to_wire()},
    )  # fmt: skip
    for name, error, changed in (
        ("other-version", "malformed", altered(wire, v="sealform/2")),
        ("unknown-member", "malformed", altered(wire, group="x")),
        ("missing-past", "malformed", without(wire, "past")),
        ("past-in-the-clear", "malformed", altered(wire, past=PAST.to_wire())),
        ("short-past", "malformed", altered(wire, past=wire["past"][:-2])),
        ("number-0", "malformed", altered(wire, number=0)),
        ("short-fingerprint", "malformed", altered(wire, fingerprint=wire["fingerprint"][:-2])),
        ("card-that-is-none", "malformed", altered(wire, card={})),
        ("card-that-mallory-signed", "signature", altered(
            wire, card=altered(wire["card"], sig=MALLORY.wire["sig"])
        )),
        ("compromised-1", "malformed", altered(wire, compromised=1)),
        ("plain-without-the-old-key", "malformed", altered(wire, by_old="")),
        ("stolen-with-the-old-key", "malformed", altered(wire, compromised=True)),
        ("no-next-key", "malformed", altered(wire, by_next="")),
        ("no-recovery-key", "malformed", altered(wire, by_recovery="")),
    ):  # fmt: skip
        book.bad(
            f"succession-refuses-{name}", "succession-parse", error, "one thing",
            {"succession": changed},
        )  # fmt: skip


def pasts(book: Book) -> None:
    """What an old card still stands for."""
    wire = PAST.to_wire()
    streams, forms = wire["streams"], wire["forms"]
    book.ok("past-parse", "parse_past", "three streams, one form", {"past": wire})
    nothing: Json = {"streams": [], "forms": []}
    book.ok("past-parse-nothing", "parse_past", "nothing was written yet", {"past": nothing})
    for name, changed in (
        ("a-version", altered(wire, v="sealform/1")),
        ("missing-forms", without(wire, "forms")),
        ("streams-out-of-order", altered(wire, streams=streams[::-1])),
        ("a-stream-twice", altered(wire, streams=streams[:1] * 2)),
        ("generation-0", altered(wire, streams=[altered(streams[0], gen=0)])),
        ("a-short-akid", altered(wire, streams=[altered(streams[0], akid="AAAA")])),
        ("a-form-twice", altered(wire, forms=forms * 2)),
        ("version-0", altered(wire, forms=[altered(forms[0], version=0)])),
    ):
        book.bad(f"past-refuses-{name}", "past-parse", "malformed", "one thing", {"past": changed})


def lines(book: Book) -> None:
    """From a pinned card to today's."""
    asked: Json = {
        "records": [
            one._asdict() | {"akid": one.akid.hex()}
            for one in (
                STREAMS[0],
                STREAMS[0]._replace(gen=2, akid=fixed("akid of contact 2")),
                STREAMS[0]._replace(akid=fixed("another key")),
                STREAMS[0]._replace(gen=4),
                STREAMS[0]._replace(type="other"),
            )
        ],
        "manifests": [
            {"form": FORM, "version": 5},
            {"form": FORM, "version": 6},
            {"form": OTHER_FORM, "version": 1},
        ],
    }

    def line(card: Card, *steps: Succession, pasts: tuple[Past, ...] = ()) -> Json:
        told = {"pasts": [one.to_wire() for one in pasts], "card": card.to_wire()}
        return asked | told | {"successions": [one.to_wire() for one in steps]}

    def known(*steps: Succession) -> Json:
        return line(FIRST, *steps, pasts=(PAST, LATER_PAST)[: len(steps)])

    book.ok("follow-nothing", "follow", "the pinned card is today's", line(FIRST))
    book.ok("follow-one", "follow", "what the old card still stands for", known(PLAIN))
    book.ok("follow-two", "follow", "the second was stolen", known(PLAIN, STOLEN))
    book.ok("follow-without-pasts", "follow", "they stand for nothing", line(FIRST, PLAIN, STOLEN))
    late = line(SECOND, STOLEN, pasts=(LATER_PAST,))
    book.ok("follow-from-the-second", "follow", "pinned later", late)

    def told(name: str, error: str, comment: str, changed: Json) -> None:
        book.bad(f"follow-refuses-{name}", "follow-two", error, comment, changed)

    thief = (ACME.keys, SECOND_KEYS, MALLORY.keys)
    told("a-thief-of-the-seed", "signature", "no recovery key", line(FIRST, step(by=thief)))
    told(
        "the-old-key-of-another",
        "signature",
        "mallory for the old key",
        line(FIRST, step(by=(MALLORY.keys, SECOND_KEYS, RECOVERY))),
    )
    told(
        "the-next-recovery-key",
        "signature",
        "that of the next card",
        line(
            FIRST,
            step(
                next=card_of(SECOND_KEYS, OTHER_RECOVERY),
                by=(ACME.keys, SECOND_KEYS, OTHER_RECOVERY),
            ),
        ),
    )
    told(
        "who-does-not-hold-the-next-key",
        "signature",
        "mallory for the next key",
        line(FIRST, step(by=(ACME.keys, MALLORY.keys, RECOVERY))),
    )
    flipped = replace(STOLEN, compromised=False, by_old=SECOND_KEYS.sign(b"something else"))
    told("a-theft-that-is-denied", "signature", "the flag is signed", line(FIRST, PLAIN, flipped))
    more = replace(PAST, streams=(*STREAMS[:2], STREAMS[2]._replace(gen=9)))
    for name, past in (
        ("more-streams-than-signed", more),
        ("fewer-streams", replace(PAST, streams=STREAMS[:2])),
        ("no-forms", replace(PAST, forms=())),
        ("the-past-of-another-step", LATER_PAST),
    ):
        told(name, "mismatch", "not the digest's", line(FIRST, PLAIN, pasts=(past,)))
    changed = replace(PLAIN, past=more.digest)
    told("another-digest", "signature", "it is signed", line(FIRST, changed, pasts=(more,)))
    clinics_past = Past((STREAMS[0]._replace(writer=CLINIC.id),))
    told(
        "a-stream-of-another-client",
        "mismatch",
        "nobody stands for another's records",
        line(FIRST, step(past=clinics_past), pasts=(clinics_past,)),
    )
    told("another-number", "signature", "renumbered", line(FIRST, replace(PLAIN, number=3)))
    told("a-cut-line", "fingerprint", "the first step is missing", line(FIRST, STOLEN))
    gap = step(SECOND, THIRD, number=3, by=(SECOND_KEYS, THIRD_KEYS, RECOVERY))
    told("a-gap", "mismatch", "number 3 after 1", line(FIRST, PLAIN, gap))
    told("a-step-twice", "mismatch", "replayed", line(FIRST, PLAIN, PLAIN))
    back = step(SECOND, FIRST, number=2, by=(SECOND_KEYS, ACME.keys, RECOVERY))
    told("a-loop", "mismatch", "back to the first card", line(FIRST, PLAIN, back))
    itself = step(next=FIRST, by=(ACME.keys, ACME.keys, RECOVERY))
    told("a-card-after-itself", "mismatch", "the same card", line(FIRST, itself))
    for name, mixed in (
        ("the-old-opening-key", Mixed(ACME.keys, SECOND_KEYS)),
        ("the-old-signing-key", Mixed(SECOND_KEYS, ACME.keys)),
    ):
        half = step(next=card_of(mixed, OTHER_RECOVERY), by=(ACME.keys, mixed, RECOVERY))
        told(name, "mismatch", "a next card has new keys", line(FIRST, half))
    again = Mixed(THIRD_KEYS, ACME.keys)
    back = step(SECOND, card_of(again), number=2, by=(SECOND_KEYS, again, RECOVERY))
    told("a-first-key-again", "mismatch", "two steps later", line(FIRST, PLAIN, back))
    renamed = step(next=card_of(SECOND_KEYS, name="acme2"))
    told("another-name", "mismatch", "a client keeps its name", line(FIRST, renamed))
    bare = card_of(ACME.keys, None)
    told(
        "a-card-without-recovery-key",
        "mismatch",
        "it has no successor",
        line(bare, step(bare)),
    )
    none = step(next=card_of(SECOND_KEYS, None))
    told("a-next-card-without-one", "mismatch", "it could never be succeeded", line(FIRST, none))
    clinics = card_of(CLINIC.keys, id=CLINIC.id)
    told("another-client-s", "mismatch", "the clinic's card", line(clinics, PLAIN))
    foreign = step(next=card_of(SECOND_KEYS, id=CLINIC.id))
    told("a-next-card-of-another", "mismatch", "another client id", line(FIRST, foreign))
    assert parse_succession(PLAIN.to_wire()) == PLAIN


def hand_overs(book: Book) -> None:
    """Both sign, for one form."""
    giver, taker = FIRST, MARKETING.card
    given: Json = {
        "form": FORM,
        "version": 5,
        "giver": giver.to_wire(),
        "taker": taker.to_wire(),
        "giver_seed": ACME.seed.hex(),
        "taker_seed": MARKETING.seed.hex(),
    }
    wire = book.ok("hand-over-sign", "sign_hand_over", "offered and accepted", given)["hand_over"]
    book.ok("hand-over-parse", "parse_hand_over", "both signatures", {"hand_over": wire})
    offer = altered(wire, accepted="")
    book.ok("hand-over-parse-offer", "parse_hand_over", "nobody agreed yet", {"hand_over": offer})
    for name, error, changed in (
        ("other-version", "malformed", altered(wire, v="sealform/2")),
        ("unknown-member", "malformed", altered(wire, group="x")),
        ("itself", "malformed", altered(wire, to=wire["from"])),
        ("version-0", "malformed", altered(wire, version=0)),
        ("no-signature", "malformed", altered(wire, sig="")),
        ("a-writer", "malformed", altered(wire, form=f"form:{FORM}")),
        ("a-short-fingerprint", "malformed", altered(wire, to_fp=wire["to_fp"][:-2])),
    ):
        book.bad(
            f"hand-over-refuses-{name}", "hand-over-parse", error, "one thing",
            {"hand_over": changed},
        )  # fmt: skip
    both: Json = {
        "hand_over": wire, "form": FORM, "giver": giver.to_wire(), "taker": taker.to_wire(),
    }  # fmt: skip
    book.ok("hand-over-verify", "verify_hand_over", "by both", both)
    forged = altered(wire, sig=b64(MALLORY.keys.sign(b"x")))
    for name, error, changes in (
        ("one-sided", "mismatch", {"hand_over": offer}),
        ("the-giver-alone", "signature", {"hand_over": altered(wire, accepted=wire["sig"])}),
        ("the-taker-alone", "signature", {"hand_over": altered(wire, sig=wire["accepted"])}),
        ("mallory-s", "signature", {"hand_over": forged}),
        ("another-form-s", "mismatch", {"form": OTHER_FORM}),
        ("replayed-for-another-form", "signature", {
            "form": OTHER_FORM, "hand_over": altered(wire, form=OTHER_FORM),
        }),
        ("another-version", "signature", {"hand_over": altered(wire, version=6)}),
        ("another-giver", "mismatch", {"giver": CLINIC.wire}),
        ("another-taker", "mismatch", {"taker": CLINIC.wire}),
        ("another-card-of-the-giver", "fingerprint", {"giver": SECOND.to_wire()}),
        ("another-card-of-the-taker", "fingerprint", {
            "taker": card_of(SECOND_KEYS, id=MARKETING.id).to_wire(),
        }),
    ):  # fmt: skip
        book.bad(f"hand-over-not-by-{name}", "hand-over-verify", error, "one thing", changes)
    owners(book)


def handed(giver: Card, taker: Card, version: int, keys: tuple[Any, Any]) -> HandOver:
    """Return a hand-over of the form that both have signed."""
    offer = offer_hand_over(form=FORM, version=version, giver=giver, taker=taker, keys=keys[0])
    return accept_hand_over(offer, keys=keys[1])


def owners(book: Book) -> None:
    """Who signs which version."""
    acme, marketing, clinic = FIRST, MARKETING.card, CLINIC.card
    there = handed(acme, marketing, 5, (ACME.keys, MARKETING.keys))
    on = handed(marketing, clinic, 7, (MARKETING.keys, CLINIC.keys))
    back = handed(marketing, acme, 9, (MARKETING.keys, ACME.keys))

    def asked(version: int, *steps: HandOver) -> Json:
        told = [one.to_wire() for one in steps]
        return {"version": version, "first": acme.to_wire(), "hand_overs": told}

    rotated = handed(card_of(SECOND_KEYS, id=marketing.id, name="marketing"), clinic, 7,
                     (SECOND_KEYS, CLINIC.keys))  # fmt: skip
    for name, given, owner in (
        ("of-who-rotated-between-two", asked(8, there, rotated), clinic),
        ("of-a-form-that-stayed", asked(9), acme),
        ("up-to-the-version", asked(5, there), acme),
        ("behind-it", asked(6, there), marketing),
        ("of-the-second-hand-over", asked(8, there, on), clinic),
        ("between-two", asked(7, there, on), marketing),
        ("of-a-form-that-came-back", asked(10, there, back), acme),
    ):
        book.ok(f"owner-{name}", "owner_of", "by version", given, expect={"owner": owner.id})
    early = handed(marketing, clinic, 5, (MARKETING.keys, CLINIC.keys))
    for name, error, given in (
        ("that-does-not-join", "mismatch", asked(8, on)),
        ("that-is-not-later", "mismatch", asked(8, there, early)),
        ("that-is-replayed", "mismatch", asked(8, there, there)),
        ("of-too-many-steps", "limit", asked(8, *[there] * 17)),
    ):
        book.bad(f"owner-by-a-line-{name}", "owner-between-two", error, "no line", given)
