"""Notices and events for tests of the window, in few words."""

from collections.abc import Sequence
from typing import Any

from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import (
    Arrived,
    Completeness,
    ConnectionStatus,
    Entered,
    People,
    Update,
    VoidCopy,
    Waiting,
)
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import JoinedEvent, LeftEvent, MessageEvent, RenamedEvent, StoredEvent

NOON = 1_700_049_600_000  # Wednesday 15 November 2023, 12:00 UTC
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def says(
    seq: int, nick: str = "bob", text: str = "hello", at: int = NOON, room: str = "lobby", **more: Any
) -> MessageEvent:
    return MessageEvent(
        room=room, seq=seq, at=at, nick=nick, account=f"a-{nick}", id=f"id-{seq}", text=text, **more
    )


def joins(seq: int, nick: str, at: int = NOON) -> JoinedEvent:
    return JoinedEvent(room="lobby", seq=seq, at=at, nick=nick, account=f"a-{nick}", id=f"id-{seq}")


def leaves(seq: int, nick: str, at: int = NOON) -> LeftEvent:
    return LeftEvent(
        room="lobby", seq=seq, at=at, nick=nick, account=f"a-{nick}", id=f"id-{seq}", reason="end"
    )


def renames(seq: int, was: str, nick: str, at: int = NOON) -> RenamedEvent:
    return RenamedEvent(room="lobby", seq=seq, at=at, nick=nick, account=f"a-{was}", id=f"id-{seq}", was=was)


def many(first: int, last: int, room: str = "lobby") -> list[StoredEvent]:
    """Messages of two people in turn, one a second, of different heights."""
    return [
        says(
            seq, ("bob", "zoe")[seq // 3 % 2], f"number {seq}" + "\nmore" * (seq % 4), NOON + seq * 1000, room
        )
        for seq in range(first, last + 1)
    ]


def talk(first: int, last: int, room: str = "lobby") -> list[MessageEvent]:
    """Of two people in turn, so that a row is as tall whatever stands before it."""
    return [
        says(seq, ("bob", "zoe")[seq % 2], "\nmore" * (seq % 4), room=room) for seq in range(first, last + 1)
    ]


def numbered(first: int, last: int) -> list[MessageEvent]:
    """Two from bob and two from zoe by turns, each of its own words."""
    return [says(seq, ("bob", "zoe")[seq // 2 % 2], f"number {seq}") for seq in range(first, last + 1)]


def entered(room: str = "lobby", head: int = 0, nick: str = "ada") -> list[Update]:
    return [
        ConnectionStatus(connection="connected"),
        Entered(room=room, nick=nick, account=f"a-{nick}", head=head),
    ]


def arrived(events: Sequence[StoredEvent]) -> list[Update]:
    room = events[0].room
    last = events[-1].seq
    return [
        Arrived(room=room, events=list(events)),
        Completeness(room=room, first=1, last=last, head=last, current=True),
    ]


def people(*nicks: str, away: Sequence[str] = ()) -> People:
    return People(
        room="lobby",
        members=[
            Member(nick=nick, account=f"a-{nick}", presence="away" if nick in away else "online")
            for nick in nicks
        ],
    )


def restored(last: int, head: int, room: str = "lobby") -> VoidCopy:
    """The server's log was restored: of 1 to `last`, which we hold, it has come to `head` again."""
    return VoidCopy(
        room=room, epoch="two", head=head, old=ArchivedCopy(room=room, epoch="one", spans=[(1, last)])
    )


def waits(id: str, text: str = "mine", room: str = "lobby", at: int = NOON + HOUR, **more: int) -> Waiting:
    return Waiting(say=Say(id=id, room=room, text=text, **more), at=at)
