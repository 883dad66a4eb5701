"""docs/protocol.schema.json: up to date, and true of what the program really writes and reads."""

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from loggia.shared.protocol import answers, codec, events, requests
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.schema import document, schema

HOUSE = Path(__file__).parents[3]
FILE = HOUSE / "docs" / "protocol.schema.json"

EVENT = {"room": "lobby", "seq": 7, "at": 1, "nick": "ada", "account": "a1", "id": "m1"}
MEMBER = answers.Member(nick="ada", account="a1", presence="online", bot=True)
SERVER = answers.ServerInfo(name="here", version="0.1.0")
ROOM = answers.RoomInfo(room="lobby", head=7, members=1, joined=True)

REQUESTS = [
    requests.Join(id="1"),
    requests.Join(id="1", nick="ada", room="lab", token="t", bot=True, after=3, epoch="e"),
    requests.Message(id="2", room="lobby", text="hello", reply_to=3),
    requests.History(id="3", room="lobby", before=9, limit=10),
    requests.Leave(id="4", room="lobby"),
    requests.Create(id="4", room="lab", subject="tea"),
    requests.Create(id="4", room="Thesis", private=True),
    requests.Direct(id="4", people=["bob", "a3"]),
    requests.Invite(id="4", room="lab", who="bob", reason="come"),
    requests.Edit(id="4", room="lab", seq=3, text="else"),
    requests.Delete(id="4", room="lab", seq=3, reason="noise"),
    requests.React(id="4", room="lab", seq=3, emoji="+1"),
    requests.Pin(id="4", room="lab", seq=3, on=False),
    requests.Kick(id="4", room="lab", who="bob", reason="noise"),
    requests.Ban(id="4", room="lab", who="bob", until=9),
    requests.Unban(id="4", room="lab", who="bob"),
    requests.Mute(id="4", room="lab", who="bob"),
    requests.Unmute(id="4", room="lab", who="bob"),
    requests.SetRole(id="4", room="lab", who="bob", role="moderator"),
    requests.SetSubject(id="4", room="lab", subject=""),
    requests.SetStatus(id="4", text="at lunch"),
    requests.Typing(id="4", room="lab", on=False),
    requests.Read(id="4", room="lab", seq=7),
    requests.Configure(id="4", room="lab", slow_s=5, announce=True),
    requests.CloseRoom(id="4", room="lab"),
    requests.ReopenRoom(id="4", room="lab"),
    requests.Rooms(id="5"),
    requests.Members(id="6", room="lobby"),
    requests.Search(id="7", text="hello", room="lab", who="ada", has="link", since=1, until=2, limit=9),
    requests.Ping(id="7", cursors={"lobby": 7}),
    requests.End(id="8"),
]
ANSWERS = [
    answers.JoinedAnswer(
        id="1", room="lobby", nick="ada", account="a1", token="t", epoch="e", head=7, first=1,
        rooms={"lobby": 7}, topic="room/lobby/", pub="tcp://127.0.0.1:1102", members=[MEMBER],
        limits=Limits(), server=SERVER,
    ),
    answers.Stored(id="2", room="lobby", seq=7, at=1),
    answers.HistoryAnswer(
        id="3", room="lobby", epoch="e", head=7, more=False,
        events=[msgspec.Raw(codec.encode(events.MessageEvent(**EVENT, text="hello")))],
    ),
    answers.RoomsAnswer(id="5", rooms=[ROOM]),
    answers.MembersAnswer(id="6", room="lobby", members=[MEMBER]),
    answers.Pong(id="7", heads={"lobby": 9}, at=1),
    answers.FoundAnswer(
        id="8",
        hits=[
            answers.Hit(
                room="lobby", seq=2, at=3, nick="ada", account="a1", text="hello world", marks=[(0, 5)]
            )
        ],
        cursor="00ff",
        complete=False,
    ),
    answers.Ended(id="8"),
    answers.Error(id=None, code="bad_frame", text="The frame is not JSON."),
    answers.Error(id="9", code="slow_down", text="Wait a moment.", retry_after_ms=20),
]  # fmt: skip
EVENTS = [
    events.MessageEvent(**EVENT, text="hello", reply_to=3),
    events.MessageEvent(**EVENT, text="hello", bot=True),
    events.JoinedEvent(**EVENT, bot=True),
    events.LeftEvent(**EVENT, reason="lost"),
    events.LeftEvent(**EVENT, reason="kicked", by="b1", by_nick="bob", why="noise"),
    events.CreatedEvent(**EVENT, subject="tea"),
    events.CreatedEvent(**EVENT, private=True, title="Thesis"),
    events.CreatedEvent(**EVENT, private=True, people={"a1": "ada", "b1": "bob"}),
    events.InvitedEvent(**EVENT, target="b1", target_nick="bob", reason="come"),
    events.EditedEvent(**EVENT, target=3, text="else", mentions=("b1",)),
    events.DeletedEvent(**EVENT, target=3, reason="noise"),
    events.ReactedEvent(**EVENT, target=3, emoji="+1", on=True),
    events.PinnedEvent(**EVENT, target=3, on=False),
    events.BannedEvent(**EVENT, target="b1", target_nick="bob", reason="noise", until=9),
    events.UnbannedEvent(**EVENT, target="b1", target_nick="bob"),
    events.MutedEvent(**EVENT, target="b1", target_nick="bob"),
    events.UnmutedEvent(**EVENT, target="b1", target_nick="bob"),
    events.RoleEvent(**EVENT, target="b1", target_nick="bob", role="owner"),
    events.SubjectEvent(**EVENT, subject="tea"),
    events.ConfiguredEvent(**EVENT, title="lab", slow_s=5, announce=False),
    events.ClosedEvent(**EVENT),
    events.ReopenedEvent(**EVENT),
    events.RenamedEvent(**EVENT, was="eda"),
    events.PresenceEvent(room="lobby", nick="ada", account="a1", presence="away"),
    events.TypingEvent(room="lobby", nick="ada", account="a1", on=False),
    events.ReadEvent(room="lobby", seq=7),
]
WRONG = [
    ("Request", {"op": "join"}),
    ("Request", {"op": "join", "id": ""}),
    ("Request", {"op": "join", "id": "x" * 65}),
    ("Request", {"op": "dance", "id": "1"}),
    ("Request", {"op": "message", "id": "1", "room": "lobby"}),
    ("Request", {"op": "history", "id": "1", "room": "lobby", "after": -1}),
    ("Answer", {"op": "error", "id": "1", "code": "whatever", "text": "No."}),
    ("Event", {"op": "left", **EVENT, "reason": "bored"}),
    ("Event", {"op": "presence", "room": "lobby", "nick": "ada", "account": "a1", "presence": "busy"}),
    ("FrameUp", []),
    ("FrameDown", {"op": "pong", "id": "7", "heads": {}, "at": 1}),
]


