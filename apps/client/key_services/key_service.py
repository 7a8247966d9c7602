"""What every key service promises, and the bounds of all, which each call of each passes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import ClassVar, TypeVar

from ...envelope.encoding import unb64
from ...envelope.errors import MalformedError
from ...envelope.key_files import MAX_PARAM
from ...envelope.primitives import KEY, same
from .. import files
from ..errors import KeyServiceAway, KeyServiceError, UsageError
from ..quoting import plain

SECONDS = 20.0
"""How long a service may take for one answer, from the look-up of its name to the last byte."""
MAX_CONTEXT = 1024
"""Bytes of a context: it stands as it is in what the services authenticate."""
MAX_SETTING_FILE = 16 * 1024
"""Bytes of a file that holds a PIN or a token."""
SHOWN = 200
ANOTHER = (
    "the key file was altered, is another client's, or the service has another key by this name"
)

T = TypeVar("T")


class KeyService(ABC):
    """A service that wraps the 32-byte secret of a slot under a key that it gives out to nobody.

    ``context`` is bound to it: what was wrapped with one is unwrapped with the same one alone.
    """

    kind: ClassVar[str]
    """As slots and names have it."""
    title: ClassVar[str]
    """As people call it."""
    members: ClassVar[tuple[str, ...]]
    """The names of a slot's params, in their order."""
    made_by: ClassVar[str] = ""
    """How its operator makes a key."""

    def __init__(
        self, environ: Mapping[str, str], ask_pin: Callable[[str], str] | None = None
    ) -> None:
        self.environ = environ
        self.ask_pin = ask_pin

    def wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]:
        """Return the params of a new slot; ``key`` is what a name has behind ``kind:``.

        The secret has 32 bytes, the context at most 1,024. What comes is unwrapped once, so that a
        service which would not do that is found before anybody relies on it. The params hold no
        secret, PIN, token, address or path. Raises KeyServiceError, KeyServiceAway.
        """
        if len(secret) != KEY:
            raise UsageError("the secret of a slot has 32 bytes")
        self._check_context(context)
        params = self._checked(self._wrap(key, secret, context))
        if not same(self.unwrap(params, context), secret):
            raise KeyServiceError(
                f"{self.title} gives back another secret than it was given",
                hint="nothing was written; choose another key, or ask who runs the service",
            )
        return params

    def unwrap(self, params: Mapping[str, object], context: bytes) -> bytes:
        """Return the 32 bytes that ``wrap`` was given, with its params and the same context.

        Raises KeyServiceAway where the service does not answer within 20 seconds;
        KeyServiceError where it refuses, or where the params or the answer are none of ours.
        """
        self._check_context(context)
        secret = self._unwrap(self._checked(params), context)
        if len(secret) != KEY:
            raise KeyServiceError(
                f"{self.title} gives a secret of {len(secret)} bytes, and not of 32",
                hint=ANOTHER,
            )
        return secret

    def make_key(self, key: str) -> str:
        """Make a key of this name that never leaves the service; return its whole name.

        Raises UsageError where that is for the service's own operator to do.
        """
        raise UsageError(
            f"keys of {self.title} are made by who runs it, and {key} is none that is made here",
            hint=self.made_by,
        )

    @abstractmethod
    def _wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]: ...

    @abstractmethod
    def _unwrap(self, params: dict[str, str], context: bytes) -> bytes: ...

    def in_time(self, act: Callable[[], T]) -> T:
        """Return what ``act`` returns; raises KeyServiceAway when it takes longer than it may.

        It goes on in a thread that nobody waits for: no library can be told to stop.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(act())
            except BaseException as error:  # which the one who waits raises
                future.set_exception(error)

        Thread(target=run, daemon=True, name=f"sealform-{self.kind}").start()
        try:
            return future.result(SECONDS)
        except TimeoutError as error:
            if future.done():
                raise
            raise self.away(f"it did not answer within {SECONDS:g} seconds") from error

    def away(self, why: str) -> KeyServiceAway:
        """Return the error for a service that cannot answer now."""
        return KeyServiceAway(
            f"{self.title} is away: {plain(why)[:SHOWN]}",
            hint="nothing was changed: look whether the service runs, is unlocked and can be "
            "reached from here, and run this again; another slot of the key file opens it too",
        )

    def refuses(self, why: str, *, hint: str = ANOTHER) -> KeyServiceError:
        """Return the error for a service that will not do it; ``why`` may be its own words."""
        return KeyServiceError(f"{self.title} refuses: {plain(why)[:SHOWN]}", hint=hint)

    def setting(self, name: str, *, meaning: str, needed: bool = True) -> str:
        """Return a variable of the environment, "" if none is needed; raises KeyServiceError."""
        value = self.environ.get(name, "").strip()
        if needed and not value:
            raise KeyServiceError(
                f"{name} is not set, and nothing else says where {self.title} is",
                hint=f"set it to {meaning}; what a key file says of that is never believed",
            )
        return value

    def secret_from_file(self, name: str) -> str:
        """Return the one line of the file that a variable names, "" if it names none.

        Raises KeyServiceError for a file that cannot be read, that others can read, or too long.
        """
        named = self.environ.get(name, "")
        if not named:
            return ""
        try:
            raw = files.read_private(Path(named), most=MAX_SETTING_FILE)
        except OSError as error:
            raise KeyServiceError(
                f"the file that {name} names cannot be read: {error.strerror}"
            ) from error
        if raw is None:
            raise KeyServiceError(
                f"the file that {name} names can be read by other users of this machine",
                hint=f"chmod 600 {named}",
            )
        if len(raw) > MAX_SETTING_FILE:
            raise KeyServiceError(f"the file that {name} names is longer than such a secret")
        try:
            text = files.decoded(raw, Path(named)).strip("\r\n")
        except UsageError as error:
            raise KeyServiceError(f"the file that {name} names is no text: {error}") from error
        if not text or not text.isprintable():
            raise KeyServiceError(f"the file that {name} names is empty, or has more than a line")
        return text

    def _checked(self, params: Mapping[str, object]) -> dict[str, str]:
        """Return params that have exactly the members of this kind, each a bounded text."""
        if set(params) != set(self.members):
            raise KeyServiceError(
                f"a slot of {self.title} has the params {', '.join(self.members)}, and no others",
                hint="an address, a library or a PIN comes from this machine alone; where did "
                "this key file come from?",
            )
        checked = {}
        for name in self.members:
            value = params[name]
            if not isinstance(value, str) or not 0 < len(value) <= MAX_PARAM:
                raise KeyServiceError(
                    f"{name} of a slot is a text of 1 to {MAX_PARAM:,} characters", hint=ANOTHER
                )
            checked[name] = value
        return checked

    def _check_context(self, context: bytes) -> None:
        if not 0 < len(context) <= MAX_CONTEXT:
            raise UsageError(f"the context of a slot has 1 to {MAX_CONTEXT:,} bytes")

    def wrapped(self, text: str, *, least: int, most: int) -> bytes:
        """Return the bytes of base64url, ``least`` to ``most``; raises KeyServiceError."""
        try:
            raw = unb64(text)
        except MalformedError as error:
            why = f"what is wrapped in the slot is {error}"
            raise KeyServiceError(why, hint=ANOTHER) from error
        if not least <= len(raw) <= most:
            raise KeyServiceError(
                f"what is wrapped in the slot has {len(raw):,} bytes, and not what {self.title} "
                "makes of 32",
                hint=ANOTHER,
            )
        return raw
