"""What the window shows, without a window."""

import hypothesis
import msgspec
import pytest
from hypothesis import strategies

from qtclient.state.rows import Beginning, Fresh, MessageRow, Restored
from qtclient.state.state import State, where
from shared.client.completeness import ArchivedCopy
from shared.client.updates import (
    ArchivedCopies,
    Completeness,
    ConnectionStatus,
    Delivered,
    Entered,
    Failed,
    Left,
    Older,
    Unreachable,
    Update,
)
from shared.protocol.answers import Error
from tests.qtclient.talk import arrived, entered, joins, many, people, restored, says, waits


def take(state: State, *notices: Update, now: float = 0.0) -> None:
    state.apply(notices, now)


def texts(state: State, room: str = "lobby") -> list[str]:
    found = state.rooms[room]
    return [row.text for row in [*found.rows, *found.tail] if isinstance(row, MessageRow)]


def signs(state: State) -> list[tuple[str, str]]:
    room = state.rooms["lobby"]
    return [
        (row.text, row.sign) for row in [*room.rows, *room.tail] if isinstance(row, MessageRow) and row.own
    ]


def waits_why(state: State) -> str:
    row = state.rooms["lobby"].tail[-1]
    assert isinstance(row, MessageRow)
    return row.reason


# -- The log -----------------------------------------------------------------------------------


def test_each_entry_is_shown_once_and_in_order(state: State):
    take(state, *entered(), *arrived(many(1, 3)), *arrived(many(2, 5)))
    assert [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)] == [1, 2, 3, 4, 5]


def test_older_pages_come_before_and_rows_keep_their_numbers(state: State):
    room = state.rooms["lobby"]
    take(state, *entered(head=99), *arrived(many(90, 99)))
    kept, number = room.rows[5], 5 - room.shift
    take(state, Older(room="lobby", events=many(50, 89), more=True))
    assert room.rows[number + room.shift] is kept
    assert [row.seq for row in room.rows if isinstance(row, MessageRow)] == list(range(50, 100))


def test_the_first_page_may_come_as_an_older_one(state: State):
    take(state, *entered(head=3), Older(room="lobby", events=many(1, 3), more=False))
    assert len(texts(state)) == 3
    assert isinstance(state.rooms["lobby"].rows[0], Beginning)


def test_after_a_long_absence_the_newest_page_takes_the_place_of_the_old_one(state: State):
    take(state, *entered(head=9), *arrived(many(1, 9)))
    take(state, Older(room="lobby", events=many(5000, 5010), more=True))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == list(range(5000, 5011))
    take(state, Older(room="lobby", events=many(4990, 4999), more=True))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == list(range(4990, 5011))


def test_new_entries_behind_a_gap_take_the_place_of_what_is_shown(state: State):
    take(state, *entered(head=9), *arrived(many(1, 9)), *arrived(many(5000, 5002)))
    rows = [row.seq for row in state.rooms["lobby"].rows if isinstance(row, MessageRow)]
    assert rows == [5000, 5001, 5002]


def test_an_empty_room_says_what_to_do_until_somebody_speaks(state: State):
    take(state, *entered(head=1), Older(room="lobby", events=[joins(1, "ada")], more=False))
    assert state.rooms["lobby"].rows[0].text == "Nobody has said anything yet. Say hello."
    take(state, *arrived([says(2)]))
    assert state.rooms["lobby"].rows[0].text == "This is where the room begins."


def test_a_page_that_was_refused_is_not_asked_for_again_at_once(state: State):
    room = state.rooms["lobby"]
    take(state, *entered(head=99), *arrived(many(90, 99)))
    room.loading = True
    take(state, Older(room="lobby", events=[], more=True))
    assert room.loading
    take(state, *entered(head=99))
    assert not room.loading


def test_a_restored_log_takes_the_place_of_what_is_shown_and_says_so(state: State):
    take(state, *entered(head=9), *arrived(many(1, 9)), waits("w1"), restored(9, head=7))
    assert texts(state) == ["mine"]
    take(state, Older(room="lobby", events=many(5, 7), more=True), *arrived([says(8, text="and on")]))
    kinds = [type(row).__name__ for row in state.rooms["lobby"].rows]
    assert kinds == ["Day", "MessageRow", "MessageRow", "MessageRow", "Restored", "Fresh", "MessageRow"]
    (row,) = [row for row in state.rooms["lobby"].rows if isinstance(row, Restored)]
    assert row.text == (
        "The server's log was restored from a backup, or is damaged. "
        "Your copy of before (1 to 9) is kept on this computer."
    )
    assert texts(state)[-2:] == ["and on", "mine"]


