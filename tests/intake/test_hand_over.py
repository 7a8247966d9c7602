"""POST /forms/ID/hand-over, and who a form's owners are"""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from apps.directory.models import Client
from apps.envelope.encoding import b64
from apps.envelope.hand_overs import HandOver, accept_hand_over, offer_hand_over, parse_hand_over
from apps.envelope.keys import ClientKeys, parse_card
from apps.envelope.manifests import Manifest
from apps.intake.models import Form
from apps.intake.models import HandOver as StoredHandOver
from apps.vault.models import Generation
from tests.directory.successions import body_of, next_card, past_of, step_of
from tests.intake.people import Person, Publisher, error

pytestmark = pytest.mark.database


def offered(giver: Person, taker: Person, form: Form, version: int = 1) -> HandOver:
    return offer_hand_over(
        form=str(form.id), version=version, giver=giver.card, taker=taker.card, keys=giver.keys
    )


def hand_over(caller: Person, signed: HandOver, form: str = "") -> Any:
    path = f"/api/v1/forms/{form or signed.form}/hand-over"
    return caller.post(path, {"hand_over": signed.to_wire()})


def given(giver: Person, taker: Person, form: Form, version: int = 1) -> None:
    offer = offered(giver, taker, form, version)
    assert hand_over(giver, offer).status_code == 201
    accepted = accept_hand_over(offer, keys=taker.keys)
    assert hand_over(taker, accepted).status_code == 201
    form.refresh_from_db()


def owners(form: Form) -> Any:
    return Browser().get(f"/api/v1/forms/{form.id}/owners").json()


def rotated(person: Person) -> Person:
    """The person under next keys."""
    card, keys = next_card(person, person.keys), ClientKeys.generate()
    person.row.go_on_under(card)
    past = past_of(person.row)
    step = step_of(replace(person, card=card), keys, past=past)
    answer = person.post("/api/v1/me/successions", body_of(step, past))
    assert answer.status_code == 201, answer.content
    person.row.refresh_from_db()
    return replace(person, keys=keys, card=step.card)


