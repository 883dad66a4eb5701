"""What goes back in front of an answer, and that all answers to one message in an envelope are one frame."""

import json

import pytest
from loggia.broker.doors.zeromq.envelopes import (
    ADDRESS_BYTES,
    HOPS,
    NONE,
    REPLY_BYTES,
    SMALL_BYTES,
    Replies,
    split,
)
from loggia.broker.sessions.marks import Closes, Opens
from loggia.shared.protocol.answers import Ended, Error, HistoryAnswer, Pong, Stored
from loggia.shared.protocol.codec import encode

REQUEST = b'{"op": "ping", "id": "1"}'
GOODBYE = Error(id=None, code="unavailable", text="The broker is stopping.")

ENVELOPES = {
    "REQ": [b""],
    "REQ_CORRELATE": [b"\x00\x00\x00\x07", b""],
    "a number that looks like JSON": [b'{"a"', b""],
    "a proxy": [b"\x00\x12\x34\x56\x78", b""],
    "REQ_CORRELATE behind two proxies": [b"p" * ADDRESS_BYTES, b"\x00abcd", b"[]  ", b""],
    "as many as may be": [b"hop"] * HOPS + [b""],
}


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)
@pytest.mark.parametrize("held", [[REQUEST], [b""], [REQUEST, b"more"], [b"", REQUEST], [b"", b""]])
def test_an_envelope_ends_with_its_first_empty_part_if_something_is_behind_it(envelope, held):
    assert split([*envelope, *held]) == (tuple(envelope), held)


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [REQUEST],
        [REQUEST, b""],
        [REQUEST, b"\x00\xff"],
        [b"x", REQUEST],
        [REQUEST, b"", REQUEST],
        [b" \n" + REQUEST, b"", REQUEST],
        [b'[{"op": "ping", "id": "1"}]', b"", b""],
        [b"x" * (ADDRESS_BYTES + 1), b"", REQUEST],
        [b"hop"] * (HOPS + 1) + [b"", REQUEST],
        [b"x"] * 50,
    ],
)
def test_what_cannot_be_an_envelope_is_none(parts):
    assert split(parts) == (NONE, parts)


class Connection:
    """`said`: what was sent, each as its envelope and the ids in its frame."""

    def __init__(self):
        self.replies = Replies(lambda answers: [encode([answer]) for answer in answers])
        self.said = []

    def answered(self, *items):
        for envelope, frame in self.replies.messages(items):
            self.said.append((envelope, [item["id"] for item in json.loads(frame)]))


def pong(request_id):
    return Pong(id=request_id, heads={}, at=1)


@pytest.fixture
def req():
    return Connection()


def test_all_answers_to_a_message_are_one_frame_whatever_turns_they_are_of(req):
    req.answered(Opens((b"",)), pong("1"))
    req.answered(pong("2"), pong("3"))
    assert req.said == []
    req.answered(pong("4"), Closes())
    assert req.said == [((b"",), ["1", "2", "3", "4"])]


def test_a_message_that_has_no_answer_gets_an_empty_array(req):
    req.answered(Opens((b"id", b"")), Closes())
    assert req.said == [((b"id", b""), [])]


def test_the_envelope_is_that_of_the_message_and_not_of_the_connection(req):
    req.answered(
        *[pong("1"), Opens((b"a", b"")), pong("2"), Closes()],
        *[pong("3"), pong("4"), Opens((b"b", b"")), pong("5"), Closes(), Opens((b"",)), pong("6")],
    )
    req.answered(Closes(), pong("7"))
    assert req.said == [
        (NONE, ["1"]),
        ((b"a", b""), ["2"]),
        (NONE, ["3"]),
        (NONE, ["4"]),
        ((b"b", b""), ["5"]),
        ((b"",), ["6"]),
        (NONE, ["7"]),
    ]


@pytest.mark.parametrize(
    ("before", "envelope", "ids"),
    [
        ([], NONE, [None]),
        ([pong("1")], NONE, [None]),
        ([Opens((b"x", b"")), pong("1"), Closes()], (b"x", b""), [None]),
        ([Opens((b"x", b"")), pong("1"), Closes(), pong("2")], NONE, [None]),
        ([Opens((b"x", b"")), pong("1")], (b"x", b""), ["1", None]),
    ],
)
def test_a_goodbye_looks_like_the_answer_before_it_or_is_the_one_that_is_due(req, before, envelope, ids):
    req.answered(*before)
    sent_in, frame = req.replies.last(GOODBYE)
    assert (sent_in, [item["id"] for item in json.loads(frame)]) == (envelope, ids)


def test_a_frame_is_bounded_and_nothing_that_was_stored_goes_untold(req):
    page = HistoryAnswer(id="page", room="lobby", epoch="e", head=1, events=["x" * (1024 * 1024)], more=True)
    stored = Stored("s", "lobby", 1, 1)
    items = [page] * 12 + [stored] * 100 + [Ended(id="e")]
    ((_, frame),) = list(req.replies.messages([Opens((b"",)), *items, Closes()]))
    assert len(frame) < REPLY_BYTES + len(items) * SMALL_BYTES
    answers = json.loads(frame)
    assert len(answers) == len(items)
    left_out = [answer for answer in answers if answer["op"] == "error"]
    assert 8 < len(left_out) < 12
    assert {(answer["id"], answer["code"]) for answer in left_out} == {("page", "slow_down")}
    assert all(answer["retry_after_ms"] > 0 for answer in left_out)
    assert [answer["op"] for answer in answers[12:]] == ["stored"] * 100 + ["!end"]
