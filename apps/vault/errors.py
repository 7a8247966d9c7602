"""What the vault refuses: records, grants, generations (docs/protocol.md §10)."""

from rest_framework import status

from apps.web.errors import ApiError


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


class StorageFull(ApiError):
    """A budget of stored bytes is used up (docs/operations.md, Disk)."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    code = "storage_full"
    message = "the server holds as much as its operator allows"
    hint = "keep what you have and send it again tomorrow, or ask who runs the server for more room"
    wait = 3600.0


class GenerationClosed(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "generation_closed"
    message = "the access key is not that of the open generation"
    hint = "fetch the generations, open the next one and seal again"


class GenerationStale(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "generation_stale"
    message = "the open generation was granted to an epoch of a group that has ended"
    hint = "fetch the group's roster, close the generation, open the next and grant it to that"


class RosterInstead(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "roster_instead"
    message = "an epoch of a group is granted together with its roster"
    hint = "post the grants with the next roster of the group"


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


class OwnAccess(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "own_access"
    message = "an owner cannot revoke its own access"
    hint = "name another reader"


class PastNotLast(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "past_not_last"
    message = "the past does not name the last generation of each stream and version of each form"
    hint = (
        "another machine of this client has written or published meanwhile: begin the rotation anew"
    )


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
