"""Messages that a script changes, against the real broker."""

from pathlib import Path

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import Closed, Refused
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, PinnedEvent, ReactedEvent

from tests.shared.client.running import Broker, eventually


@pytest.fixture
def olga(broker: Broker):
    with Client("olga", connect=broker.requests) as olga:
        olga.create("lab")
        yield olga


@pytest.fixture
def tom(broker: Broker, olga: Client):
    with Client("tom", "lab", connect=broker.requests) as tom:
        eventually(lambda: len(tom.members()) == 2)
        yield tom


def next_of(client: Client, kind: type):
    return next(event for event in client.events() if isinstance(event, kind))


def test_what_a_script_does_everybody_is_told(broker: Broker, olga: Client, tom: Client) -> None:
    seq = tom.send("helo @olga")
    said = next_of(olga, MessageEvent)
    assert (said.seq, said.mentions) == (seq, (olga.account,))
    tom.edit(seq, "hello")
    edited = next_of(olga, EditedEvent)
    assert (edited.target, edited.text, edited.account) == (seq, "hello", tom.account)
    olga.react(said, "\U0001f44d")
    olga.react(said, "\U0001f44d", on=False)
    assert [next_of(tom, ReactedEvent).on for _ in range(2)] == [True, False]
    olga.pin(said)
    assert next_of(tom, PinnedEvent).target == seq
    tom.send("in it", thread=seq, reply_to=seq)
    answer = next_of(olga, MessageEvent)
    assert (answer.thread, answer.reply_to) == (seq, seq)
    olga.delete(said, "off topic")
    gone = next_of(tom, DeletedEvent)
    assert (gone.target, gone.reason) == (seq, "off topic")
    with Client("eve", "lab", connect=broker.requests) as eve:
        eve.wait_entered()
        (now,) = [event for event in eve.history() if event.seq == seq]
    assert isinstance(now, MessageEvent)
    assert (now.deleted, now.text, now.replies) == (True, "", 1)


def test_what_one_may_not_is_refused(olga: Client, tom: Client) -> None:
    seq = olga.send("hello", room="lab")
    with pytest.raises(Refused, match="not_allowed"):
        tom.edit(seq, "mine")
    with pytest.raises(Refused, match="not_allowed"):
        tom.pin(seq)
    with pytest.raises(Refused, match="no_such_message"):
        tom.react(1, "+1")
    with pytest.raises(Refused, match="bad_request"):
        olga.edit(seq, "", room="lab")


def test_what_cannot_be_is_said_at_once(olga: Client) -> None:
    for wrong in (None, "3", 1.5):
        with pytest.raises(TypeError):
            olga.edit(wrong, "x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seq of an entry"):
        olga.delete(0)
    with pytest.raises(TypeError):
        olga.react(1, "+1", on="yes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="half of a character"):
        olga.edit(1, "\ud800")
    with pytest.raises(ValueError, match="seq of an entry"):
        olga.send("x", thread=0)


def test_a_closed_client_changes_nothing(broker: Broker) -> None:
    with Client("ann", connect=broker.requests) as ann:
        seq = ann.send("hello")
    with pytest.raises(Closed):
        ann.edit(seq, "x")


def test_an_edit_outlives_a_broker_that_dies(broker: Broker, tmp_path: Path) -> None:
    with Client("ann", connect=broker.requests, data=tmp_path / "ann.db") as ann:
        seq = ann.send("helo")
        broker.kill()
        broker.start()
        ann.edit(seq, "hello")
    with Client("eve", connect=broker.requests) as eve:
        eve.wait_entered()
        assert [event.text for event in eve.history() if isinstance(event, MessageEvent)] == ["hello"]
