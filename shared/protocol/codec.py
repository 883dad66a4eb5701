"""Requests, answers and events as bytes, and back: the only place that knows the wire's JSON.

What is newer than this program is read as far as it can be. docs/protocol.md, "Frames".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, get_args

import msgspec
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.events import AnyEvent, JoinedEvent, OtherEvent, PresenceEvent, Received
from loggia.shared.protocol.limits import ID_CHARS, Limits
from loggia.shared.protocol.requests import AnyRequest

# -- Coding ------------------------------------------------------------------------------------

encode = msgspec.json.Encoder().encode

_decode_one = msgspec.json.Decoder(AnyRequest).decode
_decode_many = msgspec.json.Decoder(list[AnyRequest]).decode
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_OPEN_BRACKET = ord("[")


class Malformed(msgspec.Struct):
    """A request that could not be read; stands in its place so that answers keep the order."""

    error: Error


def array(encoded: Iterable[bytes]) -> bytes:
    """One JSON array of things that are encoded already."""
    return b"[" + b",".join(encoded) + b"]"


def decode_requests(frame: bytes, limits: Limits) -> Sequence[AnyRequest | Malformed]:
    """The requests of one up frame, in order. Never raises: what cannot be read is an `Malformed`."""
    if len(frame) <= limits.frame_bytes:
        try:
            if not frame.startswith(b"["):
                return (_decode_one(frame),)
            requests = _decode_many(frame)
            if 0 < len(requests) <= limits.array_requests:
                return requests
        except _UNREADABLE:
            pass
    return _decode_slowly(frame, limits)


def _decode_slowly(frame: bytes, limits: Limits) -> Sequence[AnyRequest | Malformed]:
    try:
        content = _decode_any(frame)
    except _UNREADABLE as reason:
        if len(frame) > limits.frame_bytes:
            return (_frame_too_large(None, limits),)
        return (_unread(None, "bad_frame", f"The frame is not JSON in UTF-8: {reason}."),)
    if len(frame) > limits.frame_bytes:
        return (_frame_too_large(_id_of(content), limits),)
    if not isinstance(content, list):
        return (_read_one(content),)
    if not content:
        return (_unread(None, "bad_frame", "The array holds no request."),)
    if len(content) > limits.array_requests:
        text = f"The array holds {len(content)} requests; send at most {limits.array_requests} at once."
        return (_unread(None, "too_large", text),)
    return [_read_one(item) for item in content]


def _read_one(content: Any) -> AnyRequest | Malformed:
    if not isinstance(content, dict):
        return _unread(None, "bad_frame", 'A request is a JSON object: {"op": ..., "id": ..., ...}.')
    request_id = _id_of(content)
    op = content.get("op")
    if not isinstance(op, str):
        return _unread(request_id, "bad_request", 'The request has no "op" that is a string.')
    if op not in REQUEST_OPS:
        known = ", ".join(sorted(REQUEST_OPS))
        return _unread(request_id, "unknown_op", f'This broker knows no op "{op[:64]}"; it knows {known}.')
    try:
        request: AnyRequest = msgspec.convert(content, AnyRequest)
        return request
    except _UNREADABLE as reason:
        return _unread(request_id, "bad_request", f'The "{op}" cannot be read: {reason}.')


def _id_of(content: Any) -> str | None:
    found = content.get("id") if isinstance(content, dict) else None
    return found if isinstance(found, str) and 1 <= len(found) <= ID_CHARS else None


def _unread(request_id: str | None, code: Code, text: str) -> Malformed:
    return Malformed(Error(id=request_id, code=code, text=text))


def _frame_too_large(request_id: str | None, limits: Limits) -> Malformed:
    return _unread(
        request_id, "too_large", f"A frame has at most {limits.frame_bytes} bytes; send less at once."
    )


# -- What a client reads -----------------------------------------------------------------------


def decode_down(
    frame: bytes, skip: list[Refused] | None = None
) -> list[AnyAnswer | Received | PresenceEvent]:
    """The answers and private events of one down frame, in order; raises Refused `bad_frame`.

    With `skip`, what cannot be read is left out, and why is appended there instead.
    """
    return _read_each(frame, _read_down, skip)


def decode_events(frame: bytes, skip: list[Refused] | None = None) -> list[Received | PresenceEvent]:
    """The events of one broadcast frame, in order; `skip` and errors as in `decode_down`."""
    return _read_each(frame, receive, skip)


def receive(item: bytes | msgspec.Raw) -> Received | PresenceEvent:
    """One event as a part of a frame or a page of history; raises Refused `bad_frame`."""
    event = decode_event(item)
    if isinstance(event, PresenceEvent):
        return event
    return Received(event, bytes(item))  # a copy of its own: the part would keep the whole frame alive


def decode_event(stored: bytes | msgspec.Raw) -> AnyEvent:
    """One event as a page of history or a copy of the log holds it; raises Refused `bad_frame`."""
    try:
        known: AnyEvent = _decode_known_event(stored)
        return known
    except _UNREADABLE:
        return _read_newer_event(stored)


class _Peek(msgspec.Struct):
    op: str
    seq: Any = None
    code: Any = None


class _Place(msgspec.Struct):
    """What every stored event says, whatever its op."""

    room: str
    seq: int
    at: int
    nick: str
    account: str
    id: str


_decode_peek = msgspec.json.Decoder(_Peek).decode
_decode_answer = msgspec.json.Decoder(AnyAnswer).decode
_decode_known_event = msgspec.json.Decoder(AnyEvent).decode
_decode_place = msgspec.json.Decoder(_Place).decode

_Item = TypeVar("_Item")


def _read_each(frame: bytes, read: Callable[[msgspec.Raw], _Item], skip: list[Refused] | None) -> list[_Item]:
    found: list[_Item] = []
    try:
        items = _decode_raw(frame)
    except _UNREADABLE as reason:
        items = []
        _refuse(Refused("bad_frame", f"The frame is not a JSON array in UTF-8: {reason}."), skip)
    for item in items:
        try:
            found.append(read(item))
        except Refused as refused:
            _refuse(refused, skip)
    return found


def _refuse(refused: Refused, skip: list[Refused] | None) -> None:
    if skip is None:
        raise refused
    skip.append(refused)


def _read_down(item: msgspec.Raw) -> AnyAnswer | Received | PresenceEvent:
    try:
        peek = _decode_peek(item)
        is_event = peek.op == JoinedEvent.__struct_config__.tag and peek.seq is not None
        if peek.op == Error.__struct_config__.tag and peek.code not in get_args(Code):
            return _read_newer_error(item)
        if peek.op in ANSWER_OPS and not is_event:
            answer: AnyAnswer = _decode_answer(item)
            return answer
    except _UNREADABLE as reason:
        raise _unreadable(reason) from None
    return receive(item)


def _read_newer_error(item: msgspec.Raw) -> Error:
    """A code that this program does not know is a refusal all the same; its text says why."""
    return msgspec.convert({**_decode_any(item), "code": "not_allowed"}, Error)


def _read_newer_event(item: bytes | msgspec.Raw) -> AnyEvent:
    """An op or a field that this program does not know: the event keeps its place in the log."""
    try:
        place = _decode_place(item)
    except _UNREADABLE as reason:
        raise _unreadable(reason) from None
    try:
        fields = _decode_any(item)
    except _UNREADABLE:  # a number beyond all bounds, say, in a field that nobody here looks at
        fields = {}
    return OtherEvent(**msgspec.structs.asdict(place), fields=fields)


def _unreadable(reason: Exception) -> Refused:
    return Refused("bad_frame", f"What the broker sent cannot be read: {reason}.")


def _ops(union: Any) -> frozenset[str]:
    return frozenset(kind.__struct_config__.tag for kind in get_args(union))


REQUEST_OPS = _ops(AnyRequest)
ANSWER_OPS = _ops(AnyAnswer)
