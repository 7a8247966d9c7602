"""Who asks. A further role is a row of ``ROLES``.

Each is the strongest of its kind: the key that has ended, and the one that was revoked, are the
owner's own, whose group there is, too; the client that was disabled is a reader of everything, and
owns a group.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticDevice

from apps.directory.enrolment import add_api_key
from apps.directory.models import ApiKey
from apps.envelope.tokens import API_SECRET, new_token, token_digest
from tests.authorisation.things import Things
from tests.people import Person, basic

Headers = Mapping[str, str]


class Role(NamedTuple):
    """Somebody who asks. Where a row of the matrix says nothing of it, it is treated like ``like``.

    ``headers`` is what it proves itself by.
    """

    name: str
    like: str
    headers: Callable[[Things], Headers]


def nobody(things: Things) -> Headers:
    return {}


def client(name: str) -> Callable[[Things], Headers]:
    """One of the clients of the world, with its API key."""
    return lambda things: {"authorization": things.clients[name].authorization}


def owner(things: Things) -> Headers:
    return {"authorization": things.owner.authorization}


def with_expired_key(things: Things) -> Headers:
    id, headers = _further_key(things.owner)
    ApiKey.objects.filter(pk=id).update(expires=timezone.now() - timedelta(seconds=1))
    return headers


def with_revoked_key(things: Things) -> Headers:
    id, headers = _further_key(things.owner)
    ApiKey.objects.filter(pk=id).update(revoked_at=timezone.now())
    return headers


def _further_key(person: Person) -> tuple[str, Headers]:
    secret, id = new_token(API_SECRET), str(uuid4())
    add_api_key(person.row, id, token_digest(secret))
    return id, {"authorization": basic(id, secret)}


def staff(things: Things) -> Headers:
    """Has given password and code, and has no permission."""
    return _session(User.objects.create_user("staff", is_staff=True))


def viewer(things: Things) -> Headers:
    """May look at everything and change nothing."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return _session(user)


def superuser(things: Things) -> Headers:
    return _session(User.objects.create_superuser("superuser"))


def without_code(things: Things) -> Headers:
    """A superuser who has given the password alone, on a server that asks for a code."""
    return _session(User.objects.create_superuser("without-code"), is_verified=False)


def _session(user: User, *, is_verified: bool = True) -> Headers:
    browser = Browser()
    browser.force_login(user)
    if is_verified:
        device = StaticDevice.objects.create(user=user, name="paper")
        session = browser.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
    cookies = browser.cookies
    return {"cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items())}


ROLES = (
    Role("anonymous", "", nobody),
    Role("disabled", "anonymous", client("disabled")),
    Role("expired_key", "anonymous", with_expired_key),
    Role("revoked_key", "anonymous", with_revoked_key),
    Role("other", "anonymous", client("other")),
    Role("taker", "other", client("taker")),  # a form was offered to it
    Role("ex_reader", "other", client("ex_reader")),
    Role("ended_reader", "other", client("ended_reader")),  # its grant said until when
    Role("reader", "other", client("reader")),
    Role("column_reader", "reader", client("column_reader")),
    Role("record_reader", "reader", client("record_reader")),
    Role("inbox_reader", "other", client("inbox_reader")),  # of the answers to a form
    Role("member", "other", client("member")),  # of a group that was granted a type
    Role("ex_member", "other", client("ex_member")),  # removed from it after the grant
    Role("left_member", "other", client("left_member")),  # went out; the roster still names it
    Role("team_owner", "other", client("team_owner")),  # signs its rosters and is not in it
    Role("owner", "other", owner),
    Role("staff", "anonymous", staff),
    Role("without_code", "anonymous", without_code),
    Role("viewer", "staff", viewer),
    Role("superuser", "viewer", superuser),
)
