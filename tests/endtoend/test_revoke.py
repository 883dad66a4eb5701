"""`revoke` as an operator types it: while a broker runs, which goes on, and on a log that nobody serves."""

import pytest
from loggia.shared.client.api.client import Client

from tests.endtoend.people import Raw, Visitor
from tests.endtoend.processes import Broker, module
from tests.endtoend.test_aside import wait_until
from tests.endtoend.wire import Wire


def revoke(broker: Broker, who: str) -> tuple[int, str]:
    with module("broker", "revoke", who, "--data", str(broker.data)) as command:
        code = command.wait()
        (line,) = command.lines
        return code, line


def test_a_running_broker_goes_on_and_the_session_ends_at_once(broker):
    with Wire(broker) as wire, Raw(broker.requests, "bob") as bob:
        ada = wire.caller()
        ada.join(nick="ada")
        code, line = revoke(broker, "ada")
        assert (code, line.partition(" (account ")[0]) == (0, "The token of ada")
        assert line.endswith("is revoked; its session is ended, and the nick is free.")
        left = [event for event in bob.log() if event["op"] == "left"]
        assert [(event["nick"], event["account"], event["reason"]) for event in left] == [
            ("ada", ada.account, "kicked")
        ]
        assert wire.caller().ask("join", room="lobby", token=ada.token)["code"] == "bad_token"
        bob.say("I never had to come back")
        new = wire.caller()
        assert new.join(nick="ada")["account"] != ada.account
    assert "Stepping aside for a command at work on the log." not in broker.process.lines
    assert sum("is revoked" in line for line in broker.process.lines) == 1


@pytest.mark.parametrize("name", ["nick", "account"])
def test_it_works_on_a_log_that_nobody_serves(broker, name):
    with Raw(broker.requests, "ada") as ada:
        me, token = ada.me, ada._token
    assert broker.stop() == 0
    code, line = revoke(broker, me[name])
    assert (code, line) == (
        0,
        f"The token of ada (account {me['account']}) is revoked; its session is ended, and the nick is free.",
    )
    with module("broker", "verify", "--data", str(broker.data)) as command:
        assert command.wait() == 0, command.lines
    broker.start()
    with Wire(broker) as wire:
        assert wire.caller().ask("join", room="lobby", token=token)["code"] == "bad_token"
        assert wire.caller().join(nick="ada")["account"] != me["account"]


@pytest.mark.parametrize("serves", [True, False])
def test_nobody_is_a_sentence(broker, serves):
    if not serves:
        broker.stop()
    for who in ("nobody", "", "x" * 10_000):
        code, line = revoke(broker, who)
        assert code == 1
        assert line.startswith("ERROR: n")
        assert len(line) < 300


def test_a_visitor_is_told_and_closed(broker):
    with Visitor(broker.front_door, "vic") as visitor, Raw(broker.requests, "ada") as ada:
        visitor.say("hello")
        visitor.hears("hello", "vic")
        code, line = revoke(broker, "vic")
        assert code == 0
        assert "came by the front door and has no token" in line
        while not visitor.is_over():
            pass
        assert "This connection is ended by the server. Goodbye." in "\n".join(visitor.heard)
        with Visitor(broker.front_door, "vic") as again:
            again.say("hello again")
            ada.hears("hello again", "vic")


def test_a_client_of_the_library_is_somebody_new_and_loses_no_text(broker, tmp_path):
    """Whoever runs it still may join: what is void is who he was."""
    with Client("ada", connect=broker.requests, data=tmp_path / "ada.db") as ada:
        ada.send("before")
        account = ada.account
        assert revoke(broker, account)[0] == 0
        wait_until(lambda: ada.account not in ("", None, account), "it did not come back")
        ada.send("behind")
    with Raw(broker.requests, "bob") as bob:
        said = [(event["text"], event["account"]) for event in bob.log() if event["op"] == "message"]
    assert [text for text, _ in said] == ["before", "behind"]
    assert said[0][1] == account != said[1][1]
