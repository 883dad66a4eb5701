"""How far a script has read, against the real broker."""

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import Closed, NotReachable, Refused
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.running import Broker, eventually


def message(client: Client) -> MessageEvent:
    return next(iter(client))


def test_what_is_unread_is_told_and_marked(broker: Broker) -> None:
    with Client("ann", connect=broker.requests) as ann, Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        ann.send("hello")
        first = message(bob)
        ann.send("hi @bob")
        second = message(bob)
        told = bob.unread()
        assert (told.read, told.unread, told.mentions) == (0, 2, 1)
        bob.mark_read(first)
        eventually(lambda: bob.unread().unread == 1)
        ann.send("and")
        message(bob)
        eventually(lambda: bob.unread().unread == 2)
        bob.mark_read(second)
        eventually(lambda: bob.unread().read == second.seq)
        assert (bob.unread().unread, bob.unread().mentions) == (1, 0)


def test_two_programs_of_an_account_have_one_mark(broker: Broker, tmp_path) -> None:
    with Client("ann", connect=broker.requests) as ann:
        with Client("bob", connect=broker.requests, data=tmp_path / "bob.db") as bob:
            bob.wait_entered()
            ann.send("hello")
            bob.mark_read(message(bob))
            eventually(lambda: bob.unread().read > 0)
            seq = bob.unread().read
        with Client("bob", connect=broker.requests, data=tmp_path / "bob.db") as again:
            assert again.unread().read == seq


def test_what_cannot_be_is_said(broker: Broker) -> None:
    with Client("ann", connect=broker.requests) as ann:
        ann.wait_entered()
        with pytest.raises(Refused, match="not_member"):
            ann.unread("elsewhere")
        with pytest.raises(TypeError, match="is one that this client gave"):
            ann.mark_read(3)  # type: ignore[arg-type]
    with pytest.raises(Closed):
        ann.unread()


def test_without_a_broker_the_first_look_ends(broker: Broker) -> None:
    with Client("ann", connect=broker.requests, timeout_s=0.2) as ann:
        ann.wait_entered()
        broker.stop()
        with pytest.raises(NotReachable):
            ann.unread()
