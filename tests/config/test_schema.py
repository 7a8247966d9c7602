"""What /api/v1/schema says, and what the API takes and answers"""

import copy
import re
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from apps.directory.bodies import ENROL
from apps.envelope.conditions import parse_condition
from apps.envelope.drafted_forms import FORM_LINE, draft_of
from apps.envelope.encoding import b64
from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import parse_grant
from apps.envelope.keys import parse_card
from apps.envelope.questions import KINDS, RULES, parse_field
from apps.envelope.records import hide_fields, parse_record
from apps.envelope.rosters import Link, Member, Roster, parse_roster, sign_roster
from apps.envelope.sections import parse_sections
from apps.envelope.statements import (
    Leave,
    parse_deletion,
    parse_leave,
    parse_revocation,
    sign_leave,
)
from apps.envelope.submissions import parse_submission
from apps.envelope.tokens import show_token
from apps.intake.publishing.publication import read_publication
from apps.web.schema import VISIBLE
from tests.people import Person
from tests.tools.drawing import examples
from tests.tools.scenarios.forms import form_record
from tests.tools.scenarios.grants import COLUMN_MAP, grant
from tests.tools.scenarios.questions import ONE_OF_EACH, asked
from tests.tools.scenarios.records import META, client_record
from tests.tools.scenarios.statements import DELETION, REVOCATION
from tests.tools.scenarios.world import ACME

SCHEMA: dict[str, Any] = {}
LANGUAGES = ("en", "de")
FIELDS = {kind: asked(kind, **members) for kind, members in ONE_OF_EACH}
WHEN = [{"field": "ill", "in": ["yes", "no"]}]
SECTION = {"page": True, "title": {"en": "A", "de": "B"}, "text": "", "fields": [], "when": WHEN}
DRAFT = {
    "form": "7c74170f-5b2b-4c65-ae5d-f7c1ee22fc2a", "slug": "signup", "title": "Sign up",
    "description": "", "confirmation": {"en": "Thank you", "de": "Danke"},
    "fields": list(FIELDS.values()), "languages": list(LANGUAGES), "sections": [SECTION],
}  # fmt: skip
LINE = {"id": DRAFT["form"], "slug": "signup", "title": "", "version": 0, "expires": 0}
ENROLMENT = {
    "token": show_token("sfe", bytes(32)), "card": ACME.card.to_wire(),
    "api_key": {"id": DRAFT["form"], "digest": b64(bytes(32))},
}  # fmt: skip
PUBLICATION = {
    "manifest": "{}", "sig": b64(bytes(64)), "grants": [grant(COLUMN_MAP).to_wire()],
    "revocations": [REVOCATION.to_wire()],
}  # fmt: skip
ROSTER = sign_roster(
    Roster(
        group=str(DRAFT["form"]), name="clinic staff", version=2, epoch=2, owner=ACME.card.id,
        kem_pk=ACME.card.kem_pk, prev=bytes([1]) * 32, issued=1, expires=2,
        members=(Member(ACME.card.id, ACME.card.fingerprint, 1),), links=(Link(2, 1, bytes(60)),),
    ),
    ACME.keys,
)  # fmt: skip


def read_field(value: object) -> None:
    """Rules about several members are none that a schema of members could say."""
    try:
        parse_field(value, LANGUAGES)
    except EnvelopeError as error:
        if str(error) not in {rule.says for rule in RULES}:
            raise


OBJECTS: dict[str, tuple[Any, Any]] = {
    "Record": (parse_record, client_record().to_wire()),
    "FormRecord": (parse_record, form_record().to_wire()),
    "ClientRecord": (parse_record, hide_fields(client_record(meta=META), ["zip"]).to_wire()),
    "Grant": (parse_grant, grant(COLUMN_MAP).to_wire()),
    "Card": (parse_card, ACME.card.to_wire()),
    "Deletion": (parse_deletion, DELETION.to_wire()),
    "Revocation": (parse_revocation, REVOCATION.to_wire()),
    "Roster": (parse_roster, ROSTER.to_wire()),
    "Leave": (parse_leave, sign_leave(Leave(ROSTER.group, ACME.card.id, 1), ACME.keys).to_wire()),
    "Submission": (parse_submission, {"v": "sealform/1", "records": [form_record().to_wire()]}),
    "Draft": (draft_of(LANGUAGES).read, DRAFT),
    "Section": (lambda value: parse_sections([value], LANGUAGES), SECTION),
    "Condition": (parse_condition, WHEN[0]),
    "FormSummary": (FORM_LINE.read, LINE),
    "Enrolment": (ENROL.read, ENROLMENT),
    "Publication": (read_publication, PUBLICATION),
    **{f"{kind.title()}Field": (read_field, field) for kind, field in FIELDS.items()},
}
OTHERS = [None, True, 0, -1, 1.5, 2**53, "", "x", "A", "a b", "\0", [], ["x"], {}, {"a": "x"}]


def schema() -> dict[str, Any]:
    if not SCHEMA:
        SCHEMA.update(SchemaGenerator().get_schema(request=None, public=True))
    return SCHEMA


