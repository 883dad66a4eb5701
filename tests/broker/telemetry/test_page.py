"""The metrics page answers whoever asks, and is no way to keep the broker from its work."""

import asyncio
import contextlib
import errno
import logging
import socket
import sys
import time

import pytest
from loggia.broker.doors import listening
from loggia.broker.telemetry import page
from loggia.broker.telemetry.http import HEAD_BYTES
from loggia.broker.telemetry.page import MetricsPage, NotInstalled

from tests.patience import PATIENCE_S


class Open:
    """A page in the test's loop. `why`: why nothing could be stored. `reads`: how often it was made."""

    def __init__(self, loop, place=("127.0.0.1", 0)):
        self.why = ""
        self.reads = 0
        self.page = MetricsPage(place, loop, self._read, lambda: self.why)
        self.place = self.page.open()

    def _read(self):
        self.reads += 1

    @property
    def here(self):
        return len(self.page._visits)

    async def connected(self):
        return await asyncio.open_connection(*self.place)

    async def told(self, *said, ends=False):
        """All that comes back until the connection ends."""
        reader, writer = await self.connected()
        try:
            for piece in said:
                writer.write(piece)
                await asyncio.sleep(0)
            if ends:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()

    async def get(self, path, **more):
        """Status and body."""
        head, _, body = (await self.told(f"GET {path} HTTP/1.1\r\n\r\n".encode(), **more)).partition(
            b"\r\n\r\n"
        )
        return int(head.split()[1]), body.decode()


def run(scenario):
    """`scenario(opened)`, while it is open."""

    async def whole():
        opened = Open(asyncio.get_running_loop())
        try:
            await asyncio.wait_for(scenario(opened), PATIENCE_S)
        finally:
            opened.page.close()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(whole())


async def until(met):
    while not met():  # noqa: ASYNC110 - what happens in the loop rings no bell
        await asyncio.sleep(0)


def test_it_shows_what_was_read():
    async def scenario(opened):
        status, text = await opened.get("/metrics")
        assert status == 200
        assert "process_cpu_seconds_total" in text
        assert opened.reads == 1

    run(scenario)


def test_it_says_whether_a_write_would_be_taken():
    async def scenario(opened):
        assert await opened.get("/healthz") == (200, "ok\n")
        opened.why = "The disk refuses to store: it is full."
        assert await opened.get("/healthz") == (503, "The disk refuses to store: it is full.\n")
        opened.why = ""
        assert await opened.get("/healthz") == (200, "ok\n")

    run(scenario)


def test_anything_else_is_told_what_there_is():
    async def scenario(opened):
        for path in ("/", "/metrics/", "/favicon.ico"):
            assert await opened.get(path) == (404, "Here are /metrics and /healthz.\n")

    run(scenario)


def test_a_failure_is_told_and_logged_and_the_next_is_answered(expect_log):
    async def scenario(opened):
        def fails():
            raise ZeroDivisionError

        opened.page._ask = fails
        status, text = await opened.get("/healthz")
        assert (status, text) == (500, "The broker failed at this; its log says how.\n")
        assert (await opened.get("/metrics"))[0] == 200

    expect_log("The metrics page failed")
    run(scenario)


def test_a_request_may_come_byte_by_byte_and_be_the_last_word():
    async def scenario(opened):
        said = [bytes([byte]) for byte in b"GET /healthz HTTP/1.1\r\n\r\n"]
        for ends in (False, True):
            assert (await opened.told(*said, ends=ends)).endswith(b"\r\n\r\nok\n")
        await until(lambda: not opened.here)

    run(scenario)


def test_more_than_a_head_is_refused_and_heard_to_its_end():
    """Not closed over what is unread: some systems would take the answer back."""

    async def scenario(opened):
        answer = await opened.told(b"GET / HTTP/1.1\r\nCookie: " + b"x" * 10 * HEAD_BYTES)
        assert answer.startswith(b"HTTP/1.1 431 ")

    run(scenario)


def test_who_goes_on_for_ever_is_ended():
    async def scenario(opened):
        reader, writer = await opened.connected()
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                if reader.at_eof():
                    break
                await asyncio.sleep(0)
                if not opened.here:
                    break
        writer.close()
        await until(lambda: not opened.here)

    run(scenario)


def test_the_silent_keep_nobody_out():
    async def scenario(opened):
        with contextlib.ExitStack() as crowd:
            for _ in range(2 * page.MOST_AT_ONCE):
                crowd.enter_context(socket.create_connection(opened.place))
            assert (await opened.get("/healthz"))[0] == 200
            assert opened.here <= page.MOST_AT_ONCE

    run(scenario)


