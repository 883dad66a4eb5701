"""How a session ends that its program ends."""

from loggia.shared.client import commands, updates

from tests.shared.client.fake import FakeBroker
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def test_goodbye_lets_the_outbox_drain_then_ends_the_session() -> None:
    client = joined()
    client.say("last words")
    client.post(commands.Goodbye())
    client.step()
    assert client.broker.texts("lobby") == ["last words"]
    assert client.broker.requests[-1]["op"] == "!end"
    assert client.stopped
    assert client.status() == "ended"


def test_nothing_is_asked_behind_the_goodbye_which_would_open_the_session_again() -> None:
    """A ping was due in the turn of the goodbye; nobody may be there for it to be answered `no_session`."""
    client = joined()
    joins = len(client.broker.asked("join"))
    client.post(commands.Goodbye())
    client.now += 0.15
    client.perform(client.session.tick(client.now))
    client.post(commands.AskTime())
    client.step()
    assert client.stopped
    assert client.broker.requests[-1]["op"] == "!end"
    assert len(client.broker.asked("join")) == joins
    assert client.broker.sessions == {}


def test_what_was_asked_before_the_goodbye_does_not_open_the_session_again() -> None:
    client = joined()
    client.broker.refusals["ping"] = [{"code": "no_session", "text": "Join first."}]
    client.post(commands.AskTime())
    client.post(commands.Goodbye())
    client.step()
    assert client.stopped
    assert len(client.updates(updates.ConnectionStatus)) == len(
        set(map(str, client.updates(updates.ConnectionStatus)))
    )
    assert client.broker.requests[-1]["op"] == "!end"


def test_goodbye_does_not_wait_for_a_broker_that_is_silent() -> None:
    client = joined()
    client.broker.down = True
    client.say("last words")
    client.post(commands.Goodbye())
    client.wait(1.6)
    assert client.stopped
    assert [entry.say.text for entry in client.replica.saved().outbox] == ["last words"]


def test_goodbye_without_a_connection_and_shut_stop_at_once() -> None:
    for command in (commands.Goodbye(), commands.Shut()):
        client = Client(FakeBroker())
        client.perform(client.session.lost("nobody there", client.now))
        client.post(command)
        assert client.stopped
        assert client.status() == "ended"


def test_goodbye_while_joining_leaves_no_session_behind() -> None:
    client = Client(FakeBroker())
    client.say("in and out")
    client.deliver_up()
    client.post(commands.Goodbye())
    assert not client.stopped
    client.step()
    assert client.stopped
    assert client.broker.sessions == {}
    assert client.broker.texts("lobby") == ["in and out"]


def test_goodbye_while_joining_waits_half_a_second_at_most() -> None:
    client = Client(FakeBroker())
    client.broker.down = True
    client.post(commands.Goodbye())
    client.wait(0.6)
    assert client.stopped


def test_a_goodbye_of_who_must_be_gone_soon_is_said_and_not_waited_for() -> None:
    client = joined()
    client.broker.down = True
    client.say("last words")
    client.post(commands.Goodbye(most_s=0.03))
    client.wait(0.02)
    assert not any(b"!end" in frame for frame in client.up)
    client.now += 0.011
    client.perform(client.session.tick(client.now))
    assert b"!end" in client.up[-1]
    assert not client.stopped
    client.wait(0.03)
    assert client.stopped
    assert [entry.say.text for entry in client.replica.saved().outbox] == ["last words"]


def test_nor_is_a_join_that_is_not_answered() -> None:
    client = Client(FakeBroker())
    client.broker.down = True
    client.post(commands.Goodbye(most_s=0.03))
    client.wait(0.04)
    assert client.stopped
