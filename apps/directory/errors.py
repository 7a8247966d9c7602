"""Every error that the API answers with: ``{"error": {"code", "message", "hint"}}``.

One class an error, one stable code a class (docs/protocol.md §10); ``CATALOGUE`` lists
them all and the OpenAPI schema shows it. Raise a class as it is, or with a message that
says more. Messages and hints never hold a plaintext, a key or a token.
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


# --- Who is calling -------------------------------------------------------------------


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
    hint = "make a new client id: enrolled keys and names do not change"


class ApiKeyConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "api_key_conflict"
    message = "this API key's id or secret is in use"
    hint = "make a new API key"


# --- Records ----------------------------------------------------------------------------


class RecordConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "record_conflict"
    message = "a record with this id and other contents exists"
    hint = "fetch it, or write under a new id"


class RecordDeleted(ApiError):
    status_code = status.HTTP_410_GONE
    code = "record_deleted"
    message = "the record with this id was deleted"
    hint = "a deleted id is not used again: write under a new one"


class RevisionConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "revision_conflict"
    message = "the record is at another revision"
    hint = "fetch the record and make the next revision of that"


# --- Grants and generations -------------------------------------------------------------


class GenerationClosed(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "generation_closed"
    message = "the access key is not that of the open generation"
    hint = "fetch the generations, open the next one and seal again"


class GenerationConflict(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "generation_conflict"
    message = "the generation is not the one in force, or has another access key"
    hint = "fetch the generations and grants, and start from those"


class UnknownGeneration(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "unknown_generation"
    message = "there is no such generation"
    hint = "open it first with the writer's grant to itself; an inbox is opened by publishing"


class AccessKeyUsed(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "access_key_used"
    message = "the access key or inbox serves another generation already"
    hint = "make a new one: each serves one generation of one type (docs/protocol.md §4)"


class GrantWithdrawn(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "grant_withdrawn"
    message = "this very grant was stored before, and then revoked or replaced"
    hint = "seal and sign a new grant, if the reader is to have access"


class UnknownReader(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "unknown_reader"
    message = "no client with the reader's id is enrolled here"
    hint = "check the client id; the reader has to enrol first"


class OwnAccess(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "own_access"
    message = "an owner cannot revoke its own access"
    hint = "name another reader"


class PublishInstead(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "publish_instead"
    message = "a form's inbox is opened and closed by publishing the form"
    hint = "post a new manifest with the revocation and a new inbox"


class ManifestSuperseded(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "manifest_superseded"
    message = "the form was published again with other keys"
    hint = "fetch the manifest, verify it and seal again"


# --- Forms ------------------------------------------------------------------------------


class FormNotFound(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "form_not_found"
    message = "there is no such form here, or it is not this client's"
    hint = "check the form's id; an admin drafts forms and names their owner"


class FormClosed(ApiError):
    status_code = status.HTTP_410_GONE
    code = "form_closed"
    message = "the form takes no more answers"
    hint = "its owner can have it opened again in the admin"


class FormExpired(ApiError):
    status_code = status.HTTP_410_GONE
    code = "form_expired"
    message = "the form has expired"
    hint = "its owner has to publish it again"


class ProofRefused(ApiError):
    status_code = status.HTTP_403_FORBIDDEN
    code = "proof_refused"
    message = "the form asks for a proof with each submission"
    hint = "ask for a challenge, wait, work, and send the same records again (docs/protocol.md §10)"


class ManifestNotFound(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "manifest_not_found"
    message = "the form has no such manifest"
    hint = "a form has none until its owner publishes it"


class ManifestNotNext(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "manifest_not_next"
    message = "the manifest does not have the version after the one in force"
    hint = "fetch the latest manifest, and sign the next version"


class InboxNotNext(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "inbox_not_next"
    message = "an inbox is neither the open one nor the next generation"
    hint = "fetch the generations; a new inbox comes with the owner's grant of it to itself"


class RevocationNotInForce(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "revocation_not_in_force"
    message = "a revocation does not close the inbox in force"
    hint = "name the open generation of the form's type, and publish a new inbox with it"


def catalogue(root: type[ApiError] = ApiError) -> dict[str, type[ApiError]]:
    """Return every error below ``root`` by its code."""
    found: dict[str, type[ApiError]] = {}
    for child in root.__subclasses__():
        found |= {child.code: child} | catalogue(child)
    return found
