"""Who comes and goes, as libzmq tells it."""

import zmq
from loggia.broker.doors.zeromq import arrivals
from loggia.broker.doors.zeromq.arrivals import TURN_EVENTS


def test_news_that_never_end_do_not_keep_a_door_open(open_door, monkeypatch):
    """As where descriptors are short."""
    door = open_door()
    told = [(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, 0)] * TURN_EVENTS
    monkeypatch.setattr(arrivals, "CLOSE_S", 0.01)
    monkeypatch.setattr(arrivals, "_told", lambda monitor: told)
    door.close(None, [])
    assert door._context.closed
