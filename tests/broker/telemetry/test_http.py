"""What is asked of the metrics page is read from its bytes, however they come, and never takes long."""

import time
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.telemetry import http
from loggia.broker.telemetry.http import HEAD_BYTES, Fetch, Unanswerable

TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
CURL = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "path", "body"),
    [
        (CURL, "/metrics", True),
        (b"GET /metrics HTTP/1.0\n\n", "/metrics", True),
        (b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "/healthz", False),
        (b"GET /metrics?name[]=up&x=/y HTTP/1.1\r\n\r\n", "/metrics", True),
        (b"GET http://127.0.0.1:9464/healthz HTTP/1.1\r\n\r\n", "/healthz", True),
        (b"GET http://127.0.0.1:9464 HTTP/1.1\r\n\r\n", "/", True),
        (b"GET / HTTP/1.1\r\n\r\nand what stands behind it", "/", True),
        (b"GET /\xff\xfe HTTP/1.1\r\n\r\n", "/\xff\xfe", True),
    ],
)
def test_what_is_asked_for(said, path, body):
    assert http.read(said) == Fetch(path, body)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", HTTPStatus.METHOD_NOT_ALLOWED),
        (b"DELETE / HTTP/1.1\r\n\r\n", HTTPStatus.METHOD_NOT_ALLOWED),
        (b"get /metrics HTTP/1.1\r\n\r\n", HTTPStatus.METHOD_NOT_ALLOWED),
        (b"GET /metrics\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET  /metrics HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET /me trics HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"\n\n", HTTPStatus.BAD_REQUEST),
        (b'{"op": "join"}\n\n', HTTPStatus.BAD_REQUEST),
        (b"\x16\x03\x01\x02\x00\x01\n\n", HTTPStatus.BAD_REQUEST),  # TLS
        (b"x" * HEAD_BYTES, TOO_LARGE),
        (b"GET / HTTP/1.1\r\nCookie: " + b"x" * HEAD_BYTES + b"\r\n\r\n", TOO_LARGE),
    ],
)  # fmt: skip
def test_what_is_not_answered_is_told_why(said, status):
    answer = http.read(said)
    assert isinstance(answer, Unanswerable)
    assert answer.status == status
    assert answer.why.endswith(".")


@given(st.integers(0, len(CURL) - 1))
def test_nothing_is_asked_before_it_is_said_to_the_end(size):
    assert http.read(CURL[:size]) is None


@given(st.binary(max_size=300))
def test_whatever_is_said_it_is_one_of_these(said):
    assert isinstance(http.read(said), Fetch | Unanswerable | None)


@pytest.mark.parametrize(
    "head", [b"GET /" + b"/" * 8000, b"GET /" + b"? " * 4000, b"\r" * 8000, b"\r\n " * 2700, b" " * 8000]
)
def test_a_head_that_is_made_to_take_long_does_not(head):
    said = head[: HEAD_BYTES - 20] + b" HTTP/9\r\n\r\n"
    began = time.process_time()
    for _ in range(20):
        http.read(said)
    assert time.process_time() - began < 0.2


def test_an_answer_says_how_long_it_is_and_has_that():
    head, _, body = http.answer(HTTPStatus.OK, b"ok\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Length: 3\r\n" in head
    assert b"\r\nConnection: close" in head
    assert body == b"ok\n"


def test_a_head_alone_says_the_same():
    whole = http.answer(HTTPStatus.OK, b"ok\n")
    assert http.answer(HTTPStatus.OK, b"ok\n", body=False) + b"ok\n" == whole


def test_who_would_change_something_is_told_what_he_may():
    assert b"\r\nAllow: GET, HEAD\r\n" in http.answer(HTTPStatus.METHOD_NOT_ALLOWED, b"")
