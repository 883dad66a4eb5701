"""An id is known for ever: docs/protocol.md, "Requests"."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Join, Leave, Message

from tests.broker.house import House


def messages(*ids, room=LOBBY):
    return [Message(id=one, room=room, text=f"{number}: {one!r}") for number, one in enumerate(ids)]


def assert_repeats(first, again):
    """The same place and time, and nothing new."""
    assert [answer.duplicate for answer in first] == [False] * len(first)
    assert [answer.duplicate for answer in again] == [True] * len(again)
    assert [(a.id, a.room, a.seq, a.at) for a in again] == [(a.id, a.room, a.seq, a.at) for a in first]


IDS = {
    "growing": [f"{number:08}" for number in range(20)],
    "counting, longer when they carry": [str(number) for number in range(5, 15)],
    "shrinking": [f"{number:08}" for number in reversed(range(20))],
    "by chance": [
        str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)) for number in range(20)
    ],
    "with NUL": ["a\0", "a\0b", "a", "a\0a", "\0", "\0\0"],
    "in other letters": ["ö", "z", "日本", "\U0001f600", "a", "é", "e\u0301", "ÿ" * 64],
    "with quotes and signs": ["'", '"', "%", "_", "\\", "\n", " ", "' OR 1 --"],
    "differing in case": ["ab", "AB", "Ab", "aB"],
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize(
    "how", ["same frame", "same turn", "next turn", "after a restart", "in a new session"]
)
def test_an_id_is_answered_as_the_first_time(house, ids, how):
    token = house.join("ada", "ada").token
    frame = messages(*ids)
    if how == "same frame":
        answers = house.ask("ada", *frame, *frame)
        first, again = answers[: len(ids)], answers[len(ids) :]
    elif how == "same turn":
        house.arrive("ada", *frame)
        answers = house.ask("ada", *reversed(frame))
        first, again = answers[: len(ids)], answers[len(ids) :][::-1]
    else:
        first = house.ask("ada", *frame)
        if how == "after a restart":
            house.restart()
            house.join("ada", token=token)
        if how == "in a new session":
            house.lose("ada")
            house.passes(60)
            house.join("ada", token=token)
        house.at += 5000
        house.told_events()
        again = house.ask("ada", *frame)
        assert house.told_events() == []
    assert_repeats(first, again)
    assert house.texts() == [message.text for message in frame]


def test_an_id_repeated_one_by_one_in_any_order_is_found(house):
    """Each message alone is a batch of its own; each is found again among many."""
    house.join("ada", "ada")
    ids = [*IDS["growing"], *IDS["by chance"], *IDS["shrinking"][:0]]
    first = {one: house.say("ada", one) for one in ids}
    for one in reversed(ids):
        assert_repeats([first[one]], [house.say("ada", one)])
    assert len(house.texts()) == len(ids)


def test_an_id_between_two_stored_ones_is_new(house):
    house.join("ada", "ada")
    house.ask("ada", *messages("10", "20", "30"))
    house.restart()
    house.join("ada", token="token-1")
    between = house.say("ada", "15")
    assert not between.duplicate
    assert_repeats([between], [house.say("ada", "15")])
    assert house.say("ada", "20").duplicate
    assert len(house.texts()) == 4


def test_the_first_text_stays(house):
    house.join("ada", "ada")
    first = house.say("ada", "1", "the first")
    house.at += 1000
    assert_repeats([first], [house.say("ada", "1", "another")])
    assert house.texts() == ["the first"]


def test_the_same_id_of_two_accounts_are_two_messages(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.arrive("ada", *messages("2", "1"))
    house.arrive("bob", *messages("2", "1"))
    house.run()
    stored = [answer for key in ("ada", "bob") for answer in house.told[key][1:]]
    assert [answer.duplicate for answer in stored] == [False] * 4
    assert len({answer.seq for answer in stored}) == 4
    assert house.say("ada", "1").seq == stored[1].seq
    assert house.say("bob", "1").seq == stored[3].seq


def test_the_id_of_somebody_else_beside_ones_own_is_not_ones_own(house):
    """Ada's 1 and 5 are one run, and Bob's 2 and 3 stand around it in the log."""
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.arrive("bob", *messages("2"))
    house.arrive("ada", *messages("1", "5"))
    house.arrive("bob", *messages("3"))
    house.run()
    assert not house.say("ada", "2").duplicate
    assert not house.say("ada", "3").duplicate
    assert house.say("ada", "5").seq == 5


@pytest.mark.parametrize("grows", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_an_id_used_again_for_another_room_is_answered_with_the_first(house, grows, restart):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    if not grows:
        house.say("ada", "9")
    first = house.say("ada", "1")
    if restart:
        house.restart()
        house.join("ada", token="token-1")
    again = house.say("ada", "1", room="lab")
    assert_repeats([first], [again])
    assert again.room == LOBBY
    assert house.texts("lab") == []


def test_an_id_used_again_for_another_room_in_the_same_frame(house):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    first, again = house.ask("ada", *messages("1"), *messages("1", room="lab"))
    assert_repeats([first], [again])
    assert house.texts("lab") == []


@pytest.mark.parametrize("grows", [True, False])
def test_a_resend_after_leaving_the_room_gets_the_first_answer(house, grows):
    house.join("ada", "ada")
    house.say("ada", "1" if grows else "9")
    first = house.say("ada", "5")
    house.ask_one("ada", Leave(id="6", room=LOBBY))
    assert_repeats([first], [house.say("ada", "5")])
    house.restart()
    house.join("ada", room="lab", token="token-1")
    assert_repeats([first], [house.say("ada", "5")])


@pytest.mark.parametrize("grows", [True, False])
def test_a_leave_repeated_gets_the_first_answer(house, grows):
    house.join("ada", "ada")
    house.say("ada", "5")
    leave = Leave(id="6" if grows else "4", room=LOBBY)
    first, at_once = house.ask("ada", leave, leave)
    assert_repeats([first], [at_once])
    assert_repeats([first], house.ask("ada", leave))
    house.restart()
    house.join("ada", token="token-1")
    assert_repeats([first], house.ask("ada", leave))
    assert [event.__struct_config__.tag for event in house.events()].count("left") == 1


def test_an_id_that_was_refused_was_not_used(house):
    house.join("ada", "ada")
    house.refuses("ada", Message(id="1", room="lab", text="hello"), "no_such_room")
    house.refuses("ada", Message(id="2", room=LOBBY, text=""), "bad_request")
    house.say("ada", "3")
    assert not house.say("ada", "2").duplicate
    assert not house.say("ada", "1").duplicate


def test_ids_of_the_broker_and_of_joins_are_not_in_the_order_of_messages(house):
    """A join under a large id, and the events of a lost session, hide no message behind them."""
    house.ask("ada", Join(id="z" * 64, nick="ada"))
    assert not house.say("ada", "1").duplicate
    house.lose("ada")
    house.passes(31)
    house.join("ada", token="token-1")
    assert not house.say("ada", "2").duplicate
    assert house.say("ada", "1").duplicate


def test_what_was_stored_just_before_the_end_is_known_to_the_session_behind_it(house):
    """One connection stores and says goodbye, the next one resends: all in one turn."""
    house.join("old", "ada")
    house.say("old", "01")
    house.arrive("old", *messages("05", "06", "07"), End(id="end"))
    house.arrive("new", Join(id="join", token="token-1"), *messages("06", "05"))
    house.run()
    _, *again = house.told["new"]
    assert [answer.duplicate for answer in again] == [True, True]
    assert len(house.texts()) == 4


# -- Against a plain dict ----------------------------------------------------------------------

NICKS = ["ada", "bob"]
ROOMS = [LOBBY, "lab"]
ids = st.one_of(
    st.integers(0, 40).map(str),
    st.integers(0, 40).map("{:03}".format),
    st.text(alphabet="\0aé\U0001f600", min_size=1, max_size=3),
)
says = st.tuples(st.just("say"), st.sampled_from(NICKS), st.sampled_from(ROOMS), ids)
leaves = st.tuples(st.just("leave"), st.sampled_from(NICKS), st.sampled_from(ROOMS), ids)
joins = st.tuples(st.just("join"), st.sampled_from(NICKS), st.sampled_from(ROOMS), st.just("join"))
batches = st.lists(st.one_of(says, says, says, says, leaves, joins), max_size=25)
lives = st.lists(st.tuples(batches, st.sampled_from(["turn", "restart", "end"])), min_size=1, max_size=6)


class Model:
    """What the contract says, with a dict."""

    def __init__(self):
        self.answers = {}
        self.members = {(nick, LOBBY) for nick in NICKS}
        self.rooms = {LOBBY}
        self.log = []

    def expects(self, op, nick, room, request_id):
        """The answer, without its place: "first", "again" and the room it is in, or an error."""
        if op == "join":
            self.members.add((nick, room))
            self.rooms.add(room)
            return "joined", room
        if (nick, request_id) in self.answers:
            return "again", self.answers[nick, request_id]
        if room not in self.rooms:
            return "no_such_room", None
        if (nick, room) not in self.members:
            return "not_member", None
        if op == "leave":
            self.members.discard((nick, room))
        self.answers[nick, request_id] = room
        self.log.append((nick, room, request_id))
        return "first", room


def seen(answer):
    if isinstance(answer, Error):
        return answer.code, None
    return ("again" if answer.duplicate else "first") if isinstance(answer, Stored) else "joined", answer.room


def request_of(op, room, request_id):
    if op == "join":
        return Join(id=request_id, room=room)
    return Leave(id=request_id, room=room) if op == "leave" else Message(id=request_id, room=room, text="x")


@settings(max_examples=120)
@given(lives=lives)
def test_the_log_knows_what_a_dict_knows(tmp_path_factory, lives):
    house = House(tmp_path_factory.mktemp("log"))
    try:
        model = Model()
        tokens = {nick: house.join(nick, nick).token for nick in NICKS}
        first = {}
        for requests, then in lives:
            expected = [model.expects(*request) for request in requests]
            # one frame a request: a turn for the whole of it, but for what waits behind a join
            answers = []
            for nick, some in by_sender(requests):
                answers += house.ask(nick, *(request_of(op, room, one) for op, _, room, one in some))
            assert [seen(answer) for answer in answers] == expected
            for (_, nick, _, one), answer in zip(requests, answers, strict=True):
                if isinstance(answer, Stored):
                    place = answer.room, answer.seq, answer.at
                    assert first.setdefault((nick, one), place) == place
            house.at += 1
            if then == "restart":
                house.restart()
            if then == "end":
                house.lose(*NICKS)
                house.passes(31)
            if then != "turn":
                for nick in NICKS:
                    house.join(nick, token=tokens[nick])
                    model.expects("join", nick, LOBBY, "join")
        stored = {
            (event.nick, event.room, event.id)
            for room in model.rooms
            for event in house.events(room)
            if event.id != "join" and not event.id.startswith("account-")
        }
        assert stored == set(model.log)
        assert sum(len(house.texts(room)) for room in model.rooms) <= len(model.log)
    finally:
        house.close()


def by_sender(requests):
    """Consecutive requests of one sender, as one frame."""
    frames = []
    for request in requests:
        if not frames or frames[-1][0] != request[1]:
            frames.append((request[1], []))
        frames[-1][1].append(request)
    return frames
