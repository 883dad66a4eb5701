"""docs/protocol.md, "Requests", "Errors" and "Limits": each op, each field, and every way to get it wrong."""

import json
import unicodedata

import pytest

from tests.endtoend.wire import LOBBY, refused

TEXT_BYTES = 16384
KEPT_OPS = ["upload", "chunk", "download"]


# -- op and id ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "op", [*KEPT_OPS, "nonsense", "", "JOIN", " join", "joined", "stored", "x" * 10_000, "\u202e"]
)
def test_an_unknown_op_is_answered(wire, op):
    for caller in (wire.joined(), wire.caller()):
        answer = caller.ask(op, room=LOBBY, seq=1, text="hello", nick="ada", emoji="x", cursors={})
        refused(answer, "unknown_op", answer["id"])
        assert len(answer["text"]) < 500
        caller.says_nothing_more()


@pytest.mark.parametrize("op", [None, 7, True, ["join"], {"join": 1}, 1.5])
def test_an_op_that_is_no_string_is_a_bad_request(wire, op):
    ada = wire.joined()
    refused(ada.exchange({"op": op, "id": "mine"}), "bad_request", "mine")
    refused(ada.exchange({"id": "mine"}), "bad_request", "mine")


@pytest.mark.parametrize("chosen", ["1", "x" * 64, "\U0001f600" * 64, " ", '\u0000\n"\\', "é" * 64, "null"])
def test_an_id_of_1_to_64_characters_comes_back_as_it_was(wire, chosen):
    ada = wire.joined()
    assert ada.exchange({"op": "ping", "id": chosen})["id"] == chosen
    stored = ada.exchange({"op": "message", "id": chosen, "room": LOBBY, "text": "hi"})
    assert (stored["op"], stored["id"]) == ("stored", chosen)
    assert ada.log()[-1]["id"] == chosen


@pytest.mark.parametrize("chosen", ["", "x" * 65, "\U0001f600" * 65, None, 7, ["1"], {"a": 1}, True])
@pytest.mark.parametrize("op", ["ping", "message", "join"])
def test_any_other_id_is_a_bad_request(wire, chosen, op):
    ada = wire.joined()
    head = ada.ask("history", room=LOBBY)["head"]
    answer = ada.exchange({"op": op, "id": chosen, "room": LOBBY, "text": "hi"})
    refused(answer, "bad_request", None)
    refused(ada.exchange({"op": op, "room": LOBBY, "text": "hi"}), "bad_request", None)
    assert ada.ask("history", room=LOBBY)["head"] == head


# -- Fields -------------------------------------------------------------------------------------

STRINGS = (None, 7, True, ["lobby"], {"a": 1}, 1.5)
OPTIONAL_STRINGS = STRINGS[1:]
FLAGS = (None, 7, 0, "true", [], {})
SEQS = (-1, "7", True, [1], {}, 1.5, 2**63, 2**64, 10**30, -(10**30))
WRONG = {
    ("join", "nick"): OPTIONAL_STRINGS,
    ("join", "room"): STRINGS,
    ("join", "token"): OPTIONAL_STRINGS,
    ("join", "bot"): FLAGS,
    ("join", "after"): SEQS,
    ("join", "epoch"): OPTIONAL_STRINGS,
    ("message", "room"): STRINGS,
    ("message", "text"): STRINGS,
    ("message", "reply_to"): SEQS,
    ("history", "room"): STRINGS,
    ("history", "after"): SEQS,
    ("history", "before"): SEQS,
    ("history", "limit"): (*SEQS, None, 0, 1001),
    ("leave", "room"): STRINGS,
    ("rooms", "after"): OPTIONAL_STRINGS,
    ("rooms", "limit"): (*SEQS, None, 0, 1001),
    ("members", "room"): STRINGS,
    ("members", "after"): OPTIONAL_STRINGS,
    ("members", "limit"): (*SEQS, None, 0, 1001),
    ("ping", "cursors"): (None, 7, "x", [], [["lobby", 1]], *({"lobby": seq} for seq in (*SEQS, None))),
}


@pytest.mark.parametrize(("op", "field"), WRONG)
def test_a_field_of_the_wrong_kind_is_a_bad_request(wire, op, field):
    right = {
        "join": {"nick": wire.name()},
        "message": {"room": LOBBY, "text": "hi"},
        "history": {"room": LOBBY},
        "leave": {"room": LOBBY},
        "rooms": {},
        "members": {"room": LOBBY},
        "ping": {},
    }
    ada = wire.joined()
    head = ada.ask("history", room=LOBBY)["head"]
    for value in WRONG[op, field]:
        request = {**ada.request(op), **right[op], field: value}
        refused(ada.exchange(request), "bad_request", request["id"])
    assert ada.ask("history", room=LOBBY)["head"] == head
    if op != "leave":
        assert ada.exchange({**ada.request(op), **right[op]})["op"] != "error"


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("message", {"room": LOBBY}),
        ("message", {"text": "hi"}),
        ("history", {}),
        ("leave", {}),
        ("members", {}),
    ],
)
def test_a_missing_field_is_a_bad_request(wire, op, fields):
    ada = wire.joined()
    answer = ada.ask(op, **fields)
    refused(answer, "bad_request", answer["id"])


