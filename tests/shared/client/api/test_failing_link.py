"""A link that fails, or whose copy cannot be used, is told to all who call."""

import pathlib
import threading
from collections.abc import Callable

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.commands import Say
from loggia.shared.client.link import link
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.errors import LinkFailed, StorageBroken, StorageFull

from tests.shared.client.running import Broker, eventually, heard


class Broken(Exception):
    pass


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]) -> Callable[[], None]:
    """Make every link fail at its next turn, as by a fault of ours."""

    def fail() -> None:
        expect_log("The link of .* failed")

        def broken(*_: object) -> None:
            raise Broken("what nobody foresaw")

        monkeypatch.setattr(link.Loop, "turn", broken)

    return fail


def is_the_fault(failed: BaseException) -> bool:
    return (
        isinstance(failed, LinkFailed)
        and isinstance(failed.__cause__, Broken)
        and "what nobody foresaw" in str(failed)
    )


# -- A link that fails -------------------------------------------------------------------------


def test_what_nobody_foresaw_is_raised_to_all_who_wait_and_ever_after(
    broker: Broker, fails: Callable[[], None]
) -> None:
    raised: list[BaseException] = []
    with (
        Client("ada", connect=broker.requests, timeout_s=60.0) as ada,
        Client("zoe", connect=broker.requests) as zoe,
    ):
        ada.send("before")
        heard(ada, 1)
        zoe.send("hello")
        heard(ada, 1)

        def waits(call: Callable[[], object]) -> None:
            try:
                call()
            except BaseException as reason:
                raised.append(reason)

        waiting = [lambda: next(iter(ada)), lambda: next(ada.events())]
        threads = [threading.Thread(target=waits, args=[call]) for call in waiting]
        for thread in threads:
            thread.start()
        fails()
        waits(lambda: ada.send("wake up"))
        waits(lambda: ada.history())
        for thread in threads:
            thread.join()
        for call in (
            lambda: ada.send("later"),
            lambda: ada.send("later", wait=False),
            lambda: ada.history(),
            lambda: next(ada.events()),
            lambda: ada.copies() if not ada._inbox.begun else ada.send("later"),
        ):
            waits(call)
    assert len(raised) == 9
    assert all(is_the_fault(reason) for reason in raised), raised
    assert ada.status().connection == "ended"
    assert "what nobody foresaw" in ada.status().reason


def test_it_is_raised_out_of_a_bot(broker: Broker, tmp_path: pathlib.Path, fails: Callable[[], None]) -> None:
    bot = Bot("echo")
    bot.message(lambda event: fails())
    raised: list[BaseException] = []

    def serve() -> None:
        try:
            bot.run(connect=broker.requests, data=tmp_path / "bot.db")
        except BaseException as reason:
            raised.append(reason)

    thread = threading.Thread(target=serve)
    thread.start()
    with Client("ada", connect=broker.requests, bot=False) as ada:
        eventually(lambda: len(ada.members()) == 2)

        def talk() -> None:
            while True:
                ada.send("hello")

        with pytest.raises(LinkFailed):
            talk()
    thread.join()
    assert is_the_fault(raised[0])


def test_a_program_that_fails_at_being_told_ends_its_link_with_that(
    broker: Broker, expect_log: Callable[[str], None]
) -> None:
    expect_log("The link of ada failed")

    def notify(batch: object) -> None:
        raise Broken("what nobody foresaw")

    failing = link.Link(requests=broker.requests, replica_path=None, nick="ada", notify=notify)
    with pytest.raises(LinkFailed) as raised:
        failing.run()
    assert is_the_fault(raised.value)
    with pytest.raises(LinkFailed):
        failing.post(Say(room="lobby", text="hello"))


def broken_copies(folder: pathlib.Path) -> list[tuple[pathlib.Path, str]]:
    newer = folder / "newer.db"
    replica = Replica(newer)
    replica._db.execute("PRAGMA user_version = 99")
    replica.close()
    noise = folder / "noise.db"
    noise.write_bytes(b"this is no database" * 1000)
    (folder / "folder.db").mkdir()
    (folder / "file").touch()
    return [
        (newer, "was written by a newer Loggia"),
        (noise, "noise.db"),
        (folder / "folder.db", "folder.db"),
        (folder / "file" / "x.db", "x.db"),
    ]


# -- A copy that cannot be used ----------------------------------------------------------------


def test_a_copy_that_cannot_be_used_is_said_by_every_call(broker: Broker, tmp_path: pathlib.Path) -> None:
    for path, said in broken_copies(tmp_path):
        with Client("ada", connect=broker.requests, data=str(path), timeout_s=60.0) as ada:
            for call in (lambda: ada.send("hello"), lambda: next(ada.events()), lambda: ada.history()):
                with pytest.raises(StorageBroken, match=said):
                    call()
            assert said in str(ada.status())


def test_a_full_disk_is_what_is_raised_when_it_is_full(
    broker: Broker,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: Callable[[str], None],
) -> None:
    expect_log("The disk refused to store")
    with Client("ada", connect=broker.requests, data=tmp_path / "a.db") as ada:
        ada.send("before")
        ada._waiting.timeout_s = 0.5

        def full(*_: object) -> None:
            raise StorageFull("The disk refused to store what is new.")

        with monkeypatch.context() as filled:
            filled.setattr(Replica, "keep", full)
            ada.send("while it fills up", wait=False)
            eventually(lambda: "The disk refused to store" in str(ada.status()))
            with pytest.raises(StorageFull, match=r"The disk refused to store.*waits in memory"):
                ada.send("while it is full")
            with pytest.raises(StorageFull, match="The disk refused to store"):
                ada.history()
        eventually(lambda: "while it is full" in [event.text for event in heard(ada, 1)])
