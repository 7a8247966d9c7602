"""Reads tests/vectors, and runs its operations, each in terms of ``apps.envelope``.

Bytes are hex in vectors; a long one may be a list of hex and ``{"repeat", "times"}``.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.cli.record_formats import SEPARATORS, WRITERS, Look
from apps.cli.safe_output import safe_cell
from apps.client import Opened
from apps.client import state as memory
from apps.client.errors import StateError
from apps.envelope import (
    answers,
    codes,
    encoding,
    fields,
    grants,
    hand_overs,
    key_copies,
    key_files,
    keys,
    manifests,
    passkeys,
    passphrases,
    patterns,
    primitives,
    proof_of_work,
    receipts,
    records,
    rosters,
    seen,
    statements,
    submissions,
    successions,
    tokens,
    typed_answers,
)
from apps.envelope.errors import EnvelopeError, MismatchError

Json = dict[str, Any]
hexed = bytes.hex
raw = bytes.fromhex

FOLDER = Path(__file__).parent.parent / "vectors"


def vectors() -> dict[str, list[Json]]:
    """Return the scenarios of each operation, one file each."""
    told = (json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json")))
    return {one["operation"]: one["scenarios"] for one in told}


def failures(operation: str, scenarios: list[Json]) -> list[str]:
    """Run scenarios; return which ones do not end as they say, and how they end."""
    ends = (
        (one["name"], _text(_outcome(operation, one)), _text(_ending(one))) for one in scenarios
    )
    return [f"{name}: {found}, not {told}" for name, found, told in ends if found != told]


def _text(ending: Json) -> str:
    """Return JSON to compare: to Python alone, 1 is True."""
    return json.dumps(ending, sort_keys=True)


def _ending(scenario: Json) -> Json:
    if "error" in scenario:
        return {"error": scenario["error"]}
    return {"output": expanded(scenario["output"])}


def _outcome(operation: str, scenario: Json) -> Json:
    try:
        return {"output": run(operation, scenario["input"])}
    except EnvelopeError as refused:
        return {"error": refused.code}
    except Exception as error:  # a defect, which hides no other scenario
        return {"defect": repr(error)}


def expanded(value: Any) -> Any:
    """Return JSON with each list of hex and repetitions written out as one hex string."""
    if isinstance(value, dict):
        return {name: expanded(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    if any(isinstance(item, dict) and item.keys() == {"repeat", "times"} for item in value):
        return "".join(
            item if isinstance(item, str) else item["repeat"] * item["times"] for item in value
        )
    return [expanded(item) for item in value]


def run(operation: str, given: Json) -> Json:
    """Run one operation; raises EnvelopeError where the scenario must fail."""
    return OPERATIONS[operation](expanded(given))


def text(given: Json) -> bytes:
    """Return a raw text that may not even be UTF-8."""
    return raw(given["hex"]) if "hex" in given else given["text"].encode()


def parts(given: Json) -> list[encoding.Part]:
    """Return the parts of a context."""
    return [
        raw(item["hex"]) if "hex" in item else next(iter(item.values())) for item in given["parts"]
    ]


def place(given: Json) -> fields.Place:
    """Return where a field stands."""
    return fields.Place(**given["place"] | {"akid": raw(given["place"]["akid"])})


def field_arguments(given: Json, key: str) -> tuple[bytes, fields.Place, str, fields.Sealed]:
    """Return what an opener of a field takes: key, place, name, sealed field."""
    sealed = fields.read_sealed(given["sealed"])
    return raw(given[key]), place(given), given["field"], sealed


def record(given: Json) -> records.Record:
    """Return the parsed record."""
    return records.parse_record(given["record"])


def key_map(given: Json) -> dict[str, bytes]:
    """Return keys by field name."""
    return {name: raw(key) for name, key in given.items()}


def shown(opened: dict[str, bytes]) -> Json:
    """Return keys by name in hex."""
    return {name: hexed(key) for name, key in opened.items()}


def client_keys(given: Json) -> Json:
    """Derive all of a client's keys."""
    made = keys.ClientKeys(raw(given["seed"]))
    return {
        "kem_pk": hexed(made.kem.public),
        "sig_pk": hexed(made.sig.public),
        "state": hexed(made.state),
        "ids": hexed(made.ids),
    }


