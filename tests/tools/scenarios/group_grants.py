"""§7: grants to a group, and of its epochs to members."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.envelope.grants import Grant, inbox_id
from apps.envelope.keys import akid
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.grants import (
    COLUMN_MAP,
    INBOX_MAP,
    OF_FORM,
    RECORD_MAP,
    TYPE_MAP,
    grant,
    key_text,
    signed,
)
from tests.tools.scenarios.groups import EPOCHS, GROUP, OTHER_GROUP, epoch_key, seed_of
from tests.tools.scenarios.world import (
    ACCESS_KEY,
    ACME,
    CLINIC,
    CONTACT_INBOX,
    FORM,
    MALLORY,
    MARKETING,
    NOW,
    RECORD,
    SEALS,
    Person,
    fixed,
    flipped,
    inbox_public,
)

OF_GROUP: Json = {"writer": f"group:{GROUP}", "type": "epoch"}


def to_group(
    keys: Mapping[str, bytes],
    epoch: int = 4,
    by: Person = ACME,
    sealed_to: int | None = None,
    **changes: Any,
) -> Grant:
    """Return a grant to the group, really sealed to an epoch and signed, whatever it says."""
    party = EPOCHS[epoch]
    told: Json = {
        "writer": ACME.id, "type": "contact", "gen": 1, "akid": akid(ACCESS_KEY), "record": "",
        "fields": (), "not_after": 0, "reader": party.id, "reader_fp": party.fingerprint,
    }  # fmt: skip
    bare = Grant(**told | changes)
    public = epoch_key(sealed_to or epoch).public
    return signed(replace(bare, keys=SEALS.seal(public, key_text(dict(keys)), bare.info)), by)


def epoch_grant(
    epoch: int,
    to: Person = MARKETING,
    by: Person = CLINIC,
    seed: bytes | None = None,
    **changes: Any,
) -> Grant:
    """Return the grant of an epoch's seed to a member."""
    told = OF_GROUP | {"gen": epoch, "akid": EPOCHS[epoch].akid} | changes
    return grant({"@": seed or seed_of(epoch)}, to, by, **told)


def opened_by(made: Grant, epoch: int = 4, **changes: Any) -> Json:
    """Return the input of ``open_grant`` for who has the seed of an epoch."""
    party = EPOCHS[epoch]
    me = {
        "id": party.id, "name": party.name, "owner": party.owner, "epoch": epoch,
        "kem_pk": party.kem_pk.hex(),
    }  # fmt: skip
    given = {"grant": made.to_wire(), "seed": seed_of(epoch).hex(), "me": me}
    return given | {"granter": ACME.wire, "now": NOW, "owner": None} | changes


def opening_epoch(made: Grant, to: Person = MARKETING, **changes: Any) -> Json:
    """Return the input of ``open_grant`` for a member."""
    given: Json = {"grant": made.to_wire(), "seed": to.seed.hex(), "me": to.wire}
    return given | {"granter": CLINIC.wire, "now": NOW, "owner": CLINIC.id} | changes


def tell(book: Book) -> None:
    """Tell the scenarios."""
    kinds(book)
    combinations(book)
    granters(book)
    refused_to_a_group(book)
    refused_epochs(book)


def kinds(book: Book) -> None:
    """Whatever is granted to a client can be granted to a group; an epoch, to a client."""
    columns = to_group(COLUMN_MAP, fields=("city", "zip"))
    record = to_group(RECORD_MAP, record=RECORD, fields=("zip",))
    inbox = to_group(INBOX_MAP, by=CLINIC, **OF_FORM)
    of_clinic: Json = {"granter": CLINIC.wire, "owner": CLINIC.id}
    for name, made, keys, given in (
        ("to-a-group-type", to_group(TYPE_MAP), TYPE_MAP, opened_by(to_group(TYPE_MAP))),
        ("to-a-group-columns", columns, COLUMN_MAP, opened_by(columns)),
        ("to-a-group-fields", record, RECORD_MAP, opened_by(record)),
        ("to-a-group-inbox", inbox, INBOX_MAP, opened_by(inbox, **of_clinic)),
        (
            "to-a-former-epoch",
            to_group(TYPE_MAP, 1),
            TYPE_MAP,
            opened_by(to_group(TYPE_MAP, 1), 1),
        ),
        (
            "to-a-group-until-later",
            to_group(TYPE_MAP, not_after=NOW),
            TYPE_MAP,
            opened_by(to_group(TYPE_MAP, not_after=NOW)),
        ),
        ("epoch", epoch_grant(4), {"@": seed_of(4)}, opening_epoch(epoch_grant(4))),
        (
            "epoch-to-its-owner",
            epoch_grant(2, CLINIC),
            {"@": seed_of(2)},
            opening_epoch(epoch_grant(2, CLINIC), CLINIC),
        ),
    ):
        wire = made.to_wire()
        output = {"keys": {key: value.hex() for key, value in keys.items()}}
        book.ok(f"grant-open-{name}", "open_grant", "verified, then opened", given, expect=output)
        book.ok(
            f"grant-parse-{name}", "parse_grant", "and the names that its key map has",
            {"grant": wire}, expect={"grant": wire, "key_names": sorted(keys)},
        )  # fmt: skip
        for operation, text in (("grant_info", made.info), ("grant_message", None)):
            label = f"{operation.replace('_', '-')}-{name}"
            expect = None if text is None else {"info": text.hex()}
            book.ok(label, operation, "exact bytes", {"grant": wire}, expect=expect)
        book.ok(
            f"grant-verify-{name}", "verify_grant", "by who may grant it",
            {"grant": wire, "granter": given["granter"], "owner": given["owner"]}, expect={},
        )  # fmt: skip


