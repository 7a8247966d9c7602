"""New ways to open a key file: a slot of each kind, and what a recovery sheet says."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category
from uuid import uuid4

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics

from ..envelope.codes import RECOVERY as RECOVERY_CODE
from ..envelope.codes import read_code, show_code
from ..envelope.encoding import MAX_NAME, b64
from ..envelope.errors import MalformedError
from ..envelope.key_files import PASSPHRASE, PLAIN, RECOVERY, Slot, new_slot, with_signer
from ..envelope.keys import Card
from ..envelope.passphrases import USUAL, Cost, new_salt, passphrase_secret, prepared
from ..envelope.primitives import KEY, SigningKey, random
from ..envelope.tokens import SEED, show_token
from .errors import UsageError
from .key_services import service, split_name
from .unlocking import Ask, read_secret

WORDS = 6
SHARE_WORDS = 33
"""Of a share of 32 bytes (SLIP-39); a code has sixteen groups at most."""
LEAST_CHARACTERS, LEAST_DIFFERENT = 10, 5
NOT_TYPED = {"Cn", "Cf", "Cc", "Co"}
"""Unassigned, invisible, control and private characters (Unicode's general categories)."""
WORD_LIST = Path(__file__).with_name("words.json")
"""7,776 words, so that six of them have 77 bits: those that the client in JavaScript draws, too."""


@dataclass(frozen=True)
class Way:
    """A slot, and the secret (32 bytes) that opens it."""

    slot: Slot
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Recovery:
    """A recovery slot, the seed of the client's recovery key, and what is to be kept on paper.

    ``code`` are the rows of the recovery code, or () where ``shares``, each a list of words,
    stand for it.
    """

    way: Way
    seed: bytes = field(repr=False)
    code: tuple[str, ...] = field(default=(), repr=False)
    shares: tuple[str, ...] = field(default=(), repr=False)

    @property
    def public(self) -> bytes:
        """The recovery key's public half, 32 bytes, which stands on the card."""
        return SigningKey(self.seed).public

    def slot(self, card: Card) -> Slot:
        """Return the slot for the key file of the client with this card."""
        return with_signer(self.way.slot, self.way.secret, card, self.seed)


def new_words() -> str:
    """Return six random words of a list of 7,776."""
    return " ".join(secrets.choice(word_list()) for _ in range(WORDS))


@cache
def word_list() -> tuple[str, ...]:
    """Return the list, sorted, with hyphens where it has them."""
    return tuple(json.loads(WORD_LIST.read_text("utf-8"))["words"].split())


def is_same(left: str, right: str) -> bool:
    """Whether two passphrases open the same slots."""
    return bool(left and right) and prepared(left) == prepared(right)


def weakness(text: str) -> str:
    """Return why a passphrase of somebody's own is refused, "" if it is taken."""
    try:
        shown = prepared(text).decode()
    except MalformedError as error:
        return str(error)
    if len(shown) < LEAST_CHARACTERS:
        return f"a passphrase has at least {LEAST_CHARACTERS} characters"
    if len(set(shown)) < LEAST_DIFFERENT:
        return "this repeats a few characters"
    if any(category(one) in NOT_TYPED for one in shown):
        return "it has a character that nobody sees, or that other machines may read differently"
    return ""


def plain(label: str = "this machine") -> Way:
    """Return a slot that whoever has the file can open: for a machine that is trusted."""
    secret = random(KEY)
    return _way(PLAIN, secret, label, {"secret": show_token(SEED, secret)})


def by_service(
    name: str,
    client_id: str,
    *,
    label: str = "",
    ask_pin: Ask | None = None,
    new_key: bool = False,
) -> Way:
    """Return a slot whose secret a key service wraps: ``openbao:transit/acme``, for example.

    ``new_key`` lets a token make that key first. Raises UsageError for no such name,
    KeyServiceError where the service will not do it.
    """
    kind, key = split_name(name)
    secret = random(KEY)
    bare = _way(kind, secret, label or name[:MAX_NAME], {})
    held = service(kind, ask_pin=ask_pin)
    if new_key:
        _, key = split_name(held.make_key(key))
    params = held.wrap(key, secret, bare.slot.secret_context(client_id))
    return Way(replace(bare.slot, params=params), secret)


def passphrase(text: str, *, generated: bool, label: str = "passphrase", cost: Cost = USUAL) -> Way:
    """Return a slot for a passphrase; raises MalformedError.

    ``generated`` says that it is six words of ``new_words`` and not one of somebody's own.
    """
    salt = new_salt()
    params: dict[str, Any] = {
        "salt": b64(salt),
        "memory": cost.memory,
        "passes": cost.passes,
        "generated": generated,
    }
    return _way(PASSPHRASE, passphrase_secret(text, salt, cost), label, params)


def recovery(
    *,
    seed: bytes | None = None,
    threshold: int = 1,
    shares: int = 1,
    label: str = "recovery sheet",
) -> Recovery:
    """Return a recovery slot of a new secret.

    ``seed`` (32 bytes) is that of the client's recovery key, None for a new one. Of ``shares``
    lists of words any ``threshold`` open it (SLIP-39); one of one is a code. Raises UsageError.
    """
    check_shares(threshold, shares)
    secret, seed = random(KEY), seed or random(KEY)
    way = _way(RECOVERY, secret, label, {"threshold": threshold, "shares": shares})
    if shares == 1:
        return Recovery(way, seed, code=tuple(show_code(RECOVERY_CODE, secret)))
    [words] = generate_mnemonics(1, [(threshold, shares)], secret, iteration_exponent=0)
    return Recovery(way, seed, shares=tuple(words))


def check_shares(threshold: int, shares: int) -> None:
    """Refuse numbers of shares that protect nothing, or that nobody could hold."""
    if (threshold, shares) == (1, 1) or 2 <= threshold <= shares <= 16:
        return
    raise UsageError(
        f"{threshold} of {shares} shares cannot be made",
        hint="2 to 16 shares, of which at least 2 are needed: --shares 2/3",
    )


def recovery_secret(typed: Sequence[str]) -> bytes:
    """Return the secret of a recovery slot from a code, or from enough shares.

    Raises MalformedError, which shows nothing of what was typed.
    """
    if len(typed) == 1 and len(share_words(typed[0])) < SHARE_WORDS:
        return read_code(RECOVERY_CODE, typed[0])
    try:
        secret = _combined([*dict.fromkeys(" ".join(share_words(one)) for one in typed)])
    except (MnemonicError, ValueError) as error:
        raise MalformedError(
            "these shares do not belong together, are too few, or have a mistyped word"
        ) from error
    if len(secret) != KEY:
        raise MalformedError("the secret of a recovery slot has 32 bytes")
    return secret


def share_words(text: str) -> list[str]:
    """Return the words of a share, without the numbers that a sheet has before them."""
    return [word for word in text.lower().split() if not word.strip(".").isdecimal()]


def _combined(shares: list[str]) -> bytes:
    """Return what as many shares as are needed give, and more of them, too."""
    needed = Share.from_mnemonic(shares[0]).member_threshold
    found: set[bytes] = {combine_mnemonics(shares[:needed]), combine_mnemonics(shares[-needed:])}
    if len(found) > 1:
        raise ValueError
    return found.pop()


def read_secret_lines(path: Path) -> list[str]:
    """Return the lines of a private file or descriptor, such as a typed recovery sheet.

    Raises UsageError for a file that others can read, or a long one.
    """
    return read_secret(path, "recovery file").splitlines()


def _way(kind: str, secret: bytes, label: str, params: dict[str, Any]) -> Way:
    slot = new_slot(
        kind, secret, id=str(uuid4()), label=label, made=int(time.time()), params=params
    )
    return Way(slot, secret)