def unb64(given: Json) -> Json:
    """Decode base64url, of a given length or of any."""
    return {"data": hexed(encoding.unb64(given["text"], given.get("length")))}


def seal_field(given: Json) -> Json:
    """Seal a field with given randomness."""
    randomness = (raw(given[name]) for name in ("data_key", "key_nonce", "value_nonce"))
    sealed = fields._seal_field(
        raw(given["column_key"]),
        place(given),
        given["field"],
        given["value"],
        *randomness,
        room=given.get("room", 0),
    )
    return {"sealed": fields.show_sealed(sealed)}


def read_sealed(given: Json) -> Json:
    """Parse a sealed field."""
    sealed = fields.read_sealed(given["sealed"])
    return {"k": hexed(sealed.k), "c": hexed(sealed.c)}


def make_card(given: Json) -> Json:
    """Make a signed card from a seed."""
    made, recovery = keys.ClientKeys(raw(given["seed"])), raw(given["recovery"])
    card = keys.make_card(keys=made, id=given["id"], name=given["name"], recovery=recovery)
    return {"card": card.to_wire()}


def pinned(given: Json) -> Json:
    """Compare a card with the fingerprint that was pinned."""
    keys.pinned(keys.parse_card(given["card"]), raw(given["fingerprint"]))
    return {}


def kem_public(given: Json) -> Json:
    """Check an X-Wing public key."""
    primitives.kem_public(raw(given["public"]))
    return {}


def hpke_open(given: Json) -> Json:
    """Open an HPKE seal with an X-Wing seed."""
    key = primitives.KemKey(raw(given["seed"]))
    return {"message": hexed(key.open(raw(given["sealed"]), raw(given["info"])))}


def verify(given: Json) -> Json:
    """Check an Ed25519 signature."""
    public, signature, message = (raw(given[name]) for name in ("public", "signature", "message"))
    primitives.verify(public, signature, message, "vector")
    return {}


def verify_record(given: Json) -> Json:
    """Check a client's record against its card."""
    records.verify_record(record(given), keys.parse_card(given["card"]))
    return {}


def open_data_keys(given: Json) -> Json:
    """Take the data keys out of a record."""
    opened = records.open_data_keys(record(given), raw(given["access_key"]), given["names"])
    return {"data_keys": shown(opened)}


def parse_grant(given: Json) -> Json:
    """Parse a grant and name its keys."""
    grant = grants.parse_grant(given["grant"])
    return {"grant": grant.to_wire(), "key_names": sorted(grant.key_names)}


def verify_grant(given: Json) -> Json:
    """Check who granted."""
    granter = keys.parse_card(given["granter"])
    grants.verify_grant(grants.parse_grant(given["grant"]), granter, given["owner"])
    return {}


def open_grant(given: Json) -> Json:
    """Open a grant with the seed of the reader, a client or a group's epoch."""
    seed, of_group = raw(given["seed"]), given["me"]["id"].startswith(encoding.GROUP)
    opened = grants.open_grant(
        grants.parse_grant(given["grant"]),
        keys=primitives.KemKey(seed) if of_group else keys.ClientKeys(seed),
        me=_epoch(given["me"]) if of_group else keys.parse_card(given["me"]),
        granter=keys.parse_card(given["granter"]),
        now=given["now"],
        owner=given["owner"],
    )
    return {"keys": shown(opened)}


def _epoch(told: Json) -> rosters.Epoch:
    return rosters.Epoch(**told | {"kem_pk": raw(told["kem_pk"])})


def _roster(given: Json) -> rosters.Roster:
    return rosters.parse_roster(given["roster"])


def parse_roster(given: Json) -> Json:
    """Parse a roster; show what is signed, and what is granted to and with its epoch."""
    roster = _roster(given)
    reader = roster.as_reader
    return {
        "digest": hexed(roster.digest),
        "message": hexed(roster.message),
        "reader": reader.id,
        "fingerprint": hexed(reader.fingerprint),
        "akid": hexed(reader.akid),
    }


