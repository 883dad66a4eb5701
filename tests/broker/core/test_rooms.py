"""The state machine by itself: commands in, events and answers out, no disk and no clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core.ordered import Command, Newcomer, Released, Revoked, SessionExpired
from loggia.broker.core.state import Person
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import JoinedEvent, LeftEvent, RenamedEvent
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Join, Leave, Message

from tests.broker.core.decided import AT, Decided, events_of

# -- Numbers and times -------------------------------------------------------------------------


def test_numbers_are_dense_in_each_room(decided):
    decided.join("ada")
    decided.join("bob", "lab")
    decided.join("ada", "lab")
    seqs = [decided.say("ada", f"{number:03}", LOBBY if number % 3 else "lab").seq for number in range(9)]
    assert seqs == [3, 2, 3, 4, 4, 5, 5, 6, 7]
    batch = decided.taken()
    assert {room: [event.seq for event in events] for room, events in events_of(batch).items()} == {
        LOBBY: [1, 2, 3, 4, 5, 6, 7],
        "lab": [1, 2, 3, 4, 5],
    }
    assert {fresh.room.name: fresh.first for fresh in batch.fresh} == {LOBBY: 1, "lab": 1}
    decided.say("ada", "100")
    (fresh,) = decided.taken().fresh
    assert (fresh.first, [event.seq for event in fresh.events]) == (8, [8])


def test_a_refused_command_takes_no_number(decided):
    decided.join("ada")
    decided.say("ada", "1", "nowhere")
    decided.say("ada", "2")
    decided.say("ada", "2")
    assert [event.seq for event in events_of(decided.taken())[LOBBY]] == [1, 2]


def test_a_clock_that_goes_back_does_not_take_the_room_back(decided):
    decided.join("ada")
    decided.at = AT - 1000
    assert decided.say("ada", "1").at == AT
    decided.join("bob")
    decided("ada", Join(id="join", nick="kim"))
    decided("ada", Leave(id="2", room=LOBBY))
    decided("bob", SessionExpired("lost", "x"))
    assert {event.at for event in events_of(decided.taken())[LOBBY]} == {AT}
    decided.join("ada", "lab")
    assert events_of(decided.taken())["lab"][0].at == AT - 1000


# -- Coming and going --------------------------------------------------------------------------


def test_the_rooms_of_one_who_leaves(decided):
    for room in (LOBBY, "lab", "attic"):
        decided.join("ada", room)
    decided.taken()
    assert decided("ada", End(id="bye")) is None
    batch = decided.taken()
    assert batch.news == [
        LeftEvent(room=room, seq=2, at=AT, nick="ada", account="ada", id="bye", reason="end")
        for room in ("attic", "lab", LOBBY)
    ]
    assert batch.members == {}  # the right to come back stays
    assert not batch.people["ada"].present
    assert decided.rooms.person("ada") is None
    assert decided("ada", End(id="again")) is None
    assert not decided.taken()


def test_leave_takes_the_right_to_come_back(decided):
    decided.join("ada")
    decided.join("ada", "lab")
    decided.taken()
    assert decided("ada", Leave(id="1", room="lab")) == Stored("1", "lab", 2, AT)
    assert decided.taken().members == {(1, 2): False}
    decided("ada", End(id="bye"))
    decided.join("ada")
    assert decided.rooms.person("ada").rooms == {LOBBY}


def test_the_last_word_on_a_membership_counts(decided):
    decided.join("ada")
    decided.join("ada", "lab")
    decided("ada", Leave(id="1", room="lab"))
    decided.join("ada", "lab")
    assert decided.taken().members == {(1, 1): True, (1, 2): True}


def test_a_person_that_ended_and_came_back_in_one_batch_is_known(decided):
    """What the disk said before the batch is old news."""
    decided.join("ada")
    decided.say("ada", "5")
    decided.say("ada", "6")
    decided("ada", End(id="bye"))
    decided.people["ada"] = Person(
        number=1, account="ada", token_hash=b"ada", nick="ada", present=True, rooms={LOBBY}
    )
    decided.join("ada")
    assert decided.say("ada", "5") == Stored("5", LOBBY, 2, AT, duplicate=True)
    assert [event.__struct_config__.tag for event in events_of(decided.taken())[LOBBY]] == [
        "joined",
        "message",
        "message",
        "left",
        "joined",
    ]


def test_a_rename_frees_the_old_nick_and_holds_the_new(decided):
    decided.join("ada")
    decided.join("ada", "lab")
    decided.taken()
    decided("ada", Join(id="r", nick="Kim"))
    assert decided.taken().news == [
        RenamedEvent(room=room, seq=2, at=AT, nick="Kim", account="ada", id="r", was="ada")
        for room in ("lab", LOBBY)
    ]
    assert decided.rooms.holder("ada", but="nobody") is None
    assert decided.rooms.holder("kim", but="nobody").account == "ada"


def test_a_rename_cannot_take_the_look_of_somebody_who_is_here(decided):
    for nick in ("ij", "lj", "zed"):
        decided.join(nick, nick=nick)
    answer = decided("ij", Join(id="again", nick="Ij"))  # looks like both
    assert isinstance(answer, Error)
    assert answer.code == "nick_taken"
    assert decided.rooms.holder("Ij", but="ij").account == "lj"
    for nick in ("lj", "ij", "zed"):
        assert decided(nick, End(id="bye")) is None


def test_who_comes_back_under_another_nick_is_not_renamed(decided):
    decided.join("ada")
    decided("ada", End(id="bye"))
    decided.taken()
    decided("ada", Join(id="j", nick="kim"))
    assert [type(event) for event in decided.taken().news] == [JoinedEvent]


def test_a_taken_nick_changes_nothing(decided):
    decided.join("ada")
    decided.taken()
    answer = decided("bob", Join(id="j", nick="ADA", room="lab"))
    assert isinstance(answer, Error)
    assert answer.code == "nick_taken"
    assert not decided.taken()
    assert decided.rooms.person("bob") is None
    assert decided.rooms.room("lab") is None


# -- What was overtaken by others in the order ---------------------------------------------------


@pytest.mark.parametrize("request_", [Message(id="1", room=LOBBY, text="late"), Leave(id="1", room=LOBBY)])
def test_what_comes_behind_the_end_of_its_session_is_refused_and_not_stored(decided, request_):
    decided.join("ada")
    decided("ada", SessionExpired("lost", "gone"))
    decided.taken()
    answer = decided("ada", request_)
    assert (answer.code, answer.id) == ("no_session", "1")
    assert not decided.taken()


def test_who_comes_back_is_taken_from_the_log_and_not_from_who_asked(decided):
    """Meanwhile another may have taken the session up, under another nick, and left it again."""
    decided.join("ada")
    decided.taken()
    decided("ada", Join(id="r", nick="kim", room="lab"))
    decided("ada", End(id="bye"))
    decided.taken()
    decided.join("ada")
    person = decided.rooms.person("ada")
    assert (person.nick, person.number, person.rooms) == ("kim", 1, {LOBBY, "lab"})


def test_an_account_that_no_log_knows_cannot_come_back(decided):
    answer = decided.rooms.decide(Command("ada", Join(id="j", nick="ada"), AT))
    assert (answer.code, answer.id) == ("bad_token", "j")
    assert not decided.taken()


def test_a_newcomer_never_gets_the_account_of_somebody_who_is_here(decided):
    """It was drawn by chance, perhaps by another broker."""
    decided.join("ada")
    answer = decided.rooms.decide(Command("ada", Join(id="j", nick="eve"), AT, Newcomer(b"eve's")))
    assert (answer.code, answer.id) == ("unavailable", "j")
    decided("ada", End(id="bye"))
    assert isinstance(
        decided.rooms.decide(Command("ada", Join(id="j", nick="eve"), AT, Newcomer(b"eve's"))), Error
    )
    assert decided.taken().people["ada"].nick == "ada"


def test_a_number_of_an_account_is_given_once_whoever_is_gone(decided):
    """Or a log that was opened again in between would give others than one that was not."""
    for nick in ("vera", "vito"):
        join = Join(id="j", nick=nick)
        assert decided.rooms.decide(Command(nick, join, AT, Newcomer(nick.encode(), visitor=True))) is None
        decided(nick, End(id="bye"))
    batch = decided.taken()
    assert (batch.gone, batch.last_account) == ([1, 2], 2)
    decided.join("ada")
    assert decided.rooms.person("ada").number == decided.taken().last_account == 3


# -- Whatever comes ----------------------------------------------------------------------------

accounts = st.sampled_from(["ada", "bob", "kim"])
rooms_ = st.sampled_from([LOBBY, "lab"])
ids = st.integers(0, 30).map(str)
commands = st.lists(
    st.one_of(
        st.tuples(accounts, st.builds(Message, id=ids, room=rooms_, text=st.just("x"))),
        st.tuples(accounts, st.builds(Leave, id=ids, room=rooms_)),
        st.tuples(accounts, st.builds(Join, id=ids, room=rooms_)),
        st.tuples(
            accounts,
            st.builds(
                Join, id=ids, room=rooms_, nick=st.sampled_from(["ada", "Bob", "zoe"]), keep=st.booleans()
            ),
        ),
        st.tuples(accounts, st.builds(Released, id=ids)),
        st.tuples(accounts, st.builds(End, id=ids)),
        st.tuples(accounts, st.just(SessionExpired("lost", "gone"))),
        st.tuples(accounts, st.builds(Revoked, id=ids, token_hash=st.just(b"nobody's"))),
        st.none(),
    ),
    max_size=60,
)


@given(commands=commands, times=st.randoms(use_true_random=False))
def test_rooms_stay_whole_whatever_comes(commands, times):
    """Dense numbers, times that never fall, nobody in a room twice, no nick held twice."""
    decided = Decided()
    logs = {}
    for command in commands:
        decided.at = times.randrange(100)
        if command is None:
            for name, events in events_of(decided.taken()).items():
                logs.setdefault(name, []).extend(events)
        else:
            decided(*command)
    for name, events in events_of(decided.taken()).items():
        logs.setdefault(name, []).extend(events)
    for name, events in logs.items():
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.at for event in events] == sorted(event.at for event in events)
        here = set()
        for event in events:
            if isinstance(event, JoinedEvent):
                assert event.account not in here
                here.add(event.account)
            else:
                assert event.account in here
            if isinstance(event, LeftEvent):
                here.discard(event.account)
        assert here == set(decided.rooms.room(name).people)
        assert decided.rooms.room(name).head == len(events)
    for person in decided.rooms.people():
        assert decided.rooms.holder(person.nick, but="nobody") is person
        assert all(person.account in decided.rooms.room(name).people for name in person.rooms)
