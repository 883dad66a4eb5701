"""What a peer is told after the commit; sessions begin and end with it. Pure; time is an argument."""

import math
from collections.abc import Callable, Hashable
from typing import cast

import msgspec
from loggia.broker.core.ordered import Created, Result
from loggia.broker.core.permissions import role_of
from loggia.broker.core.refusals import ended
from loggia.broker.core.rooms import RoomsState
from loggia.broker.sessions.passing import Passing
from loggia.broker.sessions.peers import Peer
from loggia.broker.sessions.queries import Asked, Reader
from loggia.broker.sessions.quotas import Quotas
from loggia.broker.sessions.sessions import Session, Sessions
from loggia.shared.process.counters import Counters
from loggia.shared.protocol import names
from loggia.shared.protocol.answers import (
    AnyAnswer,
    Ended,
    Error,
    HistoryAnswer,
    JoinedAnswer,
    ServerInfo,
    Stored,
    error,
)
from loggia.shared.protocol.errors import Refused, StorageDamaged
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import End, History, Join, Making, Ping, Typing


class Answering(msgspec.Struct, kw_only=True, frozen=True):
    """Answers from the committed state. `broadcasts_for`, `unread_of`: as of `Ports`; `counters`,
    `usual`: of `Hub`; `keep_ms`: of `HubSettings`."""

    rooms: RoomsState
    reader: Reader
    sessions: Sessions
    passing: Passing
    quotas: Quotas
    counters: Counters
    usual: dict[str, int]
    keep_ms: int
    limits: Limits
    server: ServerInfo
    broadcasts_for: Callable[[Hashable], str]
    unread_of: Callable[[Hashable], int]

    def query(self, key: Hashable, peer: Peer | None, asked: Asked, now: float, at: int) -> AnyAnswer | None:
        """What was asked for, or why not; None: there is nothing to say. `peer` is None if it was lost in the
        turn of its question."""
        try:
            if peer is None:
                raise Refused("no_session", "This connection is gone.")
            return self._read(key, peer, asked, now, at)
        except Refused as refused:
            return error(asked.request.id, refused)
        except StorageDamaged as damaged:
            return unreadable(asked.request.id, damaged)

    def _read(self, key: Hashable, peer: Peer, asked: Asked, now: float, at: int) -> AnyAnswer | None:
        if isinstance(asked.request, Typing):
            room = self.reader.readable(asked.account, asked.request, at)
            self.passing.types(asked.account, room.name, on=asked.request.on)
            return None
        if isinstance(asked.request, Ping):
            return self.reader.answer(asked.account, asked.request, at)
        may = self.quotas.may_page(peer.host, now)
        peer.paging.check(now, self.unread_of(key), address_may=may)
        answer = self.reader.answer(asked.account, asked.request, at)
        self.quotas.paged(peer.host, peer.paging.count(answer), now)
        if (
            isinstance(answer, HistoryAnswer)
            and isinstance(asked.request, History)
            and asked.request.after is not None
        ):
            self.usual["backfills"] += 1
            self.counters.count("fills", now, len(answer.events))
        return answer

    def join(
        self, key: Hashable, peer: Peer, request: Join, result: Result, now: float
    ) -> JoinedAnswer | Error:
        """The connection speaks for its session from now on, if the join was granted."""
        session = peer.session
        assert session is not None
        session.joining -= 1
        if isinstance(result, Error):
            if key not in session.peers:
                peer.session = None
                if session.lapses_at is None:
                    self.sessions.part(key, session, now)
            return self._explained(result, request.nick or session.nick, session.account, now)
        self.usual["joins"] += 1
        if key not in session.peers:
            self.counters.count("resumed", now, session.lapses_at is not None)
            peer.session = session = self.sessions.open(key, session)
        peer.bot = request.bot
        session.nick = (self.rooms.person(session.account) or session).nick
        return self._joined(key, session, request.id, request.room)

    def created(
        self, key: Hashable, peer: Peer, request: Making, result: Created | Stored | Error
    ) -> JoinedAnswer | Stored | Error:
        """The room is there, and who asked is in it; or else, as for a join."""
        session = peer.session
        assert session is not None
        session.joining -= 1
        if not isinstance(result, Created):
            return result
        if self.rooms.person(session.account) is None:
            return ended(request.id)
        return self._joined(key, session, request.id, result.room)

    def end(self, key: Hashable, peer: Peer, request: End, now: float) -> Ended:
        """The session is over."""
        assert peer.session is not None
        self.sessions.end(key, peer.session, now)
        peer.session = None
        return Ended(id=request.id)

    def _explained(self, refusal: Error, nick: str, account: str, now: float) -> Error:
        """`nick_taken` says by whom, and when it lapses by itself; where nobody is here, it does already."""
        holder = self.rooms.holder(nick, but=account) if refusal.code == "nick_taken" else None
        if holder is None:
            return refusal
        session, held = self.sessions.get(holder.account), names.quoted(holder.nick)
        if session is None or session.lapses_at is None:
            text = f"The nickname is taken by {held}, who is here; choose another."
            return msgspec.structs.replace(refusal, text=text)
        wait = max(1, round((session.lapses_at - now) * 1000))
        if holder.kept and self.keep_ms:
            text = f"The nickname is kept for {held}, who lost the connection; choose another."
            return msgspec.structs.replace(refusal, text=text, retry_after_ms=wait + self.keep_ms)
        in_s = math.ceil(wait / 1000)
        text = f"The nickname is kept for {held}, who lost the connection; wait {in_s} s, or choose another."
        return msgspec.structs.replace(refusal, text=text, retry_after_ms=wait)

    def _joined(self, key: Hashable, session: Session, request_id: str, name: str) -> JoinedAnswer:
        person = self.rooms.person(session.account)
        room = self.rooms.room(name)
        assert person is not None
        assert room is not None
        assert session.token is not None
        members, more = self.reader.listed(session.account, room)
        return JoinedAnswer(
            id=request_id,
            room=room.name,
            nick=person.nick,
            account=person.account,
            token=session.token,
            epoch=self.reader.epoch,
            head=room.head,
            first=1,
            topic=f"room/{room.name}/" if room.kind == "public" else "",
            pub=self.broadcasts_for(key),
            members=members,
            members_more=more,
            limits=self.limits,
            server=self.server,
            rooms=cast(dict[str, int], self.rooms.heads(person)),  # many are JSON already
            title=room.title(session.account),
            kind=room.kind,
            role=role_of(session.account, room),
            subject="" if room.rules is None else room.rules.settings.subject,
        )


def unreadable(request_id: str | None, damaged: StorageDamaged) -> Error:
    """The answer to who asks for what cannot be read."""
    text = f"{damaged} Who runs this broker finds in its log what to do."
    return Error(id=request_id, code="unavailable", text=text)
