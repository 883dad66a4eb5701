"""`release` and `accounts` as an operator types them, while a broker runs or not; a night without anybody."""

import json

import pytest

from loggia import Client, Refused
from tests.endtoend.processes import Broker, module
from tests.endtoend.windows import Window
from tests.endtoend.wire import Wire, refused


def typed(broker: Broker, *arguments: str) -> tuple[int, list[str]]:
    with module("broker", *arguments, "--data", str(broker.data)) as command:
        code = command.wait()
        return code, command.lines


def keeps(broker: Broker, nick: str, **more: object) -> str:
    """Somebody who keeps that nick and is not here; which account."""
    with Wire(broker) as wire:
        caller = wire.joined(nick, keep=True, **more)
        caller.ask("!end")
        return str(caller.account)


def is_free(broker: Broker, nick: str) -> bool:
    with Wire(broker) as wire:
        return bool(wire.caller().ask("join", nick=nick)["op"] == "joined")


@pytest.mark.parametrize("served", [True, False])
def test_a_name_is_released(broker, served):
    account = keeps(broker, "ann")
    assert not is_free(broker, "ann")
    if not served:
        broker.stop()
    done = f"ann (account {account}) keeps that nick no longer: it is free."
    assert typed(broker, "release", "ann") == (0, [done])
    assert typed(broker, "release", "ann")[1] == [
        f"ERROR: ann (account {account}) does not keep that nick: it is free now"
    ]
    if served:
        assert "Stepping aside for a command at work on the log." not in broker.process.lines
    else:
        broker.start()
    assert is_free(broker, "ann")


def test_who_is_here_has_it_until_the_session_is_over(broker):
    with Wire(broker) as wire:
        ann = wire.joined("ann", keep=True)
        code, (line,) = typed(broker, "release", ann.account)
        assert (code, line.partition(": ")[2]) == (
            0,
            "it is free when its session is over, unless it asks again.",
        )
        refused(wire.caller().ask("join", nick="ann"), "nick_taken", "00000001")
        ann.ask("!end")
        assert wire.caller().ask("join", nick="ann")["op"] == "joined"


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize(
    ("who", "says"),
    [("nobody", "nobody here is called nobody"), ("", "name an account"), ("\x1b[2J", r"\x1b[2J")],
)
def test_who_is_nobody_is_told_in_a_sentence(broker, served, who, says):
    if not served:
        broker.stop()
    code, (line,) = typed(broker, "release", who)
    assert code == 1
    assert line.startswith("ERROR: ")
    assert says in line


@pytest.mark.parametrize("served", [True, False])
def test_the_list_of_accounts(broker, served):
    long_ago = keeps(broker, "\u65e5\u672c\u8a9e", room="lab")
    with Wire(broker) as wire:
        ann, bob = wire.joined("ann"), wire.joined("bob b", keep=True)
        bob.ask("join", room="lab")
        if not served:
            broker.stop()
        code, lines = typed(broker, "accounts")
        assert code == 0
        assert [line.split()[0] for line in lines] == ["NICK", "ann", '"bob', "\u65e5\u672c\u8a9e"]
        here = "here" if served else "when it stopped"
        at = lines[0].index("ACCOUNT")
        assert lines[1][at:].split("  ")[0] == ann.account
        assert lines[1].endswith("lobby")
        assert f"{bob.account}  {here}" in lines[2]
        assert lines[2].endswith("no    lab, lobby")  # that join did not say to keep it
        assert lines[3][at - 3 :].startswith(long_ago), "three letters that are as wide as six"
        assert "yes" in lines[3]
        code, lines = typed(broker, "accounts", "--json")
        told = [json.loads(line) for line in lines]
        assert [one["nick"] for one in told] == ["ann", "bob b", "\u65e5\u672c\u8a9e"]
        assert [one["here"] for one in told] == [True, True, False]
        assert [one["kept"] for one in told] == [False, False, True]
        assert told[1]["rooms"] == ["lab", "lobby"]
        assert told[2]["seen"] > 1_600_000_000_000


def test_an_account_that_was_revoked_is_called_nothing(broker):
    keeps(broker, "ann")
    assert typed(broker, "revoke", "ann")[0] == 0
    assert [line.split()[0] for line in typed(broker, "accounts")[1]] == ["NICK"]
    assert is_free(broker, "ann")


# -- Overnight ---------------------------------------------------------------------------------


def test_a_window_that_was_closed_overnight_has_its_name_in_the_morning(broker, tmp_path, qtbot):
    evening = Window(qtbot, broker.requests, "ann", tmp_path / "ann")
    evening.say("good night")
    evening.hears("good night", by="ann")
    evening.close()
    assert not is_free(broker, "ann")
    broker.stop()
    broker.start()
    assert not is_free(broker, "Ann")
    morning = Window(qtbot, broker.requests, "ann", tmp_path / "ann")
    morning.say("good morning")
    morning.hears("good morning", by="ann")
    morning.close()


def test_a_client_with_a_file_keeps_its_name_and_one_without_does_not(broker, tmp_path):
    for data in (tmp_path / "ann.db", None):
        with Client("ann" if data else "bob", data=data, connect=broker.requests) as chat:
            chat.send("hello")
    assert is_free(broker, "bob")
    with (
        pytest.raises(Refused, match="kept for ann, who was here today"),
        Client("ann", connect=broker.requests) as other,
    ):
        other.send("I am ann, too")
    with Client("ann", data=tmp_path / "ann.db", connect=broker.requests) as chat:
        chat.send("again")
