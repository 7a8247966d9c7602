"""hand-over and trust hand-over: a form gets another owner, and who reads it follows"""

import json

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.client.acts import recovering
from apps.client.credentials import Credentials
from apps.client.errors import VerificationError
from apps.client.session import Stream
from apps.client.trust import generations
from apps.envelope.encoding import dump_json
from apps.envelope.hand_overs import accept_hand_over, offer_hand_over
from apps.envelope.keys import parse_card
from apps.intake.drafting.sample_form import create_signup_form
from apps.intake.models import Form
from apps.intake.models import HandOver as StoredHandOver
from apps.vault.models import Generation, Grant
from tests.client.parties import Party, Ran, Signup
from tests.client.protection import opened
from tests.client.test_rotate import compared

pytestmark = pytest.mark.database


def offer(signup: Signup, giver: Party, taker: Party, *words: str) -> Ran:
    return giver.run(
        "hand-over", "signup", "--to", taker.id, "--fingerprint", taker.fingerprint, "--yes", *words
    )


def accept(signup: Signup, giver: Party, taker: Party) -> Ran:
    form = str(signup.form.id)
    known = ("--fingerprint", giver.fingerprint)
    return taker.run("hand-over", "--accept", form, *known, "--yes")


def handed(signup: Signup, giver: Party, taker: Party, *words: str) -> None:
    assert offer(signup, giver, taker, *words).error == ""
    assert accept(signup, giver, taker).error == ""
    assert taker.publish("signup").error == ""


def answers(party: Party) -> list[str]:
    return sorted(str(one.data["fullname"]) for one in party.client.query("account"))


def test_the_taker_publishes_and_reads_what_comes(
    signup: Signup, acme: Party, clinic: Party
) -> None:
    signup.fill()

    ran = offer(signup, acme, clinic)
    assert f"hand-over --accept {signup.form.id}" in ran.out
    assert acme.fingerprint in ran.out
    taken = accept(signup, acme, clinic)
    assert taken.error == ""
    assert "stays with the giver" in taken.out
    signup.fill(fullname="Bo Canary")
    assert clinic.publish("signup").error == ""
    signup.fill(fullname="Cy Canary")

    assert answers(clinic) == ["Cy Canary"]
    assert answers(acme) == ["Ann Canary", "Bo Canary"]
    served = Browser().get(f"/api/v1/forms/{signup.form.id}/manifest").json()
    assert parse_card(served["card"]).id == clinic.id
    assert acme.run("publish", "signup", "--yes").code == 1


@pytest.mark.slow
def test_with_answers_the_taker_reads_what_came_before(
    signup: Signup, acme: Party, clinic: Party
) -> None:
    signup.fill()

    ran = offer(signup, acme, clinic, "--with-answers")
    assert "may read what came so far of: account" in ran.out
    assert accept(signup, acme, clinic).error == ""
    assert clinic.publish("signup").error == ""
    signup.fill(fullname="Bo Canary")

    assert answers(clinic) == ["Ann Canary", "Bo Canary"]
    ran = acme.rotate()
    assert ran.error == ""
    assert f"form {signup.form.id} is not this client's any more" in ran.err
    assert answers(clinic) == ["Ann Canary", "Bo Canary"]
    assert answers(acme) == ["Ann Canary"]