def test_the_taker_owns_it_and_the_form_goes_on(
    acme: Person, marketing: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    before = Browser().get(f"{publisher.path}/manifest").json()

    given(acme, marketing, form)

    assert Browser().get(f"{publisher.path}/manifest").json() == before
    assert error(acme.get(f"{publisher.path}/draft")) == (404, "form_not_found")
    next_owner = Publisher(marketing, form)
    next_owner.inboxes = dict(publisher.inboxes)
    for type in publisher.inboxes:
        next_owner.new_inbox(type)
    next_owner.publish(2)
    served = Browser().get(f"{publisher.path}/manifest").json()
    assert parse_card(served["card"]) == marketing.card
    old = Browser().get(f"{publisher.path}/manifests/{b64(manifest.hash)}").json()
    assert parse_card(old["card"]) == acme.card


def test_everybody_sees_whose_it_was(
    acme: Person, marketing: Person, manifest: Manifest, form: Form
) -> None:
    alone = owners(form)
    given(acme, marketing, form)
    both = owners(form)

    assert [parse_card(one["card"]) for one in alone["owners"]] == [acme.card]
    assert alone["hand_overs"] == []
    assert [parse_card(one["card"]) for one in both["owners"]] == [acme.card, marketing.card]
    assert [parse_hand_over(one).taker.id for one in both["hand_overs"]] == [marketing.card.id]
    assert error(Browser().get(f"/api/v1/forms/{uuid4()}/owners")) == (404, "form_not_found")


def test_an_offer_is_told_to_both_and_to_nobody_else(
    acme: Person, marketing: Person, mallory: Person, manifest: Manifest, form: Form
) -> None:
    offer = offered(acme, marketing, form)
    hand_over(acme, offer)

    for one in (acme, marketing):
        assert one.get("/api/v1/hand-overs").json() == {"hand_overs": [offer.to_wire()]}
    assert mallory.get("/api/v1/hand-overs").json() == {"hand_overs": []}
    assert owners(form)["hand_overs"] == []
    assert error(Browser().get("/api/v1/hand-overs")) == (401, "not_authenticated")


def test_the_same_again_changes_nothing(
    acme: Person, marketing: Person, manifest: Manifest, form: Form
) -> None:
    offer = offered(acme, marketing, form)
    accepted = accept_hand_over(offer, keys=marketing.keys)

    assert [hand_over(acme, offer).status_code for _ in range(2)] == [201, 200]
    assert [hand_over(marketing, accepted).status_code for _ in range(2)] == [201, 200]
    assert StoredHandOver.objects.count() == 1


def test_only_the_owner_offers_and_only_the_taker_accepts(
    acme: Person, marketing: Person, mallory: Person, manifest: Manifest, form: Form
) -> None:
    offer = offered(acme, marketing, form)
    accepted = accept_hand_over(offer, keys=marketing.keys)
    of_mallory = offered(mallory, marketing, form)

    assert error(hand_over(mallory, offer)) == (404, "form_not_found")
    assert error(hand_over(mallory, of_mallory)) == (404, "form_not_found")
    assert error(hand_over(acme, of_mallory)) == (422, "mismatch")
    assert error(hand_over(marketing, accepted)) == (404, "not_offered")
    hand_over(acme, offer)
    assert error(hand_over(mallory, accepted)) == (404, "not_offered")
    assert error(hand_over(acme, accepted)) == (404, "not_offered")
    forged = accept_hand_over(offer, keys=mallory.keys)
    assert error(hand_over(marketing, forged)) == (422, "signature")
    assert Form.objects.get(pk=form.pk).owner_id == acme.row.pk


def test_what_was_not_offered_is_not_accepted(
    acme: Person, marketing: Person, clinic: Person, manifest: Manifest, form: Form
) -> None:
    hand_over(acme, offered(acme, marketing, form))
    other = accept_hand_over(offered(acme, clinic, form), keys=clinic.keys)
    later = accept_hand_over(offered(acme, marketing, form, 2), keys=marketing.keys)

    assert error(hand_over(clinic, other)) == (404, "not_offered")
    assert error(hand_over(marketing, later)) == (404, "not_offered")


def test_an_offer_of_another_form_is_refused(
    acme: Person, marketing: Person, manifest: Manifest, form: Form
) -> None:
    replayed = replace(offered(acme, marketing, form), form=str(uuid4()))

    assert error(hand_over(acme, replayed, str(form.id))) == (422, "mismatch")
    again = replace(replayed, form=str(form.id), version=2)
    assert error(hand_over(acme, again)) == (422, "signature")


def test_it_names_the_version_in_force(
    acme: Person, marketing: Person, publisher: Publisher, form: Form
) -> None:
    unpublished = hand_over(acme, offered(acme, marketing, form))
    publisher.publish(1)
    later = hand_over(acme, offered(acme, marketing, form, 2))

    assert error(unpublished) == error(later) == (409, "hand_over_not_next")


def test_nothing_is_published_while_it_is_offered(
    acme: Person, marketing: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    hand_over(acme, offered(acme, marketing, form))
    body = publisher.body(publisher.manifest(2), grants=())

    path = f"{publisher.path}/manifests"
    assert error(acme.post(path, body)) == (409, "hand_over_pending")
    withdrawn = acme.post(f"{publisher.path}/hand-over/withdrawal", {})
    assert withdrawn.json() == {"withdrawn": 1}
    assert acme.post(path, body).status_code == 201


def test_only_the_owner_withdraws_and_only_what_was_not_accepted(
    acme: Person, marketing: Person, mallory: Person, manifest: Manifest, form: Form
) -> None:
    path = f"/api/v1/forms/{form.id}/hand-over/withdrawal"
    offer = offered(acme, marketing, form)
    hand_over(acme, offer)

    for other in (marketing, mallory):
        assert error(other.post(path, {})) == (404, "form_not_found")
    assert error(acme.post(path, {"form": "x"})) == (400, "malformed")
    assert acme.post(path, {}).json() == {"withdrawn": 1}
    accepted = accept_hand_over(offer, keys=marketing.keys)
    assert error(hand_over(marketing, accepted)) == (404, "not_offered")
    given(acme, marketing, form)
    assert marketing.post(path, {}).json() == {"withdrawn": 0}


def test_it_comes_back_only_with_a_version_of_the_taker_s(
    acme: Person, marketing: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    given(acme, marketing, form)

    assert error(hand_over(marketing, offered(marketing, acme, form))) == (
        409,
        "hand_over_not_next",
    )
    next_owner = Publisher(marketing, form)
    next_owner.inboxes = dict(publisher.inboxes)
    for type in publisher.inboxes:
        next_owner.new_inbox(type)
    next_owner.publish(2)
    given(marketing, acme, form, 2)
    assert [parse_card(one["card"]).id for one in owners(form)["owners"]] == [
        acme.card.id,
        marketing.card.id,
    ]


def test_the_taker_cannot_go_on_under_the_giver_s_inboxes(
    acme: Person, marketing: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    """Their seeds stay with who made them: what visitors write then would be for both."""
    given(acme, marketing, form)
    next_owner = Publisher(marketing, form)
    next_owner.inboxes = dict(publisher.inboxes)
    body = next_owner.body(next_owner.manifest(2), grants=())

    assert error(marketing.post(f"{publisher.path}/manifests", body)) == (409, "inbox_not_next")


def test_an_offer_by_keys_that_were_succeeded_is_void(
    acme: Person, marketing: Person, manifest: Manifest, form: Form
) -> None:
    offer = offered(acme, marketing, form)
    hand_over(acme, offer)
    rotated(acme)

    accepted = accept_hand_over(offer, keys=marketing.keys)
    assert error(hand_over(marketing, accepted)) == (422, "fingerprint")


def test_after_a_rotation_the_form_stands_with_the_card_that_signed_it(
    acme: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    path = f"{publisher.path}/manifest"
    publisher.owner = new = rotated(acme)

    assert parse_card(Browser().get(path).json()["card"]) == acme.card
    page = Browser().get(f"/f/{form.slug}/").content.decode()
    assert acme.row.name in page
    line = owners(form)["owners"][0]
    assert parse_card(line["card"]) == new.card
    assert len(line["successions"]) == 1
    publisher.owner = acme
    old = publisher.body(publisher.manifest(2), grants=())
    assert error(acme.post(f"{publisher.path}/manifests", old)) == (422, "signature")
    publisher.owner = new
    for type in publisher.inboxes:
        publisher.new_inbox(type)
    publisher.publish(2)
    assert parse_card(Browser().get(path).json()["card"]) == new.card


def test_pasts_of_who_handed_a_form_over_are_for_who_reads_it(
    acme: Person,
    marketing: Person,
    clinic: Person,
    publisher: Publisher,
    manifest: Manifest,
    form: Form,
) -> None:
    granted = publisher.grant("account", marketing)
    acme.post("/api/v1/grants", {"grants": [granted.to_wire()]})
    given(acme, clinic, form)
    rotated(acme)

    path = f"/api/v1/clients/{acme.card.id}/pasts/1"
    assert marketing.get(path).status_code == 200
    assert error(clinic.get(path)) == (404, "not_found")


def test_who_was_offered_nothing_does_not_learn_whether_there_is_such_a_form(
    acme: Person, mallory: Person, form: Form
) -> None:
    """A form that nobody has published yet is known to its owner, and to whom it gave the id."""
    of_acme = accept_hand_over(offered(acme, mallory, form), keys=mallory.keys)
    nowhere = replace(of_acme, form=str(uuid4()))

    answers = [hand_over(mallory, of_acme), hand_over(mallory, nowhere)]

    assert [error(answer) for answer in answers] == 2 * [(404, "not_offered")]
    assert answers[0].content == answers[1].content


def test_the_first_version_of_the_taker_closes_every_inbox_of_the_giver_s(
    acme: Person, marketing: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    """Also those of types that it leaves out: a later version may have them again."""
    form.fields.filter(name="zip").update(type="extra")
    publisher.publish(2)
    form.fields.filter(name="zip").update(type="account")
    given(acme, marketing, form, 2)
    next_owner = Publisher(marketing, form)
    next_owner.inboxes = {"account": publisher.inboxes["account"]}
    next_owner.new_inbox("account")
    assert Generation.objects.filter(stream__type="extra", closed=None).exists()

    next_owner.publish(3)

    assert not Generation.objects.filter(stream__type="extra", closed=None).exists()
    next_owner.publish_keeping_inboxes(4)


def test_a_rotation_without_the_version_in_force_is_refused(
    acme: Person, publisher: Publisher, manifest: Manifest, form: Form
) -> None:
    """Another machine published, under the same inboxes: nobody would believe that version."""
    keys, past = ClientKeys.generate(), past_of(acme.row)
    acme.row.go_on_under(next_card(acme, acme.keys))
    publisher.owner = owner = replace(acme, card=acme.row.card)
    publisher.publish_keeping_inboxes(2)
    late = body_of(step_of(owner, keys, past=past), past)

    assert error(owner.post("/api/v1/me/successions", late)) == (409, "past_not_last")
    assert Client.objects.get(pk=acme.row.pk).card == owner.card
    past = past_of(acme.row)
    again = body_of(step_of(owner, keys, past=past), past)
    assert owner.post("/api/v1/me/successions", again).status_code == 201
