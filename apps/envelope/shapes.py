"""What the members of each object on the wire are: one table an object (docs/protocol.md §2).

Parsers read with these tables, and the server's description of its API is made of them: a member
that is in one is in the other.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from . import encoding
from .encoding import unb64
from .errors import MalformedError


class Shape(ABC):
    """What a member may be."""

    @abstractmethod
    def read(self, value: object) -> Any:
        """Return what a JSON value means; raises MalformedError, LimitError."""


@dataclass(frozen=True)
class Uuid(Shape):
    """A lower-case UUID whose version digit is one of ``versions``."""

    what: str
    versions: str = "4"

    def read(self, value: object) -> str:
        return encoding.uuid(value, self.what, self.versions)


@dataclass(frozen=True)
class Writer(Shape):
    """A client's UUID, or ``form:`` and a form's; ``prefix`` where only one of them may be."""

    prefix: str = f"({encoding.FORM})?"

    def read(self, value: object) -> str:
        return encoding.writer(value)


@dataclass(frozen=True)
class GrantWriter(Shape):
    """What a grant is of: a client's UUID, or ``form:`` or ``group:`` and the UUID of such."""

    prefix: str = f"({encoding.FORM}|{encoding.GROUP})?"

    def read(self, value: object) -> str:
        return encoding.grant_writer(value)


@dataclass(frozen=True)
class Reader(Shape):
    """Who is granted keys: a client's UUID, or ``group:`` and a group's."""

    prefix: str = f"({encoding.GROUP})?"

    def read(self, value: object) -> str:
        return encoding.reader(value)


@dataclass(frozen=True)
class Name(Shape):
    """The name of a field or a type."""

    what: str

    def read(self, value: object) -> str:
        return encoding.name(value, self.what)


@dataclass(frozen=True)
class Integer(Shape):
    """From ``least`` to 2^53 - 1, or to a ``most`` that a subclass sees to."""

    what: str
    least: int = 1
    most: int = encoding.MAX_INT

    def read(self, value: object) -> int:
        return encoding.integer(value, self.what, self.least)


@dataclass(frozen=True)
class Boolean(Shape):
    """True or false."""

    what: str

    def read(self, value: object) -> bool:
        return encoding.boolean(value, self.what)


@dataclass(frozen=True)
class Only(Shape):
    """One value and no other."""

    what: str
    value: str | bool

    def read(self, value: object) -> str | bool:
        if type(value) is not type(self.value) or value != self.value:
            raise MalformedError(f"{self.what} can only be {str(self.value).lower()} here")
        return self.value


@dataclass(frozen=True)
class OneOf(Shape):
    """One of some words."""

    what: str
    words: frozenset[str]

    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise MalformedError(f"{self.what} is not one of the tokens that there are")
        return value


@dataclass(frozen=True)
class Octets(Shape):
    """Bytes in base64url: exactly ``length``, or as many as there are."""

    length: int | None = None

    def read(self, value: object) -> bytes:
        return unb64(value, self.length)


@dataclass(frozen=True)
class Text(Shape):
    """A string of ``least`` to ``most`` code points."""

    what: str
    most: int
    least: int = 0

    def read(self, value: object) -> str:
        return encoding.text(value, self.what, self.most, self.least)


@dataclass(frozen=True)
class Visible(Text):
    """A text without invisible characters, and without white space at its ends."""

    least: int = 1

    def read(self, value: object) -> str:
        return encoding.visible(value, self.what, self.most)


@dataclass(frozen=True)
class OrEmpty(Shape):
    """The shape, or the empty string."""

    of: Shape

    def read(self, value: object) -> Any:
        return value if value == "" else self.of.read(value)


@dataclass(frozen=True)
class OrNull(Shape):
    """The shape, or null."""

    of: Shape

    def read(self, value: object) -> Any:
        return None if value is None else self.of.read(value)


@dataclass(frozen=True)
class Items(Shape):
    """A list of ``least`` to ``most`` of the shape."""

    what: str
    of: Shape
    most: int
    least: int = 1

    def read(self, value: object) -> tuple[Any, ...]:
        return tuple(map(self.of.read, encoding.listed(value, self.what, self.most, self.least)))


@dataclass(frozen=True)
class Distinct(Items):
    """A list of texts in which none comes twice."""

    def read(self, value: object) -> tuple[str, ...]:
        read = super().read(value)
        encoding.distinct(list(read), self.what)
        return read


class Object(Shape):
    """An object with exactly these members, of which it may lack the ``optional`` ones.

    Its first member is ``v``, the version, unless it is a part of another object.
    """

    def __init__(
        self,
        what: str,
        members: Mapping[str, Shape],
        *,
        optional: Collection[str] = (),
        versioned: bool = True,
    ) -> None:
        self.what, self.members, self.optional = what, dict(members), frozenset(optional)
        self.versioned = versioned
        self._needed = tuple(name for name in members if name not in self.optional)
        self._read = {name: shape.read for name, shape in members.items()}

    def check(self, value: object) -> dict[str, Any]:
        """Return an object that has the right members, whatever they are."""
        check = encoding.versioned if self.versioned else encoding.members
        return check(value, self._needed, self.what, self.optional)

    def order(self, wire: Mapping[str, object]) -> tuple[str, ...]:
        """Return the members that an object has in the order of the specification."""
        has = self._needed
        if len(wire) > len(has) + self.versioned:
            has = tuple(name for name in self.members if name in wire)
        return ("v", *has) if self.versioned else has

    def read(self, value: object) -> dict[str, Any]:
        """Return what each member means, without ``v``."""
        return self.read_members(self.check(value))

    def read_members(self, wire: Mapping[str, object]) -> dict[str, Any]:
        """Return the same of an object that was checked."""
        read = self._read
        return {name: read[name](value) for name, value in wire.items() if name != "v"}


@dataclass(frozen=True)
class Parsed(Shape):
    """An object, or one of several kinds, that a parser reads: it asks more than the members.

    ``what`` is what the kinds have in common.
    """

    parse: Callable[[object], Any]
    kinds: tuple[Object, ...]
    what: str = ""

    def read(self, value: object) -> Any:
        return self.parse(value)
