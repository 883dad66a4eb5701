"""How the sockets of the door are set."""

import pytest
import zmq
from loggia.broker.doors.zeromq import sockets
from loggia.broker.doors.zeromq.subscriptions import TOPIC_BYTES
from loggia.shared.protocol.limits import HEARTBEAT_TIMEOUT_S, Limits


@pytest.fixture(params=[sockets.router, sockets.pub])
def socket(request):
    with sockets.context() as context, request.param(context, Limits()) as socket:
        yield socket


def test_no_heartbeat_of_libzmq_is_ever_due(socket):
    assert socket.heartbeat_ivl == 0


def test_the_system_notices_within_15_s_who_is_gone(socket):
    assert socket.tcp_keepalive == 1
    idle_s, each_s, times = socket.tcp_keepalive_idle, socket.tcp_keepalive_intvl, socket.tcp_keepalive_cnt
    assert 0 < idle_s + each_s * times <= HEARTBEAT_TIMEOUT_S
    assert 0 < idle_s + each_s * 10 <= HEARTBEAT_TIMEOUT_S, "Windows asks ten times"
    # what waits without an answer; looked at with each question, so one of them must come in time
    assert 0 < socket.tcp_maxrt / 1000 <= HEARTBEAT_TIMEOUT_S - each_s


def test_what_comes_waits_without_a_bound_of_frames(socket):
    """Where libzmq stops to read a connection, it does not survive that this breaks."""
    assert socket.rcvhwm == 0


def test_one_part_is_bounded_and_so_are_answers_that_nobody_reads():
    limits = Limits()
    with sockets.context() as context:
        with sockets.router(context, limits) as router:
            assert router.maxmsgsize == 2 * limits.frame_bytes
            assert router.sndhwm == sockets.ANSWER_FRAMES
        with sockets.pub(context, limits) as pub:
            assert pub.maxmsgsize == sockets.SUBSCRIBE_BYTES + TOPIC_BYTES
            assert pub.sndhwm == sockets.queue_frames(limits)


def test_a_handshake_takes_no_longer_than_5_s(socket):
    assert socket.getsockopt(zmq.HANDSHAKE_IVL) == 5000