def sign_roster(given: Json) -> Json:
    """Sign a roster."""
    bare = rosters.parse_roster(given["roster"] | {"sig": encoding.b64(bytes(primitives.SIG))})
    return {"roster": rosters.sign_roster(bare, _keys(given)).to_wire()}


def verify_roster(given: Json) -> Json:
    """Check whose roster it is, and who signed it."""
    owner = keys.parse_card(given["owner"])
    rosters.verify_roster(_roster(given), group=given["group"], owner=owner)
    return {}


def check_in_force(given: Json) -> Json:
    """Check a roster's time."""
    rosters.check_in_force(_roster(given), given["now"])
    return {}


def known(given: Json) -> Json:
    """Tell what is remembered of a roster."""
    told = rosters.Known.of(_roster(given))._asdict()
    return {name: hexed(one) if isinstance(one, bytes) else one for name, one in told.items()}


def check_follows(given: Json) -> Json:
    """Compare a roster with what is remembered."""
    told = given["known"]
    before = rosters.Known(**told | {name: raw(told[name]) for name in ("digest", "fingerprint")})
    rosters.check_follows(_roster(given), before)
    return {}


def seal_link(given: Json) -> Json:
    """Seal a former epoch's seed with a given nonce."""
    link = rosters._seal_link(
        given["group"],
        given["epoch"],
        raw(given["seed"]),
        given["before"],
        raw(given["former"]),
        raw(given["nonce"]),
    )
    return {"link": link.to_wire()}


def open_past(given: Json) -> Json:
    """Go back from an epoch as far as is wanted, or as far as links lead."""
    wanted = given["wanted"]
    found = rosters.open_past(
        _roster(given),
        epoch=given["epoch"],
        seed=raw(given["seed"]),
        wanted=None if wanted is None else list(map(raw, wanted)),
    )
    return {
        "epochs": [
            {
                "epoch": one.party.epoch,
                "fingerprint": hexed(one.party.fingerprint),
                "public": hexed(one.key.public),
            }
            for one in found
        ]
    }


def read_as_member(given: Json) -> Json:
    """Read what was granted to a group, from one member's seed and what a server sends."""
    member, owner = keys.ClientKeys(raw(given["seed"])), keys.parse_card(given["owner"])
    granter, roster, now = keys.parse_card(given["granter"]), _roster(given), given["now"]
    rosters.verify_roster(roster, group=given["group"], owner=owner)
    granted = [grants.parse_grant(one) for one in given["grants"]]
    epochs = {}
    for wire in given["epoch_grants"]:
        grant = grants.parse_grant(wire)
        if grant.writer != roster.as_reader.id:
            raise MismatchError("the epoch of another group")
        seed = grants.open_grant(
            grant, keys=member, me=keys.parse_card(given["me"]), granter=owner, now=now,
            owner=owner.id,
        )[grants.INBOX]  # fmt: skip
        for one in rosters.open_past(roster, epoch=grant.gen, seed=seed):
            epochs[one.party.fingerprint] = one
    access_keys = {}
    for grant in granted:
        if grant.reader_fp not in epochs:
            raise MismatchError("an epoch that the member has no key of")
        one = epochs[grant.reader_fp]
        opened = grants.open_grant(grant, keys=one.key, me=one.party, granter=granter, now=now)
        access_keys[grant.akid] = opened[grants.TYPE]
    values = []
    for wire in given["records"]:
        record = records.parse_record(wire)
        records.verify_record(record, granter)
        values.append(records.open_record(record, access_keys[record.akid]))
    return {"values": values}


def manifest(given: Json) -> manifests.Manifest:
    """Return the parsed manifest."""
    return manifests.parse_manifest(text(given))


def parse_manifest(given: Json) -> Json:
    """Parse a manifest, its hash and its routes."""
    parsed = manifest(given)
    routes = {type: sorted(names) for type, names in parsed.routes.items()}
    return {"hash": hexed(parsed.hash), "routes": routes}


