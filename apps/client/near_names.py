"""Names that were probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(unknown: Iterable[str], names: Iterable[str]) -> str:
    """Return a question after the names that were probably meant, "" if none is near."""
    near = {name: get_close_matches(name, names, n=1) for name in unknown}
    return ", ".join(f"did you mean {close[0]} by {name}?" for name, close in near.items() if close)
