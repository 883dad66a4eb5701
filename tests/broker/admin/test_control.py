"""The operator's way to a running broker, both sides: who is heard, who is not, and what is left behind."""

import asyncio
import contextlib
import errno
import os
import socket
import stat
import threading
import time

import msgspec
import pytest
from loggia.broker.admin import control, leash
from loggia.broker.admin.control import Aside, Back, Control, Where
from loggia.broker.admin.leash import aside
from loggia.broker.storage import data_dir
from loggia.shared.protocol.errors import LoggiaError, StorageBroken

from tests.broker.admin.desk import Desk, run, until

# -- The broker's side -------------------------------------------------------------------------


def test_the_file_is_for_its_owner_and_goes_with_the_broker(tmp_path):
    async def scenario():
        async with Desk(tmp_path) as desk:
            file = tmp_path / data_dir.CONTROL
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert len(desk.where.key) >= 32
        assert os.listdir(tmp_path) == []
        async with Desk(tmp_path) as again:
            assert again.where.key != desk.where.key

    run(scenario())


def test_the_file_of_another_broker_is_left_alone(tmp_path):
    async def scenario():
        async with Desk(tmp_path):
            async with Desk(tmp_path) as second:
                pass_on = second.where
                (tmp_path / data_dir.CONTROL).write_bytes(msgspec.json.encode(Where(port=1, key="another's")))
            assert pass_on.key
            assert (tmp_path / data_dir.CONTROL).exists()

    run(scenario())


def test_what_else_fails_in_the_loop_for_want_of_descriptors_is_not_said_of_this_port(
    tmp_path, expect_log, caplog
):
    def fail():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def scenario():
        async with Desk(tmp_path):
            asyncio.get_running_loop().call_soon(fail)
            await until(lambda: caplog.records)
        assert "control port" not in caplog.text

    expect_log("Exception in callback")
    run(scenario())


def test_who_asks_is_told_when_the_folder_is_free_and_when_it_is_over(tmp_path):
    async def scenario():
        async with Desk(tmp_path) as desk:
            reader, writer = await desk.connected()
            writer.write(desk.wish())
            await until(lambda: desk.asked == 1)
            through = asyncio.create_task(desk.control.until_let_go())
            assert msgspec.json.decode(await reader.readline(), type=Aside) == Aside(aside=True)
            await asyncio.sleep(0)
            assert not through.done()
            writer.write_eof()
            await through
            desk.control.back()
            assert msgspec.json.decode(await reader.read(), type=Back) == Back(back=True)
            writer.close()

    run(scenario())


def test_a_second_one_is_refused_until_the_first_is_through(tmp_path):
    async def scenario():
        async with Desk(tmp_path) as desk:
            _, first = await desk.connected()
            first.write(desk.wish())
            await until(lambda: desk.asked == 1)
            refused = msgspec.json.decode(await desk.answer_to(desk.wish()), type=Aside)
            assert not refused.aside
            assert "another command is at work" in refused.why
            assert desk.asked == 1
            desk.control.back()
            _, third = await desk.connected()
            third.write(desk.wish())
            await until(lambda: desk.asked == 2)
            first.close()
            third.close()

    run(scenario())


