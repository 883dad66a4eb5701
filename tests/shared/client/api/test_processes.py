"""A client belongs to the process that made it: in a forked child every call says so, and harms nobody."""

import copy
import multiprocessing
import pathlib
import pickle
import sys

import pytest
from loggia.shared.client.api.client import Client

from tests.endtoend.processes import Running
from tests.shared.client.running import Broker, heard

forks = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")

BEGIN = """
import multiprocessing, os, sys, time
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import LoggiaError, WrongProcess

def refused(*calls):
    begun = time.monotonic()
    for call in calls:
        try:
            print("the child got", call(), flush=True)
        except WrongProcess as reason:
            assert "Make a new client in each process" in str(reason)
            print("refused", flush=True)
    print("at once" if time.monotonic() - begun < 5 else "late", flush=True)

def all_calls(chat, event, events):
    refused(
        lambda: chat.send("by the child"), lambda: chat.send("by the child", wait=False),
        lambda: chat.answer(event, "by the child"), lambda: chat.done(event), chat.status, chat.counters,
        chat.copies, chat.members, chat.history, lambda: chat.account, lambda: next(events),
        lambda: next(iter(chat)), lambda: next(chat.events()), lambda: chat.limits, chat.wait_entered,
        chat.broker_ms,
    )

requests = sys.argv[1]
if __name__ == "__main__":
    with Client("ada", connect=requests, timeout_s=60.0) as chat:
        chat.send("before")
        events = chat.events()
        event = next(events)
"""

# What the parent does with its client then, in a block of its own; it waits for its child.
BY_EXIT = """
        pid = os.fork()
        if not pid:
            all_calls(chat, event, events)
            chat.close()
            chat.close(now=True)
            os._exit(7)
        print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        print("parent", chat.send("after") > 1, flush=True)
"""
BY_THE_END_OF_ITS_BLOCK = """
        pid = os.fork()
        if not pid:
            all_calls(chat, event, events)
        else:
            print("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
            print("parent", chat.send("after") > 1, flush=True)
    sys.exit(7 if not pid else 0)
"""
BY_MULTIPROCESSING = """
        def child():
            all_calls(chat, event, events)
            with Client("bob", connect=requests) as own:
                assert own.send("a client of the child's own") > 1
            chat.close()
            sys.exit(7)
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        print("child", process.exitcode, flush=True)
        print("parent", chat.send("after") > 1, flush=True)
"""
WHILE_THE_LINK_IS_BUSY = """
        for number in range(8):
            for text in range(50):
                chat.send(f"{text}", wait=False)
            pid = os.fork()
            if not pid:
                refused(chat.status)
                chat.close()
                os._exit(7)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print("child", code, flush=True)
        print("parent", chat.send("after") > 1, flush=True)
"""
CALLS = 16


def script(folder: pathlib.Path, broker: Broker, *parts: str) -> Running:
    """A program of its own; that there are threads at a fork is what these are about."""
    file = folder / "program.py"
    file.write_text("".join(parts))
    ignored = ["-W", "ignore::DeprecationWarning"]
    return Running([sys.executable, "-W", "error", *ignored, str(file), broker.requests])


@forks
@pytest.mark.parametrize("fork", [BY_EXIT, BY_THE_END_OF_ITS_BLOCK, BY_MULTIPROCESSING])
def test_a_forked_child_is_told_and_the_parent_goes_on(
    broker: Broker, tmp_path: pathlib.Path, fork: str
) -> None:
    with script(tmp_path, broker, BEGIN, fork) as program:
        assert program.wait() == 0, program.lines
        assert program.lines == ["refused"] * CALLS + ["at once", "child 7", "parent True"]
    with Client("eve", connect=broker.requests) as eve:
        said = [event.text for event in eve.history() if hasattr(event, "text")]
        own = ["a client of the child's own"] if fork == BY_MULTIPROCESSING else []
        assert said == ["before", *own, "after"]


@forks
def test_whatever_the_link_does_at_the_fork(broker: Broker, tmp_path: pathlib.Path) -> None:
    with script(tmp_path, broker, BEGIN, WHILE_THE_LINK_IS_BUSY) as program:
        assert program.wait() == 0, program.lines
        assert program.lines == ["refused", "at once"] * 8 + ["child 7", "parent True"]


SPAWN = """
import multiprocessing, sys
from loggia.shared.client.api.client import Client

def work(requests, nick):
    with Client(nick, connect=requests) as chat:
        chat.send(f"{nick} is here")

if __name__ == "__main__":
    processes = multiprocessing.get_context("spawn")
    with Client("ada", connect=sys.argv[1]) as chat:
        chat.send("before")
        workers = [processes.Process(target=work, args=(sys.argv[1], nick)) for nick in ("bob", "eve")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print([worker.exitcode for worker in workers], chat.send("after") > 1, flush=True)
        try:
            processes.Process(target=print, args=(chat,)).start()
        except TypeError as reason:
            print(reason, flush=True)
"""


def test_spawned_processes_have_clients_of_their_own(broker: Broker, tmp_path: pathlib.Path) -> None:
    with script(tmp_path, broker, SPAWN) as program:
        assert program.wait() == 0, program.lines
        assert program.lines == [
            "[0, 0] True",
            "A Client cannot be pickled or copied: it is of one process. Make one in each of them.",
        ]


def test_a_client_is_neither_pickled_nor_copied(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for way in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="Make one in each"):
                way(ada)
        ada.send("hello")
        assert heard(ada, 1)
