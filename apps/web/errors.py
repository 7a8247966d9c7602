"""Every error that the API answers with: ``{"error": {"code", "message", "hint"}}``.

One class an error, one stable code a class (docs/protocol.md §10). Here stand the root of the
tree and what any path may answer; each room adds its own in a file of this name. The OpenAPI
schema shows them all. Raise a class as it is, or with a message that says more. Messages and
hints never hold a plaintext, a key or a token.
"""

from rest_framework import exceptions, status


class ApiError(exceptions.APIException):
    """Root of the tree."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    code = ""
    message = ""
    hint = "see the API's schema at /api/v1/schema"

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(detail=message or self.message, code=self.code)
        self.message = message or self.message
        self.hint = hint or self.hint

    def to_wire(self) -> dict[str, dict[str, str]]:
        """Return the error as a JSON object."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


# --- The request itself ---------------------------------------------------------------


class Invalid(ApiError):
    """A query parameter is not what the schema says."""

    code = "invalid"
    message = "the request is not valid"


class Malformed(ApiError):
    """An object is not the strict encoding of docs/protocol.md."""

    code = "malformed"
    message = "the body is not what the protocol's encoding allows"
    hint = "see docs/protocol.md §2 and the section about this object"


class Limit(Malformed):
    code = "limit"
    message = "the body holds more than the protocol allows"
    hint = "see the limits in docs/protocol.md §2"


class Mismatch(ApiError):
    """A valid object about something else."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "mismatch"
    message = "the object is about something else than the request"
    hint = "compare its ids, type, fields and fingerprint with what is stored"


class Fingerprint(Mismatch):
    code = "fingerprint"
    message = "the fingerprint is not that of the enrolled card"
    hint = "fetch the card and compare its fingerprint with the one that was pinned"


class Signature(ApiError):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "signature"
    message = "the signature is not by the expected key"
    hint = "sign with the key on the enrolled card, over what docs/protocol.md says"


class Expired(ApiError):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "expired"
    message = "the object is outside the time it was signed for"
    hint = "sign a new one"


class BodyTooLarge(ApiError):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
    message = "the body is larger than 1 MiB"
    hint = "send fewer items at a time"


class UnsupportedMediaType(ApiError):
    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    message = "the body is not declared as JSON"
    hint = "send Content-Type: application/json"


class NotAcceptable(ApiError):
    status_code = status.HTTP_406_NOT_ACCEPTABLE
    code = "not_acceptable"
    message = "only JSON is served here"
    hint = "send Accept: application/json"


class MethodNotAllowed(ApiError):
    status_code = status.HTTP_405_METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    message = "this path does not take that method"


class NotFound(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "not_found"
    message = "there is nothing here that the caller may see"
    hint = "check the id, and that it was shared with this client"


class Throttled(ApiError):
    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    code = "throttled"
    message = "too many requests from this address"
    hint = "wait for as many seconds as the Retry-After header says"

    def __init__(self, message: str = "", *, hint: str = "", wait: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.wait = wait


class NotAuthenticated(ApiError):
    status_code = status.HTTP_401_UNAUTHORIZED
    code = "not_authenticated"
    message = "the request has no valid API key"
    hint = "send HTTP Basic with the API key's id and secret; an admin can see which keys are live"


class Forbidden(ApiError):
    status_code = status.HTTP_403_FORBIDDEN
    code = "forbidden"
    message = "this client may not do that"
    hint = "only who owns a type or a form may write, grant, revoke and delete in it"


# --- What is not the caller's fault ---------------------------------------------------


class Internal(ApiError):
    status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    code = "internal"
    message = "the server failed in a way it does not know"
    hint = "tell who runs the server, with the request id of this answer's X-Request-Id header"


class Unavailable(ApiError):
    """The database cannot be asked, or the disk is full: it passes (docs/operations.md)."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    code = "unavailable"
    message = "the server cannot reach or write its database now"
    hint = "send the same again after as many seconds as the Retry-After header says"
    wait = 5.0


def catalogue(root: type[ApiError] = ApiError) -> dict[str, type[ApiError]]:
    """Return every error below ``root`` by its code."""
    found: dict[str, type[ApiError]] = {}
    for child in root.__subclasses__():
        found |= {child.code: child} | catalogue(child)
    return found
