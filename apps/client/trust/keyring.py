"""Grants to this client for one stream: verified before they are opened, opened once."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from ...envelope.errors import EnvelopeError, ExpiredError, MismatchError
from ...envelope.grants import INBOX, TYPE, Grant, inbox_id, open_grant, parse_grant, verify_grant
from ...envelope.holders import Opener
from ...envelope.keys import Card
from ...envelope.manifests import Inbox
from ...envelope.primitives import KemKey, same
from ...envelope.records import Record
from .. import endpoints
from ..api import News
from ..errors import RollbackError, VerificationError, verifying
from ..session import Session, Stream
from ..state import StreamMemory

Keys = dict[str, bytes]


class Keyring:
    """The keys that ``granters`` handed to this client for one stream.

    They are the verified cards of who may grant there: the writer; a form's owner, and who owned it
    before. Grants are opened when a record first needs them; those that had
    to be ``refused`` give no keys (docs/protocol.md §6).
    """

    def __init__(
        self, session: Session, stream: Stream, grants: list[Grant], *granters: Card
    ) -> None:
        self._session = session
        self._stream = stream
        self._granters = granters
        self._numbers: dict[bytes, int] = {}
        self._by_akid: dict[bytes, list[Grant]] = defaultdict(list)
        self._by_record: dict[str, list[Grant]] = defaultdict(list)
        self._opened: dict[bytes, Keys] = {}
        self._inboxes: dict[bytes, KemKey | None] = {}
        self.refused: list[VerificationError] = []
        for grant in grants:
            if grant.record:
                self._by_record[grant.record].append(grant)
            else:
                self._by_akid[grant.akid].append(grant)

    def of_generation(self, akid: bytes) -> Keys:
        """Return the key map granted for an access key or inbox, {} if there is none."""
        if akid not in self._opened:
            self._opened[akid] = self._open(self._by_akid.get(akid, []))
        return self._opened[akid]

    def of_record(self, record: Record) -> Keys:
        """Return the data keys granted for this one record, {} if there are none."""
        grants = self._by_record.get(record.id)
        return self._open([g for g in grants if g.akid == record.akid]) if grants else {}

    def number_of(self, akid: bytes) -> int:
        """Return which generation an access key is of, by an opened grant; 0 if that is unknown."""
        return self._numbers.get(akid, 0)

    def inbox(self, inbox: Inbox) -> KemKey | None:
        """Return the key pair of a manifest's inbox, None if it was not granted."""
        if inbox.public not in self._inboxes:
            grants = self._by_akid.get(inbox_id(inbox.public), ())
            keys = self._open([grant for grant in grants if grant.gen == inbox.gen])
            self._inboxes[inbox.public] = KemKey(keys[INBOX]) if INBOX in keys else None
        return self._inboxes[inbox.public]

    def own_key(self, gen: int, akid: bytes) -> bytes:
        """Return the access key or inbox seed of an own generation (32 bytes).

        Raises VerificationError if no grant of it is this client's to itself.
        """
        keys = self._open([grant for grant in self._by_akid.get(akid, ()) if grant.gen == gen])
        name = INBOX if self._stream.form else TYPE
        if name not in keys:
            raise VerificationError(
                f"the server lists generation {gen} of {self._stream}, but serves no grant of it "
                "that this client made to itself",
                code=self.why_not,
            )
        return keys[name]

    @property
    def why_not(self) -> str:
        """The code of what was wrong with the last grant that was refused."""
        return self.refused[-1].code if self.refused else MismatchError.code

    def _open(self, grants: list[Grant]) -> Keys:
        """Combine the keys of all valid grants; an invalid one gives none, and is reported."""
        keys: Keys = {}
        for grant in grants:
            try:
                with verifying(f"a grant of {self._stream}"):
                    keys |= self._open_one(grant)
            except VerificationError as error:
                if error.code != ExpiredError.code:
                    self._session.notify(f"refused {error}")
                self.refused.append(error)
        return keys

    def _open_one(self, grant: Grant) -> Keys:
        session = self._session
        me, keys = _reader(session, grant)
        granter = self._granter_of(grant)
        opened = open_grant(
            grant,
            keys=keys,
            me=me,
            granter=granter,
            now=session.now(),
            owner=granter.id if self._stream.form else None,
        )
        self._numbers[grant.akid] = grant.gen
        return opened

    def _granter_of(self, grant: Grant) -> Card:
        """Return who signed a grant, of those who may; the first one if none of them did."""
        may = [*self._granters, *may_have_granted(self._session, grant)]
        for card in may[1:]:
            with suppress(EnvelopeError):
                verify_grant(grant, card, card.id if self._stream.form else None)
                return card
        return may[0]


def _reader(session: Session, grant: Grant) -> tuple[Card, Opener]:
    """Return the own card that a grant is sealed to, with its keys: an earlier one opens, too."""
    for former in session.former:
        if same(grant.reader_fp, former.card.fingerprint):
            return former
    return session.me, session.keys


def may_have_granted(session: Session, grant: Grant) -> list[Card]:
    """Return the own earlier card, while its grants are signed anew, if this is one of them."""
    old = session.renewing
    if old is None:
        return []
    stands = old.stands_for_record(
        writer=grant.writer, type=grant.type, gen=grant.gen, akid=grant.akid
    )
    return [old.card] if stands else []


def listed(
    session: Session, *, direction: str, writer: str = "", type: str = "", record: str = ""
) -> Iterator[tuple[str, Grant]]:
    """Yield each grant that the server lists, with when it was granted; none is verified yet.

    Of one ``record`` alone, if it is named.

    A grant that comes again is left out. Raises VerificationError.
    """
    news, seen = News(), set[bytes]()
    asked = {"direction": direction, "writer": writer, "type": type, "record": record}
    for page in session.api.pages(endpoints.LIST_GRANTS, news, **asked):
        for item in page:
            with verifying("a grant in the server's list"):
                grant = parse_grant(item["grant"])
            if grant.sig in seen:
                continue
            seen.add(grant.sig)
            news.count += 1
            check_bound(news.count)
            yield item["granted"], grant


def check_bound(count: int) -> None:
    """Refuse a list of more grants than a client keeps in memory."""
    if count > endpoints.MAX_GRANTS:
        raise VerificationError(
            f"the server lists more than {endpoints.MAX_GRANTS:,} grants", code="limit"
        )


def incoming(session: Session, *, writer: str = "", type: str = "") -> dict[Stream, list[Grant]]:
    """Return the grants to this client, its own to itself included, by stream.

    Raises RollbackError where the grant of an own stream's last generation does not come: what
    was written under it would silently be missing.
    """
    remembered = session.state.load()  # first: another run may open a generation while we ask
    found: dict[Stream, list[Grant]] = defaultdict(list)
    for _, grant in listed(session, direction="incoming", writer=writer, type=type):
        found[Stream(grant.writer, grant.type)].append(grant)
    for (own, name), memory in remembered.streams.items():
        if memory.gen and writer in {"", own} and type in {"", name}:
            check_served(Stream(own, name), memory, found.get(Stream(own, name), []))
    return found


def check_served(stream: Stream, memory: StreamMemory, grants: list[Grant]) -> None:
    """Refuse grants of an own stream without one of the last generation that is remembered."""
    if not any(grant.akid == memory.akid and not grant.record for grant in grants):
        raise RollbackError(
            f"the server serves no grant of generation {memory.gen} of {stream}, "
            "which this client opened"
        )
