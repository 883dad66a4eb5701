"""Real processes over what real older versions left (tests/data/README.md), and over what a newer one would.

Nobody loses an account, a token or a message by an upgrade; a newer format is one sentence, and nothing is
touched.
"""

import contextlib
import sqlite3
import sys
import time

import apsw
import pytest
from loggia.broker.storage.migrations import LOG
from loggia.broker.storage.page_checksums import Pages
from loggia.shared.client.link.migrations import REPLICA
from loggia.shared.process.migrations import number_of

from tests.endtoend.bots import own
from tests.endtoend.processes import Broker, Running, module
from tests.endtoend.wire import TRY_MS, Wire
from tests.patience import PATIENCE_S
from tests.stored import FORMATS, content, unpack

ROBOT = """
import sys
from loggia import Bot
from loggia.shared.client.api.script import script

bot = Bot("robot", rooms=["lobby", "lab"])

@bot.message
def heard(event):
    return f"heard {{event.text}}" if event.text.endswith("?") else None

with script():
    bot.run(data={data!r})
"""


NOW = LOG.newest


def robot(broker: Broker, folder, data) -> Running:
    return own(ROBOT.format(data=str(data)), broker, folder, "robot")


def command(data, *arguments: str) -> tuple[int, list[str]]:
    with module("broker", *arguments, "--data", str(data)) as running:
        return running.wait(), running.lines


def waits_for(caller, text):
    """Until somebody said this in the lab."""
    deadline = time.monotonic() + PATIENCE_S
    while text not in texts(caller.log("lab")):
        assert time.monotonic() < deadline, text
        caller.socket.poll(TRY_MS)


