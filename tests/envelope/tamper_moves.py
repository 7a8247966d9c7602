"""What the tamper matrix moves: each part to another record, type, writer, reader and so on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from apps.envelope.encoding import FORM as PREFIX
from apps.envelope.encoding import b64
from apps.envelope.fields import Place, Sealed, _seal_field, open_data_key, open_value
from apps.envelope.grants import Grant, inbox_id, open_grant, seal_grant
from apps.envelope.keys import akid, column_key
from apps.envelope.manifests import Manifest, parse_manifest, verify_manifest
from apps.envelope.primitives import KemKey, hpke_seal
from apps.envelope.records import Record, open_record, verify_record
from apps.envelope.rosters import Link, open_past, verify_roster
from apps.envelope.statements import (
    Deletion,
    Leave,
    Revocation,
    sign_deletion,
    sign_leave,
    sign_revocation,
    verify_statement,
)
from apps.envelope.submissions import (
    inbox_info,
    open_access_key,
    open_form_record,
    seal_submission,
)
from tests.envelope.operations import Json
from tests.envelope.tamper import Case
from tests.tools.scenarios.group_grants import epoch_grant, to_group
from tests.tools.scenarios.groups import (
    EPOCHS,
    FOUR,
    GROUP,
    ONE,
    OTHER_GROUP,
    THREE,
    TWO,
    epoch_key,
    link,
    roster,
    seed_of,
)
from tests.tools.scenarios.manifests import MANIFEST, TYPES, question, signature, written
from tests.tools.scenarios.records import client_record
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CLINIC,
    CONTACT_INBOX,
    FORM,
    MALLORY,
    MARKETING,
    NOW,
    OTHER_FORM,
    OTHER_INBOX,
    OTHER_KEY,
    OTHER_RECORD,
    RECORD,
    Person,
    fixed,
    inbox_public,
)

VALUES = {"city": "Springfield", "zip": "12345"}
HOME: Json = {
    "id": RECORD, "writer": ACME.id, "type": "contact", "rev": 1, "akid": akid(ACCESS_KEY),
    "field": "zip",
}  # fmt: skip
ELSEWHERE: dict[str, Any] = {
    "id": OTHER_RECORD, "writer": MARKETING.id, "type": "health", "rev": 2,
    "akid": akid(OTHER_KEY), "field": "city",
}  # fmt: skip
KINDS = {
    "id": "record", "writer": "writer", "type": "type", "rev": "revision", "akid": "access key",
    "field": "field",
}  # fmt: skip


def field_moves() -> Iterator[Case]:
    """Each seal of a field at each other place, with the very key that sealed it."""
    homes = [HOME, HOME | {"writer": PREFIX + FORM}]
    for home in homes:
        others = ELSEWHERE | ({"writer": PREFIX + OTHER_FORM} if home is not HOME else {})
        for name, value in others.items():
            what = "form" if home is not HOME and name == "writer" else KINDS[name]
            for source, target in ((home, home | {name: value}), (home | {name: value}, home)):
                yield from _moved(what, source, target, bound_in_value=name != "akid")


def _moved(what: str, source: Json, target: Json, *, bound_in_value: bool) -> Iterator[Case]:
    key, data_key = column_key(ACCESS_KEY, "zip"), fixed("dk zip")
    nonces = fixed("kn zip")[:12], fixed("vn zip")[:12]
    sealed = _seal_field(key, _place(source), source["field"], "12345", data_key, *nonces)
    there, field = _place(target), target["field"]
    open_data_key(key, _place(source), source["field"], sealed)
    yield (
        f"field k moved to another {what}",
        lambda: open_data_key(key, there, field, sealed),
    )
    if bound_in_value:
        yield (
            f"field c moved to another {what}",
            lambda: open_value(data_key, there, field, sealed),
        )


def _place(where: Json) -> Place:
    return Place(**{name: value for name, value in where.items() if name != "field"})


def record_moves() -> Iterator[Case]:
    """Each member of a signed record from another one that its writer signed as well."""
    home = client_record(values=VALUES)
    read = _reader(home, lambda record: verify_record(record, ACME.card))
    for what, changes in (("record", {"id": OTHER_RECORD}), ("type", {"type": "health"}),
                          ("revision", {"rev": 2})):  # fmt: skip
        other = client_record(values=VALUES, **changes)
        for member in ("id", "type", "rev", "fields", "sig"):
            if getattr(other, member) != getattr(home, member):
                yield from read(f"record {member} from another {what}", other, member)
    other = client_record(MALLORY, VALUES)
    for member in ("writer", "fields", "sig"):
        yield from read(f"record {member} from another writer", other, member)
    fields = dict(home.fields)
    swapped = fields | {"zip": fields["city"], "city": fields["zip"]}
    crossed = fields | {"zip": Sealed(fields["zip"].k, fields["city"].c)}
    for what, changed in (("swapped", swapped), ("crossed", crossed), ("lost", _less(fields)),
                          ("doubled", fields | {"zap": fields["zip"]})):  # fmt: skip
        bad = replace(home, fields=changed)
        yield f"record fields {what}, signed", lambda bad=bad: verify_record(bad, ACME.card)  # type: ignore[misc]
        if what != "lost":
            yield f"record fields {what}, opened", lambda bad=bad: open_record(bad, ACCESS_KEY)  # type: ignore[misc]
    yield "record under another access key", lambda: open_record(home, OTHER_KEY)


def _less(fields: dict[str, Sealed]) -> dict[str, Sealed]:
    return {"city": fields["city"]}


def _reader(home: Any, use: Callable[[Any], Any]) -> Callable[..., Iterator[Case]]:
    """Return a function that puts a member of another object into this one."""
    use(home)

    def read(what: str, other: Any, *names: str) -> Iterator[Case]:
        changed = replace(home, **{name: getattr(other, name) for name in names})
        yield what, lambda: use(changed)

    return read


def grant_moves() -> Iterator[Case]:
    """Each part of a grant from another one that the same granter signed."""
    parts = (("keys",), ("sig",), ("keys", "sig"))
    for home, owner in ((_grant(), None), (_inbox_grant(), ACME.id)):
        read = _reader(home, lambda grant, owner=owner: _open(grant, owner))  # type: ignore[misc]
        make = _grant if owner is None else _inbox_grant
        for what, other in (
            ("type", make(type="health")),
            ("generation", make(gen=2)),
            ("end", make(not_after=NOW + 9)),
            ("reader", make(reader=CLINIC)),
            ("granter", make(granter=MALLORY)),
            ("stream", _inbox_grant() if owner is None else _grant()),
            ("form", _inbox_grant(writer=PREFIX + OTHER_FORM)),
            ("key", make(akid=akid(OTHER_KEY))),
        ):
            for names in parts:
                yield from read(f"grant {' and '.join(names)} from another {what}", other, *names)
            for name in ("type", "gen", "akid", "not_after", "reader", "reader_fp", "writer"):
                if getattr(other, name) != getattr(home, name):
                    yield from read(f"grant {name} from another {what}", other, name)
        for other in (_grant(record=RECORD), _grant(columns=True)):
            for name in ("record", "fields", "keys", "sig"):
                if getattr(other, name) != getattr(home, name):
                    yield from read(f"grant {name} from a narrower one", other, name)
    for reader in (CLINIC, MALLORY):
        yield (
            "grant opened by another reader",
            lambda reader=reader: _open(_grant(), None, reader),  # type: ignore[misc]
        )


def _grant(
    granter: Person = ACME,
    reader: Person = MARKETING,
    record: str = "",
    columns: bool = False,
    **changes: Any,
) -> Grant:
    keys = {"zip": OTHER_KEY} if record or columns else {"*": ACCESS_KEY}
    members: Json = {"writer": ACME.id, "type": "contact", "gen": 1, "akid": akid(ACCESS_KEY)}
    return seal_grant(
        granter=granter.keys, reader=reader.card, keys=keys, record=record, **members | changes
    )


def _inbox_grant(granter: Person = ACME, reader: Person = MARKETING, **changes: Any) -> Grant:
    members: Json = {
        "writer": PREFIX + FORM, "type": "contact", "gen": 1,
        "akid": inbox_id(inbox_public(CONTACT_INBOX)),
    }  # fmt: skip
    keys = {"@": CONTACT_INBOX}
    return seal_grant(granter=granter.keys, reader=reader.card, keys=keys, **members | changes)


def _open(grant: Grant, owner: str | None, reader: Person = MARKETING) -> dict[str, bytes]:
    return open_grant(
        grant, keys=reader.keys, me=reader.card, granter=ACME.card, now=NOW, owner=owner
    )


def _form_record(manifest: Manifest) -> Record:
    (record,), _ = seal_submission(manifest, VALUES)
    return record


def form_moves() -> Iterator[Case]:
    """Each part of a form's record from another form, manifest, type, inbox or record."""
    manifest, inbox = _manifest(), KemKey(CONTACT_INBOX)
    home = _form_record(manifest)
    read = _reader(home, lambda record: open_form_record(record, manifest, inbox))
    for what, other in (
        ("record", _form_record(manifest)),
        ("form", _form_record(_manifest(form=OTHER_FORM))),
        ("manifest", _form_record(_manifest(version=2))),
        ("inbox", _form_record(_manifest(inbox=OTHER_INBOX))),
        ("type", _form_record(_manifest(type="health"))),
    ):
        for name in ("id", "writer", "type", "akid", "fields", "manifest", "ak"):
            if getattr(other, name) != getattr(home, name):
                yield from read(f"form record {name} from another {what}", other, name)
        yield from read(f"form record ak and akid from another {what}", other, "ak", "akid")
    yield from _moved_access_keys(home, manifest, inbox)
    for what, changed in (("manifest", _manifest(version=2)), ("form", _manifest(form=OTHER_FORM))):
        yield (
            f"form record read by another {what}",
            lambda changed=changed: open_form_record(home, changed, inbox),  # type: ignore[misc]
        )
    yield (
        "form record read with another inbox",
        lambda: open_form_record(home, manifest, KemKey(OTHER_INBOX)),
    )