@pytest.mark.slow
def test_a_reader_follows_once_somebody_agreed(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    acme.knows(marketing)
    marketing.knows(acme)
    acme.client.share("account", marketing.id, form="signup")
    signup.fill()
    assert answers(marketing) == ["Ann Canary"]
    handed(signup, acme, clinic)
    clinic.knows(marketing)
    clinic.client.share("account", marketing.id, form="signup")
    signup.fill(fullname="Bo Canary")
    form = str(signup.form.id)

    with pytest.raises(VerificationError, match="belongs to client") as refused:
        answers(marketing)
    assert "trust hand-over" in refused.value.hint
    unknown = marketing.run("trust", "hand-over", form, "--yes")
    assert unknown.code == 1
    assert "not known here" in unknown.error
    wrong = marketing.run("trust", "hand-over", form, "--yes", "--fingerprint", acme.fingerprint)
    assert wrong.code == 1
    asked = marketing.run("trust", "hand-over", form, "--fingerprint", clinic.fingerprint)
    assert asked.code == 1
    assert "nobody is here to confirm" in asked.error
    followed = marketing.run(
        "trust", "hand-over", form, "--yes", "--fingerprint", clinic.fingerprint
    )
    assert followed.error == ""
    assert answers(marketing) == ["Ann Canary", "Bo Canary"]


def test_it_is_listed_to_both(signup: Signup, acme: Party, clinic: Party, mallory: Party) -> None:
    offer(signup, acme, clinic)

    found = [json.loads(one.run("hand-over", "--json").out) for one in (acme, clinic, mallory)]

    assert [[line["direction"] for line in lines] for lines in found] == [
        ["outgoing"], ["incoming"], [],
    ]  # fmt: skip
    assert found[0][0]["form"] == str(signup.form.id)
    assert str(signup.form.id) in clinic.run("hand-over").out
    assert "Nothing is offered" in mallory.run("hand-over").out


def test_an_offer_is_withdrawn(signup: Signup, acme: Party, clinic: Party) -> None:
    offer(signup, acme, clinic)
    pending = acme.run("publish", "signup", "--yes")
    assert pending.code == 1
    assert "handed over" in pending.error

    withdrawn = acme.run("hand-over", "--withdraw", "signup")

    assert withdrawn.error == ""
    assert accept(signup, acme, clinic).code == 1
    assert acme.run("publish", "signup", "--yes").error == ""
    assert "Nothing was offered" in acme.run("hand-over", "--withdraw", "signup").out


def test_nobody_else_takes_it(signup: Signup, acme: Party, clinic: Party, mallory: Party) -> None:
    offer(signup, acme, clinic)

    ran = accept(signup, acme, mallory)

    assert ran.code == 1
    assert "not offered to this client" in ran.error
    assert Form.objects.get(pk=signup.form.pk).owner_id == acme.row.pk


def test_nobody_takes_it_from_a_stranger(signup: Signup, acme: Party, clinic: Party) -> None:
    offer(signup, acme, clinic)

    ran = clinic.run("hand-over", "--accept", str(signup.form.id), "--yes")

    assert ran.code == 1
    assert "--fingerprint" in ran.error


def test_an_acceptance_whose_answer_was_lost_is_gone_on_with(
    signup: Signup, acme: Party, clinic: Party
) -> None:
    signup.fill()
    offer(signup, acme, clinic, "--with-answers")
    before = {path: path.read_bytes() for path in clinic.path.parent.iterdir() if path.is_file()}
    assert accept(signup, acme, clinic).error == ""
    for path in clinic.path.parent.iterdir():
        if path not in before:
            path.unlink()
    for path, raw in before.items():
        path.write_bytes(raw)

    again = accept(signup, acme, clinic)

    assert again.error == ""
    assert clinic.publish("signup").error == ""
    assert answers(clinic) == ["Ann Canary"]
    assert StoredHandOver.objects.count() == 1


@pytest.mark.slow
def test_after_a_rotation_of_the_giver_it_is_offered_anew(
    signup: Signup, acme: Party, clinic: Party
) -> None:
    offer(signup, acme, clinic)
    assert acme.rotate().error == ""

    assert accept(signup, acme, clinic).code == 1
    handed(signup, acme, clinic)
    assert answers(clinic) == []


@pytest.mark.slow
def test_a_form_comes_back(signup: Signup, acme: Party, clinic: Party) -> None:
    handed(signup, acme, clinic)
    signup.fill()
    form = str(signup.form.id)
    known = ("--fingerprint", clinic.fingerprint, "--yes")
    assert acme.run("trust", "hand-over", form, *known).error == ""

    assert offer(signup, clinic, acme, "--with-answers").error == ""
    assert accept(signup, clinic, acme).error == ""
    assert acme.publish("signup").error == ""
    signup.fill(fullname="Bo Canary")

    assert answers(acme) == ["Ann Canary", "Bo Canary"]
    assert answers(clinic) == ["Ann Canary"]


@pytest.mark.slow
def test_the_taker_rotates_later(signup: Signup, acme: Party, clinic: Party) -> None:
    handed(signup, acme, clinic)
    signup.fill()

    assert clinic.rotate().error == ""
    signup.fill(fullname="Bo Canary")

    assert answers(clinic) == ["Ann Canary", "Bo Canary"]


def follows(party: Party, signup: Signup, *words: str) -> Ran:
    """A person agrees to whoever has the form now."""
    return party.run("trust", "hand-over", str(signup.form.id), "--yes", *words)


def shown(signup: Signup, giver: Party, old: Credentials, taker: Party, version: int) -> None:
    """The server shows a hand-over that these keys signed, whenever they did."""
    takes = opened(taker.path)
    offer = offer_hand_over(
        form=str(signup.form.id), version=version, giver=old.card, taker=takes.card, keys=old.keys
    )
    StoredHandOver.objects.create(
        form=signup.form, giver=giver.row, taker=taker.row, version=version,
        body=dump_json(accept_hand_over(offer, keys=takes.keys).to_wire()), accepted=timezone.now(),
    )  # fmt: skip


def reader(signup: Signup, acme: Party, marketing: Party, *others: Party) -> Party:
    """marketing, who reads what the form collects, and knows the others."""
    acme.knows(marketing)
    for one in (acme, *others):
        marketing.knows(one)
    acme.client.share("account", marketing.id, form="signup")
    signup.fill()
    assert answers(marketing) == ["Ann Canary"]
    return marketing


@pytest.mark.slow
def test_what_stolen_keys_handed_over_is_not_followed(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    reader(signup, acme, marketing, clinic)
    handed(signup, acme.copy("stolen"), clinic)
    assert acme.rotate("--compromised").error == ""
    marketing.run("trust", "add", acme.id, "--fingerprint", acme.fingerprint)

    for words in ((), ("--fingerprint", clinic.fingerprint)):
        ran = follows(marketing, signup, *words)
        assert ran.code == 1
        assert "that were stolen, as it says" in ran.error
    form = marketing.client.session.state.load().forms[str(signup.form.id)]
    assert form.owner == acme.id


@pytest.mark.slow
def test_who_really_gave_it_before_a_theft_is_believed_once_a_person_begins_anew(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    reader(signup, acme, marketing, clinic)
    handed(signup, acme, clinic)
    clinic.knows(marketing)
    clinic.client.share("account", marketing.id, form="signup")
    signup.fill(fullname="Bo Canary")
    assert acme.rotate("--compromised").error == ""
    marketing.run("trust", "add", acme.id, "--fingerprint", acme.fingerprint)
    refused = follows(marketing, signup)
    assert f"`recover TYPE --writer {acme.id}` begins anew" in refused.error

    session = marketing.client.session
    recovering.forget_forms(session, recovering.forms_of(session, acme.id))
    with pytest.raises(VerificationError, match="belongs to client") as caught:
        answers(marketing)
    assert "trust hand-over" in caught.value.hint
    assert follows(marketing, signup).error == ""

    assert answers(marketing) == ["Ann Canary", "Bo Canary"]


@pytest.mark.slow
def test_a_giver_that_rotated_since_is_followed_for_what_it_gave_before(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    reader(signup, acme, marketing, clinic)
    handed(signup, acme, clinic)
    assert acme.rotate().error == ""
    assert clinic.rotate().error == ""

    assert follows(marketing, signup).error == ""
    assert answers(marketing) == ["Ann Canary"]


@pytest.mark.slow
def test_keys_that_were_succeeded_hand_nothing_over(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    reader(signup, acme, marketing, clinic)
    old = opened(acme.path)
    assert acme.rotate().error == ""
    assert answers(marketing) == ["Ann Canary"]

    shown(signup, acme, old, clinic, signup.manifest.version)

    assert "keys that were succeeded before" in follows(marketing, signup).error


@pytest.mark.slow
def test_nobody_gives_with_an_earlier_card_than_it_took_the_form_with(
    signup: Signup, acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    reader(signup, acme, marketing, clinic, mallory)
    old = opened(clinic.path)
    assert clinic.rotate().error == ""
    handed(signup, acme, clinic)

    shown(signup, clinic, old, mallory, signup.manifest.version)

    assert "an earlier card than the form was taken with" in follows(marketing, signup).error


@pytest.mark.slow
def test_who_gives_first_has_to_be_pinned(
    signup: Signup, acme: Party, clinic: Party, marketing: Party
) -> None:
    """Nothing but the pin says whose card signs the step away from the owner that is known."""
    reader(signup, acme, marketing, clinic)
    handed(signup, acme, clinic)
    assert marketing.run("trust", "remove", acme.id, "--yes").error == ""

    assert "is not known here" in follows(marketing, signup).error


@pytest.mark.slow
def test_who_met_it_after_a_hand_over_follows_the_next_one(
    signup: Signup, acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    handed(signup, acme, clinic)
    clinic.knows(marketing)
    marketing.knows(clinic)
    clinic.client.share("account", marketing.id, form="signup")
    signup.fill()
    assert answers(marketing) == ["Ann Canary"]
    handed(signup, clinic, mallory)
    mallory.knows(marketing)
    marketing.knows(mallory)
    mallory.client.share("account", marketing.id, form="signup")
    signup.fill(fullname="Bo Canary")

    ran = follows(marketing, signup)

    assert ran.error == ""
    assert f"client {acme.id} had form" in ran.err
    assert answers(marketing) == ["Ann Canary", "Bo Canary"]
    assert "still belongs to" in follows(marketing, signup).error


@pytest.mark.slow
def test_who_takes_it_later_reads_what_its_first_owner_collected(
    signup: Signup, acme: Party, clinic: Party, mallory: Party
) -> None:
    signup.fill()
    handed(signup, acme, clinic, "--with-answers")
    signup.fill(fullname="Bo Canary")
    handed(signup, clinic, mallory, "--with-answers")
    signup.fill(fullname="Cy Canary")
    assert "still belongs to" in follows(mallory, signup).error

    mallory.knows(acme)
    ran = follows(mallory, signup)
    assert ran.error == ""
    assert f"before       client {acme.id}, up to version 1" in ran.out

    assert answers(mallory) == ["Ann Canary", "Bo Canary", "Cy Canary"]
    assert mallory.publish("signup").error == ""
    former = mallory.client.session.state.load().forms[str(signup.form.id)].former
    assert [one.id for one in former] == [acme.id, clinic.id]


@pytest.mark.slow
def test_who_met_a_form_that_came_back_follows_from_there(
    signup: Signup, acme: Party, clinic: Party, marketing: Party, mallory: Party
) -> None:
    handed(signup, acme, clinic)
    follows(acme, signup, "--fingerprint", clinic.fingerprint)
    handed(signup, clinic, acme)
    reader(signup, acme, marketing, clinic, mallory)
    handed(signup, acme, mallory)

    assert follows(marketing, signup).error == ""

    form = marketing.client.session.state.load().forms[str(signup.form.id)]
    assert form.owner == mallory.id
    assert [one.id for one in form.former] == [acme.id, clinic.id, acme.id]
    assert answers(marketing) == ["Ann Canary"]


@pytest.mark.parametrize(
    "words",
    [
        ["signup"],
        ["--accept"],
        ["signup", "--with-answers", "--accept"],
        ["signup", "--to", "x", "--withdraw"],
    ],
)
def test_words_that_say_nothing_are_misused(signup: Signup, acme: Party, words: list[str]) -> None:
    assert acme.run("hand-over", *words).code == 2


def test_an_unpublished_form_is_not_handed_over(acme: Party, clinic: Party) -> None:
    create_signup_form(owner=acme.row)
    ran = acme.run(
        "hand-over", "signup", "--to", clinic.id, "--fingerprint", clinic.fingerprint, "--yes"
    )

    assert ran.code == 1
    assert "never published" in ran.error


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--with-answers",)])
def test_a_giver_whose_keys_were_stolen_keeps_nobody_from_publishing(
    signup: Signup, acme: Party, clinic: Party, marketing: Party, words: tuple[str, ...]
) -> None:
    signup.fill()
    assert offer(signup, acme, clinic, *words).error == ""
    assert accept(signup, acme, clinic).error == ""
    assert acme.rotate("--compromised").error == ""

    ran = clinic.publish("signup")

    assert ran.error == ""
    assert ran.err.count("says that its keys were stolen") == 1
    signup.fill(fullname="Bo Canary")
    assert "Bo Canary" in answers(clinic)
    clinic.knows(marketing)
    clinic.client.share("account", marketing.id, form="signup")
    clinic.client.revoke("account", marketing.id, form="signup")
    assert clinic.rotate().error == ""
    signup.fill(fullname="Cy Canary")
    compared(clinic, acme)
    before = ["Ann Canary"] if words else []
    assert answers(clinic) == [*before, "Bo Canary", "Cy Canary"]


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--with-answers",), ()])
def test_a_type_that_comes_back_gets_an_inbox_of_the_taker_s(
    signup: Signup, acme: Party, clinic: Party, words: tuple[str, ...]
) -> None:
    """It is not in the first manifest of the taker; its inbox is from who gave the form."""
    zips = signup.form.fields.filter(name="zip")
    zips.update(type="contact")
    assert acme.publish("signup").error == ""
    before = signup.manifest.inbox("contact")
    assert offer(signup, acme, clinic, *words).error == ""
    assert accept(signup, acme, clinic).error == ""
    zips.update(type="account")
    assert clinic.publish("signup").error == ""
    assert Generation.objects.get(stream__type="contact").closed
    Generation.objects.filter(stream__type="contact").update(closed=None)  # a server that lies

    zips.update(type="contact")
    assert clinic.publish("signup").error == ""

    after = signup.manifest.inbox("contact")
    assert after.gen > before.gen
    assert after.public != before.public
    signup.fill()
    assert len(list(clinic.client.query("contact"))) == 1
    assert len(list(acme.client.query("contact"))) == 0
    assert clinic.publish("signup").error == ""
    assert signup.manifest.inbox("contact") == after


@pytest.mark.slow
def test_an_inbox_that_the_giver_opens_later_is_not_the_taker_s(
    signup: Signup, acme: Party, clinic: Party
) -> None:
    """A server that is on the giver's side shows it, with a grant of the giver's."""
    handed(signup, acme, clinic)
    giver, taker = acme.client.session, clinic.client.session
    stream = Stream(f"form:{signup.form.id}", "account")
    given = generations.create(stream, 3)
    grant = generations.grant(giver, stream, given, taker.me)
    opened = Generation.objects.get(stream__type="account", number=2)
    Generation.objects.filter(pk=opened.pk).update(closed=timezone.now())
    late = Generation.objects.create(stream=opened.stream, number=3, akid=given.akid)
    Grant.objects.create(
        stream=late.stream,
        generation=late,
        reader=clinic.row,
        akid=given.akid,
        fields=[],
        not_after=0,
        body=grant.raw,
    )

    assert clinic.publish("signup").error == ""

    assert signup.manifest.inbox("account").gen == 4
