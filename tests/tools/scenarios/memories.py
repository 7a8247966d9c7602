"""§4, State: what a client remembers, where it is kept, and what two memories know together."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.client.state import (
    Extent,
    FormerOwner,
    FormMemory,
    GroupMemory,
    Rotating,
    State,
    StreamMemory,
    dump_state,
)
from apps.envelope.encoding import b64, ctx, dump_json
from apps.envelope.primitives import mac
from apps.envelope.rosters import Known
from tests.envelope.operations import Json
from tests.tools.scenarios.book import Book
from tests.tools.scenarios.successions import PAST, step
from tests.tools.scenarios.world import (
    ACME,
    CLINIC,
    FORM,
    MALLORY,
    MARKETING,
    NOW,
    OTHER_FORM,
    OTHER_RECORD,
    RECORD,
    fixed,
    uuid_like,
)

STAFF, OTHERS = f"group:{uuid_like('staff')}", f"group:{uuid_like('others')}"
AKIDS = [fixed(f"akid {number}") for number in range(4)]
EPOCHS = [fixed(f"epoch {number}") for number in range(3)]
EMPTY = State()


def known(version: int = 3, epoch: int = 2, **changes: Any) -> Known:
    """Return what is remembered of a roster."""
    made = Known(MARKETING.id, "staff", version, fixed(f"roster {version}"), epoch, EPOCHS[epoch])
    return made._replace(**changes)


def stream() -> StreamMemory:
    """Return a stream of which everything is remembered."""
    return StreamMemory(
        gen=3,
        akid=AKIDS[3],
        closed=2,
        revoked={MALLORY.id},
        columns={"zip", "age", "fullname"},
        readers={
            STAFF: Extent((), 0),
            CLINIC.id: Extent(("age", "zip"), NOW),
            MARKETING.id: Extent((), NOW + 1),
        },
        decided={MALLORY.id: 2, CLINIC.id: 1, MARKETING.id: 3},
        renew={CLINIC.id},
        spent=1,
        ended={(MALLORY.id, ""): 2, (CLINIC.id, RECORD): 3, (CLINIC.id, OTHER_RECORD): 1},
        holds={(STAFF, 2): EPOCHS[0], (STAFF, 10): EPOCHS[1], (OTHERS, 3): EPOCHS[2]},
        lacks={OTHERS: {10, 9, 2}, STAFF: {3}},
    )


def whole() -> State:
    """Return a memory of everything that there is to remember."""
    return State(
        pins={one.id: one.card.fingerprint for one in (MARKETING, CLINIC)},
        names={MARKETING.id: "Zoë 🌻"},
        since={CLINIC.id: NOW},
        streams={(ACME.id, "contact"): stream(), (f"form:{FORM}", "account"): StreamMemory()},
        forms={
            FORM: FormMemory(
                ACME.id,
                4,
                fixed("manifest 4"),
                (FormerOwner(CLINIC.id, 2), FormerOwner(MARKETING.id, 3)),
            ),
            OTHER_FORM: FormMemory(ACME.id, 1, fixed("manifest 1")),
        },
        signed={FORM: (fixed("manifest 4"),)},
        lines={CLINIC.id: (fixed("step 1"), fixed("step 2")), MARKETING.id: ()},
        groups={uuid_like("staff"): GroupMemory(known(), {CLINIC.id: 2, MALLORY.id: 1})},
        rotating=Rotating(step(), PAST),
        serial=7,
        unconfirmed=True,
    )


def text(state: State) -> str:
    """Return a memory as it is written."""
    return dump_state(state).decode()


def altered(change: Callable[[Json], object]) -> str:
    """Return the whole memory with something else in it."""
    wire = json.loads(text(whole()))
    change(wire)
    return dump_json(wire).decode()


def tell(book: Book) -> None:
    """Tell all scenarios of what is remembered."""
    _parsing(book)
    _keeping(book)
    _changing(book)
    _merging(book)


def _parsing(book: Book) -> None:
    book.ok("state-empty", "parse_state", "nothing is remembered", {"text": text(EMPTY)})
    book.ok("state-whole", "parse_state", "everything is", {"text": text(whole())})
    for name, comment, given in (
        ("lacks", "a part is missing", altered(lambda wire: wire.pop("lines"))),
        ("more", "a part that this version does not know", altered(lambda wire: wire.update(x=1))),
        ("stream", "a stream of a version before", altered(lambda wire: wire["streams"][0].pop())),
        (
            "pin",
            "a pin that is no base64url",
            altered(lambda w: w["pins"][CLINIC.id].__setitem__(0, "*")),
        ),
        ("step", "a rotation whose succession nobody signed", altered(_unsigned)),
        ("none", "no memory", "[]"),
        ("spaced", "not canonical", text(EMPTY).replace(":", ": ", 1)),
    ):
        book.bad(f"state-{name}", "state-whole", "state", comment, {"text": given})


def _unsigned(wire: Json) -> None:
    wire["rotating"]["succession"]["card"]["sig"] = b64(bytes(64))


def _keeping(book: Book) -> None:
    key, wire = ACME.keys.state, json.loads(text(whole()))
    code = mac(key, ctx("state", ACME.id, dump_json(wire)))
    file = dump_json({"state": wire, "mac": b64(code)}).decode()
    given = {"text": file, "client_id": ACME.id, "key": key.hex()}
    expect = {"text": text(whole())}
    book.ok("state-file", "open_state_file", "as it is kept", given, expect=expect)
    for name, comment, changes in (
        ("of-another", "another client's", {"client_id": CLINIC.id}),
        ("other-key", "under another key", {"key": CLINIC.keys.state.hex()}),
        (
            "changed",
            "altered by who has no key",
            {"text": file.replace('"serial":7', '"serial":6')},
        ),
        ("without-mac", "without a MAC", {"text": dump_json({"state": wire}).decode()}),
    ):
        book.bad(f"state-file-{name}", "state-file", "state", comment, changes)


def _changing(book: Book) -> None:
    about = {"text": text(whole()), "writer": ACME.id, "type": "contact"}
    ask = [
        ["has_ended", CLINIC.id, RECORD, 3],
        ["has_ended", CLINIC.id, RECORD, 4],
        ["has_ended", MALLORY.id, OTHER_RECORD, 2],
        ["held_by", STAFF, 2],
        ["held_by", STAFF, 3],
        ["held_by", STAFF, 12],
        ["held_by", STAFF, 1],
        ["held_by", MARKETING.id, 3],
    ]
    hold = [["hold", STAFF, 10, EPOCHS[2].hex()], ["hold", STAFF, 4, EPOCHS[2].hex()]]
    lack = [["open_without", STAFF, 4], ["open_without", MARKETING.id, 4]]
    end = [
        ["end", CLINIC.id, RECORD, 2],
        ["end", CLINIC.id, OTHER_RECORD, 3],
        ["end", MALLORY.id, RECORD, 2],
        ["end", MARKETING.id, RECORD, 1],
        ["end", MARKETING.id, "", 2],
    ]
    end_many = [
        ["end_many", CLINIC.id, 997, 1],
        ["end", MARKETING.id, RECORD, 1],
        ["end_many", MARKETING.id, 5, 2],
    ]
    cases: tuple[tuple[str, str, list[list[object]]], ...] = (
        ("asked", "nothing changes", []),
        ("share", "a reader who was revoked reads again", [["share", MALLORY.id, ["zip"], NOW, 4]]),
        ("share-earlier", "what was decided later stands", [["share", MARKETING.id, [], 0, 1]]),
        ("revoke", "a group gets nothing more", [["revoke", STAFF, 3]]),
        ("lapse", "who read until now does not read on", [["lapse", NOW + 1]]),
        ("lapse-later", "nor who read until then", [["lapse", NOW + 2]]),
        ("hold", "the first epoch has it still", [*hold]),
        ("without", "a group lacks one more", [*lack]),
        ("end", "a later end, an earlier one and one of all records", [*end]),
        ("end-many", "of too many the reader with the most has all ended", [*end_many]),
    )
    for name, comment, steps in cases:
        given = about | {"steps": steps, "ask": ask}
        book.ok(f"stream-{name}", "change_stream", comment, given)


def _merging(book: Book) -> None:
    def both(name: str, comment: str, one: State, other: State) -> None:
        given = {"one": text(one), "other": text(other)}
        book.ok(f"merge-{name}", "merge_states", comment, given)
        turned = {"one": given["other"], "other": given["one"]}
        book.ok(f"merge-{name}-turned", "merge_states", f"{comment}, turned round", turned)

    def refused(name: str, comment: str, one: State, other: State) -> None:
        given = {"one": text(one), "other": text(other)}
        book.bad(f"merge-{name}", "merge-with-none", "state", comment, given)

    def of_stream(*memories: StreamMemory) -> list[State]:
        return [State(streams={(ACME.id, "contact"): one}) for one in memories]

    def of_form(*memories: FormMemory) -> list[State]:
        return [State(forms={FORM: one}) for one in memories]

    def of_group(*memories: GroupMemory) -> list[State]:
        return [State(groups={uuid_like("staff"): one}) for one in memories]

    both("with-none", "with one that remembers nothing", whole(), EMPTY)
    both("with-itself", "with the same", whole(), whole())
    later = replace(
        stream(), gen=5, akid=AKIDS[1], closed=1, revoked={CLINIC.id}, columns={"city"},
        readers={MALLORY.id: Extent((), 0), MARKETING.id: Extent(("zip",), 0)},
        decided={MALLORY.id: 4, CLINIC.id: 1, MARKETING.id: 3}, renew={MARKETING.id}, spent=4,
        ended={(CLINIC.id, RECORD): 1, (MARKETING.id, ""): 1, (MARKETING.id, RECORD): 2},
        holds={(STAFF, 2): EPOCHS[2], (STAFF, 4): EPOCHS[2]}, lacks={STAFF: {4}, OTHERS: {9}},
    )  # fmt: skip
    both("streams", "the later generation of each, the narrower share", *of_stream(stream(), later))
    ends = [StreamMemory(readers={CLINIC.id: Extent((), end)}) for end in (NOW, NOW + 1)]
    both("ends", "the earlier end", *of_stream(*ends))
    refused(
        "two-keys",
        "two keys of one generation",
        *of_stream(stream(), replace(stream(), akid=AKIDS[0])),
    )
    columns = [StreamMemory(readers={CLINIC.id: Extent((one,), 0)}) for one in ("age", "zip")]
    refused("no-column", "no column in common", *of_stream(*columns))

    pin, next_pin = {CLINIC.id: fixed("pin")}, {CLINIC.id: fixed("next pin")}
    line: dict[str, tuple[bytes, ...]] = {CLINIC.id: (fixed("step 1"),)}
    both(
        "pins",
        "who followed further has the pin",
        State(pins=pin),
        State(pins=next_pin, lines=line),
    )
    one = State(pins=pin, names={CLINIC.id: "clinic"}, since={CLINIC.id: 1})
    other = replace(one, names={CLINIC.id: "Clinic"}, since={CLINIC.id: 2}, serial=2)
    both("names", "what only one knows of a client", one, replace(other, unconfirmed=True))
    refused("two-pins", "two pins of one client", State(pins=pin), State(pins=next_pin))
    refused(
        "two-pins-followed", "two pins after the same steps",
        State(pins=pin, lines=line), State(pins=next_pin, lines=line),
    )  # fmt: skip
    refused(
        "fork", "two lines of one client",
        State(lines=line), State(lines={CLINIC.id: (fixed("other step"), fixed("step 2"))}),
    )  # fmt: skip

    form = FormMemory(MARKETING.id, 4, fixed("manifest 4"), (FormerOwner(CLINIC.id, 2),))
    followed = FormMemory(
        ACME.id, 6, fixed("manifest 6"), (FormerOwner(CLINIC.id, 2), FormerOwner(MARKETING.id, 5))
    )
    both("forms", "the one that followed further", *of_form(form, followed))
    met = FormMemory(MARKETING.id, 3, fixed("manifest 3"))
    both("form-met-later", "one that met the form only then", *of_form(met, followed))
    before = FormMemory(CLINIC.id, 1, fixed("manifest 1"))
    both("form-before", "one that has not followed", *of_form(before, followed))
    one, other = of_form(form, replace(form, version=5, hash=fixed("manifest 5")))
    one.sign(FORM, fixed("manifest 4"))
    for number in range(3, 9):
        other.sign(FORM, fixed(f"manifest {number}"))
    one.sign(OTHER_FORM, fixed("manifest 1"))
    both("signed", "what was signed last of the newer one", one, other)
    refused(
        "two-manifests",
        "two manifests of one version",
        *of_form(form, replace(form, hash=fixed("x"))),
    )
    late = replace(before, version=3, hash=fixed("manifest 3"))
    refused("owner-passed", "an owner beyond its last version", *of_form(late, followed))
    refused("other-owner", "another owner", *of_form(replace(met, owner=MALLORY.id), followed))
    early = replace(met, version=2)
    refused("owner-too-early", "an owner before its first version", *of_form(early, followed))
    other_way = replace(form, former=(FormerOwner(CLINIC.id, 1),))
    refused("other-way", "another way to the same owner", *of_form(other_way, followed))

    group = GroupMemory(known(), {CLINIC.id: 2, MALLORY.id: 1})
    newer = GroupMemory(known(4, 2), {CLINIC.id: 1, ACME.id: 3})
    both("groups", "the later roster, and whoever was taken out", *of_group(group, newer))
    for name, comment, changed in (
        ("roster", "two rosters of one version", known(digest=fixed("other roster"))),
        ("epoch", "two epochs of one version", known(epoch=1)),
        ("group-owner", "two owners of a group", known(4, owner=CLINIC.id)),
        ("group-name", "two names of a group", known(4, name="other")),
    ):
        refused(f"two-{name}", comment, *of_group(group, GroupMemory(changed)))
