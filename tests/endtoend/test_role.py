"""`role NICK owner` as an operator types it: while a broker runs, and on a log that nobody serves."""

import pytest

from tests.endtoend.processes import Broker, module
from tests.endtoend.wire import LOBBY, Wire


def own(broker: Broker, who: str, role: str = "owner") -> tuple[int, str]:
    with module("broker", "role", who, role, "--data", str(broker.data)) as command:
        code = command.wait()
        return code, command.lines[-1]


def test_a_running_broker_goes_on_and_the_account_may_at_once(broker):
    with Wire(broker) as wire:
        first, bob = wire.joined(), wire.joined("bob")
        assert bob.ask("kick", room=LOBBY, who=first.nick)["code"] == "not_allowed"
        code, line = own(broker, "bob")
        assert (code, line) == (
            0,
            f"bob (account {bob.account}) owns this broker, and each room that it may read.",
        )
        assert bob.ask("kick", room=LOBBY, who=first.nick)["op"] == "stored"
    assert broker.process.lines.count(line) == 1
    assert "Stepping aside for a command at work on the log." not in broker.process.lines


def test_it_works_on_a_log_that_nobody_serves(broker):
    with Wire(broker) as wire:
        wire.joined()
        token = wire.joined("bob").token
    assert broker.stop() == 0
    assert own(broker, "bob")[0] == 0
    broker.start()
    with Wire(broker) as wire:
        assert wire.caller().join(token=token)["role"] == "owner"


@pytest.mark.parametrize(("who", "role"), [("nobody", "owner"), ("", "owner"), ("bob", "king")])
def test_what_cannot_be_meant_is_a_sentence(broker, who, role):
    code, line = own(broker, who, role)
    assert code in (1, 2)
    assert "ERROR" in line or "error" in line
