/**
 * What can go wrong, one class per failing step (docs/protocol.md §11).
 *
 * Messages are lower-case and never hold a plaintext, a key or a token. `code`
 * is stable: vectors, the API and both languages use it.
 */

/** Root of everything this package raises on bad input. */
export class EnvelopeError extends Error {
  /** The stable name of the failing step. */
  code = 'envelope';
}

/** The bytes are not the strict encoding that the protocol allows. */
export class MalformedError extends EnvelopeError {
  code = 'malformed';
}

/** Well-formed, but larger or more numerous than the protocol allows. */
export class LimitError extends MalformedError {
  code = 'limit';
}

/** A valid object, but about something else than what was expected. */
export class MismatchError extends EnvelopeError {
  code = 'mismatch';
}

/** A card does not have the fingerprint that was pinned. */
export class FingerprintError extends EnvelopeError {
  code = 'fingerprint';
}

/** A signature is not by the key that had to sign. */
export class SignatureError extends EnvelopeError {
  code = 'signature';
}

/** A manifest or grant is outside the time it was signed for. */
export class ExpiredError extends EnvelopeError {
  code = 'expired';
}

/** An AEAD or HPKE seal does not open under this key and context. */
export class OpenError extends EnvelopeError {
  code = 'open';
}

/** A key opened, but it is not the key that its id commits to. */
export class CommitmentError extends EnvelopeError {
  code = 'commitment';
}

/** A value opened, but its padding is not the one the protocol prescribes. */
export class PaddingError extends EnvelopeError {
  code = 'padding';
}
