"""What the OpenAPI schema says of errors, on every path, and of objects by their tables.

The envelope's tables of members (``apps/envelope/shapes.py``) become components here, so that the
schema can name no member that a parser does not take, nor lack one.
"""

from functools import cache, singledispatch
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.envelope import formats, questions, words
from apps.envelope.conditions import Asked
from apps.envelope.drafted_forms import SLUG, Slug
from apps.envelope.encoding import FORM, GROUP, NAME
from apps.envelope.patterns import MAX_PATTERN
from apps.envelope.records import MAX_META, Fields, Labels, Named
from apps.envelope.shapes import (
    Boolean,
    GrantWriter,
    Integer,
    Items,
    Name,
    Object,
    Octets,
    OneOf,
    Only,
    OrEmpty,
    OrNull,
    Parsed,
    Reader,
    Shape,
    Text,
    Uuid,
    Visible,
    Writer,
)
from apps.envelope.tokens import Token
from apps.web.errors import catalogue

Field = serializers.Field[Any, Any, Any, Any]
Component = type[serializers.Serializer[Any]]

EXPLANATION = "One of the catalogue's codes:\n\n" + "\n".join(
    f"- `{code}` ({error.status_code}): {error.message}" for code, error in catalogue().items()
)


class ErrorDetailSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(catalogue()), help_text=EXPLANATION)
    message = serializers.CharField(help_text="What failed.")
    hint = serializers.CharField(help_text="What to do next.", allow_blank=True)


class ErrorSerializer(serializers.Serializer[Any]):
    error = ErrorDetailSerializer()


def posted(*statuses: int) -> dict[int, type[ErrorSerializer]]:
    """Return the ``responses`` of a path that takes a body and can fail so."""
    return errors(413, 415, *statuses)


def errors(*statuses: int) -> dict[int, type[ErrorSerializer]]:
    """Return the ``responses`` of a path that can fail so; those that any path has are added."""
    return dict.fromkeys(sorted({400, 406, 429, 503, *statuses}), ErrorSerializer)


# --- Objects by their tables --------------------------------------------------------------

ID = "[0-9a-f]{8}-[0-9a-f]{4}-[%s][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
DIGIT = "[A-Za-z0-9_-]"
VISIBLE = "no character that nobody sees, and no space at either end"
# By how many bytes there are beyond threes: what base64url ends in, no spare bit being set.
ENDS = ("", f"{DIGIT}[AQgw]", f"{DIGIT}{{2}}[AEIMQUYcgkosw048]")


@cache
def component(table: Object) -> Component:
    """Return the schema's component of an object, which is called as the table is."""
    return extended(table, table.what.title().replace(" ", ""))


def extended(table: Object, name: str, **further: Field) -> Component:
    """Return a component of this table's members and some more.

    As a class body, ``fields`` would hide the serializer's own.
    """
    members: dict[str, Field] = {"v": matching("sealform/1")} if table.versioned else {}
    for member, shape in table.members.items():
        members[member] = field_of(shape, required=member not in table.optional)
    return type(name, (serializers.Serializer,), members | further)


def matching(pattern: str, **options: Any) -> Field:
    """Return a string that matches as a whole."""
    return serializers.RegexField(f"^{pattern}$", **options)


@singledispatch
def field_of(shape: Shape, **options: Any) -> Field:
    """Return what the schema says of a member: as a rule, what its text looks like.

    ``options`` are those of any field of a serializer.
    """
    return matching(pattern_of(shape), help_text=_explained(shape), **options)


@field_of.register
def _(shape: Integer, **options: Any) -> Field:
    return serializers.IntegerField(min_value=shape.least, max_value=shape.most, **options)


@field_of.register
def _(shape: Boolean, **options: Any) -> Field:
    return serializers.BooleanField(**options)


@field_of.register
def _(shape: Text, **options: Any) -> Field:
    least = shape.least or None
    return serializers.CharField(
        min_length=least, max_length=shape.most, allow_blank=not least, **options
    )


@field_of.register
def _(shape: Visible, **options: Any) -> Field:
    return serializers.CharField(
        min_length=shape.least, max_length=shape.most, help_text=VISIBLE, **options
    )


@field_of.register
def _(shape: OneOf, **options: Any) -> Field:
    return serializers.ChoiceField(choices=sorted(shape.words), **options)


@field_of.register
def _(shape: Only, **options: Any) -> Field:
    kind = "boolean" if isinstance(shape.value, bool) else "string"
    return _told({"type": kind, "enum": [shape.value]}, **options)


@field_of.register
def _(shape: Asked, **options: Any) -> Field:
    return _told({"oneOf": [{"type": "string"}, {"type": "boolean"}]}, **options)


