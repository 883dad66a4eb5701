"""A second start: it tells the first window what was asked for, and ends; nobody else can."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from loggia.qtclient import single
from loggia.qtclient.single import FILE, LOCK, MOST_SILENT, Doorkeeper, Doorplate, Knock, Reply, ask, taken
from loggia.shared.process import files
from PyQt6.QtCore import QLockFile

from tests.patience import PATIENCE_S

SHOWN = Reply("shown", "ada", "tcp://127.0.0.1:1101")


class Door:
    """A first window's. `knocks`: who came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.knocks: list[Knock] = []
        self.reply = SHOWN
        self.keeper = Doorkeeper(folder, self._knocked)

    @property
    def plate(self) -> Doorplate:
        return msgspec.json.decode(files.read(self.folder / FILE), type=Doorplate)

    def call(self) -> socket.socket:
        return socket.create_connection((single.HOST, self.plate.port), timeout=PATIENCE_S)

    def _knocked(self, knock: Knock) -> Reply:
        self.knocks.append(msgspec.structs.replace(knock, key=""))
        return self.reply


@pytest.fixture
def door(qapp, tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path)
    yield door
    door.keeper.close()


def asked(folder: Path, qtbot, knock: Knock) -> Reply | None:
    """As a second start asks, in a thread: the first window is in this one."""
    replies: list[Reply | None] = []
    thread = Thread(target=lambda: replies.append(ask(folder, knock)))
    thread.start()
    qtbot.waitUntil(lambda: bool(replies))
    thread.join()
    return replies[0]


def test_what_was_asked_for_comes_to_the_first_and_its_word_back(door: Door, qtbot):
    knock = Knock(endpoint="tcp://127.0.0.1:1101", nick="Zoë", room="lab", token="t-1")
    assert asked(door.folder, qtbot, knock) == SHOWN
    door.reply = Reply("other", "bob", "tcp://tower:1101")
    assert asked(door.folder, qtbot, Knock()) == door.reply
    assert door.knocks == [knock, Knock()]
    assert not door.keeper._silent


def test_only_who_can_read_the_folder_is_heard(door: Door, qtbot):
    assert (door.folder / FILE).stat().st_mode & 0o077 == 0
    for said in (
        msgspec.json.encode(Knock(key="guessed", room="lab")),
        b'{"key": "\\ud800"}',
        b'{"room": "lab"}',
        b"\xff" * 100,
        b"x" * 2 * single.LINE_BYTES,
        b"GET / HTTP/1.1",
    ):
        with door.call() as caller:
            caller.sendall(said + b"\n")
            caller.setblocking(False)
            qtbot.waitUntil(lambda caller=caller: ended(caller))
    assert door.knocks == []


def ended(caller: socket.socket) -> bool:
    """The other side has closed, without a word."""
    try:
        assert caller.recv(100) == b""
    except BlockingIOError:
        return False
    except ConnectionError:  # it had not read all
        pass
    return True


def test_who_says_nothing_makes_room_for_who_does(door: Door, qapp, qtbot):
    silent: list[socket.socket] = []
    try:
        for _ in range(2 * MOST_SILENT):
            silent.append(door.call())
            qapp.processEvents()
        assert asked(door.folder, qtbot, Knock(room="lab")) == SHOWN
        assert len(door.keeper._silent) <= MOST_SILENT
    finally:
        for caller in silent:
            caller.close()


def test_a_line_in_pieces_is_one(door: Door, qtbot):
    line = msgspec.json.encode(Knock(key=door.plate.key, room="lab")) + b"\n"
    with door.call() as caller:
        caller.sendall(line[:20])
        qtbot.waitUntil(lambda: any(said for _, said in door.keeper._silent.values()))
        caller.sendall(line[20:])
        qtbot.waitUntil(lambda: door.knocks == [Knock(room="lab")])
        assert msgspec.json.decode(caller.makefile("rb").readline(), type=Reply) == SHOWN


def test_at_the_end_the_file_goes_but_not_that_of_another(qapp, tmp_path: Path):
    first, second = Door(tmp_path), Door(tmp_path)
    first.keeper.close()
    assert second.plate.port
    second.keeper.close()
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "left", [None, b"", b"{", b'{"port": 1, "key": "k"}', b'{"port": 99999, "key": "k"}']
)
def test_where_no_window_answers_there_is_no_reply(tmp_path: Path, left: bytes | None):
    """What a window that was killed left there, or something else."""
    if left is not None:
        (tmp_path / FILE).write_bytes(left)
    assert ask(tmp_path, Knock()) is None


def test_the_lock_of_a_window_that_was_killed_is_taken(tmp_path: Path):
    (tmp_path / LOCK).write_text(f"999999999\nloggia\n{socket.gethostname()}\n")
    (tmp_path / FILE).write_bytes(b'{"port": 1, "key": "k"}')
    lock = made(tmp_path)
    assert taken(lock, tmp_path, Knock()) is None
    lock.unlock()


def made(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(0)
    return lock


def test_who_ends_is_waited_for_and_its_place_taken(tmp_path: Path, monkeypatch):
    first, second = made(tmp_path), made(tmp_path)
    assert first.tryLock(0)
    asked = []

    def ending(folder: Path, knock: Knock) -> Reply:
        asked.append(knock)
        if len(asked) == 3:
            first.unlock()
        return Reply("ending")

    monkeypatch.setattr(single, "ask", ending)
    assert taken(second, tmp_path, Knock(room="lab")) is None
    assert asked == [Knock(room="lab")] * 3
    second.unlock()


def test_who_holds_the_folder_and_says_nothing_is_another(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(single, "PATIENCE_S", 0.0)
    first = made(tmp_path)
    assert first.tryLock(0)
    assert taken(made(tmp_path), tmp_path, Knock()) == Reply("other")
    first.unlock()
