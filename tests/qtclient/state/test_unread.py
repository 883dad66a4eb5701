"""What somebody missed: it is new until it was seen, and the room begins there."""

import pytest
from loggia.qtclient.state.opening import ABOVE, MOST_OLDER
from loggia.qtclient.state.rows import Day, Fresh, MessageRow
from loggia.qtclient.state.sight import READ_S
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import MarkRead
from loggia.shared.client.updates import Older, ReadState
from loggia.shared.protocol.events import DeletedEvent, StoredEvent

from tests.qtclient.state.seen import leaves, reads, take
from tests.qtclient.talk import DAY, NOON, arrived, entered, many, says


@pytest.fixture
def state() -> WindowState:
    """Of a window that was at the newest of nine entries the last time; somebody sits there again."""
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada", read={"lobby": 9})
    take(state, Older(room="lobby", events=many(1, 9), more=False))
    reads(state)
    return state


def looks(state: WindowState, first: int, last: int, now: float, *, newest: bool = False) -> None:
    """Somebody looks at these for long enough."""
    for at in (now, now + READ_S):
        state.attend((first, last), at, newest=newest)


def line(state: WindowState, room: str = "lobby") -> int | None:
    """The message below the line."""
    rows = state.rooms[room].rows
    places = [place for place, row in enumerate(rows) if isinstance(row, Fresh)]
    assert len(places) <= 1
    below = rows[places[0] + 1] if places else None
    assert below is None or (isinstance(below, MessageRow) and below.first)
    return below.seq if isinstance(below, MessageRow) else None


def heads(state: WindowState) -> list[int]:
    """Where the name is shown of those that came today."""
    rows = state.rooms["lobby"].rows
    return [row.seq or 0 for row in rows if isinstance(row, MessageRow) and row.first and row.at > NOON + DAY]


def test_what_was_missed_is_new_though_somebody_sits_there(state: WindowState):
    missed = [says(seq, text="ada, look" if seq == 60 else "hello") for seq in range(10, 131)]
    take(state, *entered(head=130), *arrived(missed))
    lobby = state.rooms["lobby"]
    assert (lobby.unread, lobby.mentions, lobby.read) == (121, 1, 9)
    assert line(state) == 10
    take(state, ReadState(room="lobby", read=9, unread=121, mentions=1, upto=130))
    assert (lobby.unread, lobby.mentions, lobby.read) == (121, 1, 9)
    assert state.take_marks() == []


def test_what_comes_while_somebody_sits_there_is_not(state: WindowState):
    take(state, *entered(head=9), *arrived(many(10, 12)))
    assert (state.rooms["lobby"].unread, line(state)) == (0, None)
    leaves(state)
    assert state.rooms["lobby"].unread == 3, "nobody saw them for long enough"


def test_only_what_was_seen_is_read(state: WindowState):
    take(state, *entered(head=130), *arrived(many(10, 130)))
    take(state, ReadState(room="lobby", read=9, unread=121, upto=130))
    lobby = state.rooms["lobby"]
    looks(state, 5, 20, 10)
    assert (lobby.read, lobby.unread) == (20, 110)
    assert state.take_marks() == [MarkRead(room="lobby", seq=20, epoch="")]
    state.attend((30, 45), 20)
    state.attend((46, 60), 20.4)
    state.attend(None, 20.8)
    assert lobby.read == 20, "they only passed by"
    looks(state, 50, 60, 30)
    assert (lobby.read, lobby.unread) == (20, 110), "something before them was not seen"
    looks(state, 18, 50, 40)
    assert (lobby.read, lobby.unread) == (60, 70)
    looks(state, 115, 130, 50, newest=True)
    assert (lobby.read, lobby.unread) == (130, 0), "who goes to the newest is done with the others"


def test_a_window_that_is_not_active_reads_nothing(state: WindowState):
    take(state, *entered(head=130), *arrived(many(10, 130)))
    state.attend((10, 20), 10)
    state.attend(None, 10.4)
    state.attend((10, 20), 20)
    state.attend(None, 20.4)
    assert state.rooms["lobby"].read == 9


def test_the_line_stays_as_long_as_the_room_is_on_the_screen(state: WindowState):
    take(state, *entered(head=20), *arrived(many(10, 20)))
    reads(state, 10)
    assert state.rooms["lobby"].unread == 0
    take(state, *arrived(many(21, 25)))
    state.attend((10, 12), 20)
    take(state, *arrived(many(26, 27)))
    assert line(state) == 10
    reads(state, 30)
    state.look_at("lab")
    state.look_at("lobby")
    assert line(state) is None