def _moved_access_keys(home: Record, manifest: Manifest, inbox: KemKey) -> Iterator[Case]:
    """The right access key, sealed to the right inbox, but with another context."""
    for what, context in (
        ("form", inbox_info(_manifest(form=OTHER_FORM), home.id, home.type, home.akid)),
        ("record", inbox_info(manifest, OTHER_RECORD, home.type, home.akid)),
        ("type", inbox_info(manifest, home.id, "health", home.akid)),
        ("akid", inbox_info(manifest, home.id, home.type, akid(OTHER_KEY))),
        ("manifest", inbox_info(_manifest(version=2), home.id, home.type, home.akid)),
    ):
        ak = hpke_seal(inbox.public, open_access_key(home, manifest, inbox), context)
        bad = replace(home, ak=ak)
        yield (
            f"access key sealed for another {what}",
            lambda bad=bad: open_access_key(bad, manifest, inbox),  # type: ignore[misc]
        )


def _manifest(
    form: str = FORM, version: int = 1, inbox: bytes = CONTACT_INBOX, type: str = "contact"
) -> Manifest:
    return parse_manifest(_text(form, version, inbox, type).encode())


def _text(
    form: str = FORM, version: int = 1, inbox: bytes = CONTACT_INBOX, type: str = "contact"
) -> str:
    changes = {
        "form": form, "version": version,
        "types": [TYPES[0] | {"type": type, "inbox": b64(inbox_public(inbox))}],
        "fields": [question(name, type, "text") for name in VALUES],
    }  # fmt: skip
    return written(MANIFEST | changes)


