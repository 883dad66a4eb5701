"""Clients whose log is restored, and what they hold then."""

import copy
from typing import Any

from loggia.shared.client import commands, updates
from loggia.shared.client.ids import answering
from loggia.shared.protocol.events import StoredEvent

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client

EVERYTHING: dict[str, Any] = {"complete": True, "durable": True}


def joined(before: int = 0, **more: Any) -> Client:
    broker = FakeBroker()
    for number in range(before):
        broker.say("lobby", f"old {number}")
    client = Client(broker, **more)
    client.step()
    return client


def say(client: Client, *texts: str) -> None:
    for text in texts:
        client.broker.say("lobby", text)


def restore(client: Client, kept: int, epoch: str = "epoch-2") -> None:
    """The broker dies and comes back with an old file; the client notices that it died."""
    client.cut()
    client.broker.restore(epoch, lobby=kept)
    client.perform(client.session.lost("cut", client.now))
    client._heard = len(client.broker.published)


def void(client: Client) -> updates.VoidCopy:
    (told,) = client.updates(updates.VoidCopy)
    return told


def held(client: Client, epoch: str) -> list[StoredEvent]:
    return client.replica.events("lobby", epoch, 0, 10_000)


def log(client: Client) -> list[str]:
    return [event["id"] for event in client.broker.rooms["lobby"]]


# A question that the log lost and that is asked again has its old id, and may have its old number: then the
# answers to both have one id, under which only one of them can be stored.


def asked(client: Client) -> dict[str, Any]:
    """Entry 5, which the log is going to lose."""
    question = client.broker.say("lobby", "?")
    client.step()
    client.cut()
    return question


def answer(question: dict[str, Any], text: str, epoch: str = "") -> commands.Say:
    reply_id = answering(question["at"], question["seq"], "lobby", question["account"], question["id"])
    return commands.Say(id=reply_id, room="lobby", text=text, reply_to=question["seq"], epoch=epoch)


def answers(client: Client) -> list[tuple[str, int | None]]:
    mine = [event for event in client.broker.rooms["lobby"] if event["account"] == "account-1"]
    return [(event["text"], event.get("reply_to")) for event in mine if event["op"] == "message"]


def another_log(client: Client, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """The broker serves an empty log, or the one that was `kept`; returns what it served before."""
    broker = client.broker
    names = ["rooms", "tokens", "stored"]
    before = {name: getattr(broker, name) for name in names} | {"epoch": broker.epoch}
    client.cut()
    for name in names:
        setattr(broker, name, copy.deepcopy(kept[name]) if kept else {})
    broker.restore(f"epoch-{int(broker.epoch.removeprefix('epoch-')) + 1}")
    client.perform(client.session.lost("cut", client.now))
    client._heard = len(client.broker.published)
    return before


def handle_told(client: Client, epoch: str, upto: int) -> None:
    client.post(commands.Handled(room="lobby", seq=upto, epoch=epoch))