def test_it_begins_anew_when_all_was_read_and_nobody_sat_there(state: WindowState):
    take(state, *entered(head=20), *arrived(many(10, 20)))
    reads(state, 10)
    leaves(state, 20)
    take(state, *arrived(many(21, 25)))
    take(state, *arrived(many(26, 27)))
    assert line(state) == 21
    row = next(row for row in state.rooms["lobby"].rows if getattr(row, "seq", None) == 10)
    assert row.first == (many(10, 10)[0].nick != many(9, 9)[0].nick), "as if the line had never been there"


def test_what_is_new_begins_behind_the_line_of_its_day(state: WindowState):
    take(state, *entered(head=11), *arrived([says(10, at=NOON + DAY), says(11, at=NOON + DAY)]))
    assert [type(row) for row in state.rooms["lobby"].rows[-4:]] == [Day, Fresh, MessageRow, MessageRow]


def test_who_talks_above_and_below_the_line_is_named_below_it(state: WindowState):
    said = [says(seq, at=NOON + DAY + seq) for seq in range(10, 31)]
    take(state, *entered(head=10), *arrived(said[:1]))
    reads(state, 10)
    leaves(state, 20)
    take(state, *arrived(said[1:]))
    assert (line(state), heads(state)) == (11, [10, 11, 21])
    state.look_at("lab")
    assert heads(state) == [10, 20, 30]


def test_a_room_that_is_gone_to_begins_where_it_was_read_to(state: WindowState):
    take(state, *entered(head=9), *entered("lab", head=3), *arrived(many(1, 8, "lab")))
    assert line(state, "lab") is None
    state.look_at("lab")
    assert (line(state, "lab"), state.rooms["lab"].unread) == (4, 5)


def test_thousands_that_are_not_here_are_fetched_before_anything_is_read(state: WindowState):
    lobby = state.rooms["lobby"]
    take(state, *entered(head=5017), Older(room="lobby", events=many(4918, 5017), more=True))
    take(state, ReadState(room="lobby", read=9, unread=5008, upto=5017))
    reads(state, 10)
    assert (lobby.read, lobby.unread, line(state)) == (9, 5008, None)
    oldest, pages = 4918, 0
    while wanted := lobby.wanted():
        assert wanted <= MOST_OLDER
        before, oldest, pages = oldest - 1, max(oldest - wanted, 1), pages + 1
        take(state, Older(room="lobby", events=many(oldest, before), more=oldest > 1))
        reads(state, 10 + pages)
    assert (pages, oldest) == (5, 1)
    assert line(state) == 10
    assert (lobby.unread, lobby.read) == (0, 5017), "nothing is missing before it any more"


def test_some_of_what_is_read_is_fetched_as_well_to_stand_above_it(state: WindowState):
    take(state, *entered(head=5017), Older(room="lobby", events=many(100, 5017), more=True))
    assert state.rooms["lobby"].wanted() == 100 - 10 + ABOVE


def test_one_page_is_asked_for_at_a_time(state: WindowState):
    take(state, *entered(head=5017), Older(room="lobby", events=many(4918, 5017), more=True))
    lobby = state.rooms["lobby"]
    assert lobby.wanted() == MOST_OLDER
    lobby.loading = True
    assert lobby.wanted() == 0


def test_what_nobody_gives_does_not_keep_the_room_shut(state: WindowState):
    take(state, *entered(head=5017), Older(room="lobby", events=many(4918, 5017), more=True))
    take(state, Older(room="lobby", events=[], more=True))
    assert (line(state), state.rooms["lobby"].wanted()) == (4918, 0)


def test_where_it_is_read_to_elsewhere_the_line_is(state: WindowState):
    take(state, *entered(head=20), *arrived(many(10, 20)))
    assert line(state) == 10
    take(state, ReadState(room="lobby", read=15, unread=5, upto=20))
    assert (line(state), state.rooms["lobby"].unread) == (16, 5)
    take(state, ReadState(room="lobby", read=18, unread=2, upto=20))
    assert (line(state), state.rooms["lobby"].unread) == (16, 2), "it stays, once it is known"


def test_what_comes_is_counted_on_from_what_the_server_counted(state: WindowState):
    take(state, *entered(head=20), Older(room="lobby", events=many(15, 20), more=True))
    take(state, ReadState(room="lobby", read=9, unread=7, mentions=1, upto=20))
    lobby = state.rooms["lobby"]
    take(state, *arrived([says(21, text="hi ada"), says(22, "ada")]))
    assert (lobby.unread, lobby.mentions) == (8, 2)
    take(
        state,
        *arrived(
            [DeletedEvent(room="lobby", seq=23, at=NOON, nick="bob", account="a-bob", id="id-23", target=21)]
        ),
    )
    assert (lobby.unread, lobby.mentions) == (7, 1)


