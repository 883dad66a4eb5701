"""Who connects to the control port and says nothing, or goes on connecting, keeps no command out."""

import asyncio
import collections
import contextlib
import socket
import threading

import pytest
from loggia.broker.admin import control

from tests.broker.admin.desk import SOON_S, Desk, run, until


@pytest.mark.parametrize("count", [16, 100, 1000])
def test_the_silent_keep_nobody_out(tmp_path, count, monkeypatch):
    monkeypatch.setattr(control, "SILENT_S", 2 * SOON_S)  # nobody could wait for them to be closed

    async def scenario():
        async with Desk(tmp_path) as desk:
            with contextlib.ExitStack() as crowd:
                for _ in range(count):
                    crowd.enter_context(socket.create_connection(("127.0.0.1", desk.where.port)))
                _, writer = await desk.connected()
                writer.write(desk.wish())
                await until(lambda: desk.asked == 1)
                assert len(desk.control._silent) <= control.MOST_SILENT
                desk.control.back()
                writer.close()

    run(scenario())


TURNS = 200  # of the loop; each accepts several of those who wait


def test_who_goes_on_connecting_keeps_nobody_out(tmp_path):
    """Each new one makes room for itself, but nobody goes who had no time to be read."""

    async def scenario():
        async with Desk(tmp_path) as desk:
            ended = threading.Event()
            storm = threading.Thread(target=connecting, args=(desk.where.port, ended))
            storm.start()
            try:
                await until(lambda: len(desk.control._silent) == control.MOST_SILENT)
                for turn in range(1, 6):
                    _, writer = await desk.connected()
                    writer.write(desk.wish())
                    await until(lambda: desk.asked == turn)  # noqa: B023 - awaited in the same turn
                    desk.control.back()
                    writer.close()
            finally:
                ended.set()
                storm.join()
                for _ in range(TURNS):  # asyncio forgets what it has just accepted when its server closes
                    await asyncio.sleep(0)

    run(scenario())


def connecting(port, ended):
    held = collections.deque(maxlen=2 * control.MOST_SILENT)
    while not ended.is_set():
        if len(held) == held.maxlen:
            held.popleft().close()
        held.append(socket.create_connection(("127.0.0.1", port)))
    for connection in held:
        connection.close()


def test_each_has_two_seconds_to_show_its_key(tmp_path, monkeypatch):
    assert control.SILENT_S == 2.0
    monkeypatch.setattr(control, "SILENT_S", 0.05)

    async def scenario():
        async with Desk(tmp_path) as desk:
            assert await desk.answer_to() == b""
            assert await desk.answer_to(b'{"key": ') == b""  # half a line, and then nothing
            assert desk.asked == 0
            assert not desk.control._silent

    run(scenario())