def verify_manifest(given: Json) -> Json:
    """Check a manifest against the pinned owner."""
    verified = manifests.verify_manifest(
        text(given),
        raw(given["sig"]),
        keys.parse_card(given["card"]),
        fingerprint=raw(given["fingerprint"]),
        form=given["form"],
    )
    return {"hash": hexed(verified.hash)}


def in_force(given: Json) -> Json:
    """Check a manifest's time."""
    manifests.in_force(manifest(given), given["now"])
    return {}


def sign_manifest(given: Json) -> Json:
    """Write a manifest again and sign it."""
    signed, sig = manifests.sign_manifest(manifest(given), keys.ClientKeys(raw(given["seed"])))
    return {"text": signed.raw.decode(), "sig": hexed(sig)}


def inbox_info(given: Json) -> Json:
    """Return the HPKE info of a sealed access key."""
    info = submissions.inbox_info(manifest(given), given["id"], given["type"], raw(given["akid"]))
    return {"info": hexed(info)}


def check_submission(given: Json) -> Json:
    """Compare a submission with its manifest."""
    submissions.check_submission(submissions.parse_submission(given["submission"]), manifest(given))
    return {}


def check_form_record(given: Json) -> Json:
    """Compare one record with its manifest."""
    submissions.check_form_record(record(given), manifest(given))
    return {}


def _inbox_arguments(given: Json) -> tuple[records.Record, manifests.Manifest, primitives.KemKey]:
    return record(given), manifest(given), primitives.KemKey(raw(given["inbox_seed"]))


def match_pattern(given: Json) -> Json:
    """Match a pattern with a whole value."""
    patterns.check_pattern(given["pattern"])
    return {"matches": patterns.matches(given["pattern"], given["value"])}


def shown_fields(given: Json) -> Json:
    """Tell which fields are known to be shown."""
    form = manifest(given)
    visible = answers.shown(form, given["answers"])
    return {"shown": [field.name for field in form.fields if field.name in visible]}


def problems(given: Json) -> Json:
    """Check answers against a form's rules."""
    return {
        "problems": list(map(list, answers.problems(manifest(given), given["answers"]).items()))
    }


def typed_in_boxes(given: Json) -> Json:
    """Make answers of what stands in the boxes, and questions of what can be read in two ways."""
    fields = {field.name: field for field in manifest(given).fields}
    found = {
        name: typed_answers.typed(fields[name], text, given["language"])
        for name, text in given["typed"].items()
    }
    asked = {name: list(one.readings) for name, one in found.items() if one.readings}
    return {"answers": {name: one.value for name, one in found.items()}, "asked": asked}


def empty_answers(given: Json) -> Json:
    """Answer nothing."""
    return {"answers": {one.name: answers.empty_value(one) for one in manifest(given).fields}}


def _sent(given: Json) -> list[records.Record]:
    return [records.parse_record(one) for one in given["records"]]


def receipt(given: Json) -> Json:
    """Make the receipt of a submission."""
    made = receipts.receipt_of(manifest(given), raw(given["secret"]), _sent(given))
    return {"receipt": hexed(made)}


def verify_receipt(given: Json) -> Json:
    """Compare what is stored with a receipt."""
    receipts.verify_receipt(raw(given["receipt"]), manifest(given), _sent(given))
    return {}


def _statement(given: Json) -> statements.Deletion | statements.Revocation | statements.Leave:
    if "deletion" in given:
        return statements.parse_deletion(given["deletion"])
    if "leave" in given:
        return statements.parse_leave(given["leave"])
    return statements.parse_revocation(given["revocation"])


def verify_statement(given: Json) -> Json:
    """Check who signed a statement."""
    statements.verify_statement(_statement(given), keys.parse_card(given["signer"]))
    return {}


def sign_deletion(given: Json) -> Json:
    """Sign a deletion."""
    bare = statements.Deletion(**given["deletion"])
    return {"deletion": statements.sign_deletion(bare, _keys(given)).to_wire()}


