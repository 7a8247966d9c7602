"""Readers whose keys were succeeded: the next generation of what they read is for the new ones."""

from collections.abc import Sequence

from ...envelope.grants import Grant
from ..errors import ApiRefused
from ..session import Session, Stream
from . import pins, rotation
from .generations import Generation


def readers_to_renew(
    session: Session, stream: Stream, known: Sequence[Generation], listed: Sequence[Grant]
) -> set[str]:
    """Return the readers of an own stream whose cards were succeeded since it was last opened.

    Those whom this client remembers, and those who hold an own grant of the last of the ``known``
    generations: another machine may have shared it. ``listed`` are the stream's grants. The cards
    are asked for: who has the old keys of one of them is to read no further. Raises what
    ``pins.known_cards`` does.
    """
    remembered = session.state.load()
    memory = remembered.stream(stream.writer, stream.type)
    last = [grant for grant in listed if known and grant.gen == known[-1].gen]
    held = {
        grant.reader: grant.reader_fp
        for grant in rotation.outgoing(session, stream, last)
        if grant.reader != session.me.id
        and grant.reader not in memory.revoked
        and not 0 < grant.not_after < session.now()
    }
    sealed_to_old = set[str]()
    for reader in sorted((memory.readers.keys() | held.keys()) & remembered.pins.keys()):
        try:
            today = pins.known_cards(session, reader).card
        except ApiRefused as error:  # of an older database, in which nobody succeeded anybody
            if error.status != pins.NOT_FOUND:
                raise
            continue
        if held.get(reader, today.fingerprint) != today.fingerprint:
            sealed_to_old.add(reader)
    memory = session.state.load().stream(stream.writer, stream.type)
    return sealed_to_old | (memory.renew & memory.readers.keys())
