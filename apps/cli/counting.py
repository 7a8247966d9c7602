"""How many, in words."""


def records(count: int) -> str:
    """Return a number of records as people say it."""
    return "1 record" if count == 1 else f"{count:,} records"
