"""Just enough of ZMTP 3.0 to say what no well-behaved library would. Bytes in, bytes out."""

import json
import struct
from typing import Any

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4


def frame(body: bytes, flags: int = 0) -> bytes:
    if len(body) > 255:
        return struct.pack(">BQ", flags | LONG, len(body)) + body
    return struct.pack(">BB", flags, len(body)) + body


def ready(kind: str) -> bytes:
    """What ends the handshake: from here on messages may come."""
    name, value = b"Socket-Type", kind.encode()
    return frame(b"\x05READY" + bytes([len(name)]) + name + struct.pack(">I", len(value)) + value, COMMAND)


def hello(kind: str = "DEALER") -> bytes:
    """All that a peer says before its first message; it need not wait for the other side."""
    return GREETING + ready(kind)


def requests(*asked: Any) -> bytes:
    """One frame: a request alone, several as an array."""
    whole = asked[0] if len(asked) == 1 else asked
    return frame(json.dumps(whole, ensure_ascii=False).encode())


def subscription(topic: bytes) -> bytes:
    return frame(b"\x01" + topic)
