"""A symmetric key of AWS KMS, called with boto3.

Region, credentials and, where it is another one than AWS's own, the endpoint come from what
boto3 finds on this machine: its environment, ``~/.aws``, the role of the machine. A slot names the
key by its ARN, in the region that is set up here.

The encryption context is ``{"sealform": base64url(H("encryption-context", context))}``: it stands
in the clear in CloudTrail, and tells nobody there which client or slot it is.

An answer has a bound in time, not in bytes: boto3 reads it as a whole. The party that could send
gigabytes is the endpoint that this machine names, over https.
"""

import re
from functools import cached_property
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from ...envelope.encoding import b64
from ...envelope.primitives import H
from ..errors import KeyServiceError
from ..server_address import is_loopback
from .key_service import ANOTHER, KeyService

ARN = re.compile(
    r"arn:aws(-[a-z]{1,16}){0,3}:kms:(?P<region>[a-z]{2,8}(-[a-z0-9]{1,12}){1,4})"
    r":[0-9]{12}:key/[A-Za-z0-9-]{1,64}"
)
EXAMPLE = "like aws-kms:arn:aws:kms:REGION:ACCOUNT:key/ID; an alias may come to mean another key"
MAX_BLOB = 3072
"""Bytes that AWS allows for a ciphertext."""
CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    user_agent_extra="sealform-client",
)
FAULT = 500
# What boto3 raises for an answer of another shape than AWS's, which it does not look for.
MISREAD = (ResponseParserError, AttributeError, LookupError, TypeError, ValueError)
AWAY = {
    "DependencyTimeoutException",
    "KMSInternalException",
    "KeyUnavailableException",
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
}


class Kms(Protocol):
    """What is used of boto3's client."""

    def encrypt(self, **members: object) -> dict[str, Any]: ...
    def decrypt(self, **members: object) -> dict[str, Any]: ...


class AwsKms(KeyService):
    """AWS KMS, its key named ``aws-kms:ARN``.

    Params: ``key``, the ARN, and ``wrapped``, base64url of at most 3,072 bytes.
    """

    kind = "aws-kms"
    title = "AWS KMS"
    members = ("key", "wrapped")
    made_by = "aws kms create-key --query KeyMetadata.Arn --output text"

    def _wrap(self, key: str, secret: bytes, context: bytes) -> dict[str, str]:
        answer = self._ask("encrypt", key, context, Plaintext=secret)
        return {"key": key, "wrapped": b64(_bytes(answer, "CiphertextBlob"))}

    def _unwrap(self, params: dict[str, str], context: bytes) -> bytes:
        blob = self.wrapped(params["wrapped"], least=1, most=MAX_BLOB)
        return _bytes(
            self._ask("decrypt", params["key"], context, CiphertextBlob=blob), "Plaintext"
        )

    def _ask(self, act: str, key: str, context: bytes, **members: bytes) -> dict[str, Any]:
        read = ARN.fullmatch(key)
        if not read:
            raise KeyServiceError("this is no ARN of a key of AWS KMS", hint=EXAMPLE)
        bound = {"sealform": b64(H("encryption-context", context))}
        answer = self.in_time(
            lambda: self._call(act, read["region"], KeyId=key, EncryptionContext=bound, **members)
        )
        if answer.get("KeyId") != key:
            raise KeyServiceError("AWS KMS answers for another key than it was asked for", hint=WHO)
        return answer

    def _call(self, act: str, region: str, **members: object) -> dict[str, Any]:
        try:
            if self._region != region:
                raise KeyServiceError(
                    f"the key is in {region}, and this machine is set up for "
                    f"{self._region or 'no region'}",
                    hint=f"AWS_DEFAULT_REGION={region} if that is meant; a key of several regions "
                    "gets a slot for each",
                )
            answer = getattr(self._kms, act)(**members)
        except ClientError as error:
            raise self._refusal(error.response) from error
        except (ConnectionError, HTTPClientError) as error:
            raise self.away(str(error)) from error
        except MISREAD as error:
            raise KeyServiceError("what answers there is no AWS KMS", hint=WHO) from error
        except BotoCoreError as error:
            raise self.refuses(
                str(error), hint="is AWS set up on this machine? `aws sts get-caller-identity`"
            ) from error
        return cast(dict[str, Any], answer)

    @cached_property
    def _session(self) -> Any:
        return boto3.session.Session()

    @property
    def _region(self) -> str | None:
        return cast(str | None, self._session.region_name)

    @cached_property
    def _kms(self) -> Kms:
        made = self._session.client("kms", config=CONFIG)
        address = urlsplit(made.meta.endpoint_url)
        if address.scheme != "https" and not is_loopback(address.hostname or ""):
            raise KeyServiceError(
                "the endpoint of AWS KMS is not https: secrets would travel in the clear",
                hint="look at AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL and ~/.aws/config",
            )
        return cast(Kms, made)

    def _refusal(self, response: dict[str, Any]) -> KeyServiceError:
        said = response.get("Error", {})
        code = str(said.get("Code", ""))
        what = f"{code} {said.get('Message') or ''}".strip()
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in AWAY or status >= FAULT:
            return self.away(f"it answers {what}")
        if code == "InvalidCiphertextException":
            return self.refuses(what)
        return self.refuses(
            what,
            hint="may this identity use kms:Encrypt and kms:Decrypt on this key, is the key there "
            f"and enabled, and the time of this machine right? or {ANOTHER}",
        )


WHO = "does this machine name another endpoint than AWS's own? look at AWS_ENDPOINT_URL_KMS"


def _bytes(answer: dict[str, Any], name: str) -> bytes:
    value = answer.get(name)
    if not isinstance(value, bytes):
        raise KeyServiceError(f"AWS KMS answers without {name}", hint=WHO)
    return value
