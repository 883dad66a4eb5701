"""The command's side of what it wants of a running broker: mostly that it steps aside, and comes back.

Runs in the tool's only thread. A connection is the leash: whatever becomes of the command, when it ends the
broker opens again.
docs/operations.md, "While a broker runs"; the broker's side is broker/admin/control.py.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeVar

import msgspec
from loggia.broker.admin.control import HOST, LINE_BYTES, Aside, Back, Done, Line, Where, Wish, decoded
from loggia.broker.runtime.operating import Act
from loggia.broker.storage import data_dir
from loggia.shared.process import files
from loggia.shared.protocol.errors import LoggiaError, StorageBroken

PATIENCE_S = 3.0  # for a broker that is only starting, and has not said yet where it listens
CONNECT_S = 5.0  # for a broker whose machine is busy
ASIDE_S = 20.0  # for a broker to stop serving, which takes 2 s where nothing is slow
BACK_S = 60.0  # for it to open again: a long log is checked before it is served
POLL_S = 0.05

T = TypeVar("T")


# -- The command's side --------------------------------------------------------------------------


@contextlib.contextmanager
def aside(data: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Within it no broker has the data folder: one that runs there steps aside, and comes back at the end.

    Without a running broker nothing happens. Whoever comes first takes the folder (`data_dir.lock`). A broker
    comes back also when the command fails; when it cannot, and the command was well, that is a LoggiaError.
    Raises StorageBroken when the folder stays in use.
    """
    leash = _asked(data, patience_s)
    if leash is None:
        yield
        return
    with leash:
        yield
        leash.wait_until_back()


class _Leash:
    """A connection to a broker; at the latest when it is closed the broker opens again."""

    def __init__(self, where: Where) -> None:
        """Raises OSError when nobody is there."""
        self._connection = socket.create_connection((HOST, where.port), timeout=CONNECT_S)
        self._lines = self._connection.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._connection.close()

    def ask(self, wish: Wish, kind: type[Line]) -> Line | None:
        """What the broker answers; None from anybody else. Raises OSError."""
        self._connection.sendall(msgspec.json.encode(wish) + b"\n")
        return self._next(kind, ASIDE_S)

    def wait_until_back(self) -> None:
        """Raises LoggiaError when the broker does not come back."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
            last = self._next(Back, BACK_S)
        except TimeoutError:
            raise LoggiaError(f"the broker has not opened again within {BACK_S:.0f} s; see its log") from None
        except OSError:
            last = None
        if last is None:
            raise LoggiaError("the broker ended meanwhile; start it again")
        if not last.back and last.why:
            raise LoggiaError(f"the broker could not open again: {last.why}")

    def _next(self, kind: type[Line], within_s: float) -> Line | None:
        self._connection.settimeout(within_s)
        return decoded(self._lines.readline(LINE_BYTES), kind)


def operate(data: Path, act: Act, who: str, patience_s: float = PATIENCE_S) -> Done | None:
    """What the broker that runs there says to it; None when nobody has the folder. Raises StorageBroken."""
    return _answered(data, patience_s, lambda: _operated_once(data, act, who))


def _asked(data: Path, patience_s: float) -> _Leash | None:
    """The leash of the broker that stepped aside; None when nobody has the folder.

    A broker that is aside for another command has not the folder either, so it is asked in any case.
    """
    return _answered(data, patience_s, lambda: _asked_once(data))


def _answered(data: Path, patience_s: float, ask: Callable[[], T | None]) -> T | None:
    """Ask until somebody answers, or nobody has the folder. Raises StorageBroken when it stays in use."""
    deadline = time.monotonic() + patience_s
    while (answer := ask()) is None and data_dir.is_held(data):
        if time.monotonic() > deadline:
            raise StorageBroken(
                f"the data folder {data} is in use by another program that does not step aside: a command at "
                "work on its log, or a broker that is only starting; wait for it and try again"
            )
        time.sleep(POLL_S)
    return answer


def _asked_once(data: Path) -> _Leash | None:
    """None when no broker answers: it is only starting, or stopping, or what is there is no broker."""
    where = _where(data)
    if where is None:
        return None
    with contextlib.ExitStack() as failing:
        try:
            leash = failing.enter_context(_Leash(where))
            answer = leash.ask(Wish(key=where.key, want="aside"), Aside)
        except (OSError, OverflowError):  # a port that is none
            return None
        if answer is None:
            return None
        if not answer.aside:
            raise StorageBroken(answer.why)
        failing.pop_all()
        return leash


def _operated_once(data: Path, act: Act, who: str) -> Done | None:
    """None as of `_asked_once`."""
    where = _where(data)
    if where is None:
        return None
    try:
        with _Leash(where) as leash:
            return leash.ask(Wish(key=where.key, want=act, who=who), Done)
    except (OSError, OverflowError):
        return None


def _where(data: Path) -> Where | None:
    """Where a broker listens, as it wrote it down."""
    try:
        return decoded(files.read(data / data_dir.CONTROL), Where)
    except (FileNotFoundError, NotADirectoryError):
        return None