def test_mentions_are_gone_to_one_after_the_other_and_leave_the_rest_unread(state: WindowState):
    named = {40, 90, 110}
    missed = [says(seq, text="@ada" if seq in named else "hello") for seq in range(10, 131)]
    take(state, *entered(head=130), *arrived(missed))
    lobby = state.rooms["lobby"]
    assert (lobby.mentions, lobby.reading.next_mention()) == (3, 40)
    looks(state, 35, 50, 10)
    assert (lobby.mentions, lobby.unread, lobby.read) == (2, 121, 9)
    assert [lobby.reading.next_mention() for _ in range(3)] == [90, 110, 90]
    looks(state, 1, 40, 20)
    assert (lobby.mentions, lobby.read) == (2, 50)


def test_a_mention_that_is_not_here_is_looked_for(state: WindowState):
    take(state, *entered(head=5017), Older(room="lobby", events=many(4918, 5017), more=True))
    take(state, ReadState(room="lobby", read=9, unread=5008, mentions=1, upto=5017))
    lobby = state.rooms["lobby"]
    lobby.stay.opening = False  # somebody has moved
    assert (lobby.wanted(), lobby.reading.next_mention()) == (0, None)
    assert lobby.wanted(mention=True) == MOST_OLDER


def of_mine(first: int, last: int) -> list[StoredEvent]:
    """What this account said, on another computer."""
    return [says(seq, "ada") for seq in range(first, last + 1)]


def mine_after_many(*told: ReadState) -> WindowState:
    """A window read up to entry 9 begins with a page of own messages, and a hole in front of it."""
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada", read={"lobby": 9})
    take(state, *entered(head=120), Older(room="lobby", events=of_mine(100, 120), more=True), *told)
    return state


def test_own_messages_are_not_read_over_what_nobody_has_counted_yet():
    state = mine_after_many()
    lobby = state.rooms["lobby"]
    reads(state, 10)
    assert (lobby.read, lobby.stay.opening, lobby.wanted()) == (9, True, 100 - 10 + ABOVE)
    take(state, ReadState(room="lobby", read=9, unread=5, upto=120))
    reads(state, 20)
    assert (lobby.read, lobby.unread) == (9, 5)
    take(state, Older(room="lobby", events=[*many(10, 14), *of_mine(15, 99)], more=True))
    assert line(state) == 10
    looks(state, 10, 30, 30)
    assert (lobby.read, lobby.unread) == (30, 0)


def test_what_the_server_counted_to_nothing_is_not_waited_for():
    state = mine_after_many(ReadState(room="lobby", read=9, unread=0, upto=120))
    reads(state, 10)
    assert (state.rooms["lobby"].read, state.rooms["lobby"].wanted()) == (120, 0)


def test_what_came_since_it_was_counted_is_not_read_unseen():
    state = mine_after_many(ReadState(room="lobby", read=9, unread=0, upto=98))
    reads(state, 10)
    assert state.rooms["lobby"].read == 9, "entry 99 may be somebody else's"


def test_who_goes_past_what_is_not_here_has_read_it_only_at_the_newest():
    state = mine_after_many(ReadState(room="lobby", read=9, unread=5, upto=120))
    lobby = state.rooms["lobby"]
    lobby.stay.opening = False  # somebody has moved
    looks(state, 100, 110, 10)
    assert (lobby.read, lobby.unread) == (9, 5)
    looks(state, 105, 119, 20)
    assert (lobby.read, lobby.unread) == (9, 5)
    looks(state, 110, 120, 30, newest=True)
    assert (lobby.read, lobby.unread) == (120, 0)


def test_nothing_is_read_in_a_room_of_which_nobody_knows_how_far_it_was():
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada")
    take(state, Older(room="lobby", events=of_mine(100, 120), more=True))
    reads(state, 10)
    assert state.rooms["lobby"].read is None
    take(state, *entered(head=120), ReadState(room="lobby", read=9, unread=5, upto=120))
    reads(state, 20)
    assert (state.rooms["lobby"].read, state.rooms["lobby"].unread) == (9, 5)


def test_what_was_seen_while_all_of_it_was_thought_read_is_not_gone_to():
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada")
    take(state, *entered(head=120), Older(room="lobby", events=many(100, 120), more=True))
    reads(state, 10)
    take(state, ReadState(room="lobby", read=9, unread=111, upto=120))
    reads(state, 20)
    assert (state.rooms["lobby"].read, state.rooms["lobby"].unread) == (9, 111)


def test_what_comes_while_somebody_sits_there_is_not_new_when_what_was_said_before_comes_later():
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", account="a-ada")
    state.attend((1, 0), 0, newest=True)
    take(state, *entered(head=2), *arrived(many(3, 32)))
    take(state, Older(room="lobby", events=many(1, 2), more=False))
    assert (state.rooms["lobby"].unread, line(state)) == (0, None)
    reads(state, 10)
    leaves(state, 20)
    take(state, *entered(head=34))
    take(state, *arrived(many(33, 34)))
    assert line(state) == 33, "these nobody saw come"
