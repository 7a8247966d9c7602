"""Readers whose keys were succeeded: the next generation of what they read is for the new ones."""

from ..errors import ApiRefused
from ..session import Session, Stream
from . import pins


def readers_to_renew(session: Session, stream: Stream) -> set[str]:
    """Return the readers of an own stream whose cards were succeeded since it was last opened.

    Their cards are asked for, once in a run: who has the old keys of one of them is to read no
    further. Raises what ``pins.known_cards`` does.
    """
    known = session.state.load()
    for reader in sorted(known.stream(stream.writer, stream.type).readers.keys() & known.pins):
        try:
            pins.known_cards(session, reader)
        except ApiRefused as error:  # of an older database, in which nobody succeeded anybody
            if error.status != pins.NOT_FOUND:
                raise
    memory = session.state.load().stream(stream.writer, stream.type)
    return memory.renew & memory.readers.keys()