def test_what_comes_before_the_page_stands_behind_the_line(state: State):
    take(state, *entered(head=9), *arrived(many(1, 9)), restored(9, head=7), *arrived(many(8, 9)))
    take(state, Older(room="lobby", events=many(5, 7), more=True))
    rows = state.rooms["lobby"].rows
    assert [row.seq for row in rows if isinstance(row, MessageRow)] == [5, 6, 7, 8, 9]
    assert [type(row).__name__ for row in rows].index("Restored") == 4


def test_a_room_of_which_nothing_was_held_says_only_that_the_log_was_restored(state: State):
    take(state, *entered(head=1), restored(0, head=1), Older(room="lobby", events=[says(1)], more=False))
    (row,) = [row for row in state.rooms["lobby"].rows if isinstance(row, Restored)]
    assert row.text == "The server's log was restored from a backup, or is damaged."


def test_after_a_restore_what_is_new_is_unread_again(state: State):
    take(state, *entered("lab", head=9), *arrived(many(1, 9, "lab")), restored(9, head=5, room="lab"))
    take(state, Older(room="lab", events=many(1, 5, "lab"), more=False))
    lab = state.rooms["lab"]
    assert (lab.unread, lab.read) == (0, 5)
    take(state, *arrived([says(6, room="lab"), says(7, room="lab")]))
    assert lab.unread == 2


def test_a_message_that_was_stored_and_went_with_the_restore_is_the_users_again(state: State):
    take(state, *entered(head=5), *arrived(many(1, 5)), waits("id-6", "gone"), waits("id-7", "still there"))
    take(state, *(Delivered(id=f"id-{seq}", room="lobby", seq=seq, at=0) for seq in (6, 7)))
    take(state, restored(5, head=5), Older(room="lobby", events=many(1, 5), more=False))
    take(state, *arrived([msgspec.structs.replace(says(6, "ada", "still there"), id="id-7")]))
    (row,) = [row for row in state.rooms["lobby"].tail if isinstance(row, MessageRow)]
    assert (row.text, row.sign) == ("gone", "failed")
    assert "restored" in row.reason
    assert state.forget("id-6") == ("lobby", "gone")
    assert state.forget("id-6") is None


def test_a_message_that_waits_is_forgotten_as_one_of_the_outbox(state: State):
    take(state, *entered(), waits("w1"))
    assert state.forget("w1") is None


def test_copies_of_before_are_known_from_the_start(state: State):
    old = ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)])
    take(state, ArchivedCopies(copies=[old]))
    assert state.rooms["lobby"].old == [old]


# -- The outbox --------------------------------------------------------------------------------


def test_a_message_waits_is_unreachable_is_stored(state: State):
    take(state, *entered(), waits("id-1"))
    assert signs(state) == [("mine", "waiting")]
    take(state, Unreachable(id="id-1", room="lobby"))
    assert signs(state) == [("mine", "unreachable")]
    assert waits_why(state) == "Server not reachable..."
    take(state, Unreachable(id="id-1", room="lobby", code="storage_full"))
    assert waits_why(state) == "The server's disk is full."
    take(state, Delivered(id="id-1", room="lobby", seq=1, at=0))
    assert signs(state) == [("mine", "stored")]


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_own_message_is_shown_once_whichever_comes_first(state: State, answer_first: bool):
    answer = Delivered(id="id-7", room="lobby", seq=7, at=0)
    event = arrived([says(7, "ada", "mine")])
    take(state, *entered(head=6), *arrived(many(5, 6)), waits("id-7"))
    take(state, *([answer, *event] if answer_first else [*event, answer]))
    assert signs(state) == [("mine", "stored")]
    assert state.rooms["lobby"].tail == []


def test_a_refused_message_stays_with_its_reason_until_it_is_forgotten(state: State):
    take(state, *entered(), waits("w1"), Failed(id="w1", room="lobby", code="muted", text="You are muted."))
    assert [(row.sign, row.reason) for row in state.rooms["lobby"].tail if isinstance(row, MessageRow)] == [
        ("failed", "You are muted.")
    ]
    assert state.waiting() == 0
    state.forget("w1")
    assert state.rooms["lobby"].tail == []


def test_unchanged_rows_of_the_outbox_stay_the_same_objects(state: State):
    take(state, *entered(), waits("w1"), waits("w2", "other"))
    before = list(state.rooms["lobby"].tail)
    take(state, Unreachable(id="w2", room="lobby"))
    after = state.rooms["lobby"].tail
    assert [new is old for new, old in zip(after, before, strict=True)] == [True, True, False]


# -- Unread ------------------------------------------------------------------------------------


def test_what_others_say_in_another_room_is_unread_until_it_is_looked_at(state: State):
    take(state, *entered(), *entered("lab", head=2))
    take(
        state, *arrived([says(3, room="lab"), says(4, text="hi ada", room="lab"), says(5, "ada", room="lab")])
    )
    lab = state.rooms["lab"]
    assert (lab.unread, lab.mentions) == (2, 1)
    state.look_at("lab")
    state.attend(True)
    assert (lab.unread, lab.mentions, lab.read) == (0, 0, 5)


