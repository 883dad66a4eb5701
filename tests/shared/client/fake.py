"""A broker without sockets, clocks or disks: it speaks docs/protocol.md as far as a session can tell."""

import json
from typing import Any

WALL_MS = 1_700_000_000_000


class FakeBroker:
    """Rooms as lists of events.

    Attributes a test may set: `down`, `refusals` (by op), `epoch`, `ping_s`, `limits`, `keeps_rooms`
    (an account that comes back is in the rooms where it was).
    """

    def __init__(self) -> None:
        self.rooms: dict[str, list[dict[str, Any]]] = {}
        self.tokens: dict[str, str] = {}  # token -> account
        self.sessions: dict[int, dict[str, Any]] = {}
        self.stored: dict[tuple[str, str], dict[str, Any]] = {}
        self.refusals: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.published: list[dict[str, Any]] = []
        self.epoch = "epoch-1"
        self.ping_s = 10.0
        self.limits: dict[str, int] = {}
        self.down = False
        self.keeps_rooms = False
        self.marks: dict[tuple[str, str], int] = {}  # by account and room
        self.first: dict[
            int, str
        ] = {}  # connection -> the refused message that comes before others: the pause, without a clock
        self._were: dict[str, dict[str, bool]] = {}  # token -> where the account was last
        self.nicks: dict[str, str] = {}  # account -> what it is called
        self._accounts = 0
        self._made = 0

    def say(self, room: str, text: str, nick: str = "zoe", **more: Any) -> dict[str, Any]:
        """Somebody else says something."""
        return self._append(
            room, {"op": "message", "nick": nick, "account": f"a-{nick}", "text": text, **more}
        )

    def restore(self, epoch: str, **kept: int) -> None:
        """An old file is put back: of each room named in `kept` only so many entries are left."""
        self.epoch = epoch
        for room, count in kept.items():
            lost = {event["id"] for event in self.rooms[room][count:]}
            del self.rooms[room][count:]
            self.stored = {key: event for key, event in self.stored.items() if event["id"] not in lost}
        self.sessions.clear()

    def texts(self, room: str) -> list[str]:
        """All messages of a room, in the order of its log."""
        return [event["text"] for event in self.rooms.get(room, []) if event["op"] == "message"]

    def asked(self, op: str) -> list[dict[str, Any]]:
        """All requests of one kind so far; a join names its room also where the wire leaves it out."""
        named = ({"room": "lobby", **request} if op == "join" else request for request in self.requests)
        return [request for request in named if request["op"] == op]

    def handle(self, connection: int, frame: bytes) -> list[dict[str, Any]]:
        """The answers to one up frame, in order."""
        self.frames.append(frame)
        content = json.loads(frame)
        requests = content if isinstance(content, list) else [content]
        self.requests += requests
        return [self._answer(connection, request) for request in requests if request["op"] != "typing"]

    def _answer(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        if request["op"] != "join" and connection not in self.sessions:
            return {"op": "error", "id": request["id"], "code": "no_session", "text": "Join first."}
        if request["op"] == "message":
            first = self.first.pop(connection, request["id"])
            if first != request["id"]:
                self.first[connection] = first
                return {"op": "error", "id": request["id"], "code": "slow_down", "text": "In order."}
        waiting = self.refusals.get(request["op"], [])
        if waiting and (refusal := waiting.pop(0)) is not None:
            if request["op"] == "message" and refusal["code"] == "slow_down":
                self.first[connection] = request["id"]
            return {"op": "error", "id": request["id"], "text": "Refused in a test.", **refusal}
        handler = getattr(self, "_" + request["op"].strip("!"))
        answer: dict[str, Any] = {"id": request["id"], **handler(connection, request)}
        return answer

    def _join(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        token = request.get("token")
        session = self.sessions.get(connection)
        if session is None and token is not None and token not in self.tokens:
            return {"op": "error", "code": "bad_token", "text": "No such token."}
        if session is None:
            if token is None:
                self._accounts += 1
                token = f"token-{self._accounts}"
                self.tokens[token] = f"account-{self._accounts}"
            rooms = dict(self._were.get(token, {})) if self.keeps_rooms else {}
            nick = request.get("nick") or self.nicks[self.tokens[token]]
            session = {"account": self.tokens[token], "token": token, "nick": nick, "rooms": rooms}
            self.sessions[connection] = session
        session["nick"] = self.nicks[session["account"]] = request.get("nick") or session["nick"]
        room = request.get("room", "lobby")
        log = self.rooms.setdefault(room, [])
        who = {"nick": session["nick"], "account": session["account"]}
        if not any(event["op"] == "joined" and event["account"] == who["account"] for event in log):
            self._append(room, {"op": "joined", **who})
        session["rooms"][room] = True
        self._were[token or session["token"]] = session["rooms"]
        return {
            "op": "joined",
            "room": room,
            **who,
            "token": session["token"],
            "epoch": self.epoch,
            "head": len(log),
            "first": 1,
            "topic": f"room/{room}/",
            "pub": "tcp://127.0.0.1:9",
            "members": [{**who, "presence": "online"}],
            "limits": self.limits,
            "server": {"name": "fake", "version": "0", "protocol": 1},
            "rooms": {name: len(self.rooms[name]) for name in session["rooms"]},
            "ping_s": self.ping_s,
        }

    def _message(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        session = self.sessions[connection]
        key = (session["account"], request["id"])
        if request["room"] not in session["rooms"]:
            return {"op": "error", "code": "not_member", "text": "Join the room first."}
        duplicate = key in self.stored
        if not duplicate:
            more = {"reply_to": request["reply_to"]} if "reply_to" in request else {}
            who = {"nick": session["nick"], "account": session["account"], "id": request["id"]}
            self.stored[key] = self._append(
                request["room"], {"op": "message", **who, "text": request["text"], **more}
            )
        event = self.stored[key]
        return {"op": "stored", **{k: event[k] for k in ("room", "seq", "at")}, "duplicate": duplicate}

    def _history(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        log = self.rooms[request["room"]]
        limit = request.get("limit", 100)
        if "after" in request:
            events = log[request["after"] : request["after"] + limit]
            more = request["after"] + limit < len(log)
        else:
            end = request.get("before", len(log) + 1) - 1
            events = log[max(0, end - limit) : end]
            more = end - limit > 0
        return {
            "op": "history",
            "room": request["room"],
            "epoch": self.epoch,
            "head": len(log),
            "events": events,
            "more": more,
        }

    def _ping(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        cursors = request.get("cursors", {})
        heads = {room: len(self.rooms[room]) for room in cursors if len(self.rooms[room]) > cursors[room]}
        return {"op": "pong", "heads": heads, "at": WALL_MS}

    def _read(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        key = self.sessions[connection]["account"], request["room"]
        mark = max(self.marks.get(key, 0), min(request["seq"], len(self.rooms[request["room"]])))
        self.marks[key] = mark
        return {"op": "stored", "room": request["room"], "seq": mark, "at": WALL_MS}

    def _rooms(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        session, limit = self.sessions[connection], request.get("limit", 200)
        names = [name for name in sorted(self.rooms) if name > request.get("after", "")]
        told = []
        for name in names[:limit]:
            mark = self.marks.get((session["account"], name), 0)
            others = [
                event
                for event in self.rooms[name][mark:]
                if event["op"] == "message" and event["account"] != session["account"]
            ]
            told.append(
                {
                    "room": name,
                    "head": len(self.rooms[name]),
                    "members": 1,
                    "joined": name in session["rooms"],
                    "read": mark,
                    "unread": len(others),
                    "mentions": sum(session["account"] in event.get("mentions", ()) for event in others),
                }
            )
        return {"op": "rooms", "rooms": told, "more": len(names) > limit}

    def _search(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        return {"op": "found", "hits": [], "cursor": request.get("text"), "complete": True}

    def _members(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        own = self.sessions[connection]
        me = {"nick": own["nick"], "account": own["account"], "presence": "online"}
        return {"op": "members", "room": request["room"], "members": [me], "more": False}

    def _leave(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        self.sessions[connection]["rooms"].pop(request["room"], None)
        seq = len(self.rooms[request["room"]]) + 1
        return {"op": "stored", "room": request["room"], "seq": seq, "at": WALL_MS}

    def _react(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        return {"op": "stored", "room": request["room"], "seq": 9, "at": WALL_MS}

    def _end(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        del self.sessions[connection]
        return {"op": "!end"}

    def _append(self, room: str, fields: dict[str, Any]) -> dict[str, Any]:
        log = self.rooms.setdefault(room, [])
        self._made += 1
        event = {
            "room": room,
            "seq": len(log) + 1,
            "at": WALL_MS + self._made,
            "id": f"e{self._made}",
            **fields,
        }
        log.append(event)
        self.published.append(event)
        return event
