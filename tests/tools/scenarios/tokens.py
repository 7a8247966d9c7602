"""§10: secrets in a scannable form, and what a server keeps of them."""

from apps.envelope.encoding import b64
from apps.envelope.tokens import show_token
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.world import ACME


def tell(book: Book) -> None:
    """Tell the scenarios."""
    token = show_token("sfk", ACME.seed)
    for prefix in ("sfk", "sfs", "sfe"):
        given = {"prefix": prefix, "secret": ACME.seed.hex()}
        book.ok(f"token-show-{prefix}", "show_token", "CRC-32 at the end", given)
    book.ok("token-digest", "token_digest", "what a server keeps", {"token": token})
    given = {"prefix": "sfk", "token": token}
    book.ok(
        "token-read",
        "read_token",
        "the way back",
        given,
        expect={"secret": ACME.seed.hex()},
    )
    for name, text in (
        ("other-prefix", show_token("sfs", ACME.seed)),
        ("typing-error", token[:10] + "z" + token[11:]),
        ("altered-checksum", token[:-1] + ("0" if token[-1] != "0" else "1")),
        ("upper-case-checksum", token[:-8] + token[-8:].upper()),
        ("cut-off", token[:-1]),
        ("trailing-newline", token + "\n"),
        ("no-checksum", "sfk_" + b64(ACME.seed)),
        ("null", None),
    ):
        book.bad(f"token-refuses-{name}", "token-read", "malformed", "no token", {"token": text})
