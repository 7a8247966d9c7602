"""Readers whose keys were succeeded: the next generation of what they read is for the new ones.

A client's keys are by a succession of its card, a group's by another epoch of its roster.
"""

from collections.abc import Mapping, Sequence

from ...envelope.grants import Grant
from ..errors import ApiRefused
from ..session import Session, Stream
from ..state import StreamMemory
from . import groups, pins, rotation
from .generations import Generation


def readers_to_renew(
    session: Session, stream: Stream, known: Sequence[Generation], listed: Sequence[Grant]
) -> set[str]:
    """Return the readers of an own stream whose keys were succeeded since it was last opened.

    Those whom this client remembers, and those who hold an own grant of the last of the ``known``
    generations: another machine may have shared it. ``listed`` are the stream's grants. Cards and
    rosters are asked for: who has the old keys of one of them is to read no further. A group whose
    roster has ended, or that is not known here, is among them while it has the last generation.
    Raises what ``pins.known_cards`` and ``groups.standing`` do.
    """
    memory = session.state.load().stream(stream.writer, stream.type)
    held = _held(session, stream, known, listed, memory)
    cards, teams = _by_kind(memory.readers.keys() | held.keys())
    sealed_to_old = _succeeded(session, cards, held) | _of_other_epochs(session, teams, held)
    memory = session.state.load().stream(stream.writer, stream.type)
    return sealed_to_old | (memory.renew & memory.readers.keys())


def _held(
    session: Session,
    stream: Stream,
    known: Sequence[Generation],
    listed: Sequence[Grant],
    memory: StreamMemory,
) -> dict[str, bytes]:
    """Return who else has the last generation, with the fingerprint that it was sealed to."""
    last = [grant for grant in listed if known and grant.gen == known[-1].gen]
    return {
        grant.reader: grant.reader_fp
        for grant in rotation.outgoing(session, stream, last)
        if grant.reader != session.me.id
        and grant.reader not in memory.revoked
        and not 0 < grant.not_after < session.now()
    }


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
    session: Session, readers: Sequence[str], held: Mapping[str, bytes]
) -> set[str]:
    known = session.state.load().groups
    found = set[str]()
    for reader in readers:
        if groups.group_id(reader) not in known:
            found |= {reader} & held.keys()
            continue
        today = groups.standing(session, reader)
        if reader in held and (today.why_not or held[reader] != today.epoch.fingerprint):
            found.add(reader)
    return found
