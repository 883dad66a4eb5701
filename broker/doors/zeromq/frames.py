"""What goes into one frame: answers and events as JSON arrays, bounded in count and bytes. Pure.

docs/protocol.md, "Frames".
"""

from collections.abc import Sequence

from loggia.shared.protocol.answers import AnyAnswer
from loggia.shared.protocol.codec import array, encode
from loggia.shared.protocol.limits import FRAME_BYTES_DOWN, FRAME_EVENTS

FRAME_BYTES_PUB = 64 * 1024  # bytes that may share a broadcast: 256 events of a line each fit


def of_answers(answers: Sequence[AnyAnswer]) -> list[bytes]:
    """Answers as JSON arrays, bounded in count and bytes."""
    frames = []
    for start in range(0, len(answers), FRAME_EVENTS):
        some = answers[start : start + FRAME_EVENTS]
        frame = encode(some)
        if len(frame) > FRAME_BYTES_DOWN and len(some) > 1:
            frames += _split([encode(answer) for answer in some], FRAME_BYTES_DOWN)
        else:
            frames.append(frame)
    return frames


def of_events(bodies: Sequence[bytes]) -> list[bytes]:
    """Encoded events as JSON arrays, bounded in count and bytes."""
    frames = []
    for start in range(0, len(bodies), FRAME_EVENTS):
        some = bodies[start : start + FRAME_EVENTS]
        frame = array(some)
        if len(frame) > FRAME_BYTES_PUB:
            frames += _split(some, FRAME_BYTES_PUB)
        else:
            frames.append(frame)
    return frames


def _split(items: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """As few arrays as stay within the bytes of a frame; an item that is larger alone goes alone."""
    frames: list[bytes] = []
    start, size = 0, 2
    for stop, item in enumerate(items):
        if stop > start and size + len(item) > most_bytes:
            frames.append(array(items[start:stop]))
            start, size = stop, 2
        size += len(item) + 1
    return [*frames, array(items[start:])]
