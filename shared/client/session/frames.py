"""Requests as up frames. Pure. docs/protocol.md, "Frames"."""

from collections.abc import Iterable

from loggia.shared.protocol.codec import array, encode
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import AnyRequest


def frames(requests: Iterable[AnyRequest], limits: Limits) -> Iterable[bytes]:
    """Arrays as long as the broker takes them; a request that is too long goes alone, to be refused."""
    part: list[bytes] = []
    size = 2
    for request in requests:
        encoded = encode(request)
        full = len(part) == limits.array_requests or size + len(encoded) > limits.frame_bytes
        if part and full:
            yield array(part)
            part, size = [], 2
        part.append(encoded)
        size += len(encoded) + 1
    if part:
        yield array(part)
