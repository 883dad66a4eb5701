"""Pages of history, lists and heads: docs/protocol.md, "Requests" and "Catching up"."""

import pytest
from loggia.broker.sessions.paging import HISTORY_BYTES, HISTORY_PAUSE_MS, UNREAD_BYTES
from loggia.broker.storage.chunks import PAGE_BYTES
from loggia.broker.storage.hash_chain import BLOCK_EVENTS
from loggia.shared.protocol.answers import (
    Ended,
    Error,
    HistoryAnswer,
    Member,
    MembersAnswer,
    Pong,
    RoomInfo,
    RoomsAnswer,
)
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import End, History, Join, Leave, Members, Message, Ping, Rooms

FAR = 2**40 - 1


def seqs(page):
    return [decode_event(event).seq for event in page.events]


def span(first, last):
    return list(range(first, last + 1))


@pytest.fixture
def talk(house):
    """A lobby with 20 entries, between rooms with others."""
    house.join("ada", "ada", room="before")
    house.join("ada")
    house.join("ada", room="behind")
    for number in range(2, 21):
        for room in ("before", LOBBY, "behind"):
            house.say("ada", f"{room} {number:03}", str(number), room)
    return house


# -- Which page --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected", "more"),
    [
        ({}, span(1, 20), False),
        ({"limit": 5}, span(16, 20), True),
        ({"limit": 20}, span(1, 20), False),
        ({"limit": 19}, span(2, 20), True),
        ({"limit": 1}, [20], True),
        ({"limit": 1000}, span(1, 20), False),
        ({"after": 0}, span(1, 20), False),
        ({"after": 0, "limit": 5}, span(1, 5), True),
        ({"after": 0, "limit": 20}, span(1, 20), False),
        ({"after": 15, "limit": 5}, span(16, 20), False),
        ({"after": 15, "limit": 4}, span(16, 19), True),
        ({"after": 19}, [20], False),
        ({"after": 20}, [], False),
        ({"after": 21}, [], False),
        ({"after": FAR}, [], False),
        ({"before": 0}, [], False),
        ({"before": 1}, [], False),
        ({"before": 2}, [1], False),
        ({"before": 3, "limit": 1}, [2], True),
        ({"before": 20, "limit": 5}, span(15, 19), True),
        ({"before": 21, "limit": 5}, span(16, 20), True),
        ({"before": FAR, "limit": 5}, span(16, 20), True),
        ({"before": FAR}, span(1, 20), False),
        ({"before": 6, "limit": 5}, span(1, 5), False),
    ],
    ids=str,
)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_page(talk, asked, expected, more, restarted):
    if restarted:
        talk.restart()
        talk.join("ada", token="token-1")
    page = talk.page("ada", **asked)
    assert (seqs(page), page.more) == (expected, more)
    assert (page.room, page.head, page.epoch) == (LOBBY, 20, talk.log.epoch)


def test_a_page_holds_the_events_as_they_were_published(house):
    house.join("ada", "ada")
    house.say("ada", "0", "what is answered")
    house.ask("ada", Message(id="1", room=LOBBY, text='"quoted"\n\tand 日本', reply_to=2))
    house.join("ada", "kim")
    house.ask("ada", Leave(id="2", room=LOBBY))
    published = house.told_events()
    assert [decode_event(event) for event in house.page("ada").events] == published
    assert published[2] == MessageEvent(
        room=LOBBY,
        seq=3,
        at=house.at,
        nick="ada",
        account="account-1",
        id="1",
        text='"quoted"\n\tand 日本',
        reply_to=2,
    )


def test_a_public_room_is_read_without_being_in_it(talk):
    talk.join("bob", "bob", room="elsewhere")
    assert seqs(talk.page("bob", limit=2)) == [19, 20]


@pytest.mark.parametrize("limit", [11, 10**6])
def test_more_than_a_page_is_refused(open_house, limit):
    house = open_house(limits=Limits(page_events=10))
    house.join("ada", "ada")
    assert "10" in house.refuses("ada", History(id="1", room=LOBBY, limit=limit), "bad_request").text
    assert seqs(house.page("ada", limit=10)) == [1]


def test_after_and_before_at_once_is_refused(talk):
    talk.refuses("ada", History(id="1", room=LOBBY, after=1, before=5), "bad_request")


# -- Bounded in bytes --------------------------------------------------------------------------


