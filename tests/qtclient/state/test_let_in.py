"""Where somebody is let in, what is said from then on is new, also before the window hears of the room."""

from loggia.qtclient.state.rows import Fresh, MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import MarkRead
from loggia.shared.client.updates import Arrived, Entered, Older, ReadState, Update
from loggia.shared.protocol.events import CreatedEvent, InvitedEvent, StoredEvent
from loggia.shared.protocol.roles import RoomKind

from tests.qtclient.state.seen import reads, take
from tests.qtclient.talk import NOON, entered, many, says

ROOM = "room:1"


def comes(head: int, kind: RoomKind = "private") -> list[Update]:
    """The broker has us in a room of which nothing is known here, and its log goes to `head`."""
    return [*entered(), Entered(room=ROOM, nick="ada", account="a-ada", head=head, title="staff", kind=kind)]


def made(nick: str = "bob") -> CreatedEvent:
    return CreatedEvent(room=ROOM, seq=1, at=NOON, nick=nick, account=f"a-{nick}", id="id-1", subject="")


def invites(seq: int, target: str = "ada") -> InvitedEvent:
    about = {"room": ROOM, "at": NOON, "nick": "bob", "account": "a-bob", "id": f"id-{seq}"}
    return InvitedEvent(seq=seq, target=f"a-{target}", target_nick=target, **about)


def page(*events: StoredEvent, more: bool = False) -> Older:
    return Older(room=ROOM, events=list(events), more=more)


def line(state: WindowState) -> int | None:
    """The message below the line of what is new."""
    rows = state.rooms[ROOM].rows
    at = next((place for place, row in enumerate(rows) if isinstance(row, Fresh)), None)
    below = rows[at + 1] if at is not None else None
    return below.seq if isinstance(below, MessageRow) else None


def test_the_first_words_of_a_conversation_are_new(state: WindowState):
    take(state, *comes(3, "direct"), ReadState(room=ROOM, read=0, unread=1, upto=3))
    take(state, page(made(), invites(2), says(3, text="psst", room=ROOM)))
    take(state, Arrived(room=ROOM, events=[says(4, text="ada?", room=ROOM)]))
    room = state.rooms[ROOM]
    assert (room.unread, room.mentions) == (2, 1)
    assert state.take_marks() == [MarkRead(room=ROOM, seq=2, epoch="")], "the server may count from there"
    state.look_at(ROOM)
    assert line(state) == 3
    reads(state)
    assert (room.unread, room.read) == (0, 4)


def test_what_was_said_before_somebody_was_let_in_is_no_news(state: WindowState):
    before = many(2, 60, ROOM)
    take(state, *comes(70), ReadState(room=ROOM, read=0, unread=68, mentions=3, upto=70))
    take(state, page(*before[40:], invites(61), *many(62, 70, ROOM), more=True))
    room = state.rooms[ROOM]
    assert (room.unread, room.mentions, room.read) == (9, 0, 61)
    take(state, ReadState(room=ROOM, read=0, unread=68, mentions=3, upto=70))
    assert room.unread == 9, "the server has not heard of the mark yet"
    take(state, ReadState(room=ROOM, read=61, unread=9, mentions=0, upto=70))
    assert room.unread == 9


def test_who_was_let_in_far_back_misses_nothing(state: WindowState):
    take(state, *comes(300), ReadState(room=ROOM, read=0, unread=298, upto=300))
    take(state, page(*many(201, 300, ROOM), more=True))
    room = state.rooms[ROOM]
    assert room.unread == 298, "nobody knows yet since when it is about us"
    assert state.take_marks() == []
    state.look_at(ROOM)
    assert room.take_wanted() is not None
    take(state, page(made(), *many(2, 149, ROOM), invites(150), *many(151, 200, ROOM)))
    assert (room.unread, line(state)) == (150, 151)


def test_a_room_of_ones_own_and_one_that_was_read_stay_as_they_are(state: WindowState):
    take(state, *comes(2), page(made("ada"), invites(2, "bob")))
    take(state, Arrived(room=ROOM, events=[says(3, room=ROOM)]))
    assert state.rooms[ROOM].unread == 1
    reads(state)
    other = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada", read={ROOM: 3})
    take(other, *comes(9), page(made(), *many(2, 4, ROOM), invites(5), *many(6, 9, ROOM)))
    assert (other.rooms[ROOM].read, other.rooms[ROOM].unread) == (3, 5), "shown out and let in again"


def test_nothing_older_than_the_log_of_now_counts(state: WindowState):
    take(state, *comes(4), page(made(), invites(2), *many(3, 4, ROOM)))
    room = state.rooms[ROOM]
    take(state, ReadState(room=ROOM, read=0, unread=2, upto=4))
    assert room.unread == 2
    room.reading.void(1)
    take(state, ReadState(room=ROOM, read=1, unread=5, upto=9))
    assert room.unread == 5, "another life of the log is counted by the server at once"