def combinations(book: Book) -> None:
    """A group as a reader is named in one way, and of a group only epochs are granted."""
    wire, other = to_group(TYPE_MAP).to_wire(), epoch_grant(4).to_wire()
    for name, reader in (
        ("group-without-id", "group:"),
        ("group-of-version-8", f"group:{GROUP[:14]}8{GROUP[15:]}"),
        ("upper-case-group", f"group:{GROUP.upper()}"),
        ("upper-case-prefix", f"Group:{GROUP}"),
        ("group-twice", f"group:group:{GROUP}"),
        ("form-in-a-group", f"group:form:{FORM}"),
    ):
        for base, member, told in (("to-a-group-type", "reader", wire), ("epoch", "writer", other)):
            book.bad(
                f"grant-refuses-{name}-as-{member}", f"grant-parse-{base}", "malformed", "no id",
                {"grant": told | {member: reader}},
            )  # fmt: skip
    for name, changes in (
        ("another-type", {"type": "contact"}),
        ("an-end", {"not_after": NOW}),
        ("a-record", {"record": RECORD, "fields": ["zip"]}),
        ("a-record-without-fields", {"record": RECORD}),
        ("fields", {"fields": ["zip"]}),
        ("a-group-as-reader", {"reader": f"group:{OTHER_GROUP}"}),
        ("itself-as-reader", {"reader": f"group:{GROUP}"}),
        ("epoch-0", {"gen": 0}),
    ):
        book.bad(
            f"grant-refuses-an-epoch-with-{name}", "grant-parse-epoch", "malformed",
            "no such combination", {"grant": other | changes},
        )  # fmt: skip


def granters(book: Book) -> None:
    """The writer grants to a group; the owner of the roster grants epochs."""
    forged = epoch_grant(4, by=MALLORY).to_wire()
    changes: Any
    for name, good, error, comment, changes in (
        (
            "the-group-s-owner", "to-a-group-type", "mismatch", "it has no part in it",
            {"grant": to_group(TYPE_MAP, by=CLINIC).to_wire(), "granter": CLINIC.wire,
             "owner": CLINIC.id},
        ),
        (
            "mallory-to-a-group", "to-a-group-type", "signature", "as acme",
            {"grant": to_group(TYPE_MAP, by=MALLORY).to_wire()},
        ),
        ("an-unknown-owner", "epoch", "mismatch", "no roster was verified", {"owner": None}),
        ("another-owner", "epoch", "mismatch", "of another group", {"owner": ACME.id}),
        ("mallory-of-an-epoch", "epoch", "signature", "as the clinic", {"grant": forged}),
        (
            "mallory-as-herself", "epoch", "mismatch", "she owns no group",
            {"grant": forged, "granter": MALLORY.wire},
        ),
        (
            "a-member", "epoch", "mismatch", "who has the seed cannot grant it",
            {"grant": epoch_grant(4, by=MARKETING).to_wire(), "granter": MARKETING.wire},
        ),
    ):  # fmt: skip
        book.bad(f"grant-not-by-{name}", f"grant-verify-{good}", error, comment, changes)
    shared, epoch = to_group(TYPE_MAP), epoch_grant(4)
    for good, made, altered in (
        ("to-a-group-type", shared, (
            ("group", {"reader": f"group:{OTHER_GROUP}"}),
            ("client", {"reader": MARKETING.id}),
            ("epoch", {"reader_fp": EPOCHS[2].fingerprint}),
            ("keys", {"keys": flipped(shared.keys)}),
        )),
        ("epoch", epoch, (
            ("group", {"writer": f"group:{OTHER_GROUP}"}),
            ("number", {"gen": 2}),
            ("akid", {"akid": EPOCHS[2].akid}),
            ("member", {"reader": ACME.id}),
            ("card", {"reader_fp": ACME.card.fingerprint}),
            ("keys", {"keys": flipped(epoch.keys)}),
        )),
    ):  # fmt: skip
        for name, members in altered:
            book.bad(
                f"grant-{good}-of-another-{name}", f"grant-verify-{good}", "signature",
                "not what was signed", {"grant": replace(made, **members).to_wire()},
            )  # fmt: skip


