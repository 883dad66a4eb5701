"""Each kind of request, answer and event is given to whatever of the broker dispatches on it.

Something of its own comes out. docs/architecture.md, "Where do I go to change".
"""

from collections.abc import Callable
from typing import Any, get_args

import pytest
from loggia.broker.admin import export_rows
from loggia.broker.admin.export_rows import MessageRow
from loggia.broker.core.ops import OPS
from loggia.broker.core.ordered import Command
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Batch, Person, Room, Snapshot
from loggia.broker.doors.classic import text as classic_text
from loggia.broker.doors.classic.conversation import Conversation
from loggia.broker.runtime import pipeline
from loggia.broker.sessions.paging import Paging
from loggia.shared.protocol.answers import AnyAnswer, Ended, QueryAnswer, Stored
from loggia.shared.protocol.events import MessageEvent, OtherEvent, PresenceEvent, StoredEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import (
    AnyRequest,
    Ban,
    Configure,
    Create,
    Direct,
    End,
    Idempotent,
    Invite,
    Join,
    Kick,
    Making,
    Members,
    MessageChange,
    Mute,
    Ping,
    Rooms,
    Search,
    SetRole,
    SetStatus,
    Typing,
    Unban,
    Unmute,
)
from msgspec import structs

from tests.broker.house import House, error_of
from tests.sample import sample


def named(kinds_of: Any) -> Any:
    return pytest.mark.parametrize("kind", get_args(kinds_of), ids=lambda kind: kind.__name__)


NEEDS: dict[type, dict[str, Any]] = {  # what the types do not say
    Join: {"nick": "dan"},
    Create: {"room": "new"},
    Direct: {"people": ["bob"]},
    Invite: {"who": "cas"},
    Configure: {"slow_s": 1},
    **{kind: {"seq": 3} for kind in get_args(MessageChange)},
    **{kind: {"who": "bob"} for kind in (Kick, Ban, Unban, Mute, Unmute, SetRole)},
}


def request(kind: type, **more: Any) -> Any:
    return sample(kind, **{**NEEDS.get(kind, {}), **more})


@named(AnyRequest)
def test_every_request_is_answered_in_a_session(house: House, kind: type) -> None:
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.join("cas", "cas", room="yonder")
    assert house.say("ada", "0").seq == 3
    answers = house.ask("ada", request(kind, id="1"))
    granted = [] if kind is Typing else [("1", None)]  # which is told to others instead
    assert [(answer.id, error_of(answer)) for answer in answers] == granted


@named(AnyRequest)
def test_every_request_is_answered_without_a_session(house: House, kind: type) -> None:
    (answer,) = house.ask("ada", request(kind, id="1"))
    assert answer.id == "1"
    assert error_of(answer) == (None if OPS[kind].needs == "nothing" else "no_session")


@named(AnyRequest)
def test_what_needs_membership_is_refused_to_who_is_not_in_the_room(house: House, kind: type) -> None:
    house.join("ada", "ada", room="other")
    house.join("bob", "bob")
    (answer,) = house.ask("ada", request(kind, id="1", **({"nick": "ada"} if kind is Join else {})))
    assert error_of(answer) == ("not_member" if OPS[kind].needs == "membership" else None)


EMPTY: dict[type, dict[str, Any]] = {  # about rooms in general
    Rooms: {"rooms": []},
    Ping: {"heads": {}},
    Search: {"hits": []},
}


OF_NO_ROOM = (End, SetStatus)


