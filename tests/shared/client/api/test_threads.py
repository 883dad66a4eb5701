"""One client, many threads: each call gets the answer to what it asked, in time, late or never."""

import signal
import threading
from collections.abc import Callable, Sequence

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import NotReachable

from tests.shared.client import wired
from tests.shared.client.fake import FakeBroker
from tests.shared.client.running import Broker, heard


def together(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Each in a thread of its own, all at once: what each returned, or raised."""
    start = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = calls[number]()
        except Exception as reason:
            outcomes[number] = reason

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def seqs(pages: Sequence[object]) -> list[int]:
    found: list[int] = []
    for page in pages:
        assert isinstance(page, list), page
        assert [event.seq for event in page] == list(range(page[0].seq, page[0].seq + len(page)))
        found += [event.seq for event in page]
    return sorted(found)


def test_history_from_many_threads_gives_each_a_page_of_its_own(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for number in range(100):
            ada.send(f"{number}", wait=False)
        ada.send("the last")
    with Client("bob", connect=broker.requests) as bob:
        top = bob.send("here") - 1
        for _ in range(2):
            pages = together([lambda: bob.history(limit=5)] * 4 + [lambda: bob.history(limit=7)] * 4)
            assert sorted(map(len, pages)) == [5] * 4 + [7] * 4  # type: ignore[arg-type]
            assert seqs(pages) == list(range(top - 47, top + 1))
            top -= 48
        assert [event.seq for event in bob.history(limit=100)] == list(range(1, top + 1))
        assert together([bob.history] * 4) == [[]] * 4


def test_history_of_two_rooms_at_once(broker: Broker) -> None:
    with Client("ada", rooms=["lab"], connect=broker.requests) as ada:
        for room in ("lobby", "lab"):
            ada.send(f"in {room}", room=room)
    with Client("bob", rooms=["lab"], connect=broker.requests) as bob:
        pages = together([lambda: bob.history("lobby"), lambda: bob.history("lab")] * 2)
    for page in pages:
        assert isinstance(page, list)
    rooms = [{event.room for event in page} for page in pages if isinstance(page, list) and page]
    assert sorted(map(list, rooms)) == [["lab"], ["lobby"]]


def test_everything_at_once(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for number in range(200):
            ada.send(f"{number}", wait=False)
        ada.send("the last")
    with Client("bob", rooms=["lab"], connect=broker.requests) as bob:
        bob.send("here")
        calls: list[Callable[[], object]] = []
        for number in range(6):
            calls += [
                lambda number=number: bob.send(f"by {number}"),
                lambda number=number: bob.send(f"in the lab by {number}", room="lab"),
                lambda: bob.history(limit=3),
                lambda: bob.members(),
                lambda: str(bob.status()),
                lambda: bob.counters(),
            ]
        outcomes = together(calls)
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        numbers = [outcome for outcome in outcomes[::6] + outcomes[1::6]]
        assert len(set(numbers[:6])) == len(set(numbers[6:])) == 6
        assert len(seqs(outcomes[2::6])) == 18
        said = {event.text: event.seq for event in heard(bob, 13)}
        for number in range(6):
            assert said[f"by {number}"] == numbers[number]
            assert said[f"in the lab by {number}"] == numbers[6 + number]


# -- Late answers ------------------------------------------------------------------------------


def test_what_comes_too_late_is_not_given_to_another_and_not_lost(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for number in range(20):
            ada.send(f"{number}")
    with Client("bob", connect=broker.requests) as bob:
        top = bob.send("here") - 1
        bob._waiting.timeout_s, patient_s = 0.5, bob._waiting.timeout_s
        process = broker._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            outcomes = together([lambda: bob.history(limit=5), lambda: bob.history(limit=4)])
            assert all(isinstance(outcome, NotReachable) for outcome in outcomes), outcomes
        finally:
            process.send_signal(signal.SIGCONT)
        bob._waiting.timeout_s = patient_s
        assert [event.seq for event in bob.history(limit=3)] == [top - 2, top - 1, top]
        rest: list[int] = []
        while page := seqs([page for page in together([lambda: bob.history(limit=3)] * 2) if page]):
            rest = page + rest
        assert rest == list(range(1, top - 2))


def talked() -> wired.Client:
    broker = FakeBroker()
    for number in range(8):
        broker.say("lobby", f"{number}")
    client = wired.Client(broker, complete=True)
    client.step()
    return client


def told(client: wired.Client) -> list[tuple[str, list[int]]]:
    return [(older.id, [event.seq for event in older.events]) for older in client.updates(updates.Older)]


def ask(client: wired.Client, id: str, limit: int) -> None:
    client.post(commands.LoadOlder(room="lobby", limit=limit, id=id))


def drop(client: wired.Client, id: str) -> None:
    client.post(commands.DropOlder(room="lobby", id=id))


def test_each_wish_is_answered_once_in_its_order() -> None:
    client = talked()
    ask(client, "1", 4)
    ask(client, "2", 3)
    ask(client, "3", 9)
    ask(client, "4", 9)
    client.step()
    assert sorted(told(client)) == [("1", [6, 7, 8, 9]), ("2", [3, 4, 5]), ("3", [1, 2]), ("4", [])]
    assert [(page["before"], page["limit"]) for page in client.broker.asked("history")[1:]] == [
        (10, 4),
        (6, 3),
        (3, 2),
    ]


def test_one_that_nobody_waits_for_is_the_next_ones() -> None:
    client = talked()
    ask(client, "1", 4)
    client.deliver_up()
    drop(client, "1")
    ask(client, "2", 3)
    client.step()
    assert told(client) == [("2", [7, 8, 9])]
    ask(client, "3", 3)
    client.step()
    assert told(client)[1:] == [("3", [6])], "what the copy has"
    ask(client, "4", 3)
    client.step()
    assert told(client)[2:] == [("4", [3, 4, 5])]


def test_one_that_is_dropped_just_when_it_was_told_is_told_again() -> None:
    client = talked()
    ask(client, "1", 4)
    client.step()
    drop(client, "1")
    ask(client, "2", 2)
    client.step()
    assert told(client)[1:] == [("2", [8, 9])]
    drop(client, "1")
    ask(client, "3", 9)
    client.step()
    assert told(client)[2:] == [("3", [6, 7])]


def test_one_without_an_id_is_one_wish_however_often_it_is_made() -> None:
    client = talked()
    for limit in (4, 3, 3):
        client.post(commands.LoadOlder(room="lobby", limit=limit))
    ask(client, "1", 2)
    client.step()
    assert told(client) == [("", [6, 7, 8, 9]), ("1", [4, 5])]


def test_the_answer_of_a_refused_one_is_the_refusal() -> None:
    client = talked()
    client.broker.refusals["history"] = [{"code": "unavailable"}]
    ask(client, "1", 4)
    ask(client, "2", 3)
    client.step()
    (first,) = client.updates(updates.Older)
    assert first.id == "1"
    assert first.refused is not None
    client.wait(20.0)
    assert told(client)[1:] == [("2", [7, 8, 9])]


def test_who_waits_is_served_after_a_reconnect() -> None:
    client = talked()
    ask(client, "1", 4)
    client.cut()
    client.perform(client.session.lost("the wire was cut", client.now))
    ask(client, "2", 4)
    client.wait(2.0)
    assert told(client) == [("1", [6, 7, 8, 9]), ("2", [2, 3, 4, 5])]


def test_a_thread_that_is_interrupted_takes_nothing(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for number in range(5):
            ada.send(f"{number}")
    with Client("bob", connect=broker.requests) as bob:
        top = bob.send("here") - 1
        happened = bob._waiting.wait

        def interrupted(condition: Callable[[], bool]) -> bool:
            bob._waiting.wait = happened  # type: ignore[method-assign]
            raise KeyboardInterrupt

        bob._waiting.wait = interrupted  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            bob.history(limit=2)
        assert [event.seq for event in bob.history(limit=2)] == [top - 1, top]