@pytest.fixture(scope="module")
def valid():
    whole = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(whole)

    def valid(kind: str, value: object) -> bool:
        wanted = {**whole, "$ref": f"#/$defs/{kind}"}
        return jsonschema.Draft202012Validator(wanted).is_valid(value)

    return valid


def written(struct: object) -> object:
    return json.loads(codec.encode(struct))


def test_the_file_is_what_the_types_say():
    assert FILE.read_text() == document(), (
        "run: python -m loggia.shared.protocol.schema > docs/protocol.schema.json"
    )


def test_the_command_prints_the_file():
    printed = subprocess.run(
        [sys.executable, "-m", "loggia.shared.protocol.schema"],
        capture_output=True,
        cwd=HOUSE,
        check=True,
        text=True,
    )
    assert printed.stdout == document()


@pytest.mark.parametrize(
    ("kind", "union", "examples"),
    [
        ("Request", requests.AnyRequest, REQUESTS),
        ("Answer", answers.AnyAnswer, ANSWERS),
        ("Event", events.AnyEvent, EVENTS),
    ],
)
def test_what_is_written_is_valid(valid, kind, union, examples):
    assert {type(example) for example in examples} == set(get_args(union)) - {events.OtherEvent}
    for example in examples:
        assert valid(kind, written(example)), example


def test_whole_frames_are_valid(valid):
    assert valid("FrameUp", written(REQUESTS[0]))
    assert valid("FrameUp", [written(request) for request in REQUESTS])
    assert valid("FrameDown", [written(struct) for struct in ANSWERS + EVENTS])
    assert valid("FrameBroadcast", [written(event) for event in EVENTS])


def test_unknown_fields_are_allowed(valid):
    assert valid("Request", {"op": "rooms", "id": "1", "colour": "green"})


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_what_is_wrong_is_not_valid(valid, kind, value):
    assert not valid(kind, value)


def test_there_is_a_definition_for_everything_that_can_be_sent():
    definitions = schema()["$defs"]
    for union in (requests.AnyRequest, answers.AnyAnswer, events.AnyEvent):
        for kind in set(get_args(union)) - {events.OtherEvent}:
            assert definitions[kind.__name__]["properties"]["op"]["enum"] == [kind.__struct_config__.tag]