@pytest.mark.parametrize("op", ["message", "history", "leave", "members"])
@pytest.mark.parametrize("room", ["there is none", "", "a/b", "x" * 65, " ", "\u202e\n", "\x1b[31m"])
def test_a_room_that_is_not_there(wire, op, room):
    ada = wire.joined()
    answer = ada.ask(op, room=room, text="hello")
    refused(answer, "no_such_room", answer["id"])
    ada.says_nothing_more()


def test_a_room_one_is_not_in(wire):
    ada, bob = wire.joined(room=wire.name("room")), wire.joined()
    for op in ("message", "leave"):
        answer = bob.ask(op, room=ada.room, text="hello")
        refused(answer, "not_member", answer["id"])
    assert bob.ask("history", room=ada.room)["head"] == 1  # public: everybody who is admitted may read
    assert [member["nick"] for member in bob.ask("members", room=ada.room)["members"]] == [ada.nick]


# -- Responses ------------------------------------------------------------------------------------


def test_the_shapes_of_answers(wire):
    ada = wire.joined(room=wire.name("room"))
    stored = ada.say("hello")
    assert set(stored) == {"op", "id", "room", "seq", "at", "duplicate"}
    assert (stored["room"], stored["seq"], stored["duplicate"]) == (ada.room, 2, False)
    history = ada.ask("history", room=ada.room)
    assert set(history) == {"op", "id", "room", "epoch", "head", "first", "events", "more"}
    assert (history["room"], history["epoch"], history["head"], history["more"]) == (
        ada.room,
        ada.epoch,
        2,
        False,
    )
    members = ada.ask("members", room=ada.room)
    assert set(members) == {"op", "id", "room", "members", "more"}
    assert members["members"] == ada.members
    rooms = ada.ask("rooms")
    assert set(rooms) == {"op", "id", "rooms", "more"}
    assert set(rooms["rooms"][0]) == {
        "room", "title", "kind", "role", "subject", "head", "first", "at", "members", "joined",
        "read", "unread", "mentions",
    }  # fmt: skip
    pong = ada.ask("ping")
    assert set(pong) == {"op", "id", "heads", "at"}
    assert pong["at"] >= stored["at"]


def test_pong_names_the_rooms_where_the_broker_is_ahead(wire):
    first, second, third = (wire.name("room") for _ in range(3))
    ada = wire.joined(room=first)
    for room in (second, third):
        ada.ask("join", room=room)
        ada.say("hello", room)
    cursors = {first: 1, second: 1, third: 5, "there is none": 0}
    assert ada.ask("ping", cursors=cursors)["heads"] == {second: 2}
    assert ada.ask("ping", cursors={first: 0})["heads"] == {first: 1}
    assert ada.ask("ping", cursors={})["heads"] == {}
    assert ada.ask("ping")["heads"] == {}


# -- Names --------------------------------------------------------------------------------------

REFUSED_NAMES = {
    "empty": "",
    "leading space": " ada",
    "trailing space": "ada ",
    "only a space": " ",
    "slash": "a/b",
    "newline": "a\nb",
    "tab": "a\tb",
    "zero": "a\x00b",
    "escape": "\x1b[31mada",
    "delete": "ada\x7f",
    "C1 control": "ada\x85",
    "no-break space": "a\u00a0b",
    "em space": "a\u2003b",
    "ideographic space": "a\u3000b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "zero width space": "a\u200bb",
    "joiner": "a\u200db",
    "soft hyphen": "a\u00adb",
    "right to left override": "a\u202eb",
    "isolate": "a\u2066b",
    "byte order mark": "\ufeffada",
    "tag": "a\U000e0041",
}


@pytest.mark.parametrize("name", REFUSED_NAMES.values(), ids=REFUSED_NAMES)
def test_names_hold_no_control_format_or_separator(wire, name):
    ada = wire.joined()
    for code, fields in (("bad_nick", {"nick": name}), ("bad_room", {"nick": wire.name(), "room": name})):
        for caller in (wire.caller(), ada):
            answer = caller.ask("join", **fields)
            refused(answer, code, answer["id"])


@pytest.mark.parametrize(("field", "most", "code"), [("nick", 32, "bad_nick"), ("room", 64, "bad_room")])
@pytest.mark.parametrize("letter", ["x", "é", "\U0001f40c", "漢"])
def test_the_longest_names(wire, field, most, code, letter):
    def fields(length: int) -> dict[str, str]:
        name = (wire.name("").strip() + letter * most)[:length]
        return {"nick": wire.name(), field: name}

    for good in (1 if field == "room" else most - 1, most):
        given = fields(good)
        joined = wire.caller().ask("join", **given)
        assert (joined["op"], joined[field]) == ("joined", given[field])
    for bad in (most + 1, 10_000):
        answer = wire.caller().ask("join", **{"nick": wire.name(), field: (letter * bad)[:bad]})
        refused(answer, code, answer["id"])


