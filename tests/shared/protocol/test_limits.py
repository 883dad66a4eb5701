import msgspec
import pytest
from loggia.shared.protocol.answers import HistoryAnswer, Member, MembersAnswer, Pong
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import (
    FRAME_BYTES_DOWN,
    HEARTBEAT_S,
    HEARTBEAT_TIMEOUT_S,
    ID_CHARS,
    LARGEST_FRAME,
    LIST_PAGE,
    MOST_TEXT_BYTES,
    NAME_CHARS,
    PING_S,
    RESUME_S,
    Limits,
)
from loggia.shared.protocol.requests import Ping


def test_the_numbers_of_the_contract() -> None:
    assert msgspec.to_builtins(Limits()) == {
        "text_bytes": 16 * 1024,
        "frame_bytes": 256 * 1024,
        "binary_bytes": 256 * 1024,
        "nick_chars": 32,
        "room_chars": 64,
        "array_requests": 1000,
        "page_events": 1000,
    }
    assert (PING_S, RESUME_S) == (10.0, 30.0)


def test_the_numbers_fit_together() -> None:
    limits = Limits()
    assert limits.text_bytes * 6 < limits.frame_bytes, "a text that JSON escapes throughout fits a frame"
    assert HEARTBEAT_S < HEARTBEAT_TIMEOUT_S < RESUME_S
    assert limits.text_bytes * 6 < FRAME_BYTES_DOWN


@pytest.mark.parametrize("sent", [b'{"text_bytes": 0}', b'{"nick_chars": "many"}'])
def test_limits_that_make_no_sense_are_not_read(sent: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(sent, type=Limits)


def test_whatever_an_honest_broker_sends_fits_into_a_frame_that_a_client_takes() -> None:
    widest = "\U0001f600" * NAME_CHARS
    event = {"room": widest, "nick": widest, "account": "a" * ID_CHARS, "id": "i" * ID_CHARS}
    for text in ('"' * MOST_TEXT_BYTES, "\n" * MOST_TEXT_BYTES, "\u2028" * (MOST_TEXT_BYTES // 3)):
        said = MessageEvent(seq=2**40 - 1, at=2**53 - 1, text=text, reply_to=2**40 - 1, **event)
        page = HistoryAnswer(
            id="i" * ID_CHARS, room=widest, epoch="e" * ID_CHARS, head=2**40 - 1, more=True,
            events=[msgspec.Raw(encode(said))],
        )  # fmt: skip
        assert len(encode([page])) < LARGEST_FRAME
    member = Member(nick=widest, account="a" * ID_CHARS, presence="online", bot=True)
    assert len(encode([MembersAnswer(id="1", room=widest, members=[member] * LIST_PAGE)])) < LARGEST_FRAME
    cursors = {f"{number:x}": 0 for number in range(Limits().frame_bytes // 8)}
    assert len(encode(Ping(id="1", cursors=cursors))) > Limits().frame_bytes
    heads = dict.fromkeys(cursors, 2**40 - 1)
    assert len(encode([Pong(id="1", heads=heads, at=2**53 - 1)])) < LARGEST_FRAME
    assert 2 * FRAME_BYTES_DOWN < LARGEST_FRAME
