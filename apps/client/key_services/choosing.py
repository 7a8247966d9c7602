"""Which key service a kind of slot means; its library is loaded when it is asked for."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from ..errors import KeyServiceError, UsageError
from .key_service import KeyService


@dataclass(frozen=True)
class Kind:
    """A module of this package, the class in it, and the optional extra that it needs, or ""."""

    module: str
    name: str
    extra: str
    example: str


KINDS: dict[str, Kind] = {
    "pkcs11": Kind("pkcs11", "Pkcs11", "pkcs11", "pkcs11:token=sealform;object=acme"),
    "openbao": Kind("openbao", "OpenBao", "", "openbao:transit/acme"),
    "aws-kms": Kind(
        "aws_kms",
        "AwsKms",
        "aws-kms",
        "aws-kms:arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
}


def service(
    kind: str,
    *,
    environ: Mapping[str, str] | None = None,
    ask_pin: Callable[[str], str] | None = None,
) -> KeyService:
    """Return the key service of a kind of slot, set up from the environment of this machine.

    ``ask_pin`` is called with the name of a token, and returns its PIN, where no file has it.
    Nothing is connected so far. Raises UsageError for no such kind, KeyServiceError where the
    library or a setting is missing.
    """
    found = KINDS.get(kind)
    if found is None:
        raise UsageError("there is no such key service", hint=f"there are {', '.join(KINDS)}")
    try:
        module = import_module(f".{found.module}", __package__)
    except ImportError as error:
        raise KeyServiceError(
            f"the library for {kind} cannot be loaded: {error}",
            hint=f'python -m pip install "sealform[{found.extra}]"',
        ) from error
    made: KeyService = getattr(module, found.name)(
        os.environ if environ is None else environ, ask_pin
    )
    return made


def split_name(name: str) -> tuple[str, str]:
    """Return kind and key of what people type, ``openbao:transit/acme`` for example.

    Raises UsageError for another kind, or none.
    """
    kind, colon, key = name.partition(":")
    if kind not in KINDS or not colon or not key:
        raise UsageError(
            "this names no key in a key service",
            hint=f"like {' or '.join(one.example for one in KINDS.values())}",
        )
    return kind, key
