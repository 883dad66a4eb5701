# SPDX-License-Identifier: GPL-3.0-only
"""Why one may not write in a room, in words, as far as anybody told. Pure: no thread, no clock, no Qt."""

import math

import msgspec
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.message_rights import role_of
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.slash import Wish
from loggia.shared.client.commands import Ask, LeaveRoom
from loggia.shared.protocol.roles import RANKS

CLOSED = "This room is closed: it can be read, and nobody writes here any more."
GUEST = "You are a guest here: you may read, and not write."
ANNOUNCE = "Only moderators and owners write here."
MUTED = "You are muted here; ask who runs the room."
UNTIL = "You are muted here until {}."


class Bar(msgspec.Struct, frozen=True):
    """`words`: why, in a sentence; "": one may. `ends`: until when, Unix ms. `sure`: the log says so; else it
    may be another by now, or by another clock. `moved`: another room is there than was
    written in, so nothing is done to it, either, before it is asked."""

    words: str = ""
    ends: float = math.inf
    sure: bool = True
    moved: bool = False

    def above(self, bar: "Bar") -> "Bar":
        """Both: what `bar` keeps one from is kept from one, too."""
        words = f"{self.words} {bar.words}".rstrip()
        return Bar(words, min(self.ends, bar.ends), sure=bool(bar.words) and bar.sure, moved=self.moved)


def is_about(wish: Wish, room: str) -> bool:
    """It does something to that room, and would do it to another one that is there instead."""
    about = wish.request if isinstance(wish, Ask) else wish
    return isinstance(wish, Ask | LeaveRoom) and getattr(about, "room", "") == room


def bar(room: Room | None, me: str, now: int, dates: Dates) -> Bar:
    """What keeps the account `me` from writing there. `now`: Unix ms."""
    if room is None or not room.listed:
        return Bar()
    rules, role = room.rules, role_of(room, me, me)
    if rules.closed:
        return Bar(CLOSED)
    if role == "guest":
        return Bar(GUEST)
    if rules.announce and role is not None and RANKS[role] < RANKS["moderator"]:
        return Bar(ANNOUNCE)
    ends = rules.quiet_until(me)
    if ends > now:
        return Bar(MUTED if ends == math.inf else UNTIL.format(dates.later(int(ends), now)), ends, sure=False)
    return Bar(rules.refused, sure=False)