def texts(log):
    return [event["text"] for event in log if event["op"] == "message"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_stored_log_goes_on_where_it_was(tmp_path, name):
    told = unpack(name, tmp_path)
    data = tmp_path / "log"
    code, lines = command(data, "upgrade")
    old = int(name.split("-")[1])
    size = round((data / f"loggia.db.format-{old}").stat().st_size / 1e3) if old != NOW else 0
    kept = f"the old file ({size} KB) is kept as loggia.db.format-{old}"
    done = f"The log was brought from format {old} to {NOW}; {kept}."
    nothing = f"The log is of format {NOW}, which is this version's: there is nothing to do."
    assert (code, lines) == (0, [nothing if old == NOW else done])
    code, lines = command(data, "verify")
    assert (code, lines[-1].split(":")[0]) == (0, "SOUND"), lines
    hashes = lines
    with Broker(data) as broker:
        assert broker.stop() == 0
    assert command(data, "verify") == (0, hashes), "rooms, hashes and the life of the log are the same"
    code, lines = command(data, "upgrade", "--check")
    assert (code, lines) == (0, [nothing])
    with Broker(data) as broker, Wire(broker) as wire:
        ada = wire.joined("Ada L", token=told["ada"]["token"])
        assert (ada.account, set(ada.rooms)) == (told["ada"]["account"], {"lobby", "lab"})
        zoe = wire.joined("Zo\u00eb", token=told["zoe"]["token"])
        assert zoe.account == told["zoe"]["account"]
        for room, events in told["rooms"].items():
            assert zoe.log(room)[: len(events)] == events, "each event, with its number and all its fields"
        for request_id in ("id-1", "id-2"):  # one came out of order, one grew
            again = ada.exchange({"op": "message", "id": request_id, "room": "lobby", "text": "again"})
            seq = next(event["seq"] for event in told["rooms"]["lobby"] if event["id"] == request_id)
            assert (again["op"], again["seq"], again["duplicate"]) == ("stored", seq, True)
        assert broker.stop() == 0
    code, lines = command(data, "verify")
    assert code == 0, lines


@pytest.mark.parametrize("name", FORMATS)
def test_a_stored_copy_sends_what_was_unsent_once_and_answers_nothing_twice(tmp_path, name):
    told = unpack(name, tmp_path)
    file = tmp_path / "robot.db"
    old = number_of(file, 99)
    assert old == int(name[-1])
    with Broker(tmp_path / "log") as broker, Wire(broker) as wire:
        ada = wire.joined("Ada L", token=told["ada"]["token"])
        for run in range(2):
            with robot(broker, tmp_path, file) as running:
                waits_for(ada, "unsent")
                question = f"are you there, {running.pid}?"
                ada.say(question, "lab")
                waits_for(ada, f"heard {question}")
                assert running.terminate() == 0
                said = [line for line in running.lines if "was brought from format" in line]
                assert len(said) == (old < REPLICA.newest and run == 0), running.lines
        log = ada.log("lab")
        assert log[: len(told["rooms"]["lab"])] == told["rooms"]["lab"]
        assert texts(log).count("unsent") == 1
        (unsent,) = [event for event in log if event.get("text") == "unsent"]
        robots = {event["account"] for event in log if event["nick"] == "robot"}
        assert robots == {unsent["account"]}, "it is who it was: its token still resumes"
        came = next(at for at, event in enumerate(log) if event["nick"] == "robot")
        for text in texts([event for event in log[came:] if not event.get("bot")]):
            assert texts(log).count(f"heard {text}") == text.endswith("?"), "nothing is answered twice"
    kept = tmp_path / f"robot.db.format-{old}"
    assert kept.exists() == (old < REPLICA.newest)
    with contextlib.closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (REPLICA.newest,)
        epochs = db.execute("SELECT count(DISTINCT epoch) FROM copy").fetchone()
        assert epochs == (2,), "the copy of the life that ended is here"
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    if old < REPLICA.newest:
        with contextlib.closing(sqlite3.connect(kept)) as db:
            assert db.execute("SELECT text FROM outbox").fetchall() == [("unsent",)]
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# -- Newer than this program -------------------------------------------------------------------


def made_newer(file, number, vfs=None):
    with contextlib.closing(apsw.Connection(str(file), vfs=vfs)) as db:
        db.pragma("user_version", number)


COMMANDS = [
    [], ["verify"], ["backup", "{there}/b.db"], ["export"], ["compact"], ["upgrade"], ["upgrade", "--check"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_newer_log_is_one_sentence_and_nothing_is_touched(tmp_path, arguments):
    unpack(FORMATS[1], tmp_path)
    data = tmp_path / "log"
    pages = Pages()
    made_newer(data / "loggia.db", NOW + 1, pages.name)
    pages.unregister()
    before = content(data)
    ports = ["--requests", "tcp://127.0.0.1:0", "--broadcasts", "tcp://127.0.0.1:0", "--front-door", "off"]
    given = [argument.format(there=tmp_path) for argument in arguments] or ports
    code, lines = command(data, *given)
    assert code == 1
    (line,) = lines
    assert f"written by another version of Loggia (format {NOW + 1}, this one reads {NOW});" in line
    assert "use that newer version" in line
    assert content(data) == before
    assert not (tmp_path / "b.db").exists()


def test_a_log_of_before_the_first_release_is_one_sentence(tmp_path):
    data = tmp_path / "log"
    data.mkdir()
    made_newer(data / "loggia.db", 1)
    before = content(data)
    for arguments in (["verify"], ["upgrade"], ["upgrade", "--check"], ["--front-door", "off"]):
        code, lines = command(data, *arguments)
        assert (code, len(lines)) == (1, 1)
        assert f"(format 1, this one reads {NOW}); use that older version" in lines[0]
        assert content(data) == before


def test_a_newer_copy_is_one_sentence_and_nothing_is_touched(tmp_path):
    unpack(FORMATS[1], tmp_path)
    copy = tmp_path / "copy"
    copy.mkdir()
    (tmp_path / "robot.db").rename(copy / "robot.db")
    (tmp_path / "robot.db-wal").rename(copy / "robot.db-wal")
    made_newer(copy / "robot.db", REPLICA.newest + 1)
    before = content(copy)
    with Broker(tmp_path / "log") as broker, robot(broker, tmp_path, copy / "robot.db") as running:
        assert running.wait() == 1
        (line,) = running.lines
        assert line.endswith("robot.db was written by a newer Loggia; update this one.")
    assert content(copy) == before


# -- The command -------------------------------------------------------------------------------


OLDER = """
import sys
from loggia.broker.storage import migrations
from loggia.shared.process.migrations import Migrations

def step(db):
    db.execute("CREATE TABLE planted(number)")

newest = migrations.LOG.newest
migrations.LOG = Migrations(newest + 1, {**migrations.LOG.steps, newest: step})
from loggia.broker.cli import main
sys.exit(main())
"""


def of_the_future(tmp_path, *arguments):
    """A version whose log has the next format."""
    file = tmp_path / "future.py"
    file.write_text(OLDER)
    with Running([sys.executable, "-P", "-W", "error", str(file), *arguments]) as running:
        return running.wait(), running.lines


def test_the_command_says_what_would_happen_and_does_it(tmp_path):
    told = unpack(FORMATS[1], tmp_path)
    data = tmp_path / "log"
    before = content(data)
    flags = ["--data", str(data)]
    would = (
        f"The log would be brought from format 2 to {NOW + 1}; the old file (49 KB) would be kept as "
        "loggia.db.format-2. Nothing was changed."
    )
    assert of_the_future(tmp_path, "upgrade", "--check", *flags) == (0, [would])
    assert content(data) == before
    code, lines = of_the_future(tmp_path, "upgrade", *flags)
    did = (
        f"The log was brought from format 2 to {NOW + 1}; the old file (49 KB) is kept as loggia.db.format-2."
    )
    assert (code, lines) == (0, [did])
    assert number_of(data / "loggia.db", 99) == NOW + 1
    there = f"The log is of format {NOW + 1}, which is this version's: there is nothing to do."
    assert of_the_future(tmp_path, "upgrade", *flags) == (0, [there])
    assert of_the_future(tmp_path, "verify", *flags)[0] == 0
    # and back, as docs/operations.md says
    code, lines = command(data, "restore", str(data / "loggia.db.format-2"))
    assert (code, lines[0]) == (0, "Restored: 2 rooms, 16 events."), lines
    with Broker(data) as broker, Wire(broker) as wire:
        ada = wire.joined("Ada L", token=told["ada"]["token"])
        assert ada.log("lab")[: len(told["rooms"]["lab"])] == told["rooms"]["lab"]
