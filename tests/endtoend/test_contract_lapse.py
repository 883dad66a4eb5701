"""docs/protocol.md, "Sessions": what silence does, in real time. One test that takes the 30 s of a session.

Everything that has to wait waits together here; tests/broker/sessions/test_presence.py moves the clock
instead.
"""

import json
import socket
import struct
import time

from tests.endtoend.wire import LOBBY, Wire, refused
from tests.patience import PATIENCE_S, Stopwatch

SILENT_S = 25.0  # whoever has pinged: something on the way may answer the keepalive for a client that is dead
RESUME_S = 30.0
LATE_S = 3.0


class Frozen:
    """A DEALER that joins, pings and then says nothing more; its system is well. ZMTP 3.1 by hand."""

    def __init__(self, endpoint, nick):
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
        self._socket.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32))
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
        self._socket.sendall(bytes([4, len(ready)]) + ready)
        self._hear(b"READY")
        self._say({"op": "join", "id": "1", "nick": nick})
        self._hear(b'"joined"')
        self._say({"op": "ping", "id": "2"})
        self._hear(b'"pong"')

    def _say(self, request):
        frame = json.dumps(request).encode()
        self._socket.sendall(bytes([0, len(frame)]) + frame)

    def _hear(self, wanted):
        heard = b""
        while wanted not in heard:
            said = self._socket.recv(4096)
            assert said, heard
            heard += said

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def test_a_lost_session_is_away_and_then_left(broker):
    with Wire(broker) as wire, Frozen(broker.requests, "frozen"):
        listener = wire.listener(f"room/{LOBBY}/")
        bob, closed, resumed, quiet = (wire.joined(nick) for nick in ("bob", "closed", "resumed", "quiet"))
        listener.so_far()
        watch, began = Stopwatch(), time.monotonic()
        for caller in (closed, resumed):
            caller.close()
        away = {}
        while set(away) != {"closed", "resumed", "frozen"}:
            for event in listener.until(lambda event: event["op"] == "presence"):
                assert event["presence"] == "away"
                away[event["nick"]] = watch.read_s()
        assert max(away["closed"], away["resumed"]) < LATE_S  # at once
        assert away["frozen"] < SILENT_S + LATE_S
        assert time.monotonic() - began > SILENT_S - LATE_S  # what it waited for last
        back = wire.resumed(resumed)
        left = {}
        while "closed" not in left:
            assert watch.read_s() < RESUME_S + LATE_S
            for event in listener.so_far():
                if event["op"] == "left":
                    assert event["reason"] == "lost"
                    left[event["nick"]] = time.monotonic() - began
                    assert watch.read_s() < RESUME_S + LATE_S
            bob.socket.poll(100)
        assert set(left) == {"closed"}
        assert left["closed"] > RESUME_S - 1.0
        members = {member["nick"]: member["presence"] for member in bob.ask("members", room=LOBBY)["members"]}
        assert members == {"bob": "online", "resumed": "online", "quiet": "online", "frozen": "away"}
        assert quiet.ask("ping")["op"] == "pong"  # it said nothing for 30 s: nobody has to
        eve = wire.joined("closed")  # the nick is free again, for another account
        assert eve.account != closed.account
        answer = wire.caller().ask("join", token=closed.token)
        refused(answer, "nick_taken", answer["id"])
        again = wire.resumed(closed, nick="closed once")
        events = [event["op"] for event in again.log() if event["account"] == closed.account]
        assert events == ["joined", "left", "joined"]
        assert [event["op"] for event in back.log() if event["account"] == back.account] == ["joined"]