STRANGE = {
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no UTF-8": b"\xff\xfe\x00\n",
    "another thing": b'{"want": "aside"}\n',
    "too long": b"x" * (control.LINE_BYTES * 3),
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
def test_garbage_is_closed_without_effect(tmp_path, said, expect_log):
    expect_log("has not the key")

    async def scenario():
        async with Desk(tmp_path) as desk:
            assert await desk.answer_to(said) == b""
            assert desk.asked == 0

    run(scenario())


@pytest.mark.parametrize("changed", [{"key": "wrong"}, {"key": "é\U0001f511"}, {"key": ""}, {"want": "x"}])
def test_a_wrong_key_or_wish_is_closed_and_logged_once(tmp_path, changed, caplog, expect_log):
    expect_log("has not the key")

    async def scenario():
        async with Desk(tmp_path) as desk:
            for _ in range(3):
                assert await desk.answer_to(desk.wish(**changed)) == b""
            assert desk.asked == 0

    run(scenario())
    assert len([record for record in caplog.records if "has not the key" in record.message]) == 1


def test_a_broker_without_a_control_port_serves_all_the_same(tmp_path, monkeypatch, expect_log):
    expect_log("No command can reach this broker while it runs: Cannot assign requested address")
    monkeypatch.setattr(control, "HOST", "192.0.2.1")  # an address that is nobody's

    async def scenario():
        desk = Control(tmp_path, lambda: None)
        await desk.open()
        desk.announce()
        desk.close()
        assert os.listdir(tmp_path) == []

    run(scenario())


# -- The command's side --------------------------------------------------------------------------


def test_without_a_broker_nothing_happens_and_nothing_is_made(tmp_path):
    with aside(tmp_path / "nowhere"):
        assert not (tmp_path / "nowhere").exists()
    with aside(tmp_path):
        assert os.listdir(tmp_path) == []
    (tmp_path / "file").touch()
    with aside(tmp_path / "file"):
        pass


def test_what_a_killed_broker_left_keeps_nobody_from_the_folder(tmp_path, monkeypatch):
    """Also when its port is another program's by then, which says nothing."""
    monkeypatch.setattr(leash, "ASIDE_S", 0.05)
    data_dir.lock(tmp_path).close()
    leave(tmp_path, 1)
    with aside(tmp_path), contextlib.closing(data_dir.lock(tmp_path)):
        pass
    with contextlib.closing(Played(tmp_path)), aside(tmp_path), contextlib.closing(data_dir.lock(tmp_path)):
        pass


def leave(data, port):
    (data / data_dir.CONTROL).write_bytes(msgspec.json.encode(Where(port=port, key="old")))


LEFT = {
    "nothing": None,
    "an old one": b'{"port": 1, "key": "old"}',
    "no port": b'{"port": 700000, "key": "old"}',
    "no JSON": b"\xff",
    "empty": b"",
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_a_folder_that_stays_in_use_is_refused(tmp_path, left):
    if left is not None:
        (tmp_path / data_dir.CONTROL).write_bytes(left)
    with (
        contextlib.closing(data_dir.lock(tmp_path)),
        pytest.raises(StorageBroken, match="in use by another program") as refused,
        aside(tmp_path, patience_s=0.1),
    ):
        raise AssertionError("went ahead")
    assert str(tmp_path) in str(refused.value)


def test_a_folder_that_becomes_free_is_waited_for(tmp_path):
    held = data_dir.lock(tmp_path)
    began = time.monotonic()
    timer = threading.Timer(0.2, held.close)
    timer.start()
    with aside(tmp_path), contextlib.closing(data_dir.lock(tmp_path)):
        assert time.monotonic() - began >= 0.2
    timer.join()


class Played:
    """A program at the control port that says what the test wants. `heard`: the lines that came."""

    def __init__(self, data, *answers):
        self._listener = socket.create_server(("127.0.0.1", 0))
        leave(data, self._listener.getsockname()[1])
        self._answers = answers
        self.heard = []
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def _play(self):
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as lines:
            for answer in self._answers:
                self.heard.append(lines.readline())
                connection.sendall(answer)
            lines.read()

    def close(self):
        self._thread.join()
        self._listener.close()


PARTINGS = {
    "it serves": (b'{"back": true}\n', None),
    "it was stopped": (b'{"back": false}\n', None),
    "it failed": (b'{"back": false, "why": "the roof is gone"}\n', "could not open again: the roof is gone"),
    "it died": (b"", "ended meanwhile"),
    "it raves": (b"\xff\n", "ended meanwhile"),
}


@pytest.mark.parametrize(("last", "why"), PARTINGS.values(), ids=PARTINGS)
def test_a_broker_that_does_not_come_back_is_told_of(tmp_path, last, why):
    with (
        contextlib.closing(data_dir.lock(tmp_path)),
        contextlib.closing(Played(tmp_path, b'{"aside": true}\n', last)) as played,
        pytest.raises(LoggiaError, match=why) if why else contextlib.nullcontext(),
        aside(tmp_path),
    ):
        pass
    assert msgspec.json.decode(played.heard[0]) == {"key": "old", "want": "aside"}
    assert played.heard[1] == b""  # the end of the leash


def test_a_command_that_fails_does_not_wait(tmp_path):
    with (
        contextlib.closing(data_dir.lock(tmp_path)),
        contextlib.closing(Played(tmp_path, b'{"aside": true}\n')),
        pytest.raises(KeyboardInterrupt),
        aside(tmp_path),
    ):
        raise KeyboardInterrupt


def test_a_refusal_is_passed_on(tmp_path):
    with (
        contextlib.closing(data_dir.lock(tmp_path)),
        contextlib.closing(Played(tmp_path, b'{"aside": false, "why": "not on Sundays"}\n')),
        pytest.raises(StorageBroken, match=r"^not on Sundays$"),
        aside(tmp_path),
    ):
        raise AssertionError("went ahead")


def test_a_stranger_at_an_old_port_is_no_broker(tmp_path, monkeypatch):
    monkeypatch.setattr(leash, "ASIDE_S", 0.05)
    with (
        contextlib.closing(data_dir.lock(tmp_path)),
        contextlib.closing(Played(tmp_path, b"220 welcome\r\n")),
        pytest.raises(StorageBroken, match="in use by another program"),
        aside(tmp_path, patience_s=0.0),
    ):
        raise AssertionError("went ahead")
