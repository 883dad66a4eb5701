"""Visitors of a real front door leave what they said, and no rows: nobody comes back to their accounts."""

import contextlib
import sqlite3

from tests.endtoend.people import Raw, Visitor
from tests.endtoend.processes import Broker, module

VISITORS, TOGETHER = 1000, 50
TABLES = ("accounts", "members", "runs", "strays")


def rows(broker):
    """Of the file of a broker that was stopped, by table."""
    with contextlib.closing(sqlite3.connect(broker.data / "loggia.db")) as database:
        count = "SELECT count(*) FROM "
        return {table: database.execute(count + table).fetchone()[0] for table in TABLES}


def test_a_thousand_visitors_leave_no_account(tmp_path):
    with Broker(tmp_path / "broker") as broker, Raw(broker.requests, "ada") as ada:
        ada.say("hello")
        for first in range(0, VISITORS, TOGETHER):
            with contextlib.ExitStack() as door:
                visitors = [
                    door.enter_context(Visitor(broker.front_door, f"v{number}"))
                    for number in range(first, first + TOGETHER)
                ]
                for visitor in visitors:
                    visitor.say("hello")
                for number, visitor in enumerate(visitors):
                    visitor.hears("hello", visitor.nick)
                    if number % 2:  # the others just close
                        visitor.ends()
        log = ada.log()
        assert broker.stop() == 0
        kept = rows(broker)
        assert kept == {"accounts": 1, "members": 1, "runs": 1, "strays": 0}
        said = {(event["nick"], event["account"]) for event in log if event.get("text") == "hello"}
        assert len(said) == len({account for _, account in said}) == VISITORS + 1
        with module("broker", "verify", "--data", str(broker.data)) as command:
            assert command.wait() == 0, command.lines


def test_a_broker_killed_with_visitors_forgets_them_when_it_is_back(tmp_path):
    with Broker(tmp_path / "broker") as broker, Raw(broker.requests, "ada") as ada:
        with contextlib.ExitStack() as door:
            visitors = [door.enter_context(Visitor(broker.front_door, f"v{number}")) for number in range(100)]
            for visitor in visitors:
                visitor.say("hello")
                visitor.hears("hello", visitor.nick)
            broker.kill()
        broker.start()
        ada.rejoin()
        left = [event["nick"] for event in ada.log() if event["op"] == "left"]
        assert sorted(left) == sorted(visitor.nick for visitor in visitors)
        with Visitor(broker.front_door, "v7") as again:
            again.say("hello")
            again.hears("hello", "v7")
        ada.ask("!end")
        assert broker.stop() == 0
        assert rows(broker)["accounts"] == 1
        assert rows(broker)["members"] == 1


def test_a_backup_with_visitors_in_it_forgets_them_where_it_is_put_back(tmp_path):
    with Broker(tmp_path / "broker") as broker, Visitor(broker.front_door, "vera") as vera:
        vera.say("hello")
        vera.hears("hello", "vera")
        backup = str(tmp_path / "backup.db")
        for command in (["backup", backup], ["restore", backup]):
            with module("broker", *command, "--data", str(broker.data)) as running:
                assert running.wait() == 0, running.lines
        with Raw(broker.requests, "ada") as ada:
            assert [event["op"] for event in ada.log()] == ["joined", "message", "left", "joined"]
            ada.ask("!end")
        assert broker.stop() == 0
        assert rows(broker)["accounts"] == 1
