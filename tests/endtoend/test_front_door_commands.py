"""The commands of a terminal at the front door of a real broker, and what others see of them."""

import contextlib

import pytest

from tests.broker.callers import Caller, OriginalClient
from tests.endtoend.people import Raw

NOWHERE = "You are in no room; /join ROOM takes you to one."


def in_room(call, nick, room):
    caller = call(Caller, nick)
    caller.say(f"/join {room}")
    assert caller.line() == f"You are in {room} now."
    return caller


def listed(caller, first):
    """The lines of a list, up to what the caller says to itself behind it."""
    caller.say("that was it")
    lines = []
    while not (line := caller.line()).endswith(": that was it"):
        lines.append(line)
    assert lines[0] == first
    assert all(line.startswith("    | ") for line in lines[1:])
    return [line.removeprefix("    | ") for line in lines[1:]]


def stored_by(raw, op, **fields):
    """An act of who runs the room."""
    answer = raw.ask(op, **fields)
    assert answer["op"] == "stored", answer


@pytest.fixture
def owner(broker):
    """Of the lobby, and of a room `staff`; a program."""
    with contextlib.closing(Raw(broker.requests, "lee", bot=False)) as lee:
        assert lee.ask("create", room="staff", subject="Marks, until Friday")["op"] == "joined"
        yield lee


def test_help_is_for_one_alone(call):
    bob, ann = call(Caller, "bob"), call(Caller, "ann")
    bob.line()
    ann.say("/help")
    told = listed(ann, "What you type is said in the room you are in. These are for the server alone:")
    assert [line.split()[0] for line in told] == [
        "/rooms", "/join", "/who", "/msg", "/me", "/nick", "/help", "!end",
    ]  # fmt: skip
    assert bob.line() == "ann: that was it"


@pytest.mark.parametrize("text", ["/helpme", "//", "/ help", " /help", "/etc/passwd", "/topic x", "/"])
def test_any_other_line_is_said_as_it_is(call, text):
    bob, ann = call(Caller, "bob"), call(Caller, "ann")
    bob.line()
    ann.say(text)
    assert bob.line() == f"ann: {text}"
    assert ann.line() == f"ann: {text}"


@pytest.mark.parametrize(
    "text", ["/help", "/rooms", "/join lab", "/who", "/me waves", "/nick zoe", "/msg bob hi"]
)
def test_the_original_client_says_them(call, text):
    bob, ann = call(Caller, "bob"), call(OriginalClient, "ann")
    bob.line()
    ann.send(text)
    assert bob.line() == f"ann: {text}"
    assert ann.wait_for(f"ann: {text}")


def test_each_room_hears_itself_alone(broker, call):
    stays, window = call(Caller, "bob"), call(OriginalClient, "kim")
    stays.line()
    ann, tom = in_room(call, "ann", "lab"), in_room(call, "tom", "lab")
    for line in ("ann has joined", "ann has left", "tom has joined", "tom has left"):
        assert stays.line() == f"{line} the chat"
    assert ann.line() == "tom has joined the chat"
    ann.say("in the lab")
    stays.say("in the lobby")
    assert [ann.line(), tom.line(), stays.line()] == ["ann: in the lab"] * 2 + ["bob: in the lobby"]
    window.wait_for("bob: in the lobby")
    with contextlib.closing(Raw(broker.requests, "ada", bot=False)) as ada:
        assert [event["text"] for event in ada.log("lab") if event["op"] == "message"] == ["in the lab"]
        assert ada.ask("join", room="lab")["op"] == "joined"
        ada.say("from a program", room="lab")
        assert [ann.line(), ann.line()] == ["ada has joined the chat", "ada: from a program"]
    tom.say("!end")
    assert tom.rest().endswith("!end\n")
    assert "in the lab" not in "".join(window.heard)


def test_who_comes_back_to_the_lobby_hears_it_again(call):
    bob, ann = call(Caller, "bob"), in_room(call, "ann", "lab")
    ann.say("/join lobby", "back")
    assert ann.line() == "You are in lobby now."
    assert ann.line() == "ann: back"
    assert bob.until("ann: back\n").splitlines()[-2:] == ["ann has joined the chat", "ann: back"]


