"""What a broker sends, read: answers, broadcasts, pages, copies of the log. docs/protocol.md, "Frames".

What is newer than this program is read as far as it can be.
"""

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import msgspec
from loggia.shared.protocol.answers import AnyAnswer, Error, Stored, Unread
from loggia.shared.protocol.codec import UNREADABLE, ops
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.events import AnyEvent, JoinedEvent, OtherEvent, PassingEvent, Received
from loggia.shared.protocol.limits import At, Seq, WaitMs

ANSWER_OPS = ops(AnyAnswer)

_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode

TEXT_CHARS = 1000  # of what a broker says in an error: a sentence has a tenth of it
MOST_UNREAD = 100  # things in a frame or a page that cannot be read; what is behind them is left, too


def decode_down(
    frame: bytes, skip: list[Refused] | None = None
) -> list[AnyAnswer | Unread | Received | PassingEvent]:
    """The answers and private events of one down frame, in order; raises Refused `bad_frame`.

    With `skip`, what cannot be read is left out, and why is appended there instead. An answer that says at
    least to what, is an Unread. Of an error the code and the text count, whatever else it says.
    """
    return _read_each(frame, _read_down, skip)


def decode_events(frame: bytes, skip: list[Refused] | None = None) -> list[Received | PassingEvent]:
    """The events of one broadcast frame, in order; `skip` and errors as in `decode_down`."""
    return _read_each(frame, receive, skip)


def receive(item: bytes | msgspec.Raw) -> Received | PassingEvent:
    """One event as a part of a frame or a page of history; raises Refused `bad_frame`."""
    event = decode_event(item)
    if isinstance(event, PassingEvent):
        return event
    return Received(event, bytes(item))  # a copy of its own: the part would keep the whole frame alive


def decode_event(stored: bytes | msgspec.Raw) -> AnyEvent:
    """One event as a page of history or a copy of the log holds it; raises Refused `bad_frame`."""
    try:
        known: AnyEvent = _decode_known_event(stored)
        return known
    except UNREADABLE:
        return _read_newer_event(stored)


class _Peek(msgspec.Struct):
    op: str
    id: Any = None
    seq: Any = None


class _Told(msgspec.Struct):
    """What an error says, if it is no Error as we know them."""

    id: str | None
    text: str
    code: Any = None
    retry_after_ms: msgspec.Raw = msgspec.Raw(b"null")


class _Place(msgspec.Struct):
    """What every stored event says, whatever its op."""

    room: str
    seq: Seq
    at: At
    nick: str
    account: str
    id: str


_decode_peek = msgspec.json.Decoder(_Peek).decode
_decode_answer = msgspec.json.Decoder(AnyAnswer).decode
_decode_stored = msgspec.json.Decoder(Stored).decode
_decode_error = msgspec.json.Decoder(Error).decode
_decode_told = msgspec.json.Decoder(_Told).decode
_decode_wait = msgspec.json.Decoder(WaitMs).decode
_decode_known_event = msgspec.json.Decoder(AnyEvent).decode
_decode_place = msgspec.json.Decoder(_Place).decode

_Item = TypeVar("_Item")


def _read_each(frame: bytes, read: Callable[[msgspec.Raw], _Item], skip: list[Refused] | None) -> list[_Item]:
    found: list[_Item] = []
    try:
        items = _decode_raw(frame)
    except UNREADABLE as reason:
        items = []
        _refuse(Refused("bad_frame", f"The frame is not a JSON array in UTF-8: {reason}."), skip)
    unread = 0
    for item in items:
        try:
            found.append(read(item))
        except Refused as refused:
            _refuse(refused, skip)
            unread += 1
            if unread == MOST_UNREAD:
                break
    return found


def _refuse(refused: Refused, skip: list[Refused] | None) -> None:
    if skip is None:
        raise refused
    skip.append(refused)


def _read_down(item: msgspec.Raw) -> AnyAnswer | Unread | Received | PassingEvent:
    try:
        stored: Stored = _decode_stored(item)  # nearly all that comes down is this
        return stored
    except UNREADABLE:
        return _read_rare(item)


def _read_rare(item: msgspec.Raw) -> AnyAnswer | Unread | Received | PassingEvent:
    try:
        peek = _decode_peek(item)
        if peek.op == Error.__struct_config__.tag:
            return _read_error(item)
    except UNREADABLE as reason:
        raise _unreadable(reason) from None
    is_event = peek.op == JoinedEvent.__struct_config__.tag and peek.seq is not None
    if peek.op not in ANSWER_OPS or is_event:
        return receive(item)
    try:
        answer: AnyAnswer = _decode_answer(item)
        return answer
    except UNREADABLE as reason:
        if not isinstance(peek.id, str):
            raise _unreadable(reason) from None
        return Unread(peek.id, _unreadable(reason).text)


def _read_error(item: msgspec.Raw) -> Error:
    """A code or a wait that this program does not know is a refusal all the same; its text says why."""
    try:
        error: Error = _decode_error(item)
    except UNREADABLE:
        told = _decode_told(item)
        code: Code = next((known for known in get_args(Code) if known == told.code), "not_allowed")
        error = Error(id=told.id, code=code, text=told.text)
        with contextlib.suppress(*UNREADABLE):
            error.retry_after_ms = _decode_wait(told.retry_after_ms)
    if len(error.text) > TEXT_CHARS:
        error.text = f"{error.text[:TEXT_CHARS]}..."
    return error


def _read_newer_event(item: bytes | msgspec.Raw) -> AnyEvent:
    """An op or a field that this program does not know: the event keeps its place in the log."""
    try:
        place = _decode_place(item)
    except UNREADABLE as reason:
        raise _unreadable(reason) from None
    try:
        fields = _decode_any(item)
    except UNREADABLE:  # a number beyond all bounds, say, in a field that nobody here looks at
        fields = {}
    return OtherEvent(**msgspec.structs.asdict(place), fields=fields)


def _unreadable(reason: Exception) -> Refused:
    return Refused("bad_frame", f"What the broker sent cannot be read: {str(reason)[:TEXT_CHARS]}.")
