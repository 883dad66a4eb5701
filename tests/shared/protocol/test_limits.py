import msgspec
import pytest
from loggia.shared.protocol.limits import (
    FRAME_BYTES_DOWN,
    HEARTBEAT_S,
    HEARTBEAT_TIMEOUT_S,
    PING_S,
    RESUME_S,
    Limits,
)


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
