"""What this client asks a server, and everything that it lets the answer be.

One line an endpoint (docs/protocol.md §10): its address, the shape of what comes back, how many
bytes that may have and how long it may take. Nothing else of an answer reaches the client.
"""

from dataclasses import dataclass
from typing import Any

from ..envelope.drafted_forms import FORM_LINE, Slug
from ..envelope.encoding import MAX_BODY, load_json
from ..envelope.errors import LimitError
from ..envelope.hand_overs import MAX_STEPS as MAX_HAND_OVERS
from ..envelope.key_files import MAX_FILE
from ..envelope.keys import CLIENT_NAME
from ..envelope.primitives import KEY
from ..envelope.rosters import MAX_MEMBERS
from ..envelope.shapes import (
    Boolean,
    Integer,
    Items,
    Name,
    Object,
    Octets,
    OneOf,
    OrEmpty,
    Shape,
    Text,
    Uuid,
    Writer,
)
from ..envelope.successions import MAX_STEPS
from .errors import verifying
from .served_shapes import ANY, Time, TimeOrNever, Written

KIB, MIB = 1024, 1024 * 1024
MAX_ITEMS = 500
"""Items of one page, records or grants of one request."""
MAX_FORMS = 1000
MAX_GROUPS = 1000
MAX_STALE = 1000
"""Streams that are told to be open under an earlier epoch of a group, in one answer."""
MAX_GENERATIONS = 10_000
MAX_GRANTS = 100_000
"""Grants of one listing: all of its pages together."""
MAX_QUESTIONS = 1000
"""Fields or sections of a draft: more than can be published, so that this can be said."""
MAX_CURSOR = 175
MAX_VALUES = 500_000
"""Values of any kind in one answer; 500 records of 128 fields have some 75,000."""

SMALL = 64 * KIB
MANIFEST = MAX_BODY + SMALL
LIST = 4 * MIB
PAGE = 16 * MIB
LOOKUP = 33 * MIB

# How long one request and its answer may take as a whole: this, and the time that the slowest line
# needs for the largest request and the largest answer.
BASE_SECONDS = 60.0
SLOWEST = 64 * KIB
"""Bytes a second."""


@dataclass(frozen=True)
class Endpoint:
    """One request of docs/protocol.md §10; ``path`` has a {} for each id in it.

    ``most`` is how many bytes an answer may have after it was inflated, ``public`` says that no
    credentials are sent, ``paged`` that gzip may be asked for. ``idempotent`` is false where the
    same request twice is not the same.
    """

    method: str
    path: str
    answer: Shape
    most: int = SMALL
    public: bool = False
    paged: bool = False
    idempotent: bool = True

    @property
    def seconds(self) -> float:
        """How long it may take, from the first byte sent to the last one read."""
        return BASE_SECONDS + (MAX_BODY + self.most) / SLOWEST

    def read(self, raw: bytes, path: str) -> dict[str, Any]:
        """Return what an answer means: canonical JSON of exactly this shape.

        Raises VerificationError.
        """
        with verifying(f"the answer of {path}"):
            check_values(raw)
            value: dict[str, Any] = self.answer.read(load_json(raw))
            return value


