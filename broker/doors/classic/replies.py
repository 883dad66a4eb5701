"""What a visitor is told who asked for something: lists, and where it is now, as text. Pure.

docs/protocol.md, "The front door", 8. All of it is escaped where it is said (broker/doors/classic/text.py),
which marks every line of a list, so that nobody can be called what the broker says.
"""

from collections.abc import Iterable

from loggia.shared.protocol.answers import JoinedAnswer, Member, MembersAnswer, RoomInfo, RoomsAnswer
from loggia.shared.protocol.limits import LONGEST_LIST_PAGE
from loggia.shared.protocol.names import quoted

MOST_LISTED = 200  # lines of one list
MOST_BYTES = 16 * 1024  # and of what it takes: names may be long
ASKED_FOR = LONGEST_LIST_PAGE  # so that it can be told how many more there are
SUBJECT_CHARS = 60  # of what a room is about

HELP = """What you type is said in the room you are in. These are for the server alone:
/rooms          which rooms there are
/join ROOM      go to another room, and leave this one
/who            who is here; /who ROOM: who is there
/msg NICK TEXT  say it to one person alone
/me TEXT        say what you do
/nick NEW       be called something else
/help           this
!end            leave"""
NOWHERE = "You are in no room; /join ROOM takes you to one."


def not_said(lines: int) -> str:
    """Of lines that came behind a room that somebody is not let into: they were meant for there."""
    if not lines:
        return ""
    return (
        " The line behind it was not said." if lines == 1 else f" The {lines} lines behind it were not said."
    )


def entered(answer: JoinedAnswer) -> str:
    about = f" It is about: {_short(answer.subject)}" if answer.subject else ""
    return f"You are in {quoted(answer.room)} now.{about}"


def renamed(answer: JoinedAnswer) -> str:
    return f"You are called {quoted(answer.nick)} now."


def whispered(title: str, text: str) -> str:
    """What one reads of what it said to others alone."""
    return f"you -> {quoted(title)}: {text}"


def people(answer: MembersAnswer, account: str | None) -> str:
    """Who is in a room, as read by who has this account."""
    here = sorted(answer.members, key=lambda member: (member.nick.casefold(), member.account))
    shown = _fitting(_person(member, account) for member in here)
    if rest := _rest(len(here) - len(shown), more=answer.more):
        shown.append(rest)
    return "\n".join([f"In {quoted(answer.room)}:", *(shown or ["nobody"])])


def rooms(answer: RoomsAnswer, here: str | None) -> str:
    """Which rooms there are, as read by who is in room `here`."""
    public = [room for room in answer.rooms if room.kind == "public"]
    shown = _fitting(_room(room, here) for room in public)
    if rest := _rest(len(public) - len(shown), more=answer.more):
        last = public[len(shown) - 1].room
        shown.append(f"{rest}: /rooms {quoted(last)}")
    return "\n".join(["Rooms:", *(shown or ["none"])])


def _person(member: Member, account: str | None) -> str:
    notes = ["you"] if member.account == account else []
    notes += [member.role] if member.role != "member" else []
    notes += ["bot"] if member.bot else []
    notes += ["away"] if member.presence == "away" else []
    return quoted(member.nick) + (f" ({', '.join(notes)})" if notes else "")


def _room(room: RoomInfo, here: str | None) -> str:
    who = "1 person" if room.members == 1 else f"{room.members} people"
    you = ", you are here" if room.room == here else ""
    about = f": {_short(room.subject)}" if room.subject else ""
    return f"{quoted(room.room)} ({who}{you}){about}"


def _short(subject: str) -> str:
    """In one line."""
    words = " ".join(subject[: 2 * SUBJECT_CHARS].split())
    return words if len(words) <= SUBJECT_CHARS else f"{words[:SUBJECT_CHARS]}..."


def _fitting(lines: Iterable[str]) -> list[str]:
    """As many of them as one list has."""
    shown: list[str] = []
    left = MOST_BYTES
    for line in lines:
        left -= len(line.encode())
        if len(shown) == MOST_LISTED or left < 0:
            break
        shown.append(line)
    return shown


def _rest(count: int, *, more: bool) -> str:
    """What stands in place of those that are not listed. `more`: there are others than were counted."""
    return f"and {'at least ' if more else ''}{count} more" if count else ""
