# SPDX-License-Identifier: GPL-3.0-only
"""Where one may go from here, found as one writes: rooms, people, messages. Pure: no thread, no Qt."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

import msgspec
from loggia.qtclient.state.emoji import few, in_line
from loggia.qtclient.state.kinds import KINDS, labelled
from loggia.qtclient.state.lit import Marks
from loggia.qtclient.state.markup import seen
from loggia.qtclient.state.rows import shown_name
from loggia.qtclient.state.times import when
from loggia.shared.protocol import names
from loggia.shared.protocol.answers import FoundAnswer, Hit, RoomInfo
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import LIST_PAGE, NAME_CHARS, Limits
from loggia.shared.protocol.requests import Rooms, Search
from loggia.shared.protocol.roles import RoomKind

MOST_SHOWN = 200  # rooms of a group: nobody looks through more, and each is made anew at each letter
MOST_PEOPLE = 20  # that are shown
MOST_KNOWN = 20_000  # people that are looked through at each letter
MOST_PAGES = 25  # of the list of rooms, that are read in one search
ENOUGH = 20  # other rooms that are found: no further page is asked for by itself
PAGE = 20  # messages in one page
MOST_HITS = 100
LEAST_CHARS, MOST_CHARS = 2, 200  # of what is written, that messages are searched for
BEFORE_CHARS, SNIPPET_CHARS = 24, 160  # of a message: before the first found word, and in all


class RoomFound(msgspec.Struct, frozen=True, kw_only=True):
    """A room to go to. `joined`: I am in it. `people`: how many are there; None: nobody said."""

    key: str
    room: str
    title: str
    kind: RoomKind = "public"
    joined: bool = True
    subject: str = ""
    people: int | None = None
    at: int = 0

    @property
    def label(self) -> str:
        return labelled(self.title, self.kind)

    def details(self, now: int) -> str:
        """What tells it from others, in words. `now`: Unix ms."""
        count = "" if self.people is None else "1 person" if self.people == 1 else f"{self.people:,} people"
        said = when(self.at, now) if self.at else ""
        return " · ".join(part for part in (self.subject, count, said and f"last {said}") if part)


class RoomToMake(msgspec.Struct, frozen=True):
    """A room of which nobody has told: it begins when one joins it. `private`: it is made for its members
    alone, and called so. `sure`: the list of rooms was read as a whole, and has none of that name."""

    key: str
    room: str
    private: bool = False
    sure: bool = True

    @property
    def words(self) -> str:
        if self.private:
            return f"Make a private room  % {self.room}"
        return f"{'Make' if self.sure else 'Join or make'} the room  # {self.room}"


class PersonFound(msgspec.Struct, frozen=True):
    """Somebody to write to. `who`: the account, or the nick where nobody here has that. `word`: presence and
    status."""

    key: str
    who: str
    nick: str
    word: str = ""


class MessageFound(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was said. `where`: what its room is called. `marks`: of `text`, a part of the message in
    one line, what was sought; `hit`: the whole of it."""

    key: str
    room: str
    seq: int
    where: str
    nick: str
    at: int
    text: str
    marks: Marks = ()
    hit: Hit | None = None


