"""What the client expects of each answer is what the API's description promises."""

import copy
import re
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.client.endpoints import ENDPOINTS, Endpoint
from apps.client.served_shapes import Left
from apps.envelope.shapes import Items, Object, OneOf, Shape

ROOT = "/api/v1"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, wherever it stands."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = schema["allOf"][0]
    if "$ref" in schema:
        found: dict[str, Any] = description["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return resolved(description, found)
    return schema


def promised(description: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The schema of an endpoint's answer that is no error."""
    for path, methods in description["paths"].items():
        plain = re.sub(r"{[^}]*}", "{}", path.removeprefix(ROOT))
        operation = methods.get(endpoint.method.lower())
        if plain == endpoint.path and operation:
            [answer, *_] = [
                answer for code, answer in operation["responses"].items() if code[0] == "2"
            ]
            schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
            return schema
    raise AssertionError(f"{endpoint.method} {endpoint.path} is in no description")


def check(description: dict[str, Any], shape: Shape, schema: dict[str, Any], at: str) -> None:
    """Compare members, words and lists, as deep as the shape says something."""
    schema = resolved(description, schema)
    if isinstance(shape, Object):
        assert set(schema["properties"]) == set(shape.members), at
        for name, one in shape.members.items():
            check(description, one, schema["properties"][name], f"{at}.{name}")
    elif isinstance(shape, Items):
        assert schema["type"] == "array", at
        check(description, shape.of, schema["items"], f"{at}[]")
    elif isinstance(shape, OneOf):
        assert set(shape.words) == set(schema["enum"]), at
    elif not isinstance(shape, Left):
        assert schema.get("type") not in {"object", "array"}, at


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_the_description_promises_what_the_client_expects(
    endpoint: Endpoint, description: dict[str, Any]
) -> None:
    check(description, endpoint.answer, promised(description, endpoint), endpoint.path)


@pytest.mark.parametrize("change", ["drop", "add"])
def test_a_member_that_only_one_of_them_has_would_be_seen(
    change: str, description: dict[str, Any]
) -> None:
    endpoint = ENDPOINTS["LIST_GRANTS"]
    told = copy.deepcopy(resolved(description, promised(description, endpoint)))
    if change == "drop":
        del told["properties"]["more"]
    else:
        told["properties"]["total"] = {"type": "integer"}

    with pytest.raises(AssertionError, match="a page"):
        check(description, endpoint.answer, told, "a page")
