"""Bytes to messages and messages to sends: whole, byte by byte, with a tail, with a moved clock."""

import pytest
from loggia.broker.doors.classic.framing import (
    APART_S,
    CROWD,
    CUT_LETTER_S,
    HURRY_BYTES,
    PACKET_BYTES,
    QUIET_S,
    Incoming,
    Mode,
    Outgoing,
)
from loggia.broker.doors.classic.text import INDENT

MOST = 100
LITTLE = 0.001


def heard(incoming, *pieces, apart=LITTLE):
    """Messages of pieces that arrive `apart` seconds after each other, then a long quiet."""
    messages, now = [], 0.0
    for piece in pieces:
        now += apart
        messages += incoming.wake(now)
        messages += incoming.feed(piece, now)
    return messages + incoming.wake(now + 10)


def bytewise(data):
    return [data[at : at + 1] for at in range(len(data))]


LINES = [
    (b"alice\nhello\n", [b"alice", b"hello"]),
    (b"alice\r\nhello\r\n", [b"alice", b"hello"]),
    (b"alice\n\n\r\nhello\n", [b"alice", b"", b"", b"hello"]),
    ("zoë\n日本語 😀\n".encode(), ["zoë".encode(), "日本語 😀".encode()]),
    (b"alice\n" + b"x" * MOST + b"\r\nhello\n", [b"alice", b"x" * MOST, b"hello"]),
    (b"alice\n" + b"x" * (3 * MOST), [b"alice", None]),
]


@pytest.mark.parametrize(("data", "messages"), LINES)
def test_lines_come_out_however_they_are_cut(data, messages):
    for pieces in ([data], bytewise(data)):
        incoming = Incoming(MOST)
        assert heard(incoming, *pieces) == messages
        assert incoming.mode is Mode.LINES


def test_a_line_without_its_end_is_no_message_until_the_stream_ends():
    incoming = Incoming(MOST)
    assert heard(incoming, b"alice\nhel") == [b"alice"]
    assert incoming.wake_at() is None
    assert incoming.finish() == [b"hel"]
    assert incoming.finish() == []


@pytest.mark.parametrize("pieces", [[b"x" * 5000], bytewise(b"x" * 5000)])
def test_a_line_too_long_is_told_once_and_thrown_away_to_its_end(pieces):
    incoming = Incoming(MOST)
    assert heard(incoming, b"alice\n", *pieces, b"tail\nhello\n") == [b"alice", None, b"hello"]


def test_a_packet_too_long_is_told_once_and_thrown_away_to_the_quiet():
    incoming = Incoming(MOST)
    assert heard(incoming, b"alice", apart=1) == [b"alice"]
    assert heard(incoming, b"x" * 500, b"x" * 500, b"tail") == [None]
    assert heard(incoming, b"hello") == [b"hello"]


def test_what_came_before_the_quiet_is_one_message():
    incoming = Incoming(MOST)
    assert incoming.feed(b"al", 1.0) == []
    assert incoming.wake_at() == 1.0 + QUIET_S
    assert incoming.feed(b"ice", 1.0 + QUIET_S - LITTLE) == []
    assert incoming.wake(1.0 + QUIET_S) == []
    assert incoming.mode is None
    assert incoming.wake(1.0 + 2 * QUIET_S - LITTLE) == [b"alice"]
    assert incoming.mode is Mode.PACKETS
    assert incoming.wake_at() is None


def test_in_packet_mode_a_line_end_is_text():
    incoming = Incoming(MOST)
    heard(incoming, b"alice")
    assert heard(incoming, b"one\ntwo\n") == [b"one\ntwo\n"]


@pytest.mark.parametrize("letter", ["é", "€", "😀"])
def test_a_letter_cut_in_two_is_waited_for(letter):
    encoded = letter.encode()
    for cut in range(1, len(encoded)):
        incoming = Incoming(MOST)
        assert heard(incoming, b"a" + encoded[:cut], encoded[cut:], apart=5 * QUIET_S) == [b"a" + encoded]


def test_a_letter_that_is_never_finished_is_not_waited_for_for_ever():
    incoming = Incoming(MOST)
    incoming.feed(b"a\xc3", 1.0)
    assert incoming.wake(1.0 + CUT_LETTER_S - LITTLE) == []
    assert incoming.wake(1.0 + CUT_LETTER_S) == [b"a\xc3"]


@pytest.mark.parametrize("tail", [b"\xff", b"\x80\x80\x80", b"\xc3\xa9", b"\xf5"])
def test_bytes_that_begin_no_letter_are_not_waited_for(tail):
    incoming = Incoming(MOST)
    incoming.feed(b"a" + tail, 1.0)
    assert incoming.wake_at() == 1.0 + QUIET_S


def test_after_a_refused_nickname_the_framing_is_found_anew():
    incoming = Incoming(MOST)
    assert heard(incoming, b"b/d") == [b"b/d"]
    incoming.asked_again()
    assert heard(incoming, b"good\n") == [b"good"]
    assert incoming.mode is Mode.LINES
    incoming.asked_again()
    assert incoming.mode is Mode.LINES


