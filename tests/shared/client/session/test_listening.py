"""Broadcasts that do not come through, though the connection to the requests door is well."""

from loggia.shared.client import effects
from loggia.shared.client.session.listening import MOST_S, Listening

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client


class Listener(Client):
    """`connections_to_hear`: how often it connected to the broadcasts door. `deaf`: the last one is dead."""

    connections_to_hear = 0
    deaf = False

    def _act(self, effect: effects.Effect) -> list[effects.Effect]:
        if isinstance(effect, effects.Subscribe) and effect.topics and not self.topics:
            self.connections_to_hear += 1
            self.deaf = False
        return super()._act(effect)

    def say_and_wait(self, seconds: float) -> None:
        """Somebody says something each second."""
        for _ in range(round(seconds)):
            self.broker.say("lobby", "hello")
            self.deliver_published(lambda event: not self.deaf)
            self.wait(1.0)


def listening() -> Listener:
    client = Listener(FakeBroker())
    client.step()
    assert client.connections_to_hear == 1
    return client


def test_a_dead_connection_to_the_broadcasts_is_made_anew() -> None:
    client = listening()
    client.deaf = True
    client.say_and_wait(25.0)
    assert client.connections_to_hear == 2
    assert not client.deaf
    assert client.connections == 1
    assert len(client.texts()) == 25


def test_who_hears_broadcasts_keeps_the_connection() -> None:
    client = listening()
    client.say_and_wait(60.0)
    assert client.connections_to_hear == 1


def test_a_quiet_room_is_no_dead_connection() -> None:
    client = listening()
    client.wait(3600.0)
    assert client.connections_to_hear == 1


def test_one_lost_broadcast_is_no_dead_connection() -> None:
    client = listening()
    client.deaf = True
    client.say_and_wait(8.0)
    client.deaf = False
    client.say_and_wait(30.0)
    assert client.connections_to_hear == 1


def test_two_answers_at_once_tell_no_more_than_one() -> None:
    line = Listening()
    assert not line.missed(10.0)
    assert not line.missed(10.0 + MOST_S - 0.1)
    assert line.missed(10.0 + MOST_S)
    line.heard()
    assert not line.missed(10.0 + MOST_S)
