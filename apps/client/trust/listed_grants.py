"""Grants as a server lists them: parsed, bounded, and none of them verified yet."""

from collections.abc import Iterator

from ...envelope.grants import Grant, parse_grant
from .. import endpoints
from ..api import News
from ..errors import VerificationError, verifying
from ..session import Session


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
