"""Opening the records of one stream, each verified first (docs/protocol.md §6, §8)."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from ...envelope.answers import problems
from ...envelope.errors import MismatchError
from ...envelope.fields import Value
from ...envelope.grants import TYPE
from ...envelope.keys import Card
from ...envelope.manifests import Manifest
from ...envelope.records import (
    Record,
    open_columns,
    open_record,
    open_values,
    rooms_of,
    verify_record,
)
from ...envelope.submissions import check_form_record, open_access_key
from ...envelope.successions import Earlier
from ..session import Rooms, Session
from ..trust import verified_manifests
from ..trust.keyring import Keyring, Keys

Data = dict[str, Value]
Problems = dict[str, str]


class Contents(NamedTuple):
    """The values of a record, and which of them break the rules of their form.

    ``problems`` has the code of docs/protocol.md §8 "Checking answers" by field name, ``rooms``
    the bytes that the JSON of each value is to have at least wherever it is sealed again. Of what
    is ``stolen`` only a key says whose it is that a thief may have.
    """

    data: Data
    problems: Problems
    rooms: Rooms
    stolen: bool = False


class AccessKey(NamedTuple):
    """What a record is sealed under, 32 bytes, and the generation that it was written under."""

    gen: int
    key: bytes


Unlocked = Callable[[], Contents]
"""Opens a record that was verified, with keys that are at hand; raises EnvelopeError."""


class Opener(Protocol):
    """Opens the records of one stream, in two steps."""

    def unlock(self, record: Record) -> Unlocked:
        """Verify it and find its keys; raises EnvelopeError, ClientError."""

    def access_key(self, record: Record) -> AccessKey:
        """Return the key of an own record that ``unlock`` has verified; raises as it does."""


class ClientRecords:
    """A client's records: signed by the client that is pinned as their writer.

    Its ``earlier`` cards, the oldest first, stand for records of generations that they ended.
    """

    def __init__(self, ring: Keyring, writer: Card, earlier: Sequence[Earlier] = ()) -> None:
        self._ring = ring
        self._writer = writer
        self._earlier = earlier

    def unlock(self, record: Record) -> Unlocked:
        """Verify the writer's signature and take the widest key at hand."""
        signer = self._signer(record) if self._earlier else None
        verify_record(record, signer.card if signer else self._writer)
        stolen = bool(signer and signer.compromised)
        keys = self._ring.of_generation(record.akid)
        if TYPE in keys:
            check_nothing_withheld(record, record.hidden)
            return lambda: _as_they_are(record, open_record(record, keys[TYPE]), stolen)
        data_keys = self._ring.of_record(record)
        check_nothing_withheld(record, keys.keys() | data_keys.keys())
        return lambda: _as_they_are(
            record,
            check_all_open(
                record, open_values(record, data_keys) | open_columns(record, keys), self._ring
            ),
            stolen,
        )

    def access_key(self, record: Record) -> AccessKey:
        """Return the access key that this client granted itself."""
        keys = self._ring.of_generation(record.akid)
        if TYPE not in keys:
            raise MismatchError("no valid grant gives this client the record's access key")
        return AccessKey(self._ring.number_of(record.akid), keys[TYPE])

    def _signer(self, record: Record) -> Earlier | None:
        """Return the earlier card that stands for a record's generation, None for today's.

        Which generation that is, a grant says that was verified.
        """
        self._ring.of_generation(record.akid)
        self._ring.of_record(record)
        gen = self._ring.number_of(record.akid)
        for old in self._earlier if gen else ():
            if stands_for(old, record, gen):
                return old
        return None


def stands_for(old: Earlier, record: Record, gen: int) -> bool:
    """Whether an earlier card of its writer may have signed a record of this generation (§4)."""
    return old.stands_for_record(writer=record.writer, type=record.type, gen=gen, akid=record.akid)


class FormRecords:
    """A form's records: as their manifest says, which its pinned owner signed."""

    def __init__(self, session: Session, form: str, ring: Keyring) -> None:
        self._session = session
        self._form = form
        self._ring = ring

    def unlock(self, record: Record) -> Unlocked:
        """Check form and fields against the manifest, then take the inbox or data keys.

        The manifest's rules are checked again: the browser did, but anybody can submit.
        """
        manifest, rooms, stolen = verified_manifests.by_hash(
            self._session, self._form, record.manifest
        )
        check_form_record(record, manifest)
        inbox = self._ring.inbox(manifest.inbox(record.type))
        if inbox is not None:
            check_nothing_withheld(record, record.hidden)
            access_key = open_access_key(record, manifest, inbox)
            return lambda: _by_the_rules(open_record(record, access_key), manifest, rooms, stolen)
        data_keys: Keys = self._ring.of_record(record)
        check_nothing_withheld(record, data_keys)
        return lambda: _by_the_rules(
            check_all_open(record, open_values(record, data_keys), self._ring),
            manifest,
            rooms,
            stolen,
        )

    def access_key(self, record: Record) -> AccessKey:
        """Return the access key that the visitor sealed to the inbox."""
        manifest = verified_manifests.by_hash(self._session, self._form, record.manifest).manifest
        inbox = manifest.inbox(record.type)
        pair = self._ring.inbox(inbox)
        if pair is None:
            raise MismatchError("no valid grant gives this client the record's inbox")
        return AccessKey(inbox.gen, open_access_key(record, manifest, pair))


def _as_they_are(record: Record, data: Data, stolen: bool) -> Contents:
    return Contents(data, {}, rooms_of(record), stolen)


def _by_the_rules(data: Data, manifest: Manifest, rooms: Rooms, stolen: bool) -> Contents:
    ordered = in_form_order(data, manifest)
    return Contents(ordered, problems(manifest, ordered), rooms, stolen)


def in_form_order(data: Data, manifest: Manifest) -> Data:
    """Return the values in the order of the form's questions."""
    ordered = {field.name: data[field.name] for field in manifest.fields if field.name in data}
    return ordered | data


def check_nothing_withheld(record: Record, granted: Iterable[str]) -> None:
    """Refuse a hidden column that this client holds a key for (docs/protocol.md §11, 12)."""
    if not record.hidden.keys().isdisjoint(granted):
        raise MismatchError("the server hides a field that was granted")


def check_all_open(record: Record, data: Data, ring: Keyring) -> Data:
    """Refuse a visible field that no valid grant opens (docs/protocol.md §11, 12)."""
    locked = sorted(record.fields.keys() - data.keys())
    if locked:
        raise MismatchError(
            f"no valid grant opens field {locked[0]}"
            + (f"; the last one that was refused: {ring.why_not}" if ring.refused else "")
        )
    return data