@pytest.mark.parametrize("said", [b"", b"GET /met"])
def test_each_has_some_seconds_to_ask(monkeypatch, said):
    monkeypatch.setattr(page, "VISIT_S", 0.05)

    async def scenario(opened):
        assert await opened.told(said) == b""
        await until(lambda: not opened.here)

    run(scenario)


def test_who_does_not_read_is_ended_and_holds_no_more_than_one_page(monkeypatch):
    monkeypatch.setattr(page, "VISIT_S", 0.2)

    async def scenario(opened):
        opened.page._write = lambda reading, use: bytes(20_000_000)  # more than the system takes at once
        with socket.create_connection(opened.place) as deaf:
            deaf.send(b"GET /metrics HTTP/1.1\r\n\r\n")
            await until(lambda: opened.here == 1)
            await until(lambda: opened.here == 0)
            assert (await opened.get("/healthz"))[0] == 200

    run(scenario)


def test_who_reads_slowly_gets_all_of_it():
    async def scenario(opened):
        opened.page._write = lambda reading, use: bytes(5_000_000)
        _, text = await opened.get("/metrics", ends=True)
        assert len(text) == 5_000_000

    run(scenario)


def test_a_page_is_made_so_often_and_else_given_again(monkeypatch):
    monkeypatch.setattr(page, "COME_PER_S", 1e6)

    async def scenario(opened):
        for _ in range(3):
            assert (await opened.get("/metrics"))[0] == 200
        assert opened.reads == 3
        opened.page._may_make.left = 0.0
        opened.page._may_make.counted_at = asyncio.get_running_loop().time()
        opened.page._may_make.rate = 0.001
        assert (await opened.get("/metrics"))[0] == 200
        assert opened.reads == 3

    run(scenario)


def test_a_storm_is_accepted_slowly(monkeypatch):
    """The others wait with the system, and cost the broker nothing."""
    monkeypatch.setattr(page, "COME_PER_S", 5.0)

    async def scenario(opened):
        with contextlib.ExitStack() as storm:
            for _ in range(50):
                storm.enter_context(socket.create_connection(opened.place))
            await until(lambda: opened.page._again is not None)
            assert opened.here <= 6

    run(scenario)


def test_where_no_descriptor_is_free_it_is_said_and_tried_again(monkeypatch, expect_log):
    monkeypatch.setattr(page, "PAUSE_S", 0.01)
    expect_log("Failed to accept a connection at the metrics page, 1 so far")

    async def scenario(opened):
        listener = opened.page._listener

        class Short:
            refused = False

            def accept(self):
                if not self.refused:
                    self.refused = True
                    raise OSError(errno.EMFILE, "Too many open files")
                return listener.accept()

            def __getattr__(self, name):
                return getattr(listener, name)

        opened.page._listener = Short()
        assert (await opened.get("/healthz"))[0] == 200

    run(scenario)


def test_closed_it_is_gone():
    async def scenario(opened):
        reader, writer = await opened.connected()
        await until(lambda: opened.here == 1)
        opened.page.close()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(OSError, match=r"failed|refused|reset"):
            await opened.connected()

    run(scenario)


def test_an_address_that_is_taken_is_one_sentence():
    async def scenario(opened):
        with pytest.raises(OSError, match=r"127\.0\.0\.1:\d+: .*in use; choose another one with --metrics"):
            Open(asyncio.get_running_loop(), opened.place)

    run(scenario)


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("*", True), ("0.0.0.0", True)]
)
def test_who_lets_others_read_it_is_told_so(caplog, expect_log, host, warned):
    if warned:
        expect_log("without encryption or a password")
    caplog.set_level(logging.INFO, "loggia")
    loop = asyncio.SelectorEventLoop()
    opened = Open(loop, (host, 0))
    opened.page.close()
    loop.close()
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("Metrics on http://")
    assert len(lines) == 1 + warned
    assert not warned or lines[1].endswith(
        f"--metrics 127.0.0.1:{opened.place[1]} is for this computer alone."
    )


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_the_wildcard_is_both_kinds_of_addresses():
    listener = listening.listen("*", 0, 1)
    try:
        assert listener.family == socket.AF_INET6
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), PATIENCE_S).close()
    finally:
        listener.close()


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.setitem(sys.modules, "prometheus_client.core", None)
    monkeypatch.delitem(sys.modules, "loggia.broker.telemetry.exposition", raising=False)
    loop = asyncio.SelectorEventLoop()
    try:
        with pytest.raises(NotInstalled, match=r"prometheus-client, which is not installed.*-m pip install"):
            Open(loop)
    finally:
        loop.close()


def test_a_page_takes_little_of_the_loops_time():
    """It is made between two turns, so it keeps everybody waiting as long as that takes."""

    async def scenario(opened):
        await opened.get("/metrics")
        began = time.process_time()
        for _ in range(20):
            await opened.get("/metrics")
        assert (time.process_time() - began) / 20 < 0.01

    run(scenario)
