"""Lists of people and rooms in pages. docs/protocol.md, "Answers"."""

import json

import pytest
from loggia.broker.core import draft
from loggia.broker.sessions import queries
from loggia.shared.protocol.answers import JoinedAnswer
from loggia.shared.protocol.codec import Malformed, decode_requests
from loggia.shared.protocol.limits import LIST_PAGE, LOBBY, LONGEST_LIST_PAGE, Limits
from loggia.shared.protocol.requests import End, Join, Leave, Members, Rooms


def crowd(house, count, room=LOBBY, first=0):
    """So many more people in a room."""
    for number in range(first, first + count):
        house.arrive(number, Join(id="j", nick=f"n{number}", room=room))
    house.run()
    return range(first, first + count)


def accounts(answer):
    return [member.account for member in answer.members]


def all_pages(house, key, request, of, name, limit):
    """The list as a client reads it, and how many pages it took."""
    found, after, pages = [], None, 0
    while True:
        answer = house.ask_one(key, type(request)(**_fields(request), after=after, limit=limit))
        page = [getattr(item, name) for item in getattr(answer, of)]
        assert len(page) == limit or not answer.more
        found, pages = found + page, pages + 1
        if not answer.more:
            return found, pages
        after = page[-1]


def _fields(request):
    return {name: getattr(request, name) for name in ("id", "room") if hasattr(request, name)}


# -- People ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "more"), [(LIST_PAGE - 1, False), (LIST_PAGE, False), (LIST_PAGE + 1, True)]
)
def test_a_join_tells_of_at_most_a_page_of_people(house, count, more):
    crowd(house, count - 1)
    joined = house.join("last", "last")
    assert len(joined.members) == min(count, LIST_PAGE)
    assert joined.members_more is more
    assert accounts(joined) == sorted(accounts(joined))
    rest = house.ask_one("last", Members(id="m", room=LOBBY, after=accounts(joined)[-1]))
    everybody = accounts(joined) + accounts(rest)
    assert not rest.more
    assert len(everybody) == len(set(everybody)) == count
    assert joined.account in everybody


