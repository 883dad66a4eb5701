"""The blocking client against the real broker."""

import contextlib
import logging
import pathlib
import shutil
import sqlite3
import threading
from collections.abc import Callable

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.client.commands import LeaveRoom
from loggia.shared.protocol.errors import Closed, NotReachable, Refused, StorageBroken
from loggia.shared.protocol.events import JoinedEvent

from tests.shared.client.api.test_threads import together
from tests.shared.client.running import Broker, eventually, heard


def test_a_script_says_and_hears(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests) as bob:
        eventually(lambda: len(ada.members()) == len(bob.members()) == 2)
        first = ada.send("hello")
        second = bob.send("hi", reply_to=first)
        assert second == first + 1
        both = heard(ada, 2)
        assert [(event.nick, event.text, event.reply_to) for event in both] == [
            ("ada", "hello", None),
            ("bob", "hi", first),
        ]
        assert ada.account == both[0].account
        assert ada.status().connection == "connected"


def test_history_goes_further_back_with_each_call(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        for number in range(7):
            ada.send(f"{number}")
    with Client("bob", connect=broker.requests) as bob:
        pages = [bob.history(limit=4) for _ in range(4)]
    assert [[event.seq for event in page] for page in pages] == [[7, 8, 9, 10], [3, 4, 5, 6], [1, 2], []]
    assert isinstance(pages[2][0], JoinedEvent)


def test_history_of_a_room_where_the_client_is_not_is_refused_at_once(broker: Broker) -> None:
    with Client("bob", "lab", connect=broker.requests) as bob:
        bob.send("only here")
    with Client("ada", connect=broker.requests, timeout_s=1000.0) as ada:
        with pytest.raises(Refused, match="not_member: This client is not in lab; name it in `rooms`"):
            ada.history("lab")
        assert ada.history()
    with Client("ada", rooms=["lab"], connect=broker.requests) as ada:
        assert "only here" in [getattr(event, "text", "") for event in ada.history("lab")]


def test_a_room_is_known_by_any_form_of_its_name(broker: Broker) -> None:
    with Client("ada", "cafe\u0301❤\ufe0f", connect=broker.requests) as ada:
        ada.send("hello")
        assert len(ada.members()) == len(ada.members("cafe\u0301❤\ufe0f")) == 1
        assert [type(event) for event in ada.history()] == [JoinedEvent]
        assert ada.room == "café❤"


def test_a_refusal_is_raised(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        with pytest.raises(Refused, match="too_large"):
            ada.send("x" * 20_000)
        with pytest.raises(Refused, match="bad_request"):
            ada.send("bell \x07")
        assert ada.send("fine") > 0


def test_a_name_that_will_not_do_is_raised_where_the_script_waits(broker: Broker) -> None:
    with Client("a/b", connect=broker.requests) as client:
        with pytest.raises(Refused, match="bad_nick"):
            next(iter(client))
        with pytest.raises(Refused, match="bad_nick"):
            client.send("hello")
        assert client.status().connection == "offline"


def test_a_message_without_a_broker_waits_and_is_sent_by_itself(
    broker: Broker, tmp_path: pathlib.Path
) -> None:
    broker.kill()
    with Client("ada", connect=broker.requests, data=tmp_path / "a.db", timeout_s=0.3) as ada:
        with pytest.raises(NotReachable, match="waits on this computer and is sent by itself"):
            ada.send("patience")
        with pytest.raises(NotReachable):
            ada.history()
        assert ada.status().connection in ("connecting", "reconnecting")
    broker.start()
    with Client("ada", connect=broker.requests, data=tmp_path / "a.db") as ada:
        assert heard(ada, 1)[0].text == "patience"


def test_not_waiting_gives_the_id_at_once(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        message_id = ada.send("no hurry", wait=False)
        assert heard(ada, 1)[0].id == message_id


def test_an_answer_to_an_entry_is_stored_once(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        ada.send("question")
        question = heard(ada, 1)[0]
        ada.answer(question, "answer")
        answer = heard(ada, 1)[0]
        assert (answer.text, answer.reply_to) == ("answer", question.seq)
        ada.answer(question, "answer")
        ada.send("done")
        assert heard(ada, 1)[0].text == "done"


def test_leaving_and_answering_cost_later_messages_nothing(broker: Broker, tmp_path: pathlib.Path) -> None:
    """An id that is not greater than all before it is a stray: a row and a look-up more for the broker."""
    with Client("ada", rooms=["lab"], connect=broker.requests) as ada:
        ada.send("before")
        ada._link.post(LeaveRoom(room="lab"))
        ada.answer(heard(ada, 1)[0], "an answer")
        for number in range(3):
            ada.send(f"after {number}")
        said = {event.text: event.id for event in heard(ada, 4)}
    broker.kill()
    with contextlib.closing(sqlite3.connect(tmp_path / "broker" / "loggia.db")) as db:
        strays = {row[0] for row in db.execute("SELECT id FROM strays")}
        largest = {row[0] for row in db.execute("SELECT largest_id FROM runs")}
    assert said["an answer"] in strays
    assert strays.isdisjoint(said[f"after {number}"] for number in range(3))
    assert said["after 2"] in largest


def test_a_durable_client_gets_again_what_it_had_not_done(broker: Broker, tmp_path: pathlib.Path) -> None:
    settings = {"connect": broker.requests, "data": tmp_path / "a.db", "durable": True}
    with Client("ada", **settings) as ada:
        ada.send("one")
        ada.send("two")
        ada.done(heard(ada, 2)[0])
    with Client("ada", **settings) as ada:
        assert heard(ada, 1)[0].text == "two"


def test_a_slow_script_keeps_its_session(broker: Broker) -> None:
    """The link pings and reads while the script does not."""
    with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests) as bob:
        ada.wait_entered()  # what is said before that is not new to her
        for number in range(500):
            bob.send(f"{number}", wait=False)
        eventually(lambda: len(ada._inbox.events) >= 500)
        assert [event.text for event in heard(ada, 500)] == [f"{number}" for number in range(500)]


def test_closing_ends_a_loop_in_another_thread(broker: Broker) -> None:
    client = Client("ada", connect=broker.requests)
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.extend(event.text for event in client))
    reader.start()
    client.close()
    reader.join()
    assert texts == []
    with pytest.raises(Closed):
        client.send("too late")


def test_closing_now_does_not_say_goodbye(nowhere: str) -> None:
    client = Client("ada", connect=nowhere)
    client.close(now=True)
    client.close()
    assert client.status().connection == "ended"


def test_a_file_in_use_is_raised(broker: Broker, tmp_path: pathlib.Path) -> None:
    with Client("ada", connect=broker.requests, data=tmp_path / "a.db") as ada:
        ada.send("mine")
        with Client("bob", connect=broker.requests, data=tmp_path / "a.db") as bob:
            with pytest.raises(StorageBroken, match="in use"):
                next(iter(bob))
            with pytest.raises(StorageBroken, match="in use"):
                bob.send("hello")


def test_what_is_refused_while_nobody_waits_for_it_is_in_the_log(
    broker: Broker, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("refused what was said in elsewhere: no_such_room")
    with Client("ada", connect=broker.requests) as ada:
        ada.send("hello", room="elsewhere", wait=False)
        eventually(lambda: caplog.text.count("no_such_room") == 1)
        with pytest.raises(Refused, match="no_such_room"):
            ada.send("hello", room="elsewhere")
        assert ada.send("fine") > 0
    assert caplog.text.count("no_such_room") == 1, "an error that is raised is not in the log as well"


def test_how_things_stand_in_numbers_and_words(broker: Broker) -> None:
    with Client("ada", rooms=["lab"], connect=broker.requests) as ada:
        ada.send("one")
        eventually(lambda: "lab: not loaded: 1 older" in str(ada.status()))
        assert heard(ada, 1)
        assert str(ada.status()) == "connected\nlab: not loaded: 1 older\nlobby: 2 to 2, not loaded: 1 older"
        assert len(ada.history()) == 1
        lobby = ada.status().rooms["lobby"]
        assert (lobby.first, lobby.last, lobby.head, lobby.complete) == (1, 2, 2, True)
        assert lobby.words == "1 to 2, nothing missing"
        counts = ada.counters()  # a broadcast may be lost before the subscription stands, and is filled then
        assert counts["gaps"] == counts["filled"] <= 1
        assert counts["resent"] == counts["duplicates"] == 0


def test_how_things_stand_without_a_broker(nowhere: str) -> None:
    client = Client("ada", connect=nowhere, timeout_s=0.1)
    with pytest.raises(NotReachable):
        client.send("patience")
    eventually(lambda: client.status().reason)
    shown = str(client.status())
    client.close(now=True)
    assert shown.endswith(
        "(nobody answers there)\n"
        "lobby: nothing on this computer yet\n"
        "1 message waits on this computer and is sent by itself"
    )


def test_where_nobody_answers_is_in_the_log_once(nowhere: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Client("ada", connect=nowhere) as ada:
        waits: set[float | None] = set()

        def tried_often() -> bool:
            waits.add(ada.status().retry_in_s)
            return len(waits) > 3

        eventually(tried_often)
        ada.close(now=True)
    told = f"No broker on {nowhere} yet (nobody answers there); it is tried again."
    assert caplog.messages.count(told) == 1


def put_back(broker: Broker, folder: pathlib.Path, saved: pathlib.Path) -> None:
    """An old log takes the place of the present one: a broker begins a new life with it."""
    broker.kill()
    shutil.rmtree(folder)
    folder.mkdir()
    for file in saved.glob("loggia.db*"):
        shutil.copy(file, folder)
    broker.start()


def test_a_bot_and_a_log_that_is_restored_from_a_backup(
    broker: Broker, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was answered is not answered again, what is new is heard, and the old copy is there."""
    caplog.set_level("INFO")
    settings = {"connect": broker.requests, "data": tmp_path / "bot.db", "durable": True}
    folder, saved = tmp_path / "broker", tmp_path / "saved"
    with Client("bot", **settings) as bot, Client("ada", connect=broker.requests, bot=False) as ada:
        eventually(lambda: len(ada.members()) == len(bot.members()) == 2)
        ada.send("kept")
        bot.answer(heard(bot, 1)[0], "to what was kept")
        heard(bot, 1)
        broker.kill()
        shutil.copytree(folder, saved)
        broker.start()
        ada.send("gone")
        (gone,) = heard(bot, 1)
        bot.answer(gone, "to what is gone")
        bot.done(heard(bot, 1)[0])
        put_back(broker, folder, saved)
        ada.send("new")
        assert heard(bot, 1)[0].text == "new"
        bot.answer(gone, "late")
        assert heard(bot, 1)[0].reply_to is None
        (copy,) = bot.copies()
        texts = [getattr(event, "text", "") for event in bot.read_copy(copy)]
        assert [text for text in texts if text] == ["kept", "to what was kept", "gone", "to what is gone"]
        assert "lobby: the server's log was restored from a backup" in str(bot.status())
        assert caplog.text.count("the server's log was restored from a backup") == 2
    with Client("bot", **settings) as bot:
        assert bot.copies() == [copy]
        assert [event.text for event in heard(bot, 2)] == ["new", "late"], "they were not marked as done"
        assert len(list(bot.read_copy(copy))) == len(texts)
        several = together([lambda: [event.seq for event in bot.read_copy(copy)]] * 6)
        assert several == [[event.seq for event in bot.read_copy(copy)]] * 6


def test_a_client_that_is_interrupted_while_it_is_made_says_goodbye(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stay for as long as the program, and nobody has it to close it."""
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if thread.name == "link of bob":
            eventually(lambda: "bob" in [member.nick for member in ada.members()])
            raise KeyboardInterrupt

    with Client("ada", connect=broker.requests) as ada:
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Client("bob", connect=broker.requests)
        eventually(lambda: "bob" not in [member.nick for member in ada.members()])


def test_where_the_room_is_slow_that_is_said_and_the_message_comes_in_its_turn(broker: Broker) -> None:
    with Client("ada", connect=broker.requests) as ada:
        ada.configure(slow_s=3)  # who comes first may
        with Client("bob", connect=broker.requests, timeout_s=0.3) as bob:
            bob.wait_entered()
            bob.send("one")
            with pytest.raises(Refused, match="slow_down") as refused:
                bob.send("two")
            assert "waits on this computer" in refused.value.text
            assert [event.text for event in heard(ada, 2)] == ["one", "two"]
