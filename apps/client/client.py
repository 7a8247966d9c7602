"""The client in one object: what a program of one's own needs, in as few words as possible."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from ..envelope import encoding
from ..envelope.fields import Value
from ..envelope.holders import Holder
from ..envelope.keys import show_fingerprint
from ..envelope.records import NO_META, Meta
from . import credentials as stored
from . import files
from .acts import (
    fetching,
    overview,
    own_forms,
    publishing,
    reading,
    rewriting,
    sharing,
    single_records,
    splitting,
    storing,
    updating,
    writing,
)
from .acts.overview import Me, Share
from .acts.own_forms import FormLine
from .acts.reading import Opened, Problem
from .acts.rewriting import Rewritten
from .acts.sharing import Access, Plan, Reads, Revoked, Shared
from .acts.single_records import Offer, RevokedRecords, SharedRecords
from .acts.split_rules import Rules
from .acts.splitting import Progress, Split
from .acts.storing import MEANING, Outcome
from .acts.updating import Change
from .acts.writing import New, Writer, checked, checked_meta, roomed
from .api import Api
from .client_groups import Groups
from .credentials import Credentials, enrolled
from .days import end_of
from .errors import CredentialsError, TakenError, UsageError
from .session import Session, Stream
from .state import State, StateFile, state_file
from .trust import pins, readers
from .trust.unconfirmed import Unconfirmed
from .unlocking import Unlock, unlock_from


class Client:
    """One client at one server.

        client = Client.from_file("acme.json")
        for record in client.query(type="account"):
            print(record.data["fullname"])
        client.write("contact", {"name": "Ada"})
        client.share("contact", marketing_id, fingerprint="ABCD-...")
        team = client.groups.create("clinic-staff")
        client.groups.add(team, nurse_id, fingerprint="EFGH-...")
        client.share("contact", team)

    Every method raises ClientError; a value, name or id that the protocol does not
    allow raises the envelope's MalformedError or LimitError.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        state: StateFile | None = None,
        transport: httpx.BaseTransport | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        """Use these credentials; ``transport`` replaces the network, ``notify`` the log."""
        state = state or state_file(credentials)
        self.session = Session(
            keys=_for_now(credentials, state),
            me=credentials.card,
            state=state,
            api=Api(url=credentials.api_url, key=enrolled(credentials), transport=transport),
            recoverable=credentials.file.is_recoverable,
            former=credentials.former,
        )
        if notify:
            self.session.notify = notify
        self.serial = credentials.file.serial
        """The key file's serial, which grows with each change of it."""
        self._writer = Writer(self.session)
        self.groups = Groups(self.session)
        """Teams as readers, as their owners keep them; ``share`` takes one as a reader."""

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        passphrase: str = "",
        api_url: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> Self:
        """Use a key file; ``api_url`` overrides the server that it names.

        ``passphrase`` opens it, where no slot does that needs nobody, else the line in the file
        that SEALFORM_PASSPHRASE_FILE names.
        """
        unlock = Unlock(passphrase=passphrase) if passphrase else unlock_from()
        return cls(stored.from_file(path, unlock, api_url=api_url), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self.session.api.close()

    @property
    def id(self) -> str:
        """The client id."""
        return self.session.me.id

    @property
    def fingerprint(self) -> str:
        """What others pin, as it is shown to people."""
        return show_fingerprint(self.session.me.fingerprint)

    # --- Reading --------------------------------------------------------------------------

    def query(
        self,
        type: str,
        *,
        writer: str = "",
        form: str = "",
        meta: Meta = NO_META,
        allow_empty: bool = False,
        on_problem: Problem | None = None,
    ) -> Iterator[Opened]:
        """Yield all records of a type that this client may read; see ``reading.read``.

        With ``meta`` only those that say all of it, {"state": "open"}: the server looks for them.
        """
        return reading.read(
            self.session,
            type=type,
            writer=writer,
            form=form,
            meta=meta,
            allow_empty=allow_empty,
            on_problem=on_problem,
        )

    def read(self, id: str, *, writer: str = "") -> Opened:
        """Return one record, an own one or one that was granted; raises NotFoundError.

        Whose it is, ``record.writer`` says; ``writer=client.id`` takes own ones alone.
        """
        [record] = fetching.fetch(self.session, [id], writer=writer)
        return record

    def read_many(
        self,
        ids: Iterable[str],
        *,
        writer: str = "",
        on_problem: Problem | None = None,
        on_missing: Callable[[str], None] | None = None,
    ) -> list[Opened]:
        """Return the records with these ids, in order; raises NotFoundError, see ``fetching``."""
        return fetching.fetch(
            self.session, ids, writer=writer, on_problem=on_problem, on_missing=on_missing
        )

    # --- Writing --------------------------------------------------------------------------

    def write(
        self, type: str, data: Mapping[str, Value], *, meta: Meta = NO_META, id: str = ""
    ) -> str:
        """Write one record and return its id.

        ``meta`` is plaintext, which the server and every reader of the record see. ``id`` is the
        program's own (UUID of version 4 or 8): to write the same again then changes nothing, and
        something else raises TakenError.
        """
        if not id:
            return self.write_many(type, [data], meta=meta)[0]
        encoding.uuid(id, "record id", "48")
        for outcome in self.store(type, [New(id, roomed(checked(data), {}), meta=meta)]).values():
            if outcome in MEANING:
                raise TakenError(f"{MEANING[outcome]}: {id}")
        return id

    def write_many(
        self, type: str, data: Iterable[Mapping[str, Value]], *, meta: Meta = NO_META
    ) -> list[str]:
        """Write records, each with the same ``meta``, and return their ids, in order."""
        new = [New(str(uuid4()), roomed(checked(values), {}), meta=meta) for values in data]
        for id, outcome in self.store(type, new).items():
            storing.check_stored(id, outcome)
        return [one.id for one in new]

    def store(
        self,
        type: str,
        new: Sequence[New],
        told: Callable[[str, Outcome], None] = lambda id, outcome: None,
    ) -> dict[str, Outcome]:
        """Write records under their own ids; ``told`` is said of each as soon as it is known."""
        checked_new = [one._replace(meta=checked_meta(one.meta)) for one in new]
        outcomes = {}
        for id, outcome in storing.store(self.session, self._writer, type, checked_new):
            outcomes[id] = outcome
            told(id, outcome)
        return outcomes

    def update(
        self, record: Opened | str, data: Mapping[str, Value], *, meta: Meta | None = None
    ) -> None:
        """Replace the values of an own record that was read before, or of the one with an id.

        Its meta stays as it is unless some is given, {} for none. If somebody has changed the
        record since it was read, ApiRefused is raised (``revision_conflict``).
        """
        found = self.read(record) if isinstance(record, str) else record
        said = found.meta if meta is None else meta
        updating.replace(self.session, self._writer, found, data, said)

    def change(
        self,
        id: str,
        data: Mapping[str, Value] | None = None,
        *,
        unset: Sequence[str] = (),
        meta: Meta = NO_META,
        unset_meta: Sequence[str] = (),
    ) -> None:
        """Change some values of an own record, and some of its meta, and leave the others.

        If somebody changes the record at the same moment, it is read and changed again.
        """
        change = Change(data or {}, unset, meta, unset_meta)
        updating.change(self.session, self._writer, {id: change})

    def change_many(
        self,
        changes: Mapping[str, Change],
        told: Callable[[str, bool], None] = lambda id, written: None,
    ) -> None:
        """Change records by their ids; see ``updating.change``."""
        updating.change(self.session, self._writer, changes, told)

    def delete(self, records: Opened | str | Iterable[Opened | str]) -> int:
        """Delete own records, or those of own forms, which may be given by their ids.

        Returns how many there were. Raises NotFoundError, or UsageError for another's id, and then
        nothing is deleted.
        """
        given = [records] if isinstance(records, Opened | str) else list(records)
        ids = [one for one in given if isinstance(one, str)]
        found = {one.id: one for one in self.read_many(ids)} if ids else {}
        self.check_own(found.values())
        return writing.delete(
            self.session, (found[one] if isinstance(one, str) else one for one in given)
        )

    def check_own(self, records: Iterable[Opened]) -> None:
        """Raise UsageError for a record that is neither this client's nor one of its forms'."""
        for one in records:
            if not fetching.is_own(self.session, one):
                raise UsageError(f"record {one.id} is another client's, which alone can delete it")

    def columns(self, type: str, *, new: bool = False) -> set[str]:
        """Return the fields of an own type that this machine knows; see ``storing.columns``."""
        return storing.columns(self.session, type, new=new)

    def run_ids(self, type: str, run: str, numbers: Sequence[int]) -> list[str]:
        """Return the ids of records of a named run; see ``storing.run_ids``."""
        return storing.run_ids(self.session, type, run, numbers)

    def split(
        self,
        rules: Rules,
        *,
        dry_run: bool = False,
        allow_empty: bool = False,
        on_problem: Problem | None = None,
        progress: Progress = lambda step, done, total: None,
    ) -> Split:
        """Split the records of a type into those of others; see ``splitting.split``."""
        return splitting.split(
            self.session,
            self._writer,
            rules,
            dry_run=dry_run,
            allow_empty=allow_empty,
            on_problem=on_problem,
            progress=progress,
        )

    # --- Others ---------------------------------------------------------------------------

    def party(self, named: str) -> str:
        """Return the id of a client: of its id itself, or of the name of one that is pinned."""
        return pins.find(self.session, named)

    def reader(self, named: str) -> str:
        """Return the id of a client, or ``group:`` and that of a group, by its id or its name."""
        return readers.find(self.session, named)

    def name_of(self, reader: str) -> str:
        """Return the name of a client that is pinned or a group that is known, "" for others."""
        return readers.name_of(self.session, reader)

    # --- Sharing --------------------------------------------------------------------------

    def pin(self, client_id: str, fingerprint: str) -> None:
        """Remember a party's fingerprint, which came from that party and not from the server."""
        pins.pin(self.session, client_id, fingerprint)

    def share(
        self,
        type: str,
        reader: str,
        *,
        fingerprint: str = "",
        owner: str = "",
        columns: Iterable[str] = (),
        until: date | None = None,
        form: str = "",
        allow_empty: bool = False,
    ) -> Shared:
        """Share an own type, or what an own form collects of it, with a reader.

        ``columns`` limits it to some fields, ``until`` to the end of a day (UTC).
        ``fingerprint`` is needed once for each reader; of a group, which is named by ``group:``
        and its id, its ``owner`` and that client's fingerprint are. See ``sharing.share``.
        """
        shared = sharing.share(
            self.session,
            self._stream(type, form),
            reader=reader,
            fingerprint=fingerprint,
            owner=owner,
            columns=columns,
            not_after=end_of(until) if until else 0,
            allow_empty=allow_empty,
        )
        self._writer.forget(type)
        return shared

    def preview_share(
        self,
        type: str,
        reader: str,
        *,
        fingerprint: str = "",
        owner: str = "",
        columns: Iterable[str] = (),
        until: date | None = None,
        form: str = "",
        allow_empty: bool = False,
    ) -> Plan:
        """Return what ``share`` would do; nothing is sent, and nothing remembered."""
        return sharing.preview(
            self.session,
            self._stream(type, form),
            reader=reader,
            fingerprint=fingerprint,
            owner=owner,
            columns=columns,
            not_after=end_of(until) if until else 0,
            allow_empty=allow_empty,
        )

    def share_records(
        self,
        records: Iterable[str | Opened],
        reader: str,
        *,
        fields: Iterable[str] = (),
        until: date | None = None,
        fingerprint: str = "",
        owner: str = "",
    ) -> SharedRecords:
        """Share fields of single records with a reader, all of them if none is named.

        ``records`` are ids, or records that were read; they are own ones of one type, or of one
        form. See ``single_records.share``.
        """
        return single_records.share(
            self.session,
            self._writer,
            records,
            reader=reader,
            fingerprint=fingerprint,
            owner=owner,
            fields=fields,
            not_after=end_of(until) if until else 0,
        )

    def preview_share_records(
        self,
        records: Iterable[str | Opened],
        reader: str,
        *,
        fields: Iterable[str] = (),
        until: date | None = None,
        fingerprint: str = "",
        owner: str = "",
    ) -> Offer:
        """Return what ``share_records`` would do; nothing is sent, and nothing remembered."""
        return single_records.preview(
            self.session,
            records,
            reader=reader,
            fingerprint=fingerprint,
            owner=owner,
            fields=fields,
            not_after=end_of(until) if until else 0,
        )

    def revoke_records(self, records: Iterable[str | Opened], reader: str) -> RevokedRecords:
        """End what a reader was granted of single records; see ``single_records.revoke``."""
        return single_records.revoke(self.session, self._writer, records, reader=reader)

    def encrypt_anew(
        self,
        type: str,
        *,
        above: int = 0,
        on_problem: Problem | None = None,
        progress: Progress = lambda step, done, total: None,
    ) -> Rewritten:
        """Write own records that are under an earlier key anew, under the one in force.

        ``above`` is the last generation whose key others may have: ``Revoked.closed``. A run that
        ended is gone on with by the next; see ``rewriting.rewrite_all``.
        """
        return rewriting.rewrite_all(
            self.session,
            self._writer,
            self._stream(type, ""),
            above=above,
            on_problem=on_problem,
            progress=progress,
        )

    def reads(self, type: str, reader: str, *, form: str = "") -> Reads:
        """Return what a reader can read of an own type, as own signed grants say."""
        return sharing.reads_now(self.session, self._stream(type, form), reader)

    def revoked_at(self, type: str, reader: str) -> int:
        """Return the generation of an own type that a revocation of a reader closed, 0 for none."""
        memory = self.session.state.load().stream(self.id, type)
        return memory.decided.get(reader, 0) if reader in memory.revoked else 0

    def count(self, stream: Stream, progress: Callable[[int], None] = lambda done: None) -> int:
        """Return how many records of a stream the server lists; none is opened."""
        return reading.count(self.session, stream, progress)

    def revoke(self, type: str, reader: str, *, form: str = "") -> Revoked:
        """End a reader's access; what it has read already cannot be taken back."""
        return self.end(self.access(type, reader, form=form))

    def access(self, type: str, reader: str, *, form: str = "") -> Access:
        """Return what is known of a reader of an own type; raises UsageError for none."""
        line = self._form(form)
        stream = sharing.own_stream(self.session, type, line.id if line else "")
        return sharing.find_access(self.session, stream, reader, line)

    def end(self, found: Access) -> Revoked:
        """End an access that ``access`` found, and that a person may have looked at since.

        One that an earlier run has ended is left as it is.
        """
        if before := sharing.revoked_before(self.session, found):
            return before
        if found.form is None:
            revoked = sharing.revoke(self.session, found)
        else:
            revoked = publishing.revoke(self.session, found.form, found)
        self._writer.forget(found.stream.type)
        return revoked

    def shares(self) -> list[Share]:
        """Return who reads what of this client, and what it reads of others."""
        return overview.shares(self.session)

    def whoami(self) -> Me:
        """Return this client as the server knows it."""
        return overview.whoami(self.session)

    def _stream(self, type: str, form: str) -> Stream:
        line = self._form(form)
        return sharing.own_stream(self.session, type, line.id if line else "")

    def _form(self, name: str) -> FormLine | None:
        return own_forms.own_form(self.session, name) if name else None


def _met(credentials: Credentials, state: StateFile) -> State:
    """Take note of the serial of the file; where a newer one was seen, of the one on the disk now.

    Another run may have changed the file since it was read here: then it is newer, and not older.
    """
    with ExitStack() as stack:
        with suppress(OSError):  # a folder that cannot be written has no runs that change the file
            stack.enter_context(files.locked(credentials.path))
        serial = credentials.file.serial
        with suppress(CredentialsError):
            there = stored.read(credentials.path)
            serial = there.serial if there.id == credentials.client_id else serial
        with state.change() as known:
            known.met(max(serial, credentials.file.serial))
    return known


def _for_now(credentials: Credentials, state: StateFile) -> Holder:
    """Return the client's keys, or what signs nothing while they may not be the newest."""
    known = state.load()
    if known.serial not in {0, credentials.file.serial}:
        known = _met(credentials, state)
    if not known.vouches or credentials.secrets.unconfirmed:
        return Unconfirmed(credentials.keys, memory=state.path)
    if known.rotating and known.rotating.succession.card == credentials.card:
        raise UsageError(
            "a rotation of these keys was begun, and is not done",
            hint="run `keys rotate` again, which goes on where it stood",
        )
    return credentials.keys
