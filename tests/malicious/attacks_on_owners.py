"""Owners: the server wants a reader to believe mallory what she says about acme's form."""

from apps.client.acts import giving
from apps.client.trust import owners, verified_manifests
from apps.envelope.hand_overs import HandOver, accept_hand_over, offer_hand_over
from apps.envelope.keys import Card, ClientKeys
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn
from tests.malicious.parties import Party, World

SIGNED = off(owners, "verify_hand_over")
JOINED = off(owners, "check_join")
NOT_PASSED = off(owners, "check_not_passed")
NOT_STOLEN = off(owners, "check_not_stolen")
BY_GIVER = off(owners, "check_giver")


def signed(
    form: str,
    giver: Party,
    taker: Party,
    version: int = 1,
    card: Card | None = None,
    keys: ClientKeys | None = None,
) -> HandOver:
    """A hand-over that both have signed, the giver with this card and these keys of its own."""
    offer = offer_hand_over(
        form=form,
        version=version,
        giver=card or giver.card,
        taker=taker.card,
        keys=keys or giver.keys,
    )
    return accept_hand_over(offer, keys=taker.keys)


def read_before(world: World) -> str:
    """marketing has read acme's form, whose id is returned, and knows mallory."""
    form, manifest = world.published()
    world.share("account", world.marketing, form=form.slug)
    world.submit(manifest, fullname="Ann")
    assert world.marketing.reads("account")
    world.marketing.knows(world.mallory)
    return str(form.id)


def marketing_follows(world: World, form: str, step: HandOver) -> Deed:
    """Somebody at marketing agrees; mallory wins if she is taken for the owner then."""

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if not asked.is_about("GET", start=f"/forms/{form}/owners"):
            return answer
        return answer.telling(answer.json | {"hand_overs": [step.to_wire()]})

    world.server.lie = lie

    def act() -> str:
        session = world.marketing.client().session
        return owners.agree(session, owners.find(session, form))

    def won(_: str | None) -> bool:
        return world.marketing.state.load().forms[form].owner == world.mallory.id

    return Deed(act, won)


def a_hand_over_of_her_own(world: World) -> Deed:
    """mallory signs for acme, too."""
    form = read_before(world)
    mallory = world.mallory
    forged = offer_hand_over(
        form=form, version=1, giver=world.acme.card, taker=mallory.card, keys=mallory.keys
    )
    return marketing_follows(world, form, accept_hand_over(forged, keys=mallory.keys))


def an_offer_that_nobody_took(world: World) -> Deed:
    """acme offers the form to mallory, who wants it believed and does not say yes."""
    form = read_before(world)
    offer = offer_hand_over(
        form=form, version=1, giver=world.acme.card, taker=world.mallory.card, keys=world.acme.keys
    )
    return marketing_follows(world, form, offer)


def another_forms(world: World) -> Deed:
    """acme really gave mallory another form."""
    form = read_before(world)
    other, _ = world.published()
    return marketing_follows(world, form, signed(str(other.id), world.acme, world.mallory))


def a_strangers(world: World) -> Deed:
    """Whoever gives it to mallory does not have it."""
    form = read_before(world)
    world.marketing.knows(world.clinic)
    return marketing_follows(world, form, signed(form, world.clinic, world.mallory))


def one_that_was_withdrawn(world: World) -> Deed:
    """acme took its offer back and published again; the server kept the offer."""
    form = read_before(world)
    acme = world.acme
    kept = signed(form, acme, world.mallory)
    session = acme.client().session
    giving.withdraw(session, form)
    world.published(acme.row.forms.get(pk=form))
    verified_manifests.latest(world.marketing.client().session, form)
    return marketing_follows(world, form, kept)


def by_old_keys(world: World, *, compromised: bool, version: int) -> Deed:
    """mallory got acme's keys; acme rotated them, and marketing compared its new fingerprint."""
    form = read_before(world)
    acme, card = world.acme, world.acme.card
    keys = acme.rotate(compromised=compromised)
    world.marketing.knows(acme)
    return marketing_follows(world, form, signed(form, acme, world.mallory, version, card, keys))


def by_stolen_keys(world: World) -> Deed:
    """Of a version that the stolen card still stands for."""
    return by_old_keys(world, compromised=True, version=1)


def by_keys_that_were_succeeded(world: World) -> Deed:
    """Of a version after the last one that the old card stands for."""
    return by_old_keys(world, compromised=False, version=2)


ATTACKS: dict[str, Attack] = {
    "signs a hand-over for the owner": Attack(a_hand_over_of_her_own, (SIGNED,), "signature"),
    "shows an offer as accepted": Attack(an_offer_that_nobody_took, (SIGNED,), "mismatch"),
    "replays another form's hand-over": Attack(another_forms, (SIGNED,), "mismatch"),
    "shows a hand-over by who has not the form": Attack(a_strangers, (JOINED,), "mismatch"),
    "completes an offer that was withdrawn": Attack(
        one_that_was_withdrawn, (NOT_PASSED,), "mismatch"
    ),
    "hands over with stolen keys": Attack(by_stolen_keys, (NOT_STOLEN,), "compromised"),
    "hands over with keys from before": Attack(
        by_keys_that_were_succeeded, (BY_GIVER,), "mismatch"
    ),
}
