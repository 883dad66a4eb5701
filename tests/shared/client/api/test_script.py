"""How a program ends: as a real process, since signals are of the whole process."""

import runpy
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from loggia.shared.client.api.interrupts import Interrupts

from tests.patience import PATIENCE_S
from tests.started import Started

HOUSE = Path(__file__).parents[4]


class Program:
    """A script of a few lines, which prints "ready" when it may be interrupted."""

    def __init__(self, source: str) -> None:
        self.process = Started(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(source)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=HOUSE,
        )

    def ends(self, *numbers: signal.Signals) -> tuple[int, str, str]:
        """Interrupt it when it is ready; its exit code, the rest of its output, and its errors."""
        with self.process as process:
            assert process.stdout is not None
            if numbers:
                assert process.stdout.readline() == "ready\n"
            for number in numbers:
                process.send_signal(number)
            output, errors = process.communicate(timeout=PATIENCE_S)
        return process.returncode, output, errors


SCRIPT = """
import threading
from loggia.shared.client.api.script import script
with script():
    try:
        print("ready", flush=True)
        threading.Event().wait()
    finally:
        print("goodbye")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_script_ends_quietly_and_says_goodbye(number: signal.Signals) -> None:
    assert Program(SCRIPT).ends(number) == (0, "goodbye\n", "")


@pytest.mark.parametrize("program", ["dice", "log_room"])
@pytest.mark.parametrize("where", ["host:port", "tcp://127.0.0.1:0", "http://x", "\x1b[31m"])
def test_an_address_in_the_environment_that_is_none_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, program: str, where: str
) -> None:
    monkeypatch.setenv("LOGGIA_REQUESTS", where)
    monkeypatch.setattr(sys, "argv", [program])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(HOUSE / "bots" / f"{program}.py"), run_name="__main__")
    told = str(ended.value.code)
    assert told.startswith("ERROR: LOGGIA_REQUESTS: ")
    assert told.endswith("Write it as tcp://HOST:PORT, for example tcp://127.0.0.1:1101.")
    assert told.isprintable()


def test_what_the_broker_refuses_is_one_sentence() -> None:
    source = """
    from loggia.shared.client.api.script import script
    from loggia.shared.protocol.errors import Refused
    with script():
        raise Refused("nick_taken", "The nickname is taken by dice, who is here; choose another.")
    """
    taken = "ERROR: The nickname is taken by dice, who is here; choose another.\n"
    assert Program(source).ends() == (1, "", taken)


def test_what_is_wrong_with_the_disk_is_one_sentence() -> None:
    source = """
    from loggia.shared.client.api.script import script
    from loggia.shared.protocol.errors import StorageBroken
    with script():
        raise StorageBroken("The file is no copy of Loggia.")
    """
    assert Program(source).ends() == (1, "", "ERROR: The file is no copy of Loggia.\n")


def test_a_fault_of_the_script_is_a_traceback() -> None:
    source = """
    from loggia.shared.client.api.script import script
    with script():
        print(1 / 0)
    """
    code, _, errors = Program(source).ends()
    assert code == 1
    assert "ZeroDivisionError" in errors


# -- Handlers that hang, or swallow what ends the program --------------------------------------

HANGING = """
import asyncio, threading, time
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.client.api.script import script
bot = Bot("dice")

@bot.command("!sync")
def sync() -> None:
    print("ready", flush=True)
    threading.Event().wait()

@bot.command("!async")
async def wait() -> None:
    try:
        print("ready", flush=True)
        await asyncio.sleep(3600)
    finally:
        print("cancelled", flush=True)

@bot.command("!thread")
async def thread() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(threading.Event().wait)

@bot.command("!swallow")
def swallow() -> str:
    try:
        print("ready", flush=True)
        threading.Event().wait()
    except BaseException:
        print("swallowed", flush=True)
    return "as if nothing was"

@bot.command("!convert")
def convert() -> None:
    try:
        print("ready", flush=True)
        threading.Event().wait()
    except BaseException:
        raise RuntimeError

with script():
    TestBot(bot).say("!{}")
print("went on")
"""


@pytest.mark.parametrize(
    ("name", "says"),
    [("sync", ""), ("async", "cancelled\n"), ("thread", ""), ("swallow", "swallowed\n"), ("convert", "")],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_handler_that_hangs_can_be_interrupted(name: str, says: str, number: signal.Signals) -> None:
    assert Program(HANGING.replace("{}", name)).ends(number) == (0, says, "")


def test_a_program_may_have_its_own_way_to_end() -> None:
    source = """
    import signal, sys, threading
    from loggia.shared.client.api.bot import Bot
    from loggia.shared.client.api.rehearsing import TestBot
    from loggia.shared.client.api.script import script
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    bot = Bot("dice")

    @bot.command("!wait")
    def wait() -> None:
        print("ready", flush=True)
        threading.Event().wait()

    with script():
        TestBot(bot).say("!wait")
    """
    assert Program(source).ends(signal.SIGTERM) == (7, "", "")


def test_what_is_ignored_stays_ignored() -> None:
    source = """
    import signal, threading
    from loggia.shared.client.api.script import script
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    with script():
        print("ready", flush=True)
        threading.Event().wait()
    """
    assert Program(source).ends(signal.SIGHUP, signal.SIGTERM) == (0, "", "")


def test_afterwards_signals_are_as_before() -> None:
    from loggia.shared.client.api.script import script

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with script():
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_what_must_be_had_whole_is_not_interrupted() -> None:
    interrupts = Interrupts()
    done: list[str] = []

    def interrupted() -> None:
        with interrupts.noticed(), interrupts.held():
            signal.raise_signal(signal.SIGTERM)
            interrupts.check()
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["whole"]
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    with interrupts.noticed(), interrupts.held():
        interrupts.check()
