"""Requests, answers and events as bytes, and requests back: what a broker reads. docs/protocol.md, "Frames".

What a client reads is in down.py; nothing else knows the wire's JSON.
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast, get_args

import msgspec
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.limits import ID_CHARS, Limits
from loggia.shared.protocol.requests import AnyRequest

_encoder = msgspec.json.Encoder()
encode = _encoder.encode

_decode_one = msgspec.json.Decoder(AnyRequest).decode
_decode_many = msgspec.json.Decoder(list[AnyRequest]).decode
_decode_lines = msgspec.json.Decoder(AnyRequest).decode_lines
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
ESCAPED_BYTES = 12  # the longest way to write a character in JSON: two escapes of six bytes
WIDEST = 10_000  # requests in one array, up to which the rest of it is passed over


class Malformed(msgspec.Struct, gc=False):
    """A request that could not be read; stands in its place so that answers keep the order."""

    error: Error


def array(encoded: Iterable[bytes]) -> bytes:
    """One JSON array of things that are encoded already."""
    return b"[" + b",".join(encoded) + b"]"


def encode_each(values: Sequence[object]) -> list[bytes]:
    """Each by itself, as `encode` does."""
    return _encoder.encode_lines(values).split(b"\n")[:-1]  # no line break is left in what is encoded


def decode_run(frames: Sequence[bytes], limits: Limits) -> Sequence[AnyRequest | Malformed]:
    """The requests of small frames of one peer, in order: `decode_requests` of each.

    They are read together where each is one object: it begins and ends as one, has no line break, and there
    are as many requests.
    """
    lines, breaks = b"\n".join(frames), len(frames) - 1
    are_small = len(lines) <= limits.frame_bytes or max(map(len, frames)) <= limits.frame_bytes
    if are_small and lines[:1] + lines[-1:] == b"{}" and lines.count(b"}\n{") == breaks == lines.count(b"\n"):
        with contextlib.suppress(*UNREADABLE):
            if len(requests := _decode_lines(lines)) == len(frames):
                return requests
    return [request for frame in frames for request in decode_requests(frame, limits)]


def decode_requests(frame: bytes, limits: Limits) -> Sequence[AnyRequest | Malformed]:
    """The requests of one up frame, in order. Never raises: what cannot be read is a `Malformed`.

    Of what is too large, or cannot be read, nothing is built but its `id`s: who sends it is to pay for it.
    """
    most = limits.array_requests
    if len(frame) > limits.frame_bytes:
        return (_frame_too_large(frame, limits),)
    try:
        if not frame.startswith(b"["):
            return (_decode_one(frame),)
        few = frame.count(b"{") <= most or len(_items(most)(frame)) <= most  # braces are quicker to count
        if few and (requests := _decode_many(frame)):
            return requests
    except UNREADABLE:
        pass
    try:
        _decode_nothing(frame)
        if not frame.isascii():
            frame.decode()  # also what is passed over
        items = _items(most)(frame)
    except msgspec.ValidationError:
        return (_read_one(frame),)
    except UNREADABLE as reason:
        return (_unread(None, "bad_frame", f"The frame is not JSON in UTF-8: {reason}."),)
    if not items:
        return (_unread(None, "bad_frame", "The array holds no request."),)
    if len(items) > most:
        text = f"The array holds more than {most} requests; send at most {most} at once."
        return (_unread(None, "too_large", text),)
    return [_read_one(item) for item in items]


class _Head(msgspec.Struct):
    """All that is looked at of what is too large; the rest is passed over. As they are written."""

    op: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()


def _every_field(union: Any) -> type[_Head]:
    """All that is looked at of what cannot be read: what any request may have, and of each key the last."""
    names = {field.encode_name for kind in get_args(union) for field in msgspec.structs.fields(kind)}
    more = [(name, msgspec.Raw, msgspec.Raw()) for name in sorted(names - {"op", "id"})]
    return cast(type[_Head], msgspec.defstruct("Written", more, bases=(_Head,)))


_decode_head = msgspec.json.Decoder(_Head).decode
_Written = _every_field(AnyRequest)
_KEYS = [f'"{field.name}"'.encode() for field in msgspec.structs.fields(_Written)]
_decode_written = msgspec.json.Decoder(_Written).decode
_decode_nothing = msgspec.json.Decoder(msgspec.Raw).decode
_decode_string = msgspec.json.Decoder(str).decode


@functools.lru_cache(1)
def _items(most: int) -> Callable[[bytes], Sequence[msgspec.Raw]]:
    """Reads the first items of an array, one more than `most`, and passes over the others."""
    if most > WIDEST:  # whoever takes so many has the memory for them
        return _decode_raw
    fields = [(f"item_{number}", msgspec.Raw, None) for number in range(most + 1)]
    decode = msgspec.json.Decoder(msgspec.defstruct("Items", fields, array_like=True)).decode
    return lambda frame: [item for item in msgspec.structs.astuple(decode(frame)) if item is not None]


def _read_one(written: bytes | msgspec.Raw) -> AnyRequest | Malformed:
    try:
        fields = _decode_written(written)
    except UNREADABLE:
        return _unread(None, "bad_frame", 'A request is a JSON object: {"op": ..., "id": ..., ...}.')
    request_id, op = _id(fields), _string(fields.op)
    if op is None:
        return _unread(request_id, "bad_request", 'The request has no "op" that is a string.')
    if op not in REQUEST_OPS:
        text = f'This broker knows no op "{op[:64]}"; it knows {KNOWN_OPS}.'
        return _unread(request_id, "unknown_op", text)
    try:
        return _typed(written)
    except UNREADABLE as reason:
        why = str(reason)
    whole = bytes(written)
    if any([whole.count(key) > 1 for key in _KEYS]):  # it may say a key twice, and rightly the last time
        with contextlib.suppress(*UNREADABLE):
            return _typed(_each_once(fields))
    return _unread(request_id, "bad_request", f'The "{op}" cannot be read: {why}.')


def _typed(written: bytes | msgspec.Raw) -> AnyRequest:
    request: AnyRequest = _decode_one(written)
    return request


def _each_once(fields: _Head) -> bytes:
    """The request again, of what it has to have: where a key stands twice, its last value counts."""
    found = msgspec.structs.asdict(fields).items()
    return b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), value) for name, value in found if bytes(value))


def _id(head: _Head) -> str | None:
    if len(memoryview(head.id)) > ID_CHARS * ESCAPED_BYTES + 2:
        return None
    found = _string(head.id)
    return found if found is not None and 1 <= len(found) <= ID_CHARS else None


def _string(written: msgspec.Raw) -> str | None:
    try:
        return _decode_string(written)
    except UNREADABLE:
        return None


def _unread(request_id: str | None, code: Code, text: str) -> Malformed:
    return Malformed(Error(id=request_id, code=code, text=text))


def _frame_too_large(frame: bytes, limits: Limits) -> Malformed:
    try:
        request_id = _id(_decode_head(frame))
    except UNREADABLE:
        request_id = None
    text = f"A frame has at most {limits.frame_bytes} bytes; send less at once."
    return _unread(request_id, "too_large", text)


def ops(union: Any) -> frozenset[str]:
    return frozenset(kind.__struct_config__.tag for kind in get_args(union))


REQUEST_OPS = ops(AnyRequest)
KNOWN_OPS = ", ".join(sorted(REQUEST_OPS))