@field_of.register
def _(shape: words.Worded, **options: Any) -> Field:
    text = {
        "type": "string", "minLength": shape.length.least, "maxLength": shape.length.most,
    }  # fmt: skip
    each = {
        "type": "object", "additionalProperties": text, "description": "one for each language",
    }  # fmt: skip
    return _told({"oneOf": [text, each]}, **options)


@field_of.register
def _(shape: Items, **options: Any) -> Field:
    return serializers.ListField(
        child=field_of(shape.of), min_length=shape.least, max_length=shape.most, **options
    )


@field_of.register
def _(shape: Named, **options: Any) -> Field:
    return serializers.DictField(
        child=field_of(shape.of), help_text="by the names of fields", **options
    )


@field_of.register
def _(shape: Labels, **options: Any) -> Field:
    return serializers.DictField(
        child=field_of(shape.of), help_text=f"plaintext by name, 1 to {MAX_META}", **options
    )


@field_of.register
def _(shape: Fields, **options: Any) -> Field:
    sealed = matching(f"{DIGIT}{{80}}[.]{DIGIT}+")
    return serializers.DictField(
        child=sealed, help_text="name to `<b64url k>.<b64url c>`", **options
    )


@field_of.register
def _(shape: OrNull, **options: Any) -> Field:
    return field_of(shape.of, allow_null=True, **options)


@field_of.register
def _(shape: Object, **options: Any) -> Field:
    return component(shape)(**options)


@field_of.register
def _(shape: Parsed, **options: Any) -> Field:
    kinds = tuple(component(kind) for kind in shape.kinds)
    if len(kinds) == 1:
        return kinds[0](**options)
    return _one_of(shape.what.title(), kinds)(**options)


def _told(schema: dict[str, Any], **options: Any) -> Field:
    """Return a member that the schema describes in these words."""
    return extend_schema_field(schema)(type("Told", (serializers.Field,), {}))(**options)


@cache
def _one_of(common: str, kinds: tuple[Component, ...]) -> type[Field]:
    """Return an object of one of several kinds; the component is called by what they share."""
    union: Any = PolymorphicProxySerializer(common, list(kinds), resource_type_field_name=None)
    return extend_schema_field(union)(type(common, (serializers.DictField,), {}))


@singledispatch
def pattern_of(shape: Shape) -> str:
    """Return the regular expression of a member that is text."""
    raise TypeError(f"the schema has no words for {type(shape).__name__}")


@pattern_of.register
def _(shape: Uuid) -> str:
    return ID % shape.versions


@pattern_of.register
def _(shape: Writer | GrantWriter | Reader) -> str:
    return f"{shape.prefix}{ID % 4}"


@pattern_of.register
def _(shape: Name) -> str:
    return NAME.pattern


@pattern_of.register
def _(shape: Slug) -> str:
    return SLUG.pattern


@pattern_of.register
def _(shape: Token) -> str:
    return shape.pattern


@pattern_of.register
def _(shape: words.Tag) -> str:
    return words.LANGUAGE.pattern


@pattern_of.register
def _(shape: questions.Pattern) -> str:
    return f"[^\\0]{{1,{MAX_PATTERN}}}"  # its grammar is docs/protocol.md §8's


LIMITS = {
    "number": formats.DECIMAL.pattern,
    "date": formats.DATE.pattern,
    "time": formats.TIME.pattern,
}


@pattern_of.register
def _(shape: questions.Limit) -> str:
    if shape.kind != "rating":
        return LIMITS.get(shape.kind, "")
    ends = questions.LEAST_OF_SCALE if shape.what == "min" else questions.MOST_OF_SCALE
    return f"({'|'.join(ends)})"


@pattern_of.register
def _(shape: Octets) -> str:
    if shape.length is None:
        return f"{DIGIT}*"
    threes, rest = divmod(shape.length, 3)
    return f"{DIGIT}{{{4 * threes}}}{ENDS[rest]}"


@pattern_of.register
def _(shape: OrEmpty) -> str:
    return f"({pattern_of(shape.of)})?"


def _explained(shape: Shape) -> str:
    if isinstance(shape, Octets):
        return f"base64url of {shape.length} bytes" if shape.length else "base64url"
    return EXPLAINED.get(type(shape), "")


EXPLAINED: dict[type[Shape], str] = {
    Writer: f"a client's id, or `{FORM}` and a form's",
    GrantWriter: f"a client's id, or `{FORM}` and a form's, or `{GROUP}` and a group's",
    Reader: f"a client's id, or `{GROUP}` and a group's",
}