def test_lines_that_come_with_a_command_go_where_they_are_meant(broker, call):
    ann = call(Caller)
    ann.say("ann", "one", "/join lab", "two", "/join lobby", "three", "!end")
    assert ann.rest().endswith("!end\n")
    with contextlib.closing(Raw(broker.requests, "ada", bot=False)) as ada:
        for room, texts in (("lobby", ["one", "three"]), ("lab", ["two"])):
            assert [event["text"] for event in ada.log(room) if event["op"] == "message"] == texts


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/join a/b", 'The room name holds "/"; use'),
        ("/join " + "x" * 65, "The room name has 65 characters"),
        ("/join " + "x" * 9000, "The room name has 9000 characters"),
        ("/join a  b", "The room name holds two spaces"),
        ("/join la\u200bb", "The room name holds a character that cannot be seen; use"),
        ("/join", "Say which room: /join ROOM."),
        ("/who nowhere", "There is no room nowhere"),
        ("/nick bob", "The nickname is taken by bob, who is here"),
        ("/nick B0B", "The nickname is taken by bob, who is here"),
        ("/nick " + "x" * 33, "The nickname has 33 characters"),
        ("/nick a/b", 'The nickname holds "/"; use'),
        ("/nick", "Say what you want to be called: /nick NEW."),
        ("/me", "Say what you do: /me TEXT."),
        ("/msg", "Say whom and what: /msg NICK TEXT"),
        ("/msg bob", "Say whom and what: /msg NICK TEXT"),
        ("/msg nobody hi", "Nobody here is called nobody"),
        ("/msg ann hi", "That is you yourself; name somebody else."),
        (
            "/me " + "x" * 16_385,
            "This is 5 characters too long for one message (16,384 fit). Send it in parts.",
        ),
        ("/me \x1b[2J", "The text holds a control character, which cannot be seen; only newline and tab"),
    ],
)
def test_what_will_not_do_is_one_sentence(call, line, told):
    bob, ann = call(Caller, "bob"), call(Caller, "ann")
    bob.line()
    ann.say(line)
    assert ann.line().startswith(told)
    ann.say("still here")
    assert ann.line() == "ann: still here"
    assert bob.line() == "ann: still here"


def test_the_bars_of_a_room_hold_for_a_terminal(owner, call):
    ann = in_room(call, "ann", "lab")
    ann.say("/join staff")
    assert ann.line() == "You are in staff now. It is about: Marks, until Friday"
    stored_by(owner, "configure", room="staff", announce=True)
    ann.until("set up the room: only moderators and owners write, as often as they like\n")
    ann.say("hello")
    assert ann.line().startswith("staff is for announcements")
    stored_by(owner, "configure", room="staff", announce=False, slow_s=3600)
    ann.line()
    ann.say("one", "two", "/who")
    told = [ann.line() for _ in range(3)]
    assert "ann: one" in told
    assert any(line.startswith("staff is slow: one message in 3600 s") for line in told)
    assert "In staff:" in told
    stored_by(owner, "configure", room="staff", slow_s=0)
    stored_by(owner, "mute", room="staff", who="ann", reason="noise")
    ann.until("lee muted ann: noise\n")
    ann.say("hello")
    assert ann.line().startswith("You are not heard in staff")
    stored_by(owner, "close", room="staff")
    ann.until("closed the room\n")
    stored_by(owner, "ban", room="staff", who="ann", reason="spam")
    ann.until(f"{NOWHERE}\n")
    ann.say("hello")
    assert ann.line() == NOWHERE
    ann.say("/join staff\nsecret")
    assert ann.line().startswith("You are not let into staff")
    owner.say("for us", room="lobby")
    ann.say("/join lab", "out")
    assert ann.line() == "You are in lab now."
    assert ann.line() == "ann: out"


def test_who_is_kicked_may_come_back(owner, call):
    ann = call(Caller, "ann")
    stored_by(owner, "kick", room="lobby", who="ann", reason="a minute")
    assert ann.line() == "* lee showed ann out: a minute"
    assert ann.line() == NOWHERE
    owner.say("nobody hears")
    ann.say("/join lobby", "here")
    assert ann.line() == "You are in lobby now."
    assert ann.line() == "ann: here"


def test_who_is_there_and_which_rooms_there_are(owner, call):
    ann = call(Caller, "ann")
    ann.say("/who")
    assert listed(ann, "In lobby:") == ["ann (you)", "lee (owner)"]
    ann.say("/WHO staff")
    assert listed(ann, "In staff:") == ["lee (owner)"]
    ann.say("/rooms")
    assert listed(ann, "Rooms:") == [
        "lobby (2 people, you are here)",
        "staff (1 person): Marks, until Friday",
    ]
    ann.say("/rooms lobby")
    assert listed(ann, "Rooms:") == ["staff (1 person): Marks, until Friday"]


