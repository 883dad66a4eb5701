"""Whoever is no member learns nothing of a private room, not even by how long an answer takes."""

import contextlib

import msgspec
import pytest
from loggia.shared.protocol.answers import Error, JoinedAnswer
from loggia.shared.protocol.codec import decode_requests
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Configure, Create, Invite, Kick, Message, SetSubject

from bench.counts import COUNTERS
from tests.broker.house import House
from tests.endtoend.members import ASKED_OF_A_ROOM

NEVER_USED = "%" + "z" * 28
FEW = 10  # instructions, of some 2,000: less than 1 us


@pytest.fixture
def house(tmp_path):
    with contextlib.closing(House(tmp_path / "data", searched=True)) as house:
        yield house


def private_room(house: House) -> str:
    for nick in ("ann", "bob", "cem"):
        house.join(nick, nick)
    made = [answer for answer in house.ask("ann", Create(id="a1", room="den", private=True))]
    (room,) = [answer.room for answer in made if isinstance(answer, JoinedAnswer)]
    house.say("ann", "a2", "hi", room)
    house.ask("ann", Invite(id="a3", room=room, who="cem"), SetSubject(id="a4", room=room, subject="tea"))
    house.ask("cem", Message(id="a5", room=room, text="hi"))
    house.ask("ann", Kick(id="a6", room=room, who="cem"))
    return room


class Stranger:
    def __init__(self, house: House, nick: str) -> None:
        self._house, self._nick, self._asked = house, nick, 0

    def asks(self, op: str, room: str, **fields: object) -> tuple[list[object], int]:
        """What is answered, and how many instructions of Python that took."""
        self._asked += 1
        frame = msgspec.json.encode({"op": op, "id": f"{self._asked:06}", "room": room, **fields})
        (request,) = decode_requests(frame, Limits())
        with COUNTERS["instructions"]() as total:
            answers = self._house.ask(self._nick, request)
        plain = {"id": ""} | ({"text": ""} if hasattr(answers[0], "text") else {})
        return [msgspec.structs.replace(answer, **plain) for answer in answers], total[0]


ASKED = [
    *ASKED_OF_A_ROOM.items(),
    ("join", {"after": 1, "epoch": "epoch-1"}),
    ("message", {"text": "hi @ann", "reply_to": 1}),
    ("message", {"text": "hi", "thread": 1}),
    ("history", {"thread": 3, "limit": 1000}),
    ("history", {"around": 1}),
    ("history", {"at": 0}),
    ("search", {"text": "hi", "from": "ann"}),
    ("members", {"after": "a", "limit": 1}),
    ("read", {"seq": 2**39}),
    ("typing", {"on": False}),
]


@pytest.mark.parametrize("slow", [False, True], ids=["none is slow", "there are slow ones"])
@pytest.mark.parametrize("who", ["bob", "cem"], ids=["a stranger", "who was shown out"])
@pytest.mark.parametrize(("op", "fields"), ASKED, ids=[f"{op} {[*fields]}" for op, fields in ASKED])
def test_it_takes_as_many_steps_as_of_a_name_that_was_never_used(house, op, fields, who, slow):
    room, stranger = private_room(house), Stranger(house, who)
    if slow:  # the room, and one that whoever asks has made for it
        house.ask("ann", Configure(id="s1", room=room, slow_s=600))
        house.ask(who, Create(id="s1", room="mine"), Configure(id="s2", room="mine", slow_s=600))
    for name in (room, NEVER_USED, room, NEVER_USED):  # what is done once is behind us then
        stranger.asks(op, name, **fields)
    there = [stranger.asks(op, room, **fields) for _ in range(3)]
    nowhere = [stranger.asks(op, NEVER_USED, **fields) for _ in range(3)]
    told, as_told = there[0][0], nowhere[0][0]
    assert told == as_told
    assert all(isinstance(answer, Error) and answer.code == "no_such_room" for answer in told)
    as_many_steps(there, nowhere)


MANY = 500


@pytest.mark.parametrize("who", ["bob", "cem"], ids=["a stranger", "who was shown out"])
@pytest.mark.parametrize("cursor", [0, 1000])
def test_a_ping_takes_as_many_steps_too(house, who, cursor):
    """Of one name, and of as many forms of it as there are: a little for each would be seen."""
    room, stranger = private_room(house), Stranger(house, who)
    for forms in (1, MANY):
        asked = []
        for name in (room, NEVER_USED) * 4:
            behind = [name[:at] + "\ufe0f" * more + name[at:] for more in range(1, 40) for at in range(1, 29)]
            cursors = dict.fromkeys([name, *behind][:forms], cursor)
            asked.append(stranger.asks("ping", "", cursors=cursors))
        assert [answer.heads for answers, _ in asked for answer in answers] == [{}] * 8
        as_many_steps(asked[2::2], asked[3::2], FEW + 2 * forms)  # of some 200 each


def as_many_steps(there, nowhere, few=FEW) -> None:
    """Of the least: what is collected by the way counts, too."""
    steps, as_many = (min(count for _, count in asked) for asked in (there, nowhere))
    assert abs(steps - as_many) <= few, (steps, as_many)
