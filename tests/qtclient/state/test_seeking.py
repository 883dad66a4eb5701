"""On the way to what is not in memory: what is loaded, and how it ends."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.seeking import MOST_PAGES, PAGE, RESTORED, Goal, Seeking
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Completeness, ConnectionStatus, Older
from loggia.shared.protocol.answers import Error

from tests.qtclient.talk import arrived, entered, many, restored

LAST, FIRST = 9_000, 8_901  # of the room, and in memory
REFUSED = "The server's disk does not answer."


class Entry(Goal):
    """The entry `seq`. Attributes: `said`; `shown`: how often it was; `then`: what is done where it is."""

    def __init__(self, seq: int, pages: int = MOST_PAGES) -> None:
        self.said: list[str] = []
        super().__init__(self.said.append, not_here="not here", not_given="not given", pages=pages)
        self.seq = seq
        self.shown = 0
        self.waits = self.looks = False
        self.then: Callable[[], object] = lambda: None

    def comes(self, room: Room) -> bool:
        return self.waits

    def arrive(self, room: Room) -> bool:
        if is_here := room.oldest <= self.seq <= room.last:
            self.shown += 1
            self.then()
        return is_here

    def missing(self, room: Room) -> int | str | None:
        if self.looks:
            return None
        return room.before if self.pages else "too far"


@pytest.fixture
def lobby(state: WindowState) -> Room:
    """All of it is on this computer, and its end in memory."""
    held = Completeness(room="lobby", first=1, last=LAST, head=LAST, older=0, current=True)
    connected = ConnectionStatus(connection="connected")
    rows = arrived(many(FIRST, LAST))
    state.apply([connected, *entered(head=LAST), *entered("lab"), *rows, held], 0)
    assert state.connected
    return state.rooms["lobby"]


@pytest.fixture
def asked() -> list[LoadOlder]:
    return []


@pytest.fixture
def seeking(state: WindowState, lobby: Room, asked: list[LoadOlder]) -> Seeking:
    return Seeking(state, asked.append)


def gives(state: WindowState, seeking: Seeking, asked: list[LoadOlder]) -> None:
    """The page that was asked for last comes."""
    end = asked[-1].before or state.rooms["lobby"].oldest
    first = max(1, end - asked[-1].limit)
    state.apply([Older(room="lobby", events=many(first, end - 1), more=first > 1)], 0)
    seeking.step()


def only_newest(state: WindowState, lobby: Room) -> None:
    """The rest only the server has."""
    held = Completeness(room="lobby", first=FIRST, last=LAST, head=LAST, older=FIRST - 1, current=True)
    state.apply([held], 0)


def test_what_is_in_memory_is_shown_at_once(seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(LAST)
    seeking.to("lobby", goal)
    assert (goal.shown, seeking.seeks, asked, goal.said) == (1, False, [], [])
    seeking.step()
    assert goal.shown == 1


def test_page_by_page_until_it_is_there(state: WindowState, seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(6_500)
    seeking.to("lobby", goal)
    for pages in (1, 2, 3):
        seeking.step()
        seeking.step()
        assert (len(asked), goal.shown, seeking.seeks) == (pages, 0, True), "each is asked for once"
        assert asked[-1].limit == PAGE
        gives(state, seeking, asked)
    assert (len(asked), goal.shown, seeking.seeks) == (3, 1, False)


def test_no_more_pages_than_are_allowed(state: WindowState, seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(1, pages=2)
    seeking.to("lobby", goal)
    gives(state, seeking, asked)
    gives(state, seeking, asked)
    assert (len(asked), goal.said, seeking.seeks) == (2, ["too far"], False)


@pytest.mark.parametrize("words", [REFUSED, ""])
def test_what_is_refused_ends_it_and_who_tries_again_asks_again(
    state: WindowState, seeking: Seeking, asked: list[LoadOlder], words: str
):
    goal = Entry(10)
    seeking.to("lobby", goal)
    refused = Error(id="x", code="storage_full", text=words) if words else None
    state.apply([Older(room="lobby", events=[], more=True, refused=refused)], 0)
    seeking.step()
    assert (goal.said, seeking.seeks) == ([words or "not given"], False)
    seeking.to("lobby", Entry(10))
    assert (len(asked), seeking.seeks) == (2, True)


def test_what_only_the_server_has_is_not_asked_for_without_a_connection(
    state: WindowState, lobby: Room, seeking: Seeking, asked: list[LoadOlder]
):
    only_newest(state, lobby)
    state.apply([ConnectionStatus(connection="offline")], 0)
    goal = Entry(10)
    seeking.to("lobby", goal)
    assert (asked, goal.said, seeking.seeks, lobby.loading) == ([], ["not here"], False, False)


def test_a_connection_that_is_lost_on_the_way_ends_it(
    state: WindowState, lobby: Room, seeking: Seeking, asked: list[LoadOlder]
):
    only_newest(state, lobby)
    goal = Entry(10)
    seeking.to("lobby", goal)
    assert (len(asked), seeking.seeks) == (1, True)
    state.apply([ConnectionStatus(connection="offline")], 0)
    seeking.step()
    assert (len(asked), goal.said, seeking.seeks) == (1, ["not here"], False)


def test_who_goes_to_another_room_ends_it_without_a_word(
    state: WindowState, seeking: Seeking, asked: list[LoadOlder]
):
    goal = Entry(10)
    seeking.to("lobby", goal)
    state.look_at("lab")
    seeking.step()
    assert (goal.said, seeking.seeks) == ([], False)
    state.look_at("lobby")
    gives(state, seeking, asked)
    assert (len(asked), goal.shown) == (1, 0)


def test_who_is_in_another_room_goes_nowhere(seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(LAST)
    seeking.to("lab", goal)
    assert (goal.shown, goal.said, seeking.seeks) == (0, [], False)


@pytest.mark.parametrize("known", [True, False])
def test_a_log_that_is_restored_ends_it(
    state: WindowState, lobby: Room, seeking: Seeking, asked: list[LoadOlder], known: bool
):
    """Also where the name of the life that it is in comes on the way only."""
    lobby.epoch = "one" if known else ""
    goal = Entry(2_500)
    seeking.to("lobby", goal)
    lobby.epoch = "one"
    seeking.step()
    assert (len(asked), seeking.seeks) == (1, True)
    state.apply([restored(LAST, head=3_000), Older(room="lobby", events=many(2_001, 3_000), more=True)], 0)
    seeking.step()
    assert (len(asked), goal.shown, goal.said, seeking.seeks) == (1, 0, [RESTORED], False)
    seeking.step()
    assert goal.said == [RESTORED]
    again = Entry(2_500)
    seeking.to("lobby", again)
    assert (again.shown, again.said) == (1, [])


def test_what_is_found_out_of_a_log_that_is_restored_leads_nowhere(
    state: WindowState, lobby: Room, seeking: Seeking, asked: list[LoadOlder]
):
    lobby.epoch = "one"
    goal = Entry(2_500)
    goal.looks = True
    seeking.to("lobby", goal)
    goal.looks = False
    state.apply([restored(LAST, head=3_000)], 0)
    seeking.found_out(Entry(2_500))
    assert (goal.said, seeking.seeks) == ([], True)
    seeking.found_out(goal)
    assert (asked, goal.said, seeking.seeks) == ([], [RESTORED], False)


def test_who_stops_it_is_not_taken_there(state: WindowState, seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(8_500)
    seeking.to("lobby", goal)
    assert (seeking.stop(), seeking.stop()) == (True, False)
    gives(state, seeking, asked)
    assert (len(asked), goal.shown, goal.said) == (1, 0, [])


def test_another_goal_takes_the_place_of_the_first(
    state: WindowState, seeking: Seeking, asked: list[LoadOlder]
):
    first, second = Entry(8_500), Entry(8_400)
    seeking.to("lobby", first)
    seeking.to("lobby", second)
    assert len(asked) == 1, "what is under way may be enough"
    gives(state, seeking, asked)
    assert (first.shown, second.shown, len(asked)) == (0, 1, 1)


def test_where_one_arrives_one_may_be_led_on(state: WindowState, seeking: Seeking, asked: list[LoadOlder]):
    """And what is shown may step, too: nobody is led twice."""
    first, second = Entry(LAST), Entry(8_500)

    def then() -> None:
        seeking.step()
        seeking.to("lobby", second)

    first.then = then
    seeking.to("lobby", first)
    assert (first.shown, seeking.seeks, len(asked)) == (1, True, 1)
    gives(state, seeking, asked)
    assert (first.shown, second.shown, seeking.seeks) == (1, 1, False)


def test_what_comes_by_itself_is_waited_for(seeking: Seeking, asked: list[LoadOlder]):
    goal = Entry(LAST)
    goal.waits = True
    seeking.to("lobby", goal)
    assert (goal.shown, seeking.seeks, asked) == (0, True, [])
    goal.waits = False
    seeking.step()
    assert (goal.shown, seeking.seeks) == (1, False)


def test_what_is_found_out_leads_on_and_shows_nothing(seeking: Seeking, asked: list[LoadOlder], lobby: Room):
    """The rows that it may come together with are not on the screen yet."""
    goal, other = Entry(8_500), Entry(8_400)
    goal.looks = True
    seeking.to("lobby", goal)
    assert (asked, seeking.seeks) == ([], True)
    goal.looks = False
    seeking.found_out(other)
    assert asked == []
    goal.seq = LAST
    seeking.found_out(goal)
    seeking.found_out(goal)
    assert (len(asked), goal.shown, seeking.seeks) == (1, 0, True)
    lobby.ended(refused=False)
    seeking.step()
    assert (goal.shown, seeking.seeks) == (1, False)
