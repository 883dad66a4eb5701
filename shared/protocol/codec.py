"""Requests, answers and events as bytes, and back: the only place that knows the wire's JSON.

What is newer than this program is read as far as it can be. docs/protocol.md, "Frames".
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast, get_args

import msgspec
from loggia.shared.protocol.answers import AnyAnswer, Error, Stored, Unread
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.events import AnyEvent, JoinedEvent, OtherEvent, PresenceEvent, Received
from loggia.shared.protocol.limits import ID_CHARS, At, Limits, Seq, WaitMs
from loggia.shared.protocol.requests import AnyRequest

# -- Coding ------------------------------------------------------------------------------------

_encoder = msgspec.json.Encoder()
encode = _encoder.encode

_decode_one = msgspec.json.Decoder(AnyRequest).decode
_decode_many = msgspec.json.Decoder(list[AnyRequest]).decode
_decode_lines = msgspec.json.Decoder(AnyRequest).decode_lines
_decode_raw = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
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
    if lines[:1] + lines[-1:] == b"{}" and lines.count(b"}\n{") == breaks == lines.count(b"\n"):
        with contextlib.suppress(*_UNREADABLE):
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
    except _UNREADABLE:
        pass
    try:
        _decode_nothing(frame)
        if not frame.isascii():
            frame.decode()  # also what is passed over
        items = _items(most)(frame)
    except msgspec.ValidationError:
        return (_read_one(frame),)
    except _UNREADABLE as reason:
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
    except _UNREADABLE:
        return _unread(None, "bad_frame", 'A request is a JSON object: {"op": ..., "id": ..., ...}.')
    request_id, op = _id(fields), _string(fields.op)
    if op is None:
        return _unread(request_id, "bad_request", 'The request has no "op" that is a string.')
    if op not in REQUEST_OPS:
        text = f'This broker knows no op "{op[:64]}"; it knows {KNOWN_OPS}.'
        return _unread(request_id, "unknown_op", text)
    try:
        return _typed(written)
    except _UNREADABLE as reason:
        why = str(reason)
    whole = bytes(written)
    if any([whole.count(key) > 1 for key in _KEYS]):  # it may say a key twice, and rightly the last time
        with contextlib.suppress(*_UNREADABLE):
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
    except _UNREADABLE:
        return None


def _unread(request_id: str | None, code: Code, text: str) -> Malformed:
    return Malformed(Error(id=request_id, code=code, text=text))


def _frame_too_large(frame: bytes, limits: Limits) -> Malformed:
    try:
        request_id = _id(_decode_head(frame))
    except _UNREADABLE:
        request_id = None
    text = f"A frame has at most {limits.frame_bytes} bytes; send less at once."
    return _unread(request_id, "too_large", text)


# -- What a client reads -----------------------------------------------------------------------


TEXT_CHARS = 1000  # of what a broker says in an error: a sentence has a tenth of it
MOST_UNREAD = 100  # things in a frame or a page that cannot be read; what is behind them is left, too


def decode_down(
    frame: bytes, skip: list[Refused] | None = None
) -> list[AnyAnswer | Unread | Received | PresenceEvent]:
    """The answers and private events of one down frame, in order; raises Refused `bad_frame`.

    With `skip`, what cannot be read is left out, and why is appended there instead. An answer that says at
    least to what, is an Unread. Of an error the code and the text count, whatever else it says.
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
    except _UNREADABLE as reason:
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


def _read_down(item: msgspec.Raw) -> AnyAnswer | Unread | Received | PresenceEvent:
    try:
        stored: Stored = _decode_stored(item)  # nearly all that comes down is this
        return stored
    except _UNREADABLE:
        return _read_rare(item)


def _read_rare(item: msgspec.Raw) -> AnyAnswer | Unread | Received | PresenceEvent:
    try:
        peek = _decode_peek(item)
        if peek.op == Error.__struct_config__.tag:
            return _read_error(item)
    except _UNREADABLE as reason:
        raise _unreadable(reason) from None
    is_event = peek.op == JoinedEvent.__struct_config__.tag and peek.seq is not None
    if peek.op not in ANSWER_OPS or is_event:
        return receive(item)
    try:
        answer: AnyAnswer = _decode_answer(item)
        return answer
    except _UNREADABLE as reason:
        if not isinstance(peek.id, str):
            raise _unreadable(reason) from None
        return Unread(peek.id, _unreadable(reason).text)


def _read_error(item: msgspec.Raw) -> Error:
    """A code or a wait that this program does not know is a refusal all the same; its text says why."""
    try:
        error: Error = _decode_error(item)
    except _UNREADABLE:
        told = _decode_told(item)
        code: Code = next((known for known in get_args(Code) if known == told.code), "not_allowed")
        error = Error(id=told.id, code=code, text=told.text)
        with contextlib.suppress(*_UNREADABLE):
            error.retry_after_ms = _decode_wait(told.retry_after_ms)
    if len(error.text) > TEXT_CHARS:
        error.text = f"{error.text[:TEXT_CHARS]}..."
    return error


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
    return Refused("bad_frame", f"What the broker sent cannot be read: {str(reason)[:TEXT_CHARS]}.")


def _ops(union: Any) -> frozenset[str]:
    return frozenset(kind.__struct_config__.tag for kind in get_args(union))


REQUEST_OPS = _ops(AnyRequest)
KNOWN_OPS = ", ".join(sorted(REQUEST_OPS))
ANSWER_OPS = _ops(AnyAnswer)
