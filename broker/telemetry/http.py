"""As much of HTTP as a page of metrics needs: the head of a request in, an answer out. Pure.

One answer for each connection. A request's body is never read.
"""

import re
from http import HTTPStatus
from typing import NamedTuple

HEAD_BYTES = 8192  # a browser sends up to some KB, for the cookies of all that runs on this computer
TEXT = "text/plain; charset=utf-8"

_END = re.compile(rb"\r?\n\r?\n")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
_SCHEME = b"http://"  # what a proxy is asked for names the host, too


class Fetch(NamedTuple):
    """`path`: without what stands behind `?`. `body`: whether the answer has one."""

    path: str
    body: bool


class Unanswerable(NamedTuple):
    """What is no request that is answered here, and why."""

    status: HTTPStatus
    why: str


def read(so_far: bytes) -> Fetch | Unanswerable | None:
    """What is asked for by the bytes of a connection; None: more has to come."""
    end = _END.search(so_far, 0, HEAD_BYTES)
    if end is None:
        if len(so_far) < HEAD_BYTES:
            return None
        return Unanswerable(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"A request may have {HEAD_BYTES} bytes, without a body.",
        )
    first = so_far[: end.start()].partition(b"\n")[0].rstrip(b"\r").split(b" ")
    if len(first) != 3 or first[2] not in _VERSIONS:
        return Unanswerable(HTTPStatus.BAD_REQUEST, "This is no request of HTTP/1.1.")
    if first[0] not in (b"GET", b"HEAD"):
        return Unanswerable(HTTPStatus.METHOD_NOT_ALLOWED, "Nothing can be changed here; ask with GET.")
    return Fetch(_path(first[1]), body=first[0] == b"GET")


def _path(target: bytes) -> str:
    if target.startswith(_SCHEME):
        target = b"/" + target.removeprefix(_SCHEME).partition(b"/")[2]
    return target.partition(b"?")[0].decode("latin-1")


def answer(status: HTTPStatus, content: bytes, kind: str = TEXT, *, body: bool = True) -> bytes:
    """The whole answer. `body`: whether the content is sent, or only how long it is."""
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *(["Allow: GET, HEAD"] if status == HTTPStatus.METHOD_NOT_ALLOWED else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + (content if body else b"")
