"""What forms refuse: manifests, inboxes, submissions (docs/protocol.md §10)."""

from rest_framework import status

from apps.web.errors import ApiError


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
    message = "the manifest does not have a version above the one in force"
    hint = "fetch the latest manifest, and sign the next version"


class InboxNotNext(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "inbox_not_next"
    message = "an inbox is neither the open one nor a new generation"
    hint = "fetch the generations; a new inbox comes with the owner's grant of it to itself"


class HandOverPending(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "hand_over_pending"
    message = "the form is being handed over"
    hint = "wait until the other client has accepted it, or withdraw the offer first"


class HandOverNotNext(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "hand_over_not_next"
    message = "the hand-over does not name the version of the manifest in force"
    hint = "fetch the latest manifest, and sign a hand-over with its version"


class NotOffered(ApiError):
    status_code = status.HTTP_404_NOT_FOUND
    code = "not_offered"
    message = "this form is not offered to this client, in these words"
    hint = "ask its owner, who may have withdrawn the offer, to make it again"


class RevocationNotInForce(ApiError):
    status_code = status.HTTP_409_CONFLICT
    code = "revocation_not_in_force"
    message = "a revocation does not close the inbox in force"
    hint = "name the open generation of the form's type, and publish a new inbox with it"
