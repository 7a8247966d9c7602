"""What a form asks of who submits: that some seconds pass, and work (docs/protocol.md §10).

The server keeps nothing: a challenge is signed, and says for which form and when it was made.
It may serve several submissions of one day; the work is for each one's first record.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer

from apps.envelope.proof_of_work import work_done
from apps.envelope.shapes import Integer, Object, Text
from apps.intake.errors import ProofRefused
from apps.intake.models import Form
from apps.intake.visiting.terms import Terms

SALT = "sealform.challenge"
DAY = 24 * 60 * 60
MILLISECONDS = 1000
MAX_CHALLENGE = 200


PROOF = Object(
    "proof",
    {"challenge": Text("the challenge", MAX_CHALLENGE, 1), "nonce": Integer("the nonce", 0)},
    versioned=False,
)


@dataclass(frozen=True)
class Proof:
    """What comes with a submission: a challenge of ours, and the work done on it."""

    challenge: str
    nonce: int


def read_proof(value: Any) -> Proof:
    """Parse a proof strictly; raises MalformedError."""
    return Proof(**PROOF.read(value))


def challenge_for(*, form: Form) -> dict[str, Any]:
    """Return what the form asks, with a challenge to answer it with."""
    challenge = _signer().sign(f"{form.id.hex}.{_now():x}")
    return {"challenge": challenge, "bits": form.work_bits, "wait": form.min_seconds}


def check_proof(*, terms: Terms, proof: Proof | None, record: str) -> None:
    """Raise ProofRefused unless the form asks nothing, or this is what it asks."""
    if not terms.work_bits and not terms.min_seconds:
        return
    if proof is None:
        raise ProofRefused
    age = _now() - _made(form=terms.form, challenge=proof.challenge)
    if age < terms.min_seconds * MILLISECONDS:
        raise ProofRefused("the form was sent sooner after it was opened than it allows")
    if age > DAY * MILLISECONDS:
        raise ProofRefused("the challenge is older than a day")
    if not work_done(proof.challenge, record, proof.nonce, terms.work_bits):
        raise ProofRefused("the nonce is not the work that the form asks for")


def _made(*, form: UUID, challenge: str) -> int:
    """When the challenge was made, in milliseconds; raises ProofRefused."""
    try:
        id, _, made = _signer().unsign(challenge).partition(".")
    except BadSignature:
        raise ProofRefused("the challenge was not made here") from None
    if id != form.hex:
        raise ProofRefused("the challenge was made for another form")
    return int(made, 16)


def _signer() -> Signer:
    return Signer(salt=SALT)


def _now() -> int:
    return int(time.time() * MILLISECONDS)
