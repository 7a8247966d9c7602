"""Readers for whom what they read has to go on under the next generation.

Those whose keys were succeeded, a client's by another card, a group's by another epoch of its
roster; and those whose share is over: they have the key that is in force.
"""

from collections.abc import Mapping, Sequence

from ...envelope.grants import Grant
from ..days import has_passed
from ..errors import ApiRefused
from ..session import Session, Stream
from ..state import StreamMemory
from . import groups, pins, rotation
from .generations import Generation


def readers_to_renew(
    session: Session, stream: Stream, known: Sequence[Generation], listed: Sequence[Grant]
) -> set[str]:
    """Return the readers of an own stream whose keys, or whose time, ended since it was opened.

    Those whom this client remembers, and those who hold an own grant of the last of the ``known``
    generations: another machine may have shared it. ``listed`` are the stream's grants. Cards and
    rosters are asked for: who has the old keys of one of them is to read no further. A group whose
    roster has ended, or that is not known here, is among them while it has the last generation.
    Raises what ``pins.known_cards`` and ``groups.standing`` do.
    """
    memory = session.state.load().stream(stream.writer, stream.type)
    last = _of_last(session, stream, known, listed)
    ended = whose_time_is_over(session, last, memory)
    held = {
        grant.reader: grant.reader_fp
        for grant in last
        if grant.reader not in memory.revoked and not rotation.is_over(session, grant)
    }
    cards, teams = _by_kind((memory.readers.keys() | held.keys()) - ended)
    sealed_to_old = _succeeded(session, cards, held) | _of_other_epochs(
        session, teams, held, memory, last=known[-1].gen if known else 0
    )
    memory = session.state.load().stream(stream.writer, stream.type)
    return ended | sealed_to_old | (memory.renew & memory.readers.keys())


def _of_last(
    session: Session, stream: Stream, known: Sequence[Generation], listed: Sequence[Grant]
) -> list[Grant]:
    """Return the own grants of the last generation to others."""
    last = [grant for grant in listed if known and grant.gen == known[-1].gen]
    own = rotation.outgoing(session, stream, last)
    return [grant for grant in own if grant.reader != session.me.id]


def whose_time_is_over(session: Session, last: Sequence[Grant], memory: StreamMemory) -> set[str]:
    """Return who had a stream until a day that has passed, and may have the key in force.

    As these grants of the last generation say, or this client remembers: a server may list none.
    """
    ended = {grant.reader for grant in last if rotation.is_over(session, grant)}
    now = session.now()
    return ended | {id for id, (_, until) in memory.readers.items() if has_passed(until, now)}


def _by_kind(readers: set[str]) -> tuple[list[str], list[str]]:
    teams = sorted(filter(groups.is_group, readers))
    return sorted(readers.difference(teams)), teams


def _succeeded(session: Session, readers: Sequence[str], held: Mapping[str, bytes]) -> set[str]:
    pinned = session.state.load().pins
    found = set[str]()
    for reader in readers:
        if reader not in pinned:
            continue
        try:
            today = pins.known_cards(session, reader).card
        except ApiRefused as error:  # of an older database, in which nobody succeeded anybody
            if error.status != pins.NOT_FOUND:
                raise
            continue
        if held.get(reader, today.fingerprint) != today.fingerprint:
            found.add(reader)
    return found


def _of_other_epochs(
    session: Session,
    readers: Sequence[str],
    held: Mapping[str, bytes],
    memory: StreamMemory,
    *,
    last: int,
) -> set[str]:
    """Return the groups of another epoch than has the last generation, or without any members now.

    What they were granted tells the server's list, ``held``, and this client's memory: a server may
    list less. A later generation than is remembered, another machine opened.
    """
    known = session.state.load().groups
    found = set[str]()
    for reader in readers:
        if groups.group_id(reader) not in known:
            found |= {reader} & held.keys()
            continue
        today = groups.standing(session, reader)
        had = {held[reader]} if reader in held else set[bytes]()
        mine = memory.held_by(reader, last)
        if mine and ((reader, last) in memory.holds or not had):
            had.add(mine)
        if had and (today.why_not or had != {today.epoch.fingerprint}):
            found.add(reader)
    return found
