# SPDX-License-Identifier: GPL-3.0-only
"""When something was, in few words. Pure: what time it is now is an argument."""

from datetime import datetime, tzinfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # see dates.py


def when(at: int, now: int, zone: tzinfo | None = None) -> str:
    """The time of today, or the day. `at`, `now`: Unix ms; `zone` None: this computer's. "" for a time that
    no calendar knows."""
    try:
        then, today = (datetime.fromtimestamp(ms / 1000, zone) for ms in (at, now))
    except (ValueError, OverflowError, OSError):
        return ""
    if then.date() == today.date():
        return f"{then.hour:02}:{then.minute:02}"
    day = f"{then.day} {_MONTHS[then.month - 1]}"
    return day if then.year == today.year else f"{day} {then.year}"