def check_values(raw: bytes) -> None:
    """Refuse JSON that may hold more values than any answer, before it is parsed.

    A few bytes of it become an object of many. What separates values is counted, also where it
    stands in a text; raises LimitError.
    """
    if len(raw) > MAX_VALUES and sum(map(raw.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise LimitError(f"it holds more than {MAX_VALUES:,} values")


def an(object: dict[str, Shape], optional: tuple[str, ...] = (), what: str = "it") -> Object:
    """Return the shape of an object that is no object of the protocol, and has no version."""
    return Object(what, object, optional=optional, versioned=False)


def results(*statuses: str, ids: bool = True) -> Shape:
    """Return the shape of what became of each item of a request."""
    status = {"status": OneOf("a status", frozenset(statuses))}
    one = an({"id": Uuid("id", "48"), **status} if ids else {**status}, what="a result")
    return an({"results": Items("results", one, MAX_ITEMS, 0)})


def page(item: Shape) -> Shape:
    """Return the shape of a page of a listing."""
    cursor = Written("next", "[A-Za-z0-9_-]*", MAX_CURSOR)
    return an({"items": Items("items", item, MAX_ITEMS, 0), "next": cursor, "more": MORE})


MORE = Boolean("more")
KEY_LINE = an(
    {
        "id": Uuid("API key id"),
        "created": Time(),
        "expires": TimeOrNever(),
        "last_used": TimeOrNever(),
    },
    what="api_key",
)
SIGNED = an({"manifest": Text("the manifest", MAX_BODY), "sig": ANY, "card": ANY})
GENERATION = an(
    {"gen": Integer("gen"), "akid": Octets(KEY), "open": Boolean("open")}, what="a generation"
)
QUESTIONS = Items("questions", ANY, MAX_QUESTIONS, 0)
DRAFT = an(
    {
        "form": Uuid("form id"),
        "slug": Slug(),
        **dict.fromkeys(("title", "description", "confirmation"), ANY),
        **dict.fromkeys(("fields", "languages", "sections"), QUESTIONS),
    },
    optional=("languages", "sections"),
)
ITEMS = Items("items", ANY, MAX_ITEMS, 0)
GRANTED = an({"granted": Time(), "grant": ANY}, what="an item")
CREATED = results("created", "existing", "conflict", "deleted")
ENROLLED = an(
    {"client_id": Uuid("client_id"), "api_key_id": Uuid("api_key_id"), "expires": TimeOrNever()}
)
PUBLISHED = an({"version": Integer("version"), "hash": Octets(KEY)})
CLOSED = an({"closed": Integer("closed"), "removed": Integer("removed", 0)})
GENERATIONS = an({"generations": Items("generations", GENERATION, MAX_GENERATIONS, 0)})
OWN_FORMS = an({"forms": Items("forms", FORM_LINE, MAX_FORMS, 0)})
UPDATED = results("updated", "existing")
DELETED = results("deleted", "missing")
STORED = results("created", "existing", "replaced", ids=False)

KEPT = an({"serial": Integer("serial")})
FETCHED = an({"file": Text("file", MAX_FILE), "memory": OrEmpty(Octets()), "made": Integer("made")})

ENROL = Endpoint("POST", "/enrolments", ENROLLED, public=True)
KEEP_KEY_FILE = Endpoint("PUT", "/me/keyfile", KEPT)
FETCH_KEY_FILE = Endpoint("POST", "/keyfiles/{}", FETCHED, most=MANIFEST, public=True)
LINE = {"card": ANY, "first": ANY, "successions": Items("successions", ANY, MAX_STEPS, 0)}
ME = Endpoint("GET", "/me", an({**LINE, "api_key": KEY_LINE}))
CLIENT = Endpoint("GET", "/clients/{}", an(LINE))
SUCCEED = Endpoint("POST", "/me/successions", an({"number": Integer("number")}))
PAST = Endpoint("GET", "/clients/{}/pasts/{}", an({"past": ANY}), most=MANIFEST)
CREATE_RECORDS = Endpoint("POST", "/records", CREATED)
UPDATE_RECORDS = Endpoint("PUT", "/records", UPDATED)
# What is no record fails alone, and not the others of its page: each is parsed when it is opened.
LIST_RECORDS = Endpoint("GET", "/records", page(ANY), most=PAGE, paged=True)
QUERY_RECORDS = Endpoint("POST", "/records/query", page(ANY), most=PAGE)
LOOK_UP = Endpoint("POST", "/records/lookup", an({"items": ITEMS}), most=LOOKUP)
DELETE_RECORDS = Endpoint("POST", "/deletions", DELETED)
LIST_GENERATIONS = Endpoint("GET", "/generations", GENERATIONS, most=LIST)
CREATE_GRANTS = Endpoint("POST", "/grants", STORED)
LIST_GRANTS = Endpoint("GET", "/grants", page(GRANTED), most=PAGE, paged=True)
REVOKE = Endpoint("POST", "/revocations", CLOSED)
LIST_FORMS = Endpoint("GET", "/forms", OWN_FORMS, most=LIST)
FETCH_DRAFT = Endpoint("GET", "/forms/{}/draft", DRAFT, most=LIST)
PUBLISH = Endpoint("POST", "/forms/{}/manifests", PUBLISHED)
OWNERS = Endpoint(
    "GET",
    "/forms/{}/owners",
    an(
        {
            "owners": Items("owners", an(LINE), MAX_HAND_OVERS + 1),
            "hand_overs": Items("hand_overs", ANY, MAX_HAND_OVERS, 0),
        }
    ),
    most=MANIFEST,
    public=True,
)
HAND_OVER = Endpoint("POST", "/forms/{}/hand-over", an({"version": Integer("version")}))
LIST_HAND_OVERS = Endpoint(
    "GET", "/hand-overs", an({"hand_overs": Items("hand_overs", ANY, MAX_FORMS, 0)}), most=LIST
)
WITHDRAW = Endpoint(
    "POST", "/forms/{}/hand-over/withdrawal", an({"withdrawn": Integer("withdrawn", 0)})
)
GROUP_LINE = an(
    {
        "id": Uuid("group id"),
        "name": CLIENT_NAME,
        "owner": Uuid("client id"),
        **{name: Integer(name) for name in ("version", "epoch", "expires")},
        "member": Boolean("member"),
    },
    what="a group",
)
STALE_LINE = an(
    {
        "writer": Writer(),
        "type": Name("type"),
        "gen": Integer("gen"),
        "epoch": Integer("epoch"),
    },
    what="a stream",
)
LIST_GROUPS = Endpoint(
    "GET",
    "/groups",
    an({"groups": Items("groups", GROUP_LINE, 2 * MAX_GROUPS, 0)}),
    most=MANIFEST,
)
SIGN_ROSTER = Endpoint(
    "POST", "/groups/{}/rosters", an({"version": Integer("version"), "epoch": Integer("epoch")})
)
ROSTER = Endpoint(
    "GET",
    "/groups/{}",
    an({"roster": ANY, "leaves": Items("leaves", ANY, MAX_MEMBERS, 0)}),
    most=MANIFEST,
)
STALE = Endpoint(
    "GET",
    "/groups/{}/stale",
    an({"streams": Items("streams", STALE_LINE, MAX_STALE, 0), "more": MORE}),
    most=MANIFEST,
)
LEAVE = Endpoint("POST", "/groups/{}/leave", an({"left": Boolean("left")}))
MANIFEST_IN_FORCE = Endpoint("GET", "/forms/{}/manifest", SIGNED, most=MANIFEST, public=True)
MANIFEST_BY_HASH = Endpoint("GET", "/forms/{}/manifests/{}", SIGNED, most=MANIFEST, public=True)

ENDPOINTS = {name: value for name, value in globals().items() if isinstance(value, Endpoint)}