def manifest_moves() -> Iterator[Case]:
    """A manifest with the signature, card, pin or form of another."""

    def verified(text: str, sig: str, by: Person, signer: Person, pin: Person, form: str) -> None:
        raw, fingerprint = text.encode(), pin.card.fingerprint
        verify_manifest(raw, signature(sig, signer), by.card, fingerprint=fingerprint, form=form)

    home, later, other = _text(), _text(version=2), _text(form=OTHER_FORM)
    verified(home, home, ACME, ACME, ACME, FORM)
    for what, arguments in (
        ("the signature of another version", (home, later, ACME, ACME, ACME, FORM)),
        ("the signature of another form", (home, other, ACME, ACME, ACME, FORM)),
        ("the signature of another owner", (home, home, ACME, MALLORY, ACME, FORM)),
        ("another owner's card", (home, home, MALLORY, MALLORY, ACME, FORM)),
        ("another owner's card and pin", (home, home, MALLORY, MALLORY, MALLORY, FORM)),
        ("another pin", (home, home, ACME, ACME, MALLORY, FORM)),
        ("another form", (home, home, ACME, ACME, ACME, OTHER_FORM)),
        ("another form's text", (other, other, ACME, ACME, ACME, FORM)),
    ):
        yield f"manifest with {what}", lambda arguments=arguments: verified(*arguments)  # type: ignore[misc]


def statement_moves() -> Iterator[Case]:
    """Each member of a statement from another that the same client signed."""
    bare: Json = {"id": RECORD, "writer": ACME.id, "type": "contact", "rev": 1}
    deletion = sign_deletion(Deletion(**bare), ACME.keys)
    read = _reader(deletion, lambda statement: verify_statement(statement, ACME.card))
    for name in bare:
        other = sign_deletion(Deletion(**bare | {name: ELSEWHERE[name]}), ACME.keys)
        yield from read(f"deletion of another {KINDS[name]}", other, name)
        yield from read(f"deletion signature of another {KINDS[name]}", other, "sig")
    more: Json = {"writer": ACME.id, "type": "contact", "gen": 1, "reader": MARKETING.id}
    revocation = sign_revocation(Revocation(**more), ACME.keys)
    read = _reader(revocation, lambda statement: verify_statement(statement, ACME.card))
    others = {"writer": CLINIC.id, "type": "health", "gen": 2, "reader": CLINIC.id}
    for name, value in others.items():
        changed = sign_revocation(Revocation(**more | {name: value}), ACME.keys)
        yield from read(f"revocation of another {name}", changed, name)
        yield from read(f"revocation signature of another {name}", changed, "sig")
    yield "deletion asked by another", lambda: verify_statement(deletion, MALLORY.card)
    yield "revocation asked by another", lambda: verify_statement(revocation, MALLORY.card)
    gone: Json = {"group": GROUP, "member": MARKETING.id, "since": 1}
    leave = sign_leave(Leave(**gone), MARKETING.keys)
    read = _reader(leave, lambda statement: verify_statement(statement, MARKETING.card))
    for name, value in {"group": OTHER_GROUP, "member": CLINIC.id, "since": 3}.items():
        left = sign_leave(Leave(**gone | {name: value}), MARKETING.keys)
        yield from read(f"leave of another {name}", left, name)
        yield from read(f"leave signature of another {name}", left, "sig")
    yield "leave told by the owner", lambda: verify_statement(leave, CLINIC.card)