def sign_revocation(given: Json) -> Json:
    """Sign a revocation."""
    bare = statements.Revocation(**given["revocation"])
    return {"revocation": statements.sign_revocation(bare, _keys(given)).to_wire()}


def sign_leave(given: Json) -> Json:
    """Sign that a member leaves."""
    bare = statements.Leave(**given["leave"])
    return {"leave": statements.sign_leave(bare, _keys(given)).to_wire()}


def _keys(given: Json) -> keys.ClientKeys:
    return keys.ClientKeys(raw(given["seed"]))


def parse_key_file(given: Json) -> Json:
    """Parse a key file; show whose it is and which slots it has."""
    file = key_files.parse_key_file(text(given))
    return {"id": file.id, "serial": file.serial, "slots": [slot.id for slot in file.slots]}


def parse_key_copy(given: Json) -> Json:
    """Parse a copy of a key file; show whose it is, and what lies beside it."""
    copy = key_copies.parse_key_copy(given["copy"])
    return {"id": copy.file.id, "memory": hexed(copy.memory), "fetch": hexed(copy.fetch)}


def sign_key_copy(given: Json) -> Json:
    """Sign the copy of a key file."""
    copy = key_copies.sign_key_copy(
        key_files.parse_key_file(text(given)),
        memory=raw(given["memory"]),
        made=given["made"],
        fetch_code=raw(given["fetch_code"]),
        keys=keys.ClientKeys(raw(given["seed"])),
    )
    return {"copy": copy.to_wire()}


def parse_succession(given: Json) -> Json:
    """Parse a succession; show what is signed, and what is remembered of it."""
    step = successions.parse_succession(given["succession"])
    return {"message": hexed(step.message), "digest": hexed(step.digest)}


def sign_succession(given: Json) -> Json:
    """Sign a succession; without the old seed it is one after a theft."""
    wire = given["succession"]
    bare = successions.Succession(
        wire["client"],
        wire["number"],
        raw(wire["fingerprint"]),
        keys.parse_card(wire["card"]),
        wire["compromised"],
        raw(wire["past"]),
    )
    old = given["old"]
    signed = successions.sign_succession(
        bare,
        old=keys.ClientKeys(raw(old)) if old else None,
        next=keys.ClientKeys(raw(given["next"])),
        recovery=primitives.SigningKey(raw(given["recovery"])),
    )
    return {"succession": signed.to_wire()}


def follow(given: Json) -> Json:
    """Follow a client's cards; tell today's, and what earlier ones still stand for."""
    line = successions.follow(
        keys.parse_card(given["card"]),
        map(successions.parse_succession, given["successions"]),
        map(successions.parse_past, given["pasts"]),
    )
    records = [
        [
            one.stands_for_record(**record | {"akid": raw(record["akid"])})
            for record in given["records"]
        ]
        for one in line.earlier
    ]
    found = [[one.stands_for_manifest(**m) for m in given["manifests"]] for one in line.earlier]
    return {
        "fingerprint": hexed(line.card.fingerprint),
        "compromised": [one.compromised for one in line.earlier],
        "records": records,
        "manifests": found,
    }


def sign_hand_over(given: Json) -> Json:
    """Offer a form, and accept it."""
    offer = hand_overs.offer_hand_over(
        form=given["form"],
        version=given["version"],
        giver=keys.parse_card(given["giver"]),
        taker=keys.parse_card(given["taker"]),
        keys=keys.ClientKeys(raw(given["giver_seed"])),
    )
    taker = keys.ClientKeys(raw(given["taker_seed"]))
    return {"hand_over": hand_overs.accept_hand_over(offer, keys=taker).to_wire()}


def verify_hand_over(given: Json) -> Json:
    """Check what both have signed."""
    hand_overs.verify_hand_over(
        hand_overs.parse_hand_over(given["hand_over"]),
        form=given["form"],
        giver=keys.parse_card(given["giver"]),
        taker=keys.parse_card(given["taker"]),
    )
    return {}


