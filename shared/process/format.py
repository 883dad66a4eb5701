"""Numbers as people read them. Pure."""


def count(number: int, thing: str) -> str:
    """As in "1 room" and "48,112 rooms"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def size(number: int) -> str:
    """Bytes, as in "48 KB" and "1,204.5 MB"."""
    return f"{number / 1e3:,.0f} KB" if number < 1e6 else f"{number / 1e6:,.1f} MB"
