"""What the directory refuses (docs/protocol.md §10)."""

from rest_framework import status

from apps.web.errors import ApiError


class TokenRefused(ApiError):
    status_code = status.HTTP_403_FORBIDDEN
    code = "token_refused"
    message = "the enrolment token is not known here"
    hint = "ask an admin of this server for a new one"


class TokenExpired(TokenRefused):
    code = "token_expired"
    message = "the enrolment token has expired"


class TokenUsed(TokenRefused):
    code = "token_used"
    message = "the enrolment token was used already"


class TokenName(TokenRefused):
    code = "token_name"
    message = "the enrolment token was issued for a client of another name"
    hint = "enrol under the name that the admin gave with the token, or ask for a new one"


class ClientDisabled(ApiError):
    status_code = status.HTTP_403_FORBIDDEN
    code = "client_disabled"
    message = "an admin of this server has disabled this client"
    hint = "ask an admin of this server"


class CardConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "card_conflict"
    message = "another card is enrolled under this client id"
    hint = "make a new client id: a name does not change, and keys by a succession alone"


class SuccessionExists(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "succession_exists"
    message = "another next card of this client is kept here already"
    hint = (
        "if you did not rotate these keys, somebody else has the recovery secret: tell everybody "
        "who pinned this client, and start anew with a new client"
    )


class SerialConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "serial_conflict"
    message = "a copy of the key file that is as new, or newer, is kept already"
    hint = "look which machine of this client has the newest file: `keys list`"


class TooManyCopies(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "too_many_copies"
    message = "as many copies of this key file as are taken in a day are kept already"
    hint = "try again tomorrow; if you did not leave them, ask an admin to forget the newest"


class FetchRefused(ApiError):
    status_code = status.HTTP_403_FORBIDDEN
    code = "fetch_refused"
    message = "no copy of a key file is kept here for this client and fetch code"
    hint = "compare the client id and the fetch code with the newest recovery sheet"


class ApiKeyConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "api_key_conflict"
    message = "this API key's id or secret is in use"
    hint = "make a new API key"


class UnknownReader(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "unknown_reader"
    message = "no client or group with the reader's id is here"
    hint = "check the id; a client has to enrol first, and a group's owner to sign a roster"


class RosterConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "roster_conflict"
    message = "the roster does not follow the latest one of this group"
    hint = "fetch the group's latest roster and its leaves, and sign a version that follows"