def test_many_rooms_are_listed_in_pages(broker, call):
    with contextlib.closing(Raw(broker.requests, "ada", bot=True)) as ada:
        for number in range(95):
            ada.ask("join", room=f"a{number:03}")
        with contextlib.closing(Raw(broker.requests, "bea", bot=True)) as bea:
            for number in range(95, 190):
                bea.ask("join", room=f"a{number:03}")
            with contextlib.closing(Raw(broker.requests, "cat", bot=True)) as cat:
                for number in range(190, 210):
                    cat.ask("join", room=f"a{number:03}")
                ann = call(Caller, "ann")
                ann.say("/rooms")
                first = listed(ann, "Rooms:")
                assert first[-1] == "and 11 more: /rooms a199"
                ann.say("/rooms a199")
                second = listed(ann, "Rooms:")
    names = [line.split()[0] for line in first[:-1] + second]
    assert names == [*(f"a{number:03}" for number in range(210)), "lobby"]


def test_a_new_name_is_seen_by_all_and_free_for_others_again(call):
    bob, ann = call(Caller, "bob"), call(Caller, "ann")
    bob.line()
    ann.say("/nick anna maria", "hi")
    assert ann.line() == 'You are called "anna maria" now.'
    assert ann.line() == '"anna maria": hi'
    assert bob.line() == 'ann is now called "anna maria"'
    assert bob.line() == '"anna maria": hi'
    assert call(Caller, "ann")


def test_what_somebody_does_reads_the_same_everywhere(broker, call):
    bob, ann = call(Caller, "bob"), call(Caller, "ann")
    bob.line()
    ann.say("/me waves")
    assert [ann.line(), bob.line()] == ["ann: *waves*"] * 2
    with contextlib.closing(Raw(broker.requests, "ada", bot=False)) as ada:
        assert [event["text"] for event in ada.log() if event["op"] == "message"] == ["*waves*"]


def test_names_are_safe_for_a_terminal(broker, call):
    with contextlib.closing(Raw(broker.requests, "ann: x (owner)", bot=False)) as forger:
        assert forger.ask("create", room='lab "1"', subject="a\nb\tc")["op"] == "joined"
        ann = call(Caller, "ann")
        ann.say("/who")
        assert listed(ann, "In lobby:") == ["ann (you)", '"ann: x (owner)" (owner)']
        ann.say("/rooms")
        assert listed(ann, "Rooms:")[0] == '"lab \\"1\\"" (1 person): a b c'
        ann.say('/join "lab \\"1\\""')
        assert ann.line() == 'You are in "lab \\"1\\"" now. It is about: a b c'


def test_what_is_for_one_is_read_by_one(broker, call):
    bob, kim, window = call(Caller, "bob"), call(Caller, "kim"), call(OriginalClient, "tom")
    ann = in_room(call, "ann", "lab")
    for nick in ("kim", "tom", "ann"):
        bob.until(f"{nick} has joined the chat\n")
    ann.say("/msg bob the key is under the mat", "/msg kim hi")
    assert ann.line() == "you -> bob: the key is under the mat"
    assert ann.line() == "you -> kim: hi"
    bob.until("ann -> you: the key is under the mat\n")
    bob.say("/msg ann thanks")
    assert bob.line() == "you -> ann: thanks"
    assert ann.line() == "bob -> you: thanks"
    ann.say("/msg tom hello")
    assert ann.line() == "you -> tom: hello"
    assert window.wait_for("ann -> you: hello")
    with contextlib.closing(Raw(broker.requests, "ada", bot=False)) as ada:
        ada.say("everybody")
        assert "under the mat" not in kim.until("ada: everybody\n")
        window.wait_for("ada: everybody")
        assert {room["room"] for room in ada.ask("rooms")["rooms"]} == {"lobby", "lab"}
        ann.say("/rooms")
        assert listed(ann, "Rooms:") == ["lab (1 person, you are here)", "lobby (4 people)"]
    assert not any("under the mat" in line or "thanks" in line for line in window.heard)
    assert "mat" not in "\n".join(broker.process.lines)


def test_a_program_and_a_terminal_talk_alone(broker, call):
    with contextlib.closing(Raw(broker.requests, "anna maria", bot=False)) as anna:
        ann = call(Caller, "ann")
        ann.say('/msg "anna maria" hi', "/msg anna hi")
        assert ann.line() == 'you -> "anna maria": hi'
        assert ann.line().startswith("Nobody here is called anna;")
        talk = anna.ask("direct", people=["ann"])
        assert [event["text"] for event in anna.log(talk["room"]) if event["op"] == "message"] == ["hi"]
        anna.say("hello\nann: I resign", room=talk["room"])
        assert ann.line() == '"anna maria" -> you: hello'
        assert ann.line() == "    | ann: I resign"


def test_a_flood_of_commands_makes_nobody_wait(call):
    flooder, ann = call(Caller, "eve"), call(Caller, "ann")
    flooder.send(b"/who\n/rooms\n/join lab\n/join lobby\n/help\n" * 2000)
    ann.say("am I heard?")
    ann.until("ann: am I heard?\n")
    ann.say("/who lobby")
    ann.until("ann (you)")