@pytest.mark.parametrize("limit", [1, 7, 49, 50, 51, LONGEST_LIST_PAGE])
def test_all_pages_are_everybody_once(house, limit):
    crowd(house, 50)
    found, pages = all_pages(house, 0, Members(id="m", room=LOBBY), "members", "account", limit)
    assert found == sorted(person.account for person in house.pipeline.rooms.people())
    assert pages == -(-50 // limit)


def test_without_a_limit_a_page_has_200(house):
    crowd(house, 300)
    answer = house.ask_one(0, Members(id="m", room=LOBBY))
    assert (len(answer.members), answer.more) == (200, True)


def test_who_comes_and_goes_between_pages_moves_nobody(house):
    crowd(house, 30)
    stay = {house.join(number).account for number in range(0, 30, 3)}
    found, after, number = [], None, 30
    while True:
        answer = house.ask_one(0, Members(id="m", room=LOBBY, after=after, limit=4))
        found += accounts(answer)
        if not answer.more:
            break
        after = found[-1]
        crowd(house, 1, first=number)
        goes = next((key for key in range(1, 30) if key % 3 and house.pipeline.hub.knows(key)), None)
        if goes is not None:
            house.ask(goes, Leave(id=f"leave {number}", room=LOBBY))
            house.lose(goes)
        number += 1
    assert len(found) == len(set(found))
    assert found == sorted(found)
    assert stay <= set(found)


def test_a_page_goes_on_behind_who_has_left(house):
    crowd(house, 10)
    first = house.ask_one(0, Members(id="m", room=LOBBY, limit=5))
    last = accounts(first)[-1]
    goes = next(key for key in range(10) if house.join(key).account == last)
    asks = (goes + 1) % 10
    house.ask(goes, Leave(id="1", room=LOBBY))
    rest = house.ask_one(asks, Members(id="m", room=LOBBY, after=last))
    assert accounts(first)[:-1] + accounts(rest) == accounts(house.ask_one(asks, Members(id="m", room=LOBBY)))
    assert len(rest.members) == 5


def test_the_order_is_the_same_after_a_restart(house):
    crowd(house, 20)
    before = accounts(house.ask_one(0, Members(id="m", room=LOBBY)))
    house.restart()
    again = house.join("again", token="token-1")
    assert accounts(again) == before


@pytest.mark.parametrize("after", ["", "\x00", "zzz", "~", "account-5 ", "ä" * 10_000])
def test_any_text_is_a_place_to_go_on_from(house, after):
    crowd(house, 10)
    everybody = accounts(house.ask_one(0, Members(id="m", room=LOBBY)))
    page = house.ask_one(0, Members(id="m", room=LOBBY, after=after))
    assert accounts(page) == [account for account in everybody if account > after]


@pytest.mark.parametrize("op", ["members", "rooms"])
@pytest.mark.parametrize("limit", [0, -1, LONGEST_LIST_PAGE + 1, 2**70, "5", 1.5, None])
def test_a_page_of_no_size_is_refused_in_words(op, limit):
    frame = json.dumps({"op": op, "id": "1", "room": LOBBY, "limit": limit}).encode()
    (request,) = decode_requests(frame, Limits())
    assert isinstance(request, Malformed)
    assert request.error.code == "bad_request"
    assert request.error.id == "1"
    assert "$.limit" in request.error.text


# -- Rooms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 8, 9, 10])
def test_all_pages_are_every_room_once(house, limit):
    names = {"lab", "Lab", "a b", "ä", "Ω", "😀", "0", "zz", LOBBY}
    house.join(0, "ada")
    for name in names - {LOBBY}:
        house.join(0, room=name)
    found, pages = all_pages(house, 0, Rooms(id="r"), "rooms", "room", limit)
    assert found == sorted(names)
    assert pages == -(-9 // limit)
    house.restart()
    house.join(0, token="token-1")
    assert all_pages(house, 0, Rooms(id="r"), "rooms", "room", limit)[0] == sorted(names)


def test_a_room_that_comes_between_pages_moves_none(house):
    for name in ("b", "d", "f", "h"):
        house.join(0, None if house.pipeline.hub.knows(0) else "ada", room=name)
    first = house.ask_one(0, Rooms(id="r", limit=2))
    assert ([room.room for room in first.rooms], first.more) == (["b", "d"], True)
    for name in ("a", "c", "e"):
        house.join(0, room=name)
    rest = house.ask_one(0, Rooms(id="r", after="d"))
    assert ([room.room for room in rest.rooms], rest.more) == (["e", "f", "h"], False)


# -- What it costs -----------------------------------------------------------------------------


@pytest.fixture
def built(monkeypatch):
    """How many people, rooms were written into lists."""
    counts = {"Member": 0, "RoomInfo": 0}
    for name in counts:
        kind = getattr(queries, name)

        def make(*args, _kind=kind, _name=name, **fields):
            counts[_name] += 1
            return _kind(*args, **fields)

        monkeypatch.setattr(queries, name, make)
    return counts


@pytest.mark.parametrize("people", [500, 1000])
def test_a_crowd_that_comes_back_at_once_costs_a_page_for_each(house, built, people):
    crowd(house, people)
    house.restart()
    built["Member"] = 0
    for number in range(people):
        house.arrive(number, Join(id="j", token=f"token-{number + 1}"))
    house.told.clear()
    house.run()
    answers = [answer for told in house.told.values() for answer in told]
    assert len(answers) == people
    assert all(isinstance(answer, JoinedAnswer) and answer.members_more for answer in answers)
    assert built["Member"] == people * LIST_PAGE


def test_a_page_costs_itself_in_a_room_of_any_size(house, built):
    crowd(house, 600)
    built["Member"] = 0
    house.ask_one(0, Members(id="m", room=LOBBY, limit=10))
    house.ask_one(0, Members(id="m", room=LOBBY, after="account-2", limit=10))
    assert built["Member"] == 20
    for number in range(50):
        house.join(0, room=f"room {number}")
    house.ask_one(0, Rooms(id="r", limit=10))
    assert built["RoomInfo"] == 10


@pytest.mark.parametrize("rooms", [40, 80])
def test_a_rename_and_a_return_cost_one_entry_for_each_room(house, monkeypatch, rooms):
    token = house.join(0, "ada").token
    for number in range(rooms - 1):
        house.join(0, room=f"room {number}")
    encoded = []
    encode_each = draft.encode_each
    monkeypatch.setattr(draft, "encode_each", lambda events: encoded.extend(events) or encode_each(events))
    house.join(0, "bob")
    assert len(encoded) == rooms
    house.ask(0, End(id="end"))
    house.join("back", token=token)
    assert len(encoded) == 3 * rooms
    house.lose("back")
    assert len(house.told_presence()) == rooms
    assert len(encoded) == 3 * rooms
