"""What the tests of the front door share: answers and events as the hub gives them."""

from loggia.shared.protocol.answers import Ended, Error, JoinedAnswer, ServerInfo, Stored
from loggia.shared.protocol.events import JoinedEvent, LeftEvent, MessageEvent
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import End, Join

SERVER = ServerInfo(name="test", version="0")


def joined_answer(join, account):
    return JoinedAnswer(
        id=join.id,
        room=join.room,
        nick=join.nick or "alice",
        account=account,
        token="secret",
        epoch="e",
        head=1,
        first=1,
        topic=f"room/{join.room}/",
        pub="tcp://127.0.0.1:1",
        members=[],
        limits=Limits(),
        server=SERVER,
        rooms={join.room: 1},
    )


def answer(request, account="a"):
    """What a hub without objections answers."""
    if isinstance(request, Join):
        return joined_answer(request, account)
    if isinstance(request, End):
        return Ended(id=request.id)
    return Stored(id=request.id, room=LOBBY, seq=1, at=0)


def refusal(request, code, text="No.", **more):
    return Error(id=request.id, code=code, text=text, **more)


def _event(kind, nick, account, **more):
    return kind(room=LOBBY, seq=1, at=0, nick=nick, account=account or nick, id="1", **more)


def shown_out(nick, by, account=None):
    return _event(LeftEvent, nick, account, reason="kicked", by=by, by_nick=by)


def message(nick, text, account=None):
    return _event(MessageEvent, nick, account, text=text)


def joined(nick, account=None):
    return _event(JoinedEvent, nick, account)


def left(nick, reason="end", account=None):
    return _event(LeftEvent, nick, account, reason=reason)
