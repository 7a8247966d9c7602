"""Submissions: the server wants acme, and who reads its forms, to be shown other answers."""

from dataclasses import replace

from apps.client.acts import opening
from apps.envelope import submissions
from apps.envelope.fields import _seal_field
from apps.envelope.grants import seal_grant
from apps.envelope.primitives import random
from apps.envelope.submissions import seal_submission
from tests.malicious.attacks import (
    PLACE,
    VERIFY_GRANT,
    Attack,
    Deed,
    off,
)
from tests.malicious.attacks_on_records import FORGED, reads, said
from tests.malicious.parties import World

FORM_RECORD = off(opening, "check_form_record") + off(submissions, "check_form_record")
INBOX_INFO = off(submissions, "inbox_info", lambda manifest, id, type, akid: b"")


def a_field_that_was_not_asked(world: World) -> Deed:
    """mallory submits more than the form asks, and the server stores it."""
    form, manifest = world.published()
    spy = replace(manifest.fields[0], name="iban")
    more = replace(manifest, fields=(*manifest.fields, spy))  # the signed bytes stay
    answers = {each.name: "" for each in more.fields} | {"iban": FORGED}
    [record], _ = seal_submission(more, answers)
    world.insert(record, writer=form.writer)
    return reads(world.acme, "account", lambda shown: said(shown, record.id).get("iban") == FORGED)


def an_answer_that_was_given(world: World) -> Deed:
    _, manifest = world.published()
    id = world.submit(manifest, comments="do not call me")
    record = world.stored(id)
    rest = {name: sealed for name, sealed in record.fields.items() if name != "comments"}
    world.put(id, replace(record, fields=rest))
    return reads(world.acme, "account", lambda shown: "comments" not in said(shown, id))


def anothers_submission(world: World) -> Deed:
    """One visitor's sealed access key and answers under another's id."""
    _, manifest = world.published()
    ann, bob = (world.submit(manifest, fullname=name) for name in ("Ann", "Bob"))
    world.put(ann, replace(world.stored(bob), id=ann))
    return reads(world.acme, "account", lambda shown: said(shown, ann)["fullname"] == "Bob")


def a_record_grant_of_mallorys(world: World) -> Deed:
    """A data key of her own for one field, and the field sealed under it."""
    form, manifest = world.published()
    record = world.stored(world.submit(manifest, fullname="Ann"))
    world.marketing.knows(world.acme)
    key = random(32)
    forged = _seal_field(random(32), record.place, "fullname", FORGED, key, random(12), random(12))
    world.put(record.id, replace(record, fields=dict(record.fields) | {"fullname": forged}))
    grant = seal_grant(
        granter=world.mallory.keys, reader=world.marketing.card, writer=form.writer,
        type="account", gen=1, akid=record.akid, keys={"fullname": key}, record=record.id,
    )  # fmt: skip
    world.plant(grant, world.marketing, record.id)
    return reads(
        world.marketing, "account", lambda shown: said(shown, record.id) == {"fullname": FORGED}
    )


ATTACKS: dict[str, Attack] = {
    "adds a field to a submission": Attack(a_field_that_was_not_asked, (FORM_RECORD,), "mismatch"),
    "drops an answer": Attack(an_answer_that_was_given, (FORM_RECORD,), "mismatch"),
    "swaps two submissions": Attack(anothers_submission, (INBOX_INFO, PLACE), "open"),
    "hands over a grant of mallory's": Attack(
        a_record_grant_of_mallorys, (VERIFY_GRANT,), "mismatch", "signature"
    ),
}