def owner_of(given: Json) -> Json:
    """Tell who signs a version of a form's manifest."""
    first = hand_overs.Party.of(keys.parse_card(given["first"]))
    steps = map(hand_overs.parse_hand_over, given["hand_overs"])
    return {"owner": hand_overs.owner_of(given["version"], first, steps).id}


class RefusedMemory(EnvelopeError):
    """A StateError, as vectors name it."""

    code = "state"


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except StateError as error:
        raise RefusedMemory(str(error)) from error


def _memory(text: str) -> memory.State:
    with _refusing():
        return memory.parse_state(text.encode())


def _dumped(state: memory.State) -> Json:
    return {"text": memory.dump_state(state).decode()}


def merge_states(given: Json) -> Json:
    """Make one memory of two."""
    one, other = _memory(given["one"]), _memory(given["other"])
    with _refusing():
        return _dumped(memory.merged(one, other))


def open_state_file(given: Json) -> Json:
    """Read a memory where it is kept."""
    with tempfile.TemporaryDirectory() as folder, _refusing():
        path = Path(folder, "state")
        path.write_bytes(text(given))
        file = memory.StateFile(path, client_id=given["client_id"], key=raw(given["key"]))
        return _dumped(file.load())


def change_stream(given: Json) -> Json:
    """Take note of things in the memory of one stream, and ask it."""
    state = _memory(given["text"])
    stream = state.stream(given["writer"], given["type"])
    for name, *rest in given["steps"]:
        if name == "share":
            reader, columns, not_after, gen = rest
            stream.share(reader, memory.Extent(tuple(columns), not_after), gen)
        elif name == "hold":
            stream.hold(rest[0], rest[1], raw(rest[2]))
        elif name == "end_many":
            for number in range(rest[1]):
                stream.end(rest[0], f"00000000-0000-4000-8000-{number:012x}", rest[2])
        else:
            getattr(stream, name)(*rest)
    asked = [
        hexed(answer) if isinstance(answer := getattr(stream, name)(*rest), bytes) else answer
        for name, *rest in given["ask"]
    ]
    return _dumped(state) | {"answers": asked}


def _slot_arguments(given: Json) -> tuple[key_files.KeyFile, key_files.Slot, bytes]:
    file = key_files.parse_key_file(text(given))
    return file, file.slot(given["slot"]), raw(given["secret"])


class Named:
    """What each writer of a scenario is called."""

    def __init__(self, records: list[Json]) -> None:
        self._names = {one["writer"]: one["source"] for one in records}

    def of(self, writer: str) -> str:
        """Return the name."""
        return self._names[writer]


def record_file(given: Json) -> Json:
    """Return the text of what `extract` writes of records."""
    out = io.StringIO(newline="")
    shown = ({name: one[name] for name in one if name != "source"} for one in given["records"])
    opened = (Opened(**one, rooms={}) for one in shown)
    look = Look(SEPARATORS[given["separator"]])
    WRITERS[given["format"]](out, opened, Named(given["records"]), look)  # type: ignore[arg-type]
    return {"text": out.getvalue()}


