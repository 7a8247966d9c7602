"""How often one address may send a form, check receipts, or report that a page failed.

Each counts per address and form, so that a busy form locks nobody out of another.
"""

from apps.web.throttles import AddressThrottle


class SubmissionThrottle(AddressThrottle):
    """Of POST /submissions."""

    setting = "SUBMISSION_RATE"


class ReceiptThrottle(AddressThrottle):
    """Of POST /receipts."""

    setting = "RECEIPT_RATE"


class FailureThrottle(AddressThrottle):
    """Of everything that counts failures, pages that this server renders too."""

    setting = "FAILURE_RATE"
