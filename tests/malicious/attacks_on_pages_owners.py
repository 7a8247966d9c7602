"""What a malicious server can say of whose a form is now, and what a thief of keys can add."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from apps.envelope.hand_overs import HandOver, accept_hand_over, offer_hand_over
from apps.envelope.keys import ClientKeys
from apps.envelope.primitives import SigningKey, random
from apps.envelope.successions import Succession
from tests.directory.successions import next_card, step_of
from tests.intake.people import Person
from tests.malicious.attacks_on_visitors import Attack, Won, mallorys, opens, sent
from tests.malicious.bundles import Check
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.visitors import Scene, Served, received


def with_recovery(scene: Scene) -> Person:
    """acme, whose card has a recovery key, as its page pins it."""
    scene.acme = replace(scene.acme, card=next_card(scene.acme, scene.acme.keys))
    return scene.acme


def under(person: Person, step: Succession, keys: ClientKeys) -> Person:
    """The person after this step."""
    return replace(person, card=step.card, keys=keys)


def line(first: Person, *steps: Succession) -> Served:
    """What a server tells of one owner."""
    return {
        "card": (steps[-1].card if steps else first.card).to_wire(),
        "first": first.card.to_wire() if steps else None,
        "successions": [step.to_wire() for step in steps],
    }


def telling(
    scene: Scene, served: Served, owners: Sequence[Served], hand_overs: Sequence[HandOver] = ()
) -> Won:
    """Serve this manifest, and this of its owners; it works if mallory opens what is submitted."""

    def lie(asked: Asked, _: PassOn) -> Answer | None:
        if asked.is_about("GET", start="/forms/", end="/manifest"):
            return answering(served)
        if asked.is_about("GET", start="/forms/", end="/owners"):
            told = [one.to_wire() for one in hand_overs]
            return answering({"owners": list(owners), "hand_overs": told})
        return received(asked)

    scene.lies(lie)
    return opens(scene, served)


def hers(scene: Scene, signer: Person, **changes: object) -> Served:
    """A manifest with mallory's inboxes, by whoever."""
    return scene.signed(signer, owner=signer.card.id, **mallorys(scene) | changes)


def with_a_step(
    make: Callable[[Person, ClientKeys], Succession],
) -> Callable[[Scene], Won]:
    """acme's next card has keys of mallory's."""

    def arrange(scene: Scene) -> Won:
        acme, keys = with_recovery(scene), ClientKeys.generate()
        step = make(acme, keys)
        return telling(scene, hers(scene, under(acme, step, keys)), [line(acme, step)])

    return arrange


def by_a_thief_of_the_seed(acme: Person, keys: ClientKeys) -> Succession:
    return step_of(acme, keys, recovery=SigningKey(random(32)))


def by_a_thief_of_the_paper(acme: Person, keys: ClientKeys) -> Succession:
    return step_of(replace(acme, keys=ClientKeys.generate()), keys)


def after_a_theft(acme: Person, keys: ClientKeys) -> Succession:
    """The paper alone is enough to say so."""
    return step_of(acme, keys, compromised=True)


def her_line_beside(scene: Scene) -> Won:
    acme = with_recovery(scene)
    return telling(scene, hers(scene, scene.mallory), [line(acme), line(scene.mallory)])


def rotated(scene: Scene) -> tuple[Person, Person, Succession]:
    """acme before and after a plain rotation; the page pins the next card already."""
    old, keys = with_recovery(scene), ClientKeys.generate()
    step = step_of(old, keys)
    scene.acme = under(old, step, keys)
    return old, scene.acme, step


def with_the_card_before(scene: Scene) -> Won:
    """Whoever got the old seed later."""
    old, _, step = rotated(scene)
    return telling(scene, hers(scene, old), [line(old, step)])


def handed(scene: Scene, giver: Person, *, form: str = "", version: int = 1) -> HandOver:
    offer = offer_hand_over(
        form=form or scene.manifest.form,
        version=version,
        giver=giver.card,
        taker=scene.mallory.card,
        keys=giver.keys,
    )
    return accept_hand_over(offer, keys=scene.mallory.keys)


def taken(scene: Scene, hand_over: HandOver, giver: Served) -> Won:
    served = hers(scene, scene.mallory, version=2)
    return telling(scene, served, [giver, line(scene.mallory)], [hand_over])


def hand_over_of_her_own(scene: Scene) -> Won:
    acme = with_recovery(scene)
    return taken(scene, handed(scene, replace(acme, keys=scene.mallory.keys)), line(acme))


def hand_over_of_another_form(scene: Scene) -> Won:
    acme = with_recovery(scene)
    return taken(
        scene, handed(scene, acme, form="8c1b1c55-6a1d-4c61-9a0f-3c2d5a7c9e11"), line(acme)
    )


def hand_over_by_the_card_before(scene: Scene) -> Won:
    old, _, step = rotated(scene)
    return taken(scene, handed(scene, old), line(old, step))


def where_the_page_forbids_it(scene: Scene) -> Won:
    """A true rotation: a site may want to look at each new card itself."""
    acme, keys = with_recovery(scene), ClientKeys.generate()
    step = step_of(acme, keys)
    scene.attributes = "data-pin-only"
    telling(scene, scene.signed(under(acme, step, keys)), [line(acme, step)])
    return sent


OWNERS = "form/kit/owners.js"
LEADS = "if (!holder || !line || placeIn(line, verified.owner.fingerprint) !== line.length - 1) {"
RECOVERY = Check(
    "envelope/successions.js",
    "await verify(card.recovery, succession.byRecovery, text, 'succession by the recovery key');",
)
OLD = Check(
    "envelope/successions.js",
    "if (!compromised) "
    "await verify(card.sigPk, succession.byOld, text, 'succession by the old key');",
)
STOLEN = Check(OWNERS, "if (holder.stolen) throw new FormError('compromised');")
HOLDER = Check(OWNERS, LEADS, "if (!holder || !line) {")
LATEST = Check(
    OWNERS,
    LEADS,
    "if (!holder || !line || placeIn(line, verified.owner.fingerprint) < 0) {",
)
GIVER = Check(
    "envelope/hand_overs.js",
    "await verify(giver.sigPk, handOver.sig, message(handOver), 'hand-over by who gives');",
)
FORM = Check(
    "envelope/hand_overs.js",
    "if (handOver.form !== form) throw new MismatchError('this is the hand-over of another form');",
)
SINCE = Check(OWNERS, "if (holder && given < holder.from) holder = undefined;")
FORBIDS = Check("form/opening/opening.js", "expected.pinned ||")

ATTACKS: dict[str, Attack] = {
    "has acme's seed, and names a next card": Attack(
        with_a_step(by_a_thief_of_the_seed), RECOVERY, "signature"
    ),
    "has acme's paper, and names a next card": Attack(
        with_a_step(by_a_thief_of_the_paper), OLD, "signature"
    ),
    "has acme's paper, and says its seed was stolen": Attack(
        with_a_step(after_a_theft), STOLEN, "compromised"
    ),
    "names an owner more": Attack(her_line_beside, HOLDER, "fingerprint"),
    "has the old seed, and signs the form": Attack(with_the_card_before, LATEST, "fingerprint"),
    "forges a hand-over": Attack(hand_over_of_her_own, GIVER, "signature"),
    "repeats a hand-over for another form": Attack(hand_over_of_another_form, FORM, "mismatch"),
    "has the old seed, and hands the form over": Attack(
        hand_over_by_the_card_before, SINCE, "fingerprint"
    ),
    "goes on where the page forbids it": Attack(where_the_page_forbids_it, FORBIDS, "fingerprint"),
}