def test_a_room_never_read_before_begins_as_read(state: State):
    take(state, *entered(head=9), Older(room="lobby", events=many(1, 9), more=False))
    assert state.rooms["lobby"].unread == 0


def test_the_read_mark_of_the_last_time_makes_the_rest_new():
    state = State(nick="ada", endpoint="tcp://127.0.0.1:1", read={"lobby": 7})
    take(state, *entered(head=9), Older(room="lobby", events=many(1, 9), more=False))
    assert state.rooms["lobby"].unread == 2
    kinds = [type(row) for row in state.rooms["lobby"].rows]
    assert kinds.index(Fresh) == len(kinds) - 3
    assert state.read_marks() == {"lobby": 7}


def test_the_line_of_what_is_new_stands_once_and_goes_with_the_next_look(state: State):
    take(state, *entered(), *arrived(many(1, 2)))
    state.attend(True)
    state.attend(False)
    take(state, *arrived(many(3, 4)))
    assert sum(isinstance(row, Fresh) for row in state.rooms["lobby"].rows) == 1
    state.look_at("lab")
    assert not any(isinstance(row, Fresh) for row in state.rooms["lobby"].rows)


def test_nothing_is_unread_while_somebody_looks(state: State):
    take(state, *entered())
    state.attend(True)
    take(state, *arrived(many(1, 5)))
    assert (state.rooms["lobby"].unread, state.rooms["lobby"].read) == (0, 5)


# -- Rooms and people --------------------------------------------------------------------------


def test_a_room_that_was_left_is_off_the_list_but_keeps_its_rows(state: State):
    take(state, *entered(), *entered("lab"), *arrived(many(1, 3, "lab")), Left(room="lab"))
    assert [room.name for room in state.listed] == ["lobby"]
    take(state, *entered("lab", head=3))
    assert len(texts(state, "lab")) == 3


def test_a_room_that_cannot_be_joined_goes_and_says_why(state: State):
    take(state, *entered())
    state.look_at("vault")
    take(state, Failed(id=None, room="vault", code="not_allowed", text="The vault is closed."))
    assert (state.current, state.problem) == ("lobby", "The vault is closed.")
    assert [room.name for room in state.listed] == ["lobby"]


def test_the_copy_of_a_room_that_was_left_long_ago_is_not_listed(state: State):
    take(state, Completeness(room="old", first=1, last=9, head=9))
    assert [room.name for room in state.listed] == ["lobby"]


def test_people_who_are_there_come_first(state: State):
    take(state, *entered(), people("zoe", "Bob", "ada", away=["ada"]))
    assert [member.nick for member in state.members()] == ["Bob", "zoe", "ada"]


def test_a_refused_nickname_is_kept_for_the_question(state: State):
    refused = Failed(id=None, room=None, code="nick_taken", text="ada is taken.")
    take(state, refused)
    assert state.refused_nick == refused
    assert state.problem == ""


# -- The status line ---------------------------------------------------------------------------


def holds(first: int = 1, last: int = 48112, *, current: bool = True, **more: int) -> Completeness:
    head = last + more.get("filling", 0)
    return Completeness(room="lobby", first=first, last=last, head=head, current=current, **more)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (holds(), " · 1 to 48,112, nothing missing"),
        (holds(filling=40), " · 1 to 48,112, filling 40 messages"),
        (holds(3001, older=3000), " · 3,001 to 48,112, not loaded: 3,000 older"),
        (holds(current=False), ""),
    ],
)
def test_the_line_of_a_good_connection(state: State, held: Completeness, words: str):
    take(state, *entered(head=48112), held)
    assert state.status_line(0).text == f"connected to this computer, plain{words}"
    assert state.status_line(0).tone == "ok"


def test_the_line_without_a_connection_says_what_is_here(state: State):
    take(state, ConnectionStatus(connection="offline"))
    assert state.status_line(0).text.endswith(" · nothing on this computer yet")
    take(state, holds(current=False), waits("w1"))
    assert state.status_line(0).text == (
        "offline (your messages wait here) · 1 to 48,112 on this computer · 1 message waits"
    )


def test_the_line_is_about_the_room_on_the_screen(state: State):
    take(state, *entered(), *entered("lab"), holds(), *arrived(many(1, 3, "lab")))
    state.look_at("lab")
    assert state.status_line(0).text.endswith(" · 1 to 3, nothing missing")


