"""Manifests with the members that may be left out, submissions, receipts and work."""

from dataclasses import replace

import pytest

from apps.envelope.answers import empty_value, problems
from apps.envelope.encoding import load_json
from apps.envelope.errors import MismatchError
from apps.envelope.manifests import Manifest, dump_manifest, parse_manifest
from apps.envelope.proof_of_work import do_work, work_done
from apps.envelope.receipts import read_receipt, record_id, show_receipt, verify_receipt
from apps.envelope.submissions import seal_submission
from apps.envelope.words import in_language
from tests.tools.scenarios.manifests import TEXT, written
from tests.tools.scenarios.multilingual import bilingual
from tests.tools.scenarios.questions import ONE_OF_EACH, asked, of
from tests.tools.scenarios.world import RECORD


def manifest(text: str = TEXT) -> Manifest:
    return parse_manifest(text.encode())


def test_a_manifest_without_optional_members_is_written_without_them() -> None:
    plain = manifest()
    assert dump_manifest(plain) == TEXT.encode()
    assert (plain.languages, plain.sections) == ((), ())
    assert {field.sensitive for field in plain.fields} == {True}


def test_a_manifest_without_sections_has_one_page_with_all_fields() -> None:
    (section,) = manifest().all_sections
    assert section.page
    assert section.fields == tuple(field.name for field in manifest().fields)


def test_every_member_is_written_in_the_order_it_is_parsed_in() -> None:
    for text in (bilingual(), of(*(asked(kind, **members) for kind, members in ONE_OF_EACH))):
        shuffled = dict(sorted(load_json(text.encode()).items()))
        shuffled["fields"] = [dict(sorted(field.items())) for field in shuffled["fields"]]
        again = manifest(text)
        assert dump_manifest(replace(again, raw=b"")) == text.encode()
        assert dump_manifest(manifest(written(shuffled))) == text.encode()


def test_words_are_told_in_the_language_asked_for_or_the_form_s_own() -> None:
    title = manifest(bilingual()).title
    assert in_language(title, "de") == "Anmeldung"
    assert in_language(title, "fr") == "Sign-up"
    assert in_language("Plain", "de") == "Plain"


def test_what_is_empty_breaks_no_rule_of_what_is_not_required() -> None:
    form = manifest(of(*(asked(kind, **members) for kind, members in ONE_OF_EACH)))
    assert problems(form, {field.name: empty_value(field) for field in form.fields}) == {}


def test_a_sealed_submission_comes_with_its_receipt() -> None:
    form = manifest()
    answers = {field.name: empty_value(field) for field in form.fields}
    records, receipt = seal_submission(form, answers)
    assert [record.id for record in records] == [
        record_id(receipt[:16], form.form, inbox.type) for inbox in form.types
    ]
    verify_receipt(receipt, form, reversed(records))
    others, other = seal_submission(form, answers)
    assert other[:16] != receipt[:16]
    with pytest.raises(MismatchError):
        verify_receipt(receipt, form, others)


def test_what_is_sealed_anew_keeps_its_ids_under_new_keys() -> None:
    form = manifest()
    answers = {field.name: empty_value(field) for field in form.fields}
    records, receipt = seal_submission(form, answers)
    anew, other = seal_submission(form, answers, receipt[:16])
    assert [record.id for record in anew] == [record.id for record in records]
    assert not {record.akid for record in anew} & {record.akid for record in records}
    assert other != receipt


def test_a_receipt_is_read_as_it_was_shown() -> None:
    _, receipt = seal_submission(manifest(), {each.name: "" for each in manifest().fields})
    assert show_receipt(receipt).startswith("R-")
    assert read_receipt(show_receipt(receipt)) == receipt


def test_work_that_was_done_is_seen_and_less_is_not() -> None:
    nonce = do_work("challenge", RECORD, 10)
    assert work_done("challenge", RECORD, nonce, 10)
    assert not any(work_done("challenge", RECORD, less, 10) for less in range(nonce))
