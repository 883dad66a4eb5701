# SPDX-License-Identifier: GPL-3.0-only
"""What Ctrl+K finds without asking anybody: my rooms, who is in them, days. Pure: no thread, no Qt."""

from collections.abc import Iterable
from datetime import date
from itertools import islice

from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.day_words import day_meant
from loggia.qtclient.state.finding import MOST_KNOWN, DayFound, PersonFound, RoomFound
from loggia.qtclient.state.room import Room


def known_rooms(rooms: Iterable[Room]) -> dict[str, RoomFound]:
    """Those where I am, as they can be found."""
    return {
        room.name: RoomFound(key=f"room {room.name}", room=room.name, title=room.title, kind=room.kind)
        for room in rooms
    }


def known_people(rooms: Iterable[Room], me: str) -> list[PersonFound]:
    """Who is in these rooms, each once, but for the account `me`."""
    members = {
        account: member
        for room in rooms
        for account, member in islice(room.members.items(), MOST_KNOWN)
        if account != me
    }
    return [
        PersonFound(
            f"person {account}",
            account,
            member.nick,
            " · ".join(part for part in ("away" * (member.presence == "away"), member.status) if part),
        )
        for account, member in islice(members.items(), MOST_KNOWN)
    ]


def known_day(begun: str, room: Room | None, dates: Dates, today: date) -> DayFound | None:
    """The day that is written, of that room. None: these words name none, or nothing was said there."""
    day = day_meant(begun, today)
    if day is None or room is None or not room.newest:
        return None
    words = f"Go to {dates.words(day.toordinal())} in {room.label}"
    return DayFound(key=f"day {day} {room.name}", room=room.name, day=day, words=words)