@named(AnyRequest)
def test_every_request_that_is_about_rooms_asks_the_right_to_them(
    house: House, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.join("bob", "bob")  # who comes first owns the lobby
    house.join("ada", "ada")
    house.say("ada", "0")
    monkeypatch.setitem(OPS, kind, OPS[kind]._replace(role="owner"))
    more: dict[str, Any] = {"cursors": {"lobby": 0}} if kind is Ping else {}
    (answer,) = house.ask("ada", request(kind, id="1", **({"nick": "ada"} if kind is Join else more)))
    if kind in EMPTY:
        assert answer == structs.replace(answer, **EMPTY[kind])
    elif kind not in (*OF_NO_ROOM, *get_args(Making)):  # and a new room has no roles yet
        assert error_of(answer) == "not_allowed"


@pytest.mark.parametrize(("kind", "field"), [(Members, "members"), (Ping, "rooms")])
def test_a_join_tells_no_more_than_one_may_ask(
    house: House, kind: type, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.join("bob", "bob")
    assert getattr(house.join("ada", "ada"), field)
    monkeypatch.setitem(OPS, kind, OPS[kind]._replace(role="owner"))
    assert not getattr(house.join("ada"), field)


ANSWERED_STORED = [kind for kind in get_args(Idempotent) if kind not in get_args(Making)]


@pytest.mark.parametrize("kind", ANSWERED_STORED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("grows", [True, False], ids=["a growing id", "any id"])
@pytest.mark.parametrize("how", ["same frame", "next turn", "after a restart"])
def test_every_request_that_is_stored_is_stored_once(house: House, kind: type, grows: bool, how: str) -> None:
    token = house.join("ada", "ada").token
    house.join("bob", "bob")
    house.join("cas", "cas", room="yonder")
    house.say("ada", "5")
    asked = request(kind, id="6" if grows else "4")
    if how == "same frame":
        first, again = house.ask("ada", asked, asked)
    else:
        first = house.ask_one("ada", asked)
        if how == "after a restart":
            house.restart()
            house.join("ada", token=token)
        again = house.ask_one("ada", asked)
    assert isinstance(first, Stored), first
    assert not first.duplicate
    assert again == structs.replace(first, duplicate=True)
    assert house.events()[first.seq - 1].id == asked.id


@pytest.mark.parametrize("kind", ANSWERED_STORED, ids=lambda kind: kind.__name__)
def test_every_request_to_be_stored_is_refused_in_words_where_it_cannot_be(house: House, kind: type) -> None:
    house.join("ada", "ada")
    house.refuses("ada", request(kind, id="1", room="elsewhere"), "no_such_room")
    house.join("bob", "bob", room="other")
    house.refuses("ada", request(kind, id="2", room="other"), "not_member")


@named(Idempotent)
def test_every_request_to_be_stored_waits_while_nothing_may_be(kind: type) -> None:
    ada = Person(number=1, account="a1", token_hash=b"1", nick="ada", rooms={"lobby"})
    snapshot = Snapshot(
        {"lobby": Room(number=1, name="lobby", place=0)}, [ada], last_account=1, owners={"a1": False}
    )
    bob = Person(number=2, account="bob", token_hash=b"2", nick="bob")
    known = {"bob": bob}
    rooms = RoomsState(snapshot, int, lambda *_: None, known.get, frozen="The log is damaged.")
    assert error_of(rooms.decide(Command("a1", request(kind, id="1"), at=0))) == "unavailable"
    assert error_of(rooms.decide(Command("a2", request(kind, id="1"), at=0))) == "no_session"
    assert rooms.taken() == Batch()


@named(QueryAnswer)
def test_every_answer_that_is_a_page_counts_for_how_much_is_sent(kind: type) -> None:
    Paging().count(sample(kind))


@named(AnyAnswer)
def test_a_visitor_goes_on_whatever_it_is_answered(kind: type) -> None:
    visitor = Conversation("127.0.0.1:5000", Limits(), 0.0)
    visitor.answered([sample(kind, id=None)], 1.0)
    assert visitor.is_open == (kind is not Ended)


def _on_a_page(event: Any) -> str:
    if isinstance(event, MessageEvent):
        return export_rows.message(MessageRow(event, [], None, None, None), str, goes_on=False)
    return export_rows.note(event)


EVENTS = [kind for kind in get_args(StoredEvent) if kind is not OtherEvent]
TELLERS: dict[str, Callable[[Any], object]] = {
    "the live log": pipeline._line,
    "an export": _on_a_page,
    "the front door": classic_text.shown,
}


@pytest.mark.parametrize("tell", TELLERS.values(), ids=TELLERS)
def test_no_event_is_told_as_another(tell: Callable[[Any], object]) -> None:
    told = [tell(sample(kind, nick="ada")) for kind in EVENTS]
    words = [str(one) for one in told if one is not None]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("tell", TELLERS.values(), ids=TELLERS)
def test_an_event_of_a_newer_version_is_told_as_none_of_ours(tell: Callable[[Any], object]) -> None:
    ours = [tell(sample(kind, nick="ada")) for kind in EVENTS]
    newer = tell(sample(OtherEvent, nick="ada", fields={"op": "dances"}))
    assert newer is None or (newer not in ours and "dances" in str(newer))


def test_a_presence_is_not_written_to_the_front_door() -> None:
    assert classic_text.shown(sample(PresenceEvent)) is None