def refused_to_a_group(book: Book) -> None:
    """An epoch opens what was granted to it and nothing else."""
    elsewhere = opened_by(to_group(TYPE_MAP))["me"] | {"id": f"group:{OTHER_GROUP}"}
    older = opened_by(to_group(TYPE_MAP, 2), 2)
    moved = replace(to_group(TYPE_MAP, gen=1), keys=to_group(TYPE_MAP, gen=2).keys)
    for name, error, comment, changes in (
        ("a-former-epoch", "mismatch", "with its own seed", {
            "me": older["me"], "seed": older["seed"],
        }),
        ("another-group", "mismatch", "of the same owner, with the same key", {"me": elsewhere}),
        ("a-member-s-card", "mismatch", "with its own seed", {
            "me": MARKETING.wire, "seed": MARKETING.seed.hex(),
        }),
        ("another-owner-s-epoch", "mismatch", "the fingerprint names the owner", {
            "me": opened_by(to_group(TYPE_MAP))["me"] | {"owner": MALLORY.id},
        }),
        ("a-wrong-seed", "open", "of a former epoch", {"seed": seed_of(2).hex()}),
        ("a-seal-to-a-former-epoch", "open", "a removed member has its seed", {
            "grant": to_group(TYPE_MAP, sealed_to=2).to_wire(),
        }),
        ("a-seal-of-another-generation", "open", "moved, and signed", {
            "grant": signed(moved, ACME).to_wire(),
        }),
        ("another-key", "commitment", "akid names another", {
            "grant": to_group({"*": fixed("another")}).to_wire(),
        }),
        ("an-epoch-s-key", "malformed", "@ where * is due", {
            "grant": to_group({"@": seed_of(2)}).to_wire(),
        }),
    ):  # fmt: skip
        book.bad(
            f"grant-to-a-group-not-by-{name}", "grant-open-to-a-group-type", error, comment, changes
        )
    book.bad(
        "grant-to-a-group-not-by-a-second-later", "grant-open-to-a-group-until-later", "expired",
        "not_after is the last second", {"now": NOW + 1},
    )  # fmt: skip
    book.bad(
        "grant-to-a-group-not-by-an-unknown-owner", "grant-open-to-a-group-inbox", "mismatch",
        "no manifest was verified", {"owner": None},
    )  # fmt: skip


def refused_epochs(book: Book) -> None:
    """A member takes seeds from the owner alone, and the right ones."""
    for name, error, comment, changes in (
        ("the-server", "signature", "a seed of its choosing", {
            "grant": epoch_grant(4, by=MALLORY, seed=fixed("x"),
                                 akid=inbox_id(inbox_public(fixed("x")))).to_wire(),
        }),
        ("an-unknown-owner", "mismatch", "no roster was verified", {"owner": None}),
        ("another-owner", "mismatch", "the roster names acme", {"owner": ACME.id}),
        ("another-member-s", "mismatch", "sealed to acme", {
            "grant": epoch_grant(4, ACME).to_wire(),
        }),
        ("a-former-card-s", "mismatch", "another fingerprint", {
            "grant": epoch_grant(4, reader_fp=fixed("former card")).to_wire(),
        }),
        ("a-seal-to-another", "open", "sealed to acme", {
            "grant": epoch_grant(4, sealed_to=ACME).to_wire(),
        }),
        ("another-seed", "commitment", "of a former epoch", {
            "grant": epoch_grant(4, seed=seed_of(2)).to_wire(),
        }),
        ("an-inbox-of-a-form", "commitment", "akid is the epoch's", {
            "grant": epoch_grant(4, seed=CONTACT_INBOX).to_wire(),
        }),
        ("an-access-key", "malformed", "* where @ is due", {
            "grant": grant({"*": seed_of(4)}, by=CLINIC, **OF_GROUP, gen=4,
                           akid=EPOCHS[4].akid).to_wire(),
        }),
        ("a-short-seed", "malformed", "31 bytes", {
            "grant": epoch_grant(4, seed=seed_of(4)[:31]).to_wire(),
        }),
        ("two-keys", "malformed", "* besides @", {
            "grant": grant({"*": seed_of(4), "@": seed_of(4)}, by=CLINIC, **OF_GROUP, gen=4,
                           akid=EPOCHS[4].akid).to_wire(),
        }),
    ):  # fmt: skip
        book.bad(f"epoch-not-from-{name}", "grant-open-epoch", error, comment, changes)