def test_the_seconds_to_the_next_try_count_down(state: State):
    take(state, ConnectionStatus(connection="reconnecting", retry_in_s=3.0), now=100.0)
    lines = [
        state.status_line(now).text.partition(" · ")[0] for now in (100.0, 100.5, 101.0, 102.9, 103.0, 110.0)
    ]
    assert lines == [
        "reconnecting in 3 s",
        "reconnecting in 3 s",
        "reconnecting in 2 s",
        "reconnecting in 1 s",
        "reconnecting now",
        "reconnecting now",
    ]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (ConnectionStatus(connection="connecting"), "connecting to this computer"),
        (
            ConnectionStatus(connection="offline"),
            "offline (your messages wait here) · nothing on this computer yet",
        ),
        (
            ConnectionStatus(connection="offline", reason="The disk refused to store what is new."),
            "offline: The disk refused to store what is new · nothing on this computer yet",
        ),
        (ConnectionStatus(connection="ended", reason="The copy is damaged."), "The copy is damaged."),
        (ConnectionStatus(connection="ended"), "ended"),
    ],
)
def test_the_other_lines(state: State, status: ConnectionStatus, line: str):
    take(state, status)
    assert state.status_line(0).text == line


def test_what_waits_is_counted_while_nobody_answers(state: State):
    take(state, ConnectionStatus(connection="offline"), waits("w1"))
    assert state.status_line(0).text.endswith("1 message waits")
    take(state, waits("w2"))
    assert state.status_line(0).text.endswith("2 messages wait")


def test_older_messages_that_the_server_does_not_give_are_said(state: State):
    error = Error(id="1", code="bad_request", text="No page has so many.")
    take(state, *entered(head=9), Older(room="lobby", events=[], more=True, refused=error))
    assert state.problem == "No page has so many."


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("tcp://127.0.0.1:1101", "this computer"),
        ("tcp://localhost:1101", "this computer"),
        ("tcp://[::1]:1101", "this computer"),
        ("tcp://10.0.0.7:1101", "10.0.0.7:1101"),
        ("tcp://[fd00::7]:1101", "[fd00::7]:1101"),
        ("tcp://localhost.example:1101", "localhost.example:1101"),
        ("ipc:///tmp/loggia", "/tmp/loggia"),
    ],
)
def test_where_the_broker_is_in_words(endpoint: str, words: str):
    assert where(endpoint) == words


def test_the_terminal_hears_of_each_change_once(state: State):
    told = []
    for status in [
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="reconnecting", retry_in_s=1, reason="refused"),
        ConnectionStatus(connection="connecting"),
        ConnectionStatus(connection="reconnecting", retry_in_s=2, reason="for another reason"),
        ConnectionStatus(connection="connected"),
        ConnectionStatus(connection="reconnecting", retry_in_s=1, reason="\x1b[31mred"),
        ConnectionStatus(connection="offline", reason="You are banned."),
    ]:
        take(state, status)
        told.append(state.told_to_terminal())
    assert [line for line in told if line] == [
        "Server not reachable at tcp://127.0.0.1:1101 (refused); trying again by itself.",
        "Connected to tcp://127.0.0.1:1101.",
        "Server not reachable at tcp://127.0.0.1:1101 (\\x1b[31mred); trying again by itself.",
        "Not connected to tcp://127.0.0.1:1101: You are banned.",
    ]


def test_a_connection_that_works_from_the_start_is_not_worth_a_line(state: State):
    take(state, ConnectionStatus(connection="connecting"), ConnectionStatus(connection="connected"))
    assert state.told_to_terminal() is None


def test_who_i_am_is_known_when_the_broker_says_so(state: State):
    take(state, Older(room="lobby", events=[says(1, "ada")], more=False))
    assert signs(state) == []
    take(state, Entered(room="lobby", nick="ada", account="a-ada", head=1))
    assert signs(state) == [("hello", "stored")]


# -- Read marks --------------------------------------------------------------------------------


@hypothesis.given(chance=strategies.randoms(use_true_random=False))
def test_a_read_mark_never_goes_back(chance):
    """Whatever is shown in whatever order, also of an older copy than what was read."""
    state = State(endpoint="tcp://127.0.0.1:1101", nick="ada", read={"lobby": 20})
    take(state, *entered(head=60))
    room, marks = state.rooms["lobby"], [20]
    for _ in range(20):
        first = chance.randrange(1, 60)
        match chance.randrange(4):
            case 0:
                take(state, *arrived(many(first, min(first + chance.randrange(9), 60))))
            case 1:
                events = many(max(1, room.oldest - 5), room.oldest - 1) if room.oldest > 1 else []
                take(state, Older(room="lobby", events=events, more=True))
            case 2:
                state.attend(chance.random() < 0.5)
            case 3:
                take(state, *entered(head=chance.randrange(60)))
        assert room.read >= marks[-1]
        marks.append(room.read)