OPERATIONS: dict[str, Callable[[Json], Json]] = {
    "ctx": lambda x: {"bytes": hexed(encoding.ctx(x["label"], *parts(x)))},
    "b64": lambda x: {"text": encoding.b64(raw(x["data"]))},
    "unb64": unb64,
    "load_json": lambda x: {"value": encoding.load_json(text(x))},
    "name": lambda x: {"value": encoding.name(x["value"])},
    "writer": lambda x: {"value": encoding.writer(x["value"])},
    "uuid": lambda x: {"value": encoding.uuid(x["value"], versions=x["versions"])},
    "integer": lambda x: {"value": encoding.integer(x["value"], "value", x["least"])},
    "text": lambda x: {"value": encoding.text(x["value"], "value", x["most"], x["least"])},
    "H": lambda x: {"hash": hexed(primitives.H(x["label"], *parts(x)))},
    "expand": lambda x: {"key": hexed(primitives.expand(raw(x["key"]), x["label"], *parts(x)))},
    "seal": lambda x: {
        "sealed": hexed(
            primitives._seal(*(raw(x[name]) for name in ("key", "message", "aad", "nonce")))
        )
    },
    "unseal": lambda x: {
        "message": hexed(primitives.unseal(*(raw(x[name]) for name in ("key", "sealed", "aad"))))
    },
    "kem_key": lambda x: {"public": hexed(primitives.KemKey(raw(x["seed"])).public)},
    "kem_public": kem_public,
    "hpke_open": hpke_open,
    "verify": verify,
    "client_keys": client_keys,
    "client_name": lambda x: {"value": keys.client_name(x["value"])},
    "make_card": make_card,
    "parse_card": lambda x: {"fingerprint": hexed(keys.parse_card(x["card"]).fingerprint)},
    "pinned": pinned,
    "show_fingerprint": lambda x: {"shown": keys.show_fingerprint(raw(x["fingerprint"]))},
    "read_fingerprint": lambda x: {"fingerprint": hexed(keys.read_fingerprint(x["shown"]))},
    "akid": lambda x: {"akid": hexed(keys.akid(raw(x["access_key"])))},
    "column_key": lambda x: {
        "column_key": hexed(keys.column_key(raw(x["access_key"]), x["field"]))
    },
    "run_source": lambda x: {"id": keys.run_source(x["name"], x["number"])},
    "split_id": lambda x: {"id": keys.split_id(raw(x["ids_key"]), x["source"], x["target_type"])},
    "pad": lambda x: {"padded": hexed(fields.pad(raw(x["message"])))},
    "unpad": lambda x: {"message": hexed(fields.unpad(raw(x["padded"])))},
    "dump_value": lambda x: {"text": fields.dump_value(x["value"]).decode()},
    "load_value": lambda x: {"value": fields.load_value(text(x))},
    "seal_field": seal_field,
    "read_sealed": read_sealed,
    "open_data_key": lambda x: {
        "data_key": hexed(fields.open_data_key(*field_arguments(x, "column_key")))
    },
    "open_value": lambda x: {"value": fields.open_value(*field_arguments(x, "data_key"))},
    "open_field": lambda x: {"value": fields.open_field(*field_arguments(x, "column_key"))},
    "parse_record": lambda x: {"record": record(x).to_wire()},
    "field_digest": lambda x: {
        "digest": hexed(records.field_digest(x["name"], fields.read_sealed(x["sealed"])))
    },
    "record_message": lambda x: {"message": hexed(records.record_message(record(x)))},
    "verify_record": verify_record,
    "hide_fields": lambda x: {"record": records.hide_fields(record(x), x["visible"]).to_wire()},
    "open_record": lambda x: {"values": records.open_record(record(x), raw(x["access_key"]))},
    "open_columns": lambda x: {
        "values": records.open_columns(record(x), key_map(x["column_keys"]))
    },
    "open_values": lambda x: {"values": records.open_values(record(x), key_map(x["data_keys"]))},
    "open_data_keys": open_data_keys,
    "inbox_id": lambda x: {"akid": hexed(grants.inbox_id(raw(x["inbox"])))},
    "parse_grant": parse_grant,
    "grant_info": lambda x: {"info": hexed(grants.parse_grant(x["grant"]).info)},
    "grant_message": lambda x: {
        "message": hexed(grants.grant_message(grants.parse_grant(x["grant"])))
    },
    "verify_grant": verify_grant,
    "open_grant": open_grant,
    "parse_roster": parse_roster,
    "sign_roster": sign_roster,
    "verify_roster": verify_roster,
    "check_in_force": check_in_force,
    "known": known,
    "check_follows": check_follows,
    "seal_link": seal_link,
    "open_past": open_past,
    "read_as_member": read_as_member,
    "parse_manifest": parse_manifest,
    "verify_manifest": verify_manifest,
    "in_force": in_force,
    "sign_manifest": sign_manifest,
    "inbox_info": inbox_info,
    "rooms": lambda x: {"rooms": submissions.rooms(manifest(x))},
    "parse_submission": lambda x: {
        "ids": [record.id for record in submissions.parse_submission(x["submission"])]
    },
    "check_submission": check_submission,
    "check_form_record": check_form_record,
    "open_access_key": lambda x: {
        "access_key": hexed(submissions.open_access_key(*_inbox_arguments(x)))
    },
    "open_form_record": lambda x: {"values": submissions.open_form_record(*_inbox_arguments(x))},
    "match_pattern": match_pattern,
    "shown": shown_fields,
    "problems": problems,
    "typed": typed_in_boxes,
    "pasted": lambda x: {"text": seen.pasted(x["text"])},
    "alike": lambda x: {"alike": len(set(map(seen.alike, x["texts"]))) == 1},
    "empty_answers": empty_answers,
    "record_id": lambda x: {"id": receipts.record_id(raw(x["secret"]), x["form"], x["type"])},
    "receipt": receipt,
    "verify_receipt": verify_receipt,
    "show_receipt": lambda x: {"shown": receipts.show_receipt(raw(x["receipt"]))},
    "read_receipt": lambda x: {"receipt": hexed(receipts.read_receipt(x["shown"]))},
    "work_done": lambda x: {
        "done": proof_of_work.work_done(x["challenge"], x["id"], x["nonce"], x["bits"])
    },
    "parse_deletion": lambda x: {"message": hexed(_statement(x).message)},
    "parse_revocation": lambda x: {"message": hexed(_statement(x).message)},
    "parse_leave": lambda x: {"message": hexed(_statement(x).message)},
    "sign_deletion": sign_deletion,
    "sign_revocation": sign_revocation,
    "sign_leave": sign_leave,
    "verify_statement": verify_statement,
    "show_token": lambda x: {"token": tokens.show_token(x["prefix"], raw(x["secret"]))},
    "read_token": lambda x: {"secret": hexed(tokens.read_token(x["prefix"], x["token"]))},
    "show_code": lambda x: {"rows": codes.show_code(x["what"], raw(x["secret"]))},
    "read_code": lambda x: {"secret": hexed(codes.read_code(x["what"], x["shown"]))},
    "prepared_passphrase": lambda x: {"bytes": hexed(passphrases.prepared(x["passphrase"]))},
    "passphrase_secret": lambda x: {
        "secret": hexed(
            passphrases.passphrase_secret(
                x["passphrase"], raw(x["salt"]), passphrases.Cost(x["memory"], x["passes"])
            )
        )
    },
    "passkey_secret": lambda x: {
        "secret": hexed(
            passkeys.passkey_secret(raw(x["output"]), rp=x["rp"], credential=raw(x["credential"]))
        )
    },
    "parse_key_file": parse_key_file,
    "open_key_file": lambda x: {"secrets": key_files.open_key_file(*_slot_arguments(x)).to_wire()},
    "parse_key_copy": parse_key_copy,
    "sign_key_copy": sign_key_copy,
    "open_memory": lambda x: {
        "memory": hexed(
            key_copies.open_memory(
                raw(x["state_key"]),
                raw(x["sealed"]),
                client_id=x["client_id"],
                serial=x["serial"],
                made=x["made"],
            )
        )
    },
    "open_signer": lambda x: {"seed": hexed(key_files.open_signer(*_slot_arguments(x)).seed)},
    "parse_succession": parse_succession,
    "parse_past": lambda x: {"digest": hexed(successions.parse_past(x["past"]).digest)},
    "sign_succession": sign_succession,
    "follow": follow,
    "parse_hand_over": lambda x: {
        "message": hexed(hand_overs.parse_hand_over(x["hand_over"]).message)
    },
    "sign_hand_over": sign_hand_over,
    "verify_hand_over": verify_hand_over,
    "owner_of": owner_of,
    "parse_state": lambda x: _dumped(_memory(x["text"])),
    "merge_states": merge_states,
    "open_state_file": open_state_file,
    "change_stream": change_stream,
    "token_digest": lambda x: {"digest": hexed(tokens.token_digest(x["token"]))},
    "safe_cell": lambda x: {"cell": safe_cell(x["text"], point=x["point"])},
    "record_file": record_file,
}
