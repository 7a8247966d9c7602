"""What requests to the directory carry: one table a body (docs/protocol.md §10)."""

from apps.directory.models import DIGEST
from apps.envelope.key_copies import KEY_COPY, parse_key_copy
from apps.envelope.keys import CARD, parse_card
from apps.envelope.primitives import KEY
from apps.envelope.shapes import Object, Octets, OrNull, Parsed, Uuid
from apps.envelope.successions import PAST, SUCCESSION, parse_past, parse_succession
from apps.envelope.tokens import ENROLMENT, Token

API_KEY = Object(
    "new api key",
    {"id": Uuid("the API key's id"), "digest": Octets(DIGEST)},
    versioned=False,
)
ENROL = Object(
    "enrolment",
    {"token": Token(ENROLMENT), "card": Parsed(parse_card, (CARD,)), "api_key": API_KEY},
    versioned=False,
)
SUCCEED = Object(
    "succeed",
    {
        "succession": Parsed(parse_succession, (SUCCESSION,)),
        "past": Parsed(parse_past, (PAST,)),
        "api_key": OrNull(API_KEY),
    },
    versioned=False,
)
COPY = Parsed(parse_key_copy, (KEY_COPY,))
FETCH = Object("fetch", {"code": Octets(KEY)}, versioned=False)