@pytest.fixture
def long_talk(open_house):
    """A lobby with entries of a quarter of what a page may hold, and one larger than that."""
    house = open_house(limits=Limits(text_bytes=2 * PAGE_BYTES))
    house.join("ada", "ada")
    for number in range(2, 12):
        size = PAGE_BYTES + 5 if number == 6 else PAGE_BYTES // 4
        house.say("ada", f"{number:02}", "x" * size)
    return house


def test_a_page_is_bounded_in_bytes_and_never_empty(long_talk):
    page = long_talk.page("ada", after=0)
    assert (seqs(page), page.more) == (span(1, 4), True)
    page = long_talk.page("ada", after=5)
    assert (seqs(page), page.more) == ([6], True)
    page = long_talk.page("ada")
    assert (seqs(page), page.more) == (span(9, 11), True)
    page = long_talk.page("ada", before=7)
    assert (seqs(page), page.more) == ([6], True)
    assert sum(map(len, long_talk.page("ada").events)) <= PAGE_BYTES


@pytest.mark.parametrize("direction", ["after", "before"])
def test_pages_put_together_are_the_whole_room(long_talk, direction):
    found, more = [], True
    while more:
        if direction == "after":
            page = long_talk.page("ada", after=len(found))
            found += seqs(page)
        else:
            page = long_talk.page("ada", before=found[0] if found else FAR)
            found[:0] = seqs(page)
        more = page.more
    assert found == span(1, 11)