class DayFound(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a room."""

    key: str
    room: str
    day: date
    words: str


Found = RoomFound | RoomToMake | PersonFound | MessageFound | DayFound


class Finder:
    """Finds `text`: write it, ask what is wanted, give it what was told, and show the groups.

    `rooms`: where I am; `people`: who is known here; `day`: gives the one that a text names.
    """

    def __init__(
        self,
        rooms: Mapping[str, RoomFound],
        people: Sequence[PersonFound] = (),
        limits: Limits | None = None,
        day: Callable[[str], DayFound | None] = lambda text: None,
    ) -> None:
        self._rooms = rooms
        self._day = day
        self._people = people
        self._limits = limits or Limits()
        self._others: dict[str, RoomFound] = {}
        self._after: str | None = ""  # where the next page of the list of rooms begins; None: there is none
        self._pages = 0
        self._whole = False  # the list of rooms was read to its end
        self._hits: list[MessageFound] = []
        self._cursor: str | None = ""
        self._written = ""
        self.trouble = ""  # why the broker did not search, in a sentence

    def write(self, text: str) -> bool:
        """Find this. False when it is what was written before."""
        text = text.strip(" ")
        if text == self._written:
            return False
        self._written = text
        self._hits, self._cursor, self.trouble = [], "", ""
        return True

    # -- what is asked -------------------------------------------------------------------------

    def page_wanted(self, *, more: bool = False) -> Rooms | None:
        """The next page of the list of rooms: the first one always, others while they may bring what is
        sought. `more`: somebody looks at the last row."""
        if self._after is None or self._pages >= MOST_PAGES:
            return None
        if self._pages and not more and (not self._name or len(self._found_others()) >= ENOUGH):
            return None
        return Rooms(id="-", after=self._after or None, limit=LIST_PAGE)

    def search_wanted(self) -> Search | None:
        """The next page of the messages, the newest first; the last word may go on."""
        text, asked = self._written, self._cursor
        if asked is None or len(self._hits) >= MOST_HITS or text[:1] in ("#", "%", "@"):
            return None
        if not LEAST_CHARS <= len(text) <= MOST_CHARS:
            return None
        begin = f"{text}*" if text[-1].isalnum() else text
        return Search(id="-", text=begin, cursor=asked or None, limit=PAGE)

    def listed(self, rooms: Iterable[RoomInfo], *, more: bool) -> None:
        """A page of the list of rooms."""
        self._pages += 1
        self._after, self._whole = None, not more
        for info in rooms:
            self._after = info.room if more else None
            if not info.joined and info.room not in self._rooms:
                self._others[info.room] = _other(info)

    def not_listed(self) -> None:
        """The broker gives no page."""
        self._after = None

    def found(self, answer: FoundAnswer) -> None:
        """A page of messages."""
        self._cursor = answer.cursor
        known = {one.key for one in self._hits}
        made = (self._hit(hit) for hit in answer.hits)
        self._hits += [one for one in made if one.key not in known]

    def not_found(self, why: str) -> None:
        """The broker does not search."""
        self._cursor, self.trouble = None, why

    # -- what is shown -------------------------------------------------------------------------

    def groups(self) -> list[tuple[str, list[Found]]]:
        """What was found, by kind, each with its heading; the best first, and last what would be made."""
        groups: list[tuple[str, list[Found]]] = [
            ("Your rooms", [*self._found_rooms()[:MOST_SHOWN]]),
            ("Other rooms", [*self._found_others()[:MOST_SHOWN]]),
            ("People", [*self._found_people()]),
            ("Days", [found for found in (self._day(self._written),) if found is not None]),
            ("Messages", [*self._hits]),
            ("New room", [*self._to_make()]),
        ]
        return [(heading, found) for heading, found in groups if found]

    def _to_make(self) -> Iterator[RoomToMake]:
        if not self._name or self.refusal() or not self._may_be_made:
            return
        private = self._written.startswith("%")
        try:
            name = names.chosen_room(self._name, self._limits)
        except Refused:  # that of a room which is there
            return
        if private or (name not in self._rooms and name not in self._others):
            yield RoomToMake(f"{'private' if private else 'new'} {name}", name, private, self._whole)

    def hidden(self) -> int:
        """How many of my rooms were found and are not shown."""
        return max(0, len(self._found_rooms()) - MOST_SHOWN)

    def refusal(self) -> str:
        """Why no room can have that name; "" where one can, or where nothing is written."""
        if not self._name or self._name in self._rooms or not self._may_be_made:
            return ""
        try:
            names.chosen_room(self._name, self._limits)
        except Refused as refused:
            return refused.text
        return ""

    @property
    def cut_short(self) -> bool:
        """There are more rooms than were looked through."""
        return self._after is not None and self._pages >= MOST_PAGES

    @property
    def _name(self) -> str:
        """What is written, as the name of a room, letters with marks in the form in which brokers keep it."""
        name = self._written[1:].strip(" ") if self._written[:1] in ("#", "%", "@") else self._written
        return unicodedata.normalize("NFC", name) if len(name) <= NAME_CHARS else name

    @property
    def _may_be_made(self) -> bool:
        """What is written is no name of somebody."""
        return not self._written.startswith("@")

    def _found_rooms(self) -> list[RoomFound]:
        return self._matching(self._rooms.values())

    def _found_others(self) -> list[RoomFound]:
        found = self._matching(self._others.values())
        return found if self._name else sorted(found, key=lambda room: -room.at)

    def _matching(self, rooms: Iterable[RoomFound]) -> list[RoomFound]:
        sign, sought = self._written[:1], self._name.casefold()
        only = {"#": ("public",), "%": ("private",), "@": ("direct",)}.get(sign)
        found = [
            room
            for room in rooms
            if (only is None or room.kind in only)
            and (sought in room.title.casefold() or (not room.joined and sought in room.subject.casefold()))
        ]
        # it comes first, however many have it in them
        return sorted(found, key=lambda room: room.title != self._name)

    def _found_people(self) -> list[PersonFound]:
        sought = self._name.casefold()
        if self._written[:1] in ("#", "%") or not sought:
            return []
        known = (one for one in self._people if sought in one.nick.casefold())
        found = sorted(
            islice(known, 10 * MOST_PEOPLE), key=lambda one: not one.nick.casefold().startswith(sought)
        )
        if self._written.startswith("@") and not any(one.nick == self._name for one in found):
            try:
                nick = names.nick(self._name, self._limits)
            except Refused:
                return found[:MOST_PEOPLE]
            found.insert(0, PersonFound(f"nick {nick}", nick, nick))
        return found[:MOST_PEOPLE]

    def _hit(self, hit: Hit) -> MessageFound:
        room = self._rooms.get(hit.room) or self._others.get(hit.room)
        text, marks = snippet(hit.text, hit.marks)
        return MessageFound(
            key=f"said {hit.seq} {hit.room}",
            room=hit.room,
            seq=hit.seq,
            where=f"# {shown_name(hit.room)}" if room is None else room.label,
            nick=shown_name(hit.nick),
            at=hit.at,
            text=text,
            marks=marks,
            hit=hit,
        )


def snippet(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, Marks]:
    """A part of a text in one line that begins shortly before the first mark, and the marks in it."""
    start = max(0, marks[0][0] - BEFORE_CHARS) if marks else 0
    kept = few(text[start : start + SNIPPET_CHARS])
    if (words := seen(kept)) != kept:
        return words, ()
    cut = "".join(" " if char.isspace() else char for char in kept)
    dots, end = ("..." if start else ""), start + len(cut)
    inside = ((max(first, start), min(last, end)) for first, last in marks)
    shift = len(dots) - start
    shown = tuple((first + shift, last + shift) for first, last in inside if first < last)
    return dots + cut + ("..." if end < len(text) else ""), shown


def spoken(found: Found, now: int) -> str:
    """What was found, in words. `now`: Unix ms."""
    match found:
        case RoomFound():
            title = found.title if found.joined else f"Join {found.title}"
            return ", ".join(part for part in (title, KINDS[found.kind], found.details(now)) if part)
        case RoomToMake() | DayFound():
            return found.words
        case PersonFound():
            return ", ".join(part for part in (f"Write to {found.nick}", found.word) if part)
        case MessageFound():
            return f"{found.nick} in {found.where}, {when(found.at, now)}: {found.text}"


def _other(info: RoomInfo) -> RoomFound:
    return RoomFound(
        key=f"room {info.room}",
        room=info.room,
        title=shown_name(info.title or info.room),
        kind=info.kind,
        joined=False,
        subject=in_line(shown_name(info.subject)),
        people=info.members,
        at=info.at,
    )