def roster_moves() -> Iterator[Case]:
    """Each member of a roster from another that the same owner signed; each link elsewhere."""
    read = _reader(THREE, lambda one: verify_roster(one, group=GROUP, owner=CLINIC.card))
    elsewhere = roster(3, 2, *THREE.members, prev=TWO.digest, group=OTHER_GROUP)
    longer = roster(3, 2, *THREE.members, prev=TWO.digest, issued=NOW + 1, expires=NOW + 9)
    mallorys = roster(3, 2, *THREE.members, prev=TWO.digest, by=MALLORY)
    for what, other in (
        ("version", ONE),
        ("version", FOUR),
        ("group", elsewhere),
        ("time", longer),
        ("signer", mallorys),
    ):
        for name in vars(THREE):
            if getattr(other, name) != getattr(THREE, name):
                yield from read(f"roster {name} from another {what}", other, name)
    yield (
        "roster of another group, whole",
        lambda: verify_roster(elsewhere, group=GROUP, owner=CLINIC.card),
    )

    def opened(changed: Link) -> None:
        open_past(replace(FOUR, links=(changed,)), epoch=changed.epoch, seed=seed_of(4))

    home = link(4)
    opened(home)
    for what, moved in (
        ("group", link(4, group=OTHER_GROUP)),
        ("epoch before", link(4, before=1)._replace(before=2)),
        ("epoch", link(2, seed=seed_of(4))._replace(epoch=4, before=1)),
        ("seed", link(4, seed=seed_of(2))),
    ):
        yield f"link of another {what}", lambda moved=moved: opened(moved)  # type: ignore[misc]


def group_grant_moves() -> Iterator[Case]:
    """Each part of a grant to a group, and of an epoch's, from another of the same granter."""
    epoch = epoch_grant(4)
    read = _reader(epoch, lambda one: _open_epoch(one, MARKETING))
    for what, other in (
        ("epoch", epoch_grant(2)),
        ("member", epoch_grant(4, ACME)),
        ("group", epoch_grant(4, writer=f"group:{OTHER_GROUP}")),
        ("owner", epoch_grant(4, by=MALLORY)),
    ):
        for name in ("writer", "gen", "akid", "reader", "reader_fp", "keys", "sig"):
            if getattr(other, name) != getattr(epoch, name):
                yield from read(f"epoch grant {name} from another {what}", other, name)
        both = f"epoch grant keys and sig from another {what}"
        yield from read(both, other, "keys", "sig")
    yield "epoch grant opened by another member", lambda: _open_epoch(epoch, ACME)
    shared = to_group({"*": ACCESS_KEY})
    read = _reader(shared, lambda one: _open_by_group(one, 4))
    for what, other in (
        ("epoch", to_group({"*": ACCESS_KEY}, 2)),
        ("type", to_group({"*": ACCESS_KEY}, type="health")),
        ("generation", to_group({"*": ACCESS_KEY}, gen=2)),
        ("reader", _grant()),
        ("granter", to_group({"*": ACCESS_KEY}, by=MALLORY)),
    ):
        for name in ("type", "gen", "reader", "reader_fp", "keys", "sig"):
            if getattr(other, name) != getattr(shared, name):
                yield from read(f"group grant {name} from another {what}", other, name)
        yield from read(f"group grant keys and sig from another {what}", other, "keys", "sig")
    yield "group grant opened by another epoch", lambda: _open_by_group(shared, 2)


def _open_epoch(grant: Grant, member: Person) -> None:
    open_grant(
        grant, keys=member.keys, me=member.card, granter=CLINIC.card, now=NOW, owner=CLINIC.id
    )


def _open_by_group(grant: Grant, epoch: int) -> None:
    open_grant(grant, keys=epoch_key(epoch), me=EPOCHS[epoch], granter=ACME.card, now=NOW)