def test_one_connection_gets_history_in_portions(long_talk):
    """Enough for one turn, and then word when to ask again; others and other requests are served."""
    long_talk.join("bob", "bob")
    pages = [History(id=str(number), room=LOBBY, before=7) for number in range(60)]
    long_talk.arrive("ada", *pages, Ping(id="ping"))
    long_talk.arrive("bob", pages[0])
    long_talk.run()
    answers = long_talk.told
    served = [answer for answer in answers["ada"] if isinstance(answer, HistoryAnswer)]
    refused = [answer for answer in answers["ada"] if isinstance(answer, Error)]
    assert len(served) == -(-HISTORY_BYTES // len(served[0].events[0]))
    assert len(served) + len(refused) == 60
    assert {(answer.code, answer.retry_after_ms) for answer in refused} == {("slow_down", HISTORY_PAUSE_MS)}
    assert isinstance(answers["ada"][-1], Pong)
    assert isinstance(answers["bob"][-1], HistoryAnswer)
    long_talk.passes(HISTORY_PAUSE_MS / 1000)
    assert seqs(long_talk.page("ada", before=7)) == [6]


@pytest.mark.parametrize("asked", [History(id="1", room=LOBBY), Members(id="1", room=LOBBY), Rooms(id="1")])
def test_who_has_not_read_what_it_got_gets_no_more_of_it(house, asked):
    house.join("ada", "ada")
    house.unread["ada"] = UNREAD_BYTES
    refused = house.ask_one("ada", asked)
    assert (refused.code, refused.retry_after_ms) == ("slow_down", HISTORY_PAUSE_MS)
    assert isinstance(house.ask_one("ada", Ping(id="2")), Pong)
    house.unread["ada"] = UNREAD_BYTES - 1
    assert not isinstance(house.ask_one("ada", asked), Error)


def test_one_connection_gets_lists_in_portions_too(house):
    """Somebody who asks a thousand times who is here, in one frame, is a crowd of his own."""
    for number in range(100):
        house.join(number, f"member {number}")
    house.arrive(0, *(Members(id=f"{number}", room=LOBBY) for number in range(1000)), Ping(id="ping"))
    house.run()
    answers = house.told[0][1:]
    served = [answer for answer in answers if isinstance(answer, MembersAnswer)]
    assert sum(map(len, map(encode, served))) < 2 * HISTORY_BYTES
    assert {answer.code for answer in answers if isinstance(answer, Error)} == {"slow_down"}
    assert len(answers) == 1001
    assert isinstance(answers[-1], Pong)
    house.passes(HISTORY_PAUSE_MS / 1000)
    assert isinstance(house.ask_one(0, Members(id="again", room=LOBBY)), MembersAnswer)


# -- Batches that took more than one row -------------------------------------------------------


@pytest.mark.parametrize("size", [BLOCK_EVENTS - 1, BLOCK_EVENTS, BLOCK_EVENTS + 1, 3 * BLOCK_EVENTS + 7])
def test_pages_across_the_rows_of_large_batches(house, size):
    house.join("ada", "ada")
    house.join("ada", room="lab")
    for start in (0, size):
        house.ask(
            "ada",
            *(
                Message(id=f"{room} {number:06}", room=room, text=str(number))
                for number in range(start, start + size)
                for room in (LOBBY, "lab")
            ),
        )
    head = 1 + 2 * size
    for restarted in (False, True):
        if restarted:
            house.restart()
            house.join("ada", token="token-1")
        for room in (LOBBY, "lab"):
            for edge in (
                1,
                2,
                BLOCK_EVENTS,
                BLOCK_EVENTS + 1,
                BLOCK_EVENTS + 2,
                size,
                size + 1,
                size + 2,
                head,
            ):
                edge = min(edge, head)
                page = house.page("ada", room, after=edge - 1, limit=10)
                assert seqs(page) == span(edge, min(head, edge + 9))
                assert page.more == (edge + 9 < head)
                page = house.page("ada", room, before=edge + 1, limit=10)
                assert seqs(page) == span(max(1, edge - 9), edge)
                assert page.more == (edge > 10)
            assert seqs(house.page("ada", room, after=0, limit=1000)) == span(1, min(1000, head))
            assert [event.text for event in house.events(room)[1:]] == [str(n) for n in range(2 * size)]


# -- Lists -------------------------------------------------------------------------------------


def test_the_rooms_there_are(talk):
    talk.join("bob", "bob")
    assert talk.ask_one("bob", Rooms(id="r")) == RoomsAnswer(
        id="r",
        rooms=[
            RoomInfo(room="before", head=20, members=1, joined=False, title="before", at=talk.at),
            RoomInfo(room="behind", head=20, members=1, joined=False, title="behind", at=talk.at),
            RoomInfo(
                room=LOBBY, head=21, members=2, joined=True, title=LOBBY, role="member", at=talk.at, unread=19
            ),
        ],
    )


def test_a_room_that_everybody_left_is_still_there(house):
    house.join("ada", "ada", room="lab")
    house.join("bob", "bob")
    house.ask("ada", Leave(id="1", room="lab"))
    house.restart()
    house.join("bob", token="token-2")
    rooms = house.ask_one("bob", Rooms(id="r")).rooms
    assert RoomInfo(room="lab", head=2, members=0, joined=False, title="lab", at=house.at) in rooms
    assert house.ask_one("bob", Members(id="m", room="lab")) == MembersAnswer(id="m", room="lab", members=[])


def test_the_members_of_a_room(house):
    house.join("ada", "ada", bot=True)
    house.join("bob", "bob", room="lab")
    house.lose("ada")
    assert house.ask_one("bob", Members(id="m", room=LOBBY)) == MembersAnswer(
        id="m",
        room=LOBBY,
        members=[
            Member(nick="ada", account="account-1", presence="away", bot=True, role="owner", since=house.at)
        ],
    )


def test_the_members_see_a_change_of_nick_and_bot(house):
    house.join("ada", "ada")
    house.ask("ada", Join(id="j", nick="robot", bot=True))
    (member,) = house.ask_one("ada", Members(id="m", room=LOBBY)).members
    assert (member.nick, member.bot) == ("robot", True)


# -- Ping --------------------------------------------------------------------------------------


def test_pong_tells_only_the_rooms_where_the_broker_is_ahead(talk):
    talk.at += 7
    cursors = {"before": 20, LOBBY: 19, "behind": 21, "nowhere": 3}
    assert talk.ask_one("ada", Ping(id="p", cursors=cursors)) == Pong(id="p", heads={LOBBY: 20}, at=talk.at)
    assert talk.ask_one("ada", Ping(id="p")) == Pong(id="p", heads={}, at=talk.at)
    assert talk.ask_one("ada", Ping(id="p", cursors={"behind": 0})).heads == {"behind": 20}


def test_who_says_goodbye_in_the_same_turn_is_told_of_no_rooms(talk):
    talk.join("bob", "bob")
    listed, ended = talk.ask("bob", Rooms(id="r"), End(id="e"))
    assert listed == RoomsAnswer(id="r", rooms=[])
    assert isinstance(ended, Ended)