def fits(name: str, value: object) -> bool:
    validator = Draft202012Validator({**schema(), "$ref": f"#/components/schemas/{name}"})
    return bool(validator.is_valid(value))


def is_read(parse: Any, value: object) -> bool:
    try:
        parse(value)
    except EnvelopeError as error:
        return error.code not in {"malformed", "limit"}
    return True


@pytest.mark.parametrize("name", OBJECTS)
def test_what_is_read_fits_the_schema(name: str) -> None:
    parse, value = OBJECTS[name]

    assert is_read(parse, value)
    assert fits(name, value)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_member_is_in_both_or_in_neither(name: str) -> None:
    parse, value = OBJECTS[name]

    for member in value:
        less = {key: item for key, item in value.items() if key != member}
        assert fits(name, less) == is_read(parse, less), member
    told = schema()["components"]["schemas"][name]
    kinds = [schema()["components"]["schemas"][each["$ref"].rpartition("/")[2]]
             for each in told.get("oneOf", [])]  # fmt: skip
    assert any(kind["properties"].keys() >= value.keys() for kind in [*kinds, told])


def test_a_field_is_of_one_of_the_kinds() -> None:
    assert all(fits("Field", field) for field in FIELDS.values())
    assert not fits("Field", {**FIELDS["text"], "kind": "file"})
    told = schema()["components"]["schemas"]["Field"]["oneOf"]
    assert {each["$ref"].rpartition("/")[2] for each in told} == {
        f"{kind.title()}Field" for kind in KINDS
    }


@pytest.mark.slow
@examples(400)
@given(st.data())
def test_what_does_not_fit_the_schema_is_not_read(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(OBJECTS)))
    parse, valid = OBJECTS[name]
    value = copy.deepcopy(valid)
    member = data.draw(st.sampled_from(list(value)))
    value[member] = data.draw(st.sampled_from(OTHERS) | st.from_regex("[A-Za-z0-9_-]{0,90}"))

    if not fits(name, value):
        assert not is_read(parse, value)


SEALED = f"{b64(bytes(60))}.{b64(bytes(92))}"
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)


def documents(told: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What this part of the schema allows; sealed values have one of the sizes that there are."""
    if "$ref" in told:
        return documents(schema()["components"]["schemas"][told["$ref"].rpartition("/")[2]])
    if either := told.get("oneOf", told.get("allOf")):
        return st.one_of(*map(documents, either))
    if told["type"] == "integer":
        return st.integers(told.get("minimum"), told.get("maximum"))
    if told["type"] == "array":
        least = told.get("minItems", 0)
        return st.lists(
            documents(told["items"]), min_size=least, max_size=max(least, 2), unique_by=repr
        )
    if told["type"] == "object" and "properties" in told:
        parts = {name: documents(part) for name, part in told["properties"].items()}
        needed = {name: part for name, part in parts.items() if name in told["required"]}
        return st.fixed_dictionaries(
            needed, optional={name: part for name, part in parts.items() if name not in needed}
        )
    if told["type"] == "object":
        items = documents(told["additionalProperties"])
        return st.dictionaries(NAMES, items, min_size=1, max_size=2)
    if "[.]" in told.get("pattern", ""):
        return st.just(SEALED)
    if size := re.fullmatch(r"base64url of (\d+) bytes", told.get("description", "")):
        return st.sampled_from([b64(bytes([fill]) * int(size[1])) for fill in (0, 255)])
    if "pattern" in told:
        return st.from_regex(told["pattern"], fullmatch=True)
    if told.get("description") == VISIBLE:
        seen = st.characters(categories=["L", "Nd"])
        return st.text(seen, min_size=1, max_size=told["maxLength"])
    texts = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    return st.text(texts, min_size=told.get("minLength", 0))


POSTED = [
    ("POST", "/records"),
    ("PUT", "/records"),
    ("POST", "/records/lookup"),
    ("POST", "/records/query"),
    ("POST", "/deletions"),
    ("POST", "/revocations"),
    ("POST", "/forms/{id}/receipts"),
    ("POST", "/forms/{id}/submissions"),
]
# What is asked of several members together, which a schema of members cannot say.
TOGETHER = (
    "present and hidden", "hidden fields cannot be stored", "whole records",
    "must be distinct", "one form and one manifest", "twice",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), POSTED)
@settings(
    examples(10),
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_the_schema_allows_is_read(
    method: str, path: str, acme: Person, data: st.DataObject
) -> None:
    told = schema()["paths"][f"/api/v1{path}"][method.lower()]["requestBody"]["content"]
    body = data.draw(documents(told["application/json"]["schema"]))
    body.pop("grants", None)  # of whose members much is asked together

    answer = (acme.post if method == "POST" else acme.put)(path.format(id=acme.id), body)

    problem = answer.json().get("error", {"code": "", "message": ""})
    if problem["code"] in {"malformed", "limit"}:
        assert any(words in problem["message"] for words in TOGETHER), problem