def test_a_nick_of_one_character(wire):
    assert wire.joined("Ω").nick == "Ω"


def test_names_become_nfc(wire):
    """A name of more code points than allowed, but not when it is composed, passes too."""
    nick, room = (
        unicodedata.normalize("NFD", wire.name("é" * 20)),
        unicodedata.normalize("NFD", wire.name("café")),
    )
    ada = wire.joined(nick, room=room)
    assert (ada.nick, ada.room) == (unicodedata.normalize("NFC", nick), unicodedata.normalize("NFC", room))
    assert ada.topic == f"room/{ada.room}/"
    assert wire.joined(room=unicodedata.normalize("NFC", room)).head == 2


@pytest.mark.parametrize("op", ["message", "history", "members", "leave"])
def test_a_room_is_found_by_any_form_of_its_name(wire, op):
    """A small bot uses the name it joined with, and need not know of NFC or of styles of emoji."""
    room = unicodedata.normalize("NFD", wire.name("café❤\ufe0f"))
    ada = wire.joined(room=room)
    answer = ada.ask(op, room=room, text="hello")
    assert answer["op"] != "error", answer
    assert answer["room"] == ada.room
    assert ada.ask("ping", cursors={room: 0})["heads"]


# -- Text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "漢", "\U0001f40c"])
def test_a_text_of_16_kib_of_utf8_passes_and_more_is_too_large(wire, letter):
    ada = wire.joined()
    width = len(letter.encode())
    whole = letter * (TEXT_BYTES // width) + "x" * (TEXT_BYTES % width)
    ada.say(whole)
    assert ada.ask("history", room=LOBBY, limit=1)["events"][0]["text"] == whole
    answer = ada.ask("message", room=LOBBY, text=whole + "x")
    refused(answer, "too_large", answer["id"])
    assert ada.ask("history", room=LOBBY, limit=1)["events"][0]["text"] == whole


@pytest.mark.parametrize(
    "text",
    ["a", " ", "!end", "\n", "\t", "one\ntwo\tthree", "\u00a0", "\u200d\u200b", "\u202eabc", "\u2028",
     "e\u0301", "a/b", "<b>&amp;</b>", '"\\', "\U0001f468\u200d\U0001f469", "\ue000", "\ufffe"],
)  # fmt: skip
def test_text_is_any_unicode_and_comes_back_as_it_was(wire, text):
    ada = wire.joined()
    ada.say(text)
    assert ada.ask("history", room=LOBBY, limit=1)["events"][0]["text"] == text


@pytest.mark.parametrize("number", [*range(9), *range(11, 32), *range(127, 160)])
def test_other_control_characters_are_refused_in_text(wire, number):
    ada = wire.joined()
    answer = ada.ask("message", room=LOBBY, text=f"a{chr(number)}b")
    refused(answer, "bad_request", answer["id"])


def test_a_message_says_something(wire):
    ada = wire.joined()
    answer = ada.ask("message", room=LOBBY, text="")
    refused(answer, "bad_request", answer["id"])


def test_a_reply_names_a_message_of_the_room(wire):
    ada = wire.joined(room=wire.name("room"))
    first = ada.say("question")["seq"]
    stored = ada.ask("message", room=ada.room, text="answer", reply_to=first)
    assert ada.log()[-1]["reply_to"] == first
    for nothing in (0, 1, stored["seq"] + 1, 10**9):  # the first is no message: that she came
        answer = ada.ask("message", room=ada.room, text="answer", reply_to=nothing)
        refused(answer, "no_such_message", answer["id"])
    assert len(ada.log()) == stored["seq"]
    assert ada.ask("delete", room=ada.room, seq=first)["op"] == "stored"
    assert ada.ask("message", room=ada.room, text="late", reply_to=first)["op"] == "stored"


# -- Whatever comes -----------------------------------------------------------------------------


def test_every_frame_is_answered_whatever_it_holds(wire):
    """A good frame, cut and changed in many ways: each time an answer, and the connection lives."""
    ada = wire.joined()
    good = json.dumps(
        [ada.request("message", room=LOBBY, text="héllo"), ada.request("ping", cursors={LOBBY: 1})]
    )
    frame = good.encode()
    bad = [frame[:cut] for cut in range(0, len(frame), 3)]
    bad += [frame[:at] + bytes([frame[at] ^ 1 << at % 8]) + frame[at + 1 :] for at in range(0, len(frame), 2)]
    for number, one in enumerate(bad):
        ada.send(one)
        ada.post({"op": "ping", "id": f"behind {number}"})
        first = ada.next()
        assert first.get("id") != f"behind {number}", (one, first)
        while ada.next().get("id") != f"behind {number}":
            pass
