"""What a script reads at the broker itself, threads and rooms, against the real broker."""

from pathlib import Path

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import Closed, NotReachable, Refused
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.running import Broker, eventually, heard

LONG = "x" * 16_000


@pytest.fixture
def ann(broker: Broker):
    with Client("ann", connect=broker.requests) as ann:
        yield ann


def test_a_thread_is_read_from_its_beginning_as_it_is_now(broker: Broker, ann: Client) -> None:
    root = ann.send("plans")
    for number in range(3):
        ann.send(f"between {number}")
        ann.send(f"plan {number}", thread=root)
    first, *rest = ann.thread(root)
    assert (first.seq, first.text, first.replies) == (root, "plans", 3)
    assert [message.text for message in rest] == ["plan 0", "plan 1", "plan 2"]
    ann.edit(rest[0], "plan zero")
    ann.delete(rest[1])
    ann.react(rest[2], "+1")
    now = list(ann.thread(rest[2]))
    assert [message.text for message in now] == ["plans", "plan zero", "", "plan 2"]
    assert now[1].edited_at is not None
    assert (now[2].deleted, now[3].reactions) == (True, {"+1": (ann.account,)})
    assert list(ann.thread(root, after=now[1].seq)) == now[2:]
    assert list(ann.thread(root, after=now[-1].seq)) == []
    assert [message.text for message in ann.thread(root + 1)] == ["between 0"]
    with Client("bob", room="lab", connect=broker.requests) as bob:
        assert list(bob.thread(root, room="lobby")) == now, "also who is not in the room"


def test_a_long_thread_comes_in_pages_whole(ann: Client) -> None:
    """Of long texts, and of many."""
    for text, count in ((LONG, 80), ("short", 230)):
        root = ann.send("begin")
        for number in range(count):
            ann.send(f"{number} {text}", thread=root, wait=number == count - 1)
        numbers = [message.text.split()[0] for message in ann.thread(root)]
        assert numbers == ["begin", *map(str, range(count))]


def test_what_is_no_thread_is_refused(broker: Broker, ann: Client) -> None:
    ann.wait_entered()
    for seq in (1, 99):
        with pytest.raises(Refused, match="no_such_message"):
            next(ann.thread(seq))
    with pytest.raises(Refused, match="no_such_room"):
        next(ann.thread(1, room="nowhere"))
    with Client("bob", connect=broker.requests) as bob:
        room = bob.create("Thesis", private=True)
        with pytest.raises(Refused, match="no_such_room"):
            next(ann.thread(1, room=room))
    for wrong, error in ((None, TypeError), ("1", TypeError), (0, ValueError)):
        with pytest.raises(error):
            ann.thread(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`after`"):
        ann.thread(1, after=0)
    ann.close()
    with pytest.raises(Closed):
        ann.thread(1)


def test_a_broker_that_is_away_is_waited_for(broker: Broker, ann: Client) -> None:
    root = ann.send("hello")
    broker.kill()
    with Client("bob", connect=broker.requests, timeout_s=0.01) as bob, pytest.raises(NotReachable):
        next(bob.thread(root))
    messages = ann.thread(root)
    broker.start()
    assert next(messages).text == "hello"


def test_a_thread_of_a_restored_log_is_not_another(tmp_path: Path) -> None:
    old, new = Broker(tmp_path / "old"), Broker(tmp_path / "new")
    try:
        old.start()
        with Client("ann", connect=old.requests) as ann:
            ann.send("before")
            (said,) = heard(ann, 1)
            old.kill()
            old._data = tmp_path / "new"
            old.start()
            with Client("bob", connect=old.requests) as bob:
                bob.wait_entered()
                eventually(lambda: ann.status().restored and ann.status().connection == "connected")
                bob.send("other")
                bob.send("other")
                assert isinstance(said, MessageEvent)
                with pytest.raises(Refused, match="gone from the log"):
                    next(ann.thread(said))
    finally:
        old.close()
        new.close()


def test_a_place_in_a_log_is_read(broker: Broker, ann: Client) -> None:
    seqs = [ann.send(f"{number}") for number in range(20)]
    first, last = 1, seqs[-1]

    def read(**place: int) -> list[int]:
        return [event.seq for event in ann.page(**place)]

    assert read() == read(after=0) == list(range(first, last + 1))
    assert read(limit=3) == [last - 2, last - 1, last]
    assert read(after=5, limit=2) == [6, 7]
    assert read(before=5, limit=2) == [3, 4]
    assert read(around=10, limit=5) == [8, 9, 10, 11, 12]
    assert read(after=last) == []
    whole = ann.page()
    assert ann.page(at=whole[6].at) == [event for event in whole if event.at >= whole[6].at]
    ann.edit(seqs[0], "else")
    with Client("bob", room="lab", connect=broker.requests) as bob:
        (edited,) = bob.page("lobby", after=seqs[0] - 1, limit=1)
        assert isinstance(edited, MessageEvent)
        assert edited.text == "else"
        with pytest.raises(Refused, match="no_such_room"):
            bob.page("nowhere")
    with pytest.raises(ValueError, match="one of"):
        ann.page(after=1, before=3)
    with pytest.raises(ValueError, match="`before` is the seq"):
        ann.page(before=0)
    with pytest.raises(TypeError):
        ann.page(at="noon")  # type: ignore[arg-type]


def test_the_rooms_that_one_may_see(broker: Broker, ann: Client) -> None:
    ann.create("lab", subject="What we do")
    ann.send("hello", room="lab")
    thesis = ann.create("Thesis", private=True)
    with Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        assert [(info.room, info.subject, info.joined) for info in bob.list_rooms()] == [
            ("lab", "What we do", False),
            ("lobby", "", True),
        ]
        (mine,) = [info for info in ann.list_rooms() if info.room == thesis]
        assert (mine.title, mine.kind, mine.role, mine.members) == ("Thesis", "private", "owner", 1)


def test_more_rooms_than_a_page_has(tmp_path: Path) -> None:
    broker = Broker(tmp_path, "--rate", "0", "--rooms-per-account", "0")
    broker.start()
    try:
        with Client("ann", connect=broker.requests) as ann:
            made = [ann.create(f"room {number:03}") for number in range(205)]
            assert [info.room for info in ann.list_rooms()] == ["lobby", *made]
    finally:
        broker.close()