def test_lines_go_out_at_once_and_together():
    outgoing = Outgoing()
    outgoing.put([b"one", b"two"])
    assert outgoing.wake_at(Mode.LINES) is None
    assert outgoing.take(Mode.LINES, 1.0) == b"one\ntwo\n"
    outgoing.put([b"three"])
    assert outgoing.take(Mode.LINES, 1.0) == b"three\n"
    assert outgoing.take(Mode.LINES, 1.0) is None


def test_packets_go_out_apart():
    outgoing = Outgoing()
    outgoing.put([b"one"])
    assert outgoing.take(Mode.PACKETS, 1.0) == b"one"
    outgoing.put([b"two"])
    outgoing.put([b"three"])
    assert outgoing.wake_at(Mode.PACKETS) == 1.0 + APART_S
    assert outgoing.take(Mode.PACKETS, 1.0 + APART_S - LITTLE) is None
    assert outgoing.take(Mode.PACKETS, 1.0 + APART_S) == b"two"
    assert outgoing.take(Mode.PACKETS, 1.0 + 2 * APART_S - LITTLE) is None
    assert outgoing.take(Mode.PACKETS, 1.0 + 2 * APART_S) == b"three"
    assert outgoing.waiting_bytes == 0
    assert outgoing.wake_at(Mode.PACKETS) is None


@pytest.mark.parametrize("waiting", [2, CROWD, CROWD + 1, 3 * CROWD])
def test_only_a_crowd_is_joined(waiting):
    outgoing = Outgoing()
    messages = [b"message %d" % number for number in range(waiting)]
    outgoing.put(messages)
    packets = everything(outgoing)
    assert packets == (messages if waiting <= CROWD else [b"\n".join(messages)])


def test_a_joined_packet_fits_one_recv():
    outgoing = Outgoing()
    messages = [b"%03d " % number + b"x" * 300 for number in range(2 * CROWD)]
    outgoing.put(messages)
    packets = everything(outgoing)
    assert max(map(len, packets)) <= PACKET_BYTES
    assert b"\n".join(packets) == b"\n".join(messages)
    joined = 7  # packets of three leave no crowd
    assert len(packets) == joined + 2 * CROWD - 3 * joined


def test_when_the_room_is_too_fast_packets_do_not_pile_up():
    outgoing = Outgoing()
    outgoing.put([b"x" * 1000] * 1000)
    sends = []
    while (packet := outgoing.take(Mode.PACKETS, 1.0)) is not None:
        sends.append(packet)
    assert HURRY_BYTES - 1100 < outgoing.waiting_bytes <= HURRY_BYTES
    assert set(sends) == {b"x" * 1000}


def test_a_longer_message_goes_alone():
    outgoing = Outgoing()
    long = b"y" * 3000
    outgoing.put([b"one", long, b"two"])  # no colon in it, that could pass for somebody's name
    assert everything(outgoing) == [b"one", long, b"two"]


@pytest.mark.parametrize("shift", range(3))
def test_no_recv_of_the_original_client_cuts_a_letter(shift):
    outgoing = Outgoing()
    long = b"y" * shift + "€".encode() * 1000
    outgoing.put([long])
    packets = everything(outgoing)
    assert b"".join(packets) == long
    assert max(map(len, packets)) <= PACKET_BYTES
    for packet in packets:
        packet.decode()


@pytest.mark.parametrize("blocks", [1, 3])
def test_no_long_message_can_end_in_a_false_end(blocks):
    outgoing = Outgoing()
    long = b"y" * (PACKET_BYTES * blocks) + b"!end"
    outgoing.put([long])
    packets = everything(outgoing)
    first, *further = packets
    assert b"".join([first, *(packet.removeprefix(INDENT.encode()) for packet in further)]) == long
    for packet in packets:
        recvs = [packet[at : at + PACKET_BYTES] for at in range(0, len(packet), PACKET_BYTES)]
        assert b"!end" not in recvs


FORGED = [
    "ada: I resign",
    "ada has left the chat",
    "\uff5e\uff1a hi",
    "!end",
    " !end",
    "|\t!end",
    "!end\n    | x",
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("blocks", [1, 2])
def test_no_recv_of_a_long_message_passes_for_somebody_else(forged, blocks):
    outgoing = Outgoing()
    begin = b"bob: "
    filling = b"y" * (PACKET_BYTES * blocks - len(begin))
    outgoing.put([begin + filling + forged.encode(), b"bob: the next"])
    packets = everything(outgoing)
    assert max(map(len, packets)) <= PACKET_BYTES
    assert packets.pop() == b"bob: the next"
    first, *further = (packet.decode() for packet in packets)
    assert further
    assert all(packet.startswith(INDENT) for packet in further)
    assert "".join([first, *(packet.removeprefix(INDENT) for packet in further)]).encode() == (
        begin + filling + forged.encode()
    )


def everything(outgoing):
    packets, now = [], 0.0
    while outgoing.waiting_bytes:
        now += APART_S
        packets.append(outgoing.take(Mode.PACKETS, now))
    return packets
