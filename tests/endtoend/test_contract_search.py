"""docs/protocol.md, "Search": with nothing but pyzmq, against a real broker."""

import time

import pytest

from tests.endtoend.members import Member, private
from tests.endtoend.processes import module
from tests.endtoend.wire import LOBBY, Wire, refused
from tests.patience import PATIENCE_S


def search(caller, text="", **fields):
    """A page, when all that was said before is in the index."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = caller.ask("search", text=text, **{name.rstrip("_"): of for name, of in fields.items()})
        assert found["op"] == "found", found
        assert found.keys() == {"op", "id", "hits", "cursor", "complete"}
        if found["complete"]:
            return found
        assert time.monotonic() < deadline, "the index stays behind"


def texts(found):
    return [hit["text"] for hit in found["hits"]]


def test_a_hit_tells_what_history_tells(wire):
    ada, word = wire.joined(), wire.name("word")
    stored = ada.say(f"See İstanbul: {word} https://example.com")
    for asked in (word, word.upper(), f"istanbul {word}", f'"istanbul {word}"', f"{word[:-1]}*"):
        (hit,) = search(ada, asked)["hits"]
        marks = hit.pop("marks")
        assert hit == {
            "room": LOBBY,
            "seq": stored["seq"],
            "at": stored["at"],
            "nick": ada.nick,
            "account": ada.account,
            "text": f"See İstanbul: {word} https://example.com",
        }
        assert all(0 <= begin < end <= len(hit["text"]) for begin, end in marks)
        assert marks
    assert search(ada, word, has="link")["hits"]
    assert search(ada, word, from_=ada.nick.upper())["hits"]
    assert search(ada, word, from_=ada.account, since=stored["at"], until=stored["at"])["hits"]
    assert search(ada, word, until=stored["at"] - 1)["hits"] == []
    nothing = search(ada, word, has="file")
    assert (nothing["hits"], nothing["cursor"]) == ([], None)


def test_any_part_of_a_script_without_spaces(wire):
    ada = wire.joined()
    ada.say("東京都の天気は晴れ、ﾀﾜｰへ")
    for asked, marks in (("京都", [[1, 3]]), ("天気", [[4, 6]]), ("タワー", [[10, 13]]), ("都の", [[2, 4]])):
        assert [hit["marks"] for hit in search(ada, asked)["hits"]][:1] == [marks]
    assert search(ada, "都京")["hits"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "5"},
        {"text": 5},
        {"has": "cats"},
        {"since": "x"},
        {"cursor": "0" * 300},
    ],
)
def test_what_cannot_be_asked(wire, fields):
    ada = wire.joined()
    request = ada.request("search", **fields)
    refused(ada.exchange(request), "bad_request", request["id"])


def test_refusals(wire):
    ada = wire.joined()
    assert ada.ask("search", cursor="abcd")["code"] == "bad_request"
    assert ada.ask("search", text="x" * 20_000)["code"] == "too_large"
    assert ada.ask("search", room="no-such-room")["code"] == "no_such_room"
    stranger = wire.caller()
    assert stranger.ask("search", text="x")["code"] == "no_session"


@pytest.mark.parametrize(
    "text",
    ['"' * 10_000, "* " * 5000, "a* " * 3333, "AND OR NOT NEAR(", "keys: -x ^y {a b}", "\\'; DROP TABLE x"],
)
def test_whatever_is_asked_is_plain_text_and_soon_answered(wire, text):
    ada = wire.joined()
    took = []
    for _ in range(5):
        began = time.perf_counter()
        assert ada.ask("search", text=text)["op"] == "found"
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


def test_a_private_room_is_searched_by_its_members_and_is_no_room_to_others(wire):
    ada, eve, word = Member(wire.joined()), Member(wire.joined()), wire.name("secret")
    room = private(ada)
    ada.does("message", room=room, text=f"the {word}")
    assert texts(search(ada, word)) == texts(search(ada, word, room=room)) == [f"the {word}"]
    hidden, nothing = search(eve, word), search(eve, wire.name("never-said"))
    assert {**hidden, "id": ""} == {**nothing, "id": "", "hits": [], "cursor": None}
    no_room = "%" + "x" * (len(room) - 1)
    refusals = [eve.ask("search", text=word, room=name) for name in (room, no_room)]
    assert [one["code"] for one in refusals] == ["no_such_room"] * 2
    assert refusals[0]["text"].replace(room, "") == refusals[1]["text"].replace(no_room, "")
    ada.does("invite", room=room, who=eve.account)
    assert texts(search(eve, word)) == [f"the {word}"]
    ada.does("kick", room=room, who=eve.account)
    assert texts(search(eve, word)) == []
    talk = ada.does("direct", people=[eve.nick])["room"]
    ada.does("message", room=talk, text=f"to you: {word}")
    assert texts(search(eve, word)) == [f"to you: {word}"]


def test_a_message_is_found_by_what_it_says_now(wire):
    ada, old, new = wire.joined(), wire.name("before"), wire.name("after")
    seq = ada.say(f"it was {old}")["seq"]
    other = ada.say(f"and {old}, too")["seq"]
    assert ada.ask("edit", room=LOBBY, seq=seq, text=f"it is {new}")["op"] == "stored"
    assert texts(search(ada, old)) == [f"and {old}, too"]
    (hit,) = search(ada, new)["hits"]
    assert (hit["seq"], hit["text"]) == (seq, f"it is {new}")
    for gone in (seq, other):
        assert ada.ask("delete", room=LOBBY, seq=gone)["op"] == "stored"
    assert texts(search(ada, old)) == texts(search(ada, new)) == []


def test_the_words_of_a_deleted_message_are_in_no_file_of_the_index(broker):
    with Wire(broker) as wire:
        ada = wire.joined()
        seq = ada.say("zugspitze and tea")["seq"]
        search(ada, "zugspitze")
        files = [*broker.data.glob("search.db*")]
        assert any(b"zugspitze" in file.read_bytes() for file in files)
        assert ada.ask("delete", room=LOBBY, seq=seq)["op"] == "stored"
        search(ada, "zugspitze")
        assert not any(b"zugspitze" in file.read_bytes() for file in files)
        assert texts(search(ada, "tea")) == []


def test_who_is_banned_finds_nothing_there(wire):
    ada, eve, word = wire.joined(), Member(wire.joined()), wire.name("word")
    room = ada.ask("create", room=wire.name("room"))["room"]
    ada.say(word, room)
    assert texts(search(eve, word)) == [word]
    eve.ask("join", room=room)
    assert ada.ask("ban", room=room, who=eve.account)["op"] == "stored"
    assert texts(search(eve, word)) == []
    assert eve.ask("search", text=word, room=room)["code"] == "banned"


def test_pages_stay_right_while_more_is_said(wire):
    ada, word = wire.joined(), wire.name("word")
    for number in range(60):
        ada.say(f"{word} {number}")
    seen, cursor, number = [], None, 60
    search(ada, word)
    while True:
        found = search(ada, word, limit=7, cursor=cursor)
        assert len(found["hits"]) <= 7
        seen += texts(found)
        cursor = found["cursor"]
        if cursor is None:
            break
        ada.say(f"{word} {number}")
        number += 1
    assert seen == [f"{word} {number}" for number in range(59, -1, -1)]


def test_over_a_restart_and_a_reindex_of_a_running_broker(broker):
    with Wire(broker) as wire:
        ada = wire.joined()
        for number in range(30):
            ada.say(f"tea {number}")
        cursor = search(ada, "tea", limit=10)["cursor"]
        assert cursor
        with module("broker", "reindex", "--data", str(broker.data)) as command:
            assert command.wait() == 0, command.lines
            assert any("Indexed: 31 events, in " in line for line in command.lines)
        again = wire.resumed(ada)
        assert texts(search(again, "tea", cursor=cursor)) == [f"tea {number}" for number in range(19, -1, -1)]
        again.say("one more tea")
        broker.kill()
    with type(broker)(broker.data) as later, Wire(later) as wire:
        back = wire.caller()
        back.join(token=ada.token)
        assert texts(search(back, "tea", limit=1)) == ["one more tea"]
        assert texts(search(back, "tea", cursor=cursor)) == [f"tea {number}" for number in range(19, -1, -1)]
