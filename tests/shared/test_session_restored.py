"""A session and a broker whose log was restored from a backup.

The copy of before is kept, what is new is told once, and nothing that is gone from the log is offered again.
"""

import copy
import json
import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import commands, notices
from shared.effects import ACCOUNTS, Recall
from shared.ids import derived
from shared.messages import StoredEvent
from shared.replica import Replica
from tests.shared.fake import Client, FakeBroker

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


def void(client: Client) -> notices.VoidCopy:
    (told,) = client.notices(notices.VoidCopy)
    return told


def held(client: Client, epoch: str) -> list[StoredEvent]:
    return client.replica.events("lobby", epoch, 0, 10_000)


def log(client: Client) -> list[str]:
    return [event["id"] for event in client.broker.rooms["lobby"]]


# -- The copy of before ------------------------------------------------------------------------


def test_the_copy_of_before_is_kept_and_can_be_read_now_and_later(tmp_path: pathlib.Path) -> None:
    client = joined(before=5, replica=Replica(tmp_path / "a.db"))
    say(client, "of the old life")
    client.step()
    restore(client, kept=4)
    client.wait(1.0)
    old = void(client).old
    assert (old.room, old.epoch, old.words, void(client).head) == ("lobby", "epoch-1", "1 to 7", 5)
    client.post(commands.ReadOld(room="lobby", epoch="epoch-1", after=5))
    (read,) = client.notices(notices.OldEntries)
    assert [event.seq for event in read.events] == [6, 7]
    assert getattr(read.events[-1], "text", "") == "of the old life"
    client.replica.close()
    later = Client(client.broker, replica=Replica(tmp_path / "a.db"))
    (copies,) = later.notices(notices.OldCopies)
    assert copies.copies == [old]
    later.post(commands.ReadOld(room="lobby", epoch="epoch-1", limit=3))
    assert [event.seq for event in later.notices(notices.OldEntries)[0].events] == [1, 2, 3]
    later.replica.close()


@pytest.mark.parametrize("settings", [{}, EVERYTHING])
def test_a_log_that_lost_entries_under_its_old_name_is_another_life_too(settings: dict[str, Any]) -> None:
    """An old file was put back by hand, or the disk lied: the same epoch, but the head went back."""
    client = joined(before=5, **settings)
    say(client, "lost", "lost too")
    client.step()
    restore(client, kept=6, epoch="epoch-1")
    say(client, "new")
    client._heard = len(client.broker.published)
    client.wait(1.0)
    old = void(client).old
    assert old.spans[-1][1] == 8
    assert [event.id for event in held(client, "epoch-1")][-1] == log(client)[-1]
    client.post(commands.ReadOld(room="lobby", epoch=old.epoch, after=6))
    assert [getattr(event, "text", "") for event in client.notices(notices.OldEntries)[0].events] == [
        "lost",
        "lost too",
    ]
    say(client, "and on")
    client.step()
    assert client.texts()[-1] == "and on"


# -- What is told ------------------------------------------------------------------------------


def test_a_program_that_must_have_everything_goes_on_where_both_lives_part() -> None:
    client = joined(before=3, complete=True)
    say(client, "kept", "gone", "gone too")
    client.step()
    restore(client, kept=5)
    say(client, "new", "newer")
    client._heard = len(client.broker.published)
    client.wait(1.0)
    assert client.texts() == ["kept", "gone", "gone too", "new", "newer"]
    say(client, "and on")
    client.step()
    assert client.texts()[-1] == "and on"
    assert [event.seq for event in held(client, "epoch-2")] == [5, 6, 7, 8], "and the one it begins behind"


def test_what_is_said_while_the_place_is_looked_for_is_told_once() -> None:
    client = joined(before=30, complete=True)
    say(client, "kept", "gone", "gone", "gone")
    client.step()
    restore(client, kept=32)
    say(client, "new")
    client._heard = len(client.broker.published)
    client.now += 1.0
    client.perform(client.session.tick(client.now))
    for _ in range(20):
        client.deliver_up()
        client.deliver_down()
        say(client, "x")
        client.deliver_published()
    client.wait(12.0)
    assert client.texts() == ["kept", "gone", "gone", "gone", "new", *["x"] * 20]


def test_a_log_in_which_nothing_is_as_it_was_is_told_from_where_it_is_new() -> None:
    client = joined(before=9, complete=True)
    say(client, "gone")
    client.step()
    restore(client, kept=5)
    say(client, *(f"new {number}" for number in range(9)))
    client._heard = len(client.broker.published)
    client.wait(1.0)
    assert client.texts() == ["gone", *(f"new {number}" for number in range(9))]


def test_a_cut_while_the_place_is_looked_for_begins_again() -> None:
    client = joined(before=30, complete=True)
    say(client, "kept", "gone", "gone", "gone")
    client.step()
    restore(client, kept=32)
    say(client, "new")
    client._heard = len(client.broker.published)
    client.now += 1.0
    client.perform(client.session.tick(client.now))
    client.deliver_up()
    client.deliver_down()
    client.deliver_up()
    assert client.session._catchup.unsettled() == {"lobby"}
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    client.wait(2.0)
    assert client.texts() == ["kept", "gone", "gone", "gone", "new"]
    assert len(client.notices(notices.VoidCopy)) == 1


@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.parametrize("entries", [3, 7])
def test_a_pong_beside_a_page_does_not_confuse_the_search_for_the_place(entries: int, step: int) -> None:
    """Both may come in one turn, before the copy gave what the page is compared with."""
    client = joined(complete=True)
    say(client, *(f"gone {number}" for number in range(entries)))
    client.step()
    restore(client, kept=1)
    others = [f"other {number}" for number in range(entries)]
    say(client, *others)
    for number in range(8):
        client.now += 10.0 if number in (0, step) else 0.01  # comes back, and then pings
        client.perform(client.session.tick(client.now))
        client.deliver_up()
        client.down = [json.dumps([item for frame in client.down for item in json.loads(frame)]).encode()]
        client.deliver_down()
    client.step()
    assert void(client).head == len(log(client))
    assert client.texts()[-entries:] == others


def test_a_bot_that_was_down_gets_what_is_new_and_nothing_again(tmp_path: pathlib.Path) -> None:
    first = joined(before=3, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    say(first, "answered", "answered, and gone")
    first.step()
    first.post(commands.Handled(room="lobby", seq=6, epoch="epoch-1"))
    first.replica.close()
    first.broker.restore("epoch-2", lobby=5)
    say(first, "new")
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    second.wait(1.0)
    assert second.texts() == ["new"]
    second.replica.close()
    third = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    third.step()
    assert third.texts() == ["new"], "it was not handled"
    third.replica.close()


def test_what_a_bot_had_not_handled_is_told_again_after_a_restart(tmp_path: pathlib.Path) -> None:
    first = joined(before=3, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    say(first, "handled", "told", "told, and gone")
    first.step()
    first.post(commands.Handled(room="lobby", seq=5, epoch="epoch-1"))
    restore(first, kept=6)
    say(first, "new")
    first.wait(1.0)
    assert first.texts() == ["handled", "told", "told, and gone", "new"], "each once in this run"
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    second.step()
    assert second.texts() == ["told", "new"]
    second.replica.close()


def test_what_a_bot_says_of_the_life_before_counts_where_both_are_the_same() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "kept", "kept too", "gone", "gone too")
    client.step()
    restore(client, kept=6)
    say(client, "new", "newer")
    client._heard = len(client.broker.published)
    client.wait(1.0)

    def handled() -> int | None:
        return client.replica.saved().rooms[0].handled

    assert handled() == 4
    client.post(commands.Handled(room="lobby", seq=5, epoch="epoch-1"))
    assert handled() == 5
    client.post(commands.Handled(room="lobby", seq=8, epoch="epoch-1"))
    assert handled() == 5, "that was another entry 8"
    client.post(commands.Handled(room="lobby", seq=7, epoch="epoch-2"))
    assert handled() == 7
    client.post(commands.Handled(room="lobby", seq=6, epoch="epoch-2"))
    assert handled() == 7, "never back"
    client.post(commands.Handled(room="lobby", seq=99, epoch="epoch-2"))
    assert handled() == 7, "never beyond what was told"


# -- The outbox --------------------------------------------------------------------------------


def test_an_answered_message_that_is_gone_is_not_sent_again_and_an_unanswered_one_is() -> None:
    client = joined()
    client.say("answered")
    client.step()
    client.say("stored, but its answer is lost")
    client.deliver_up()
    client.say("never sent")
    restore(client, kept=1)
    client.wait(2.0)
    assert client.broker.texts("lobby") == ["stored, but its answer is lost", "never sent"]
    assert len(client.notices(notices.Delivered)) == 3
    assert client.replica.saved().outbox == []


@pytest.mark.parametrize("settings", [{}, EVERYTHING])
def test_a_reply_that_waits_does_not_point_at_something_else(settings: dict[str, Any]) -> None:
    client = joined(before=3, **settings)
    say(client, "kept", "gone")
    client.step()
    client.cut()
    client.broker.refusals["message"] = [{"code": "muted"}]
    client.post(commands.Say(id="m1", room="lobby", text="to what is gone", reply_to=6, epoch="epoch-1"))
    client.post(commands.Say(id="m2", room="lobby", text="to what was kept", reply_to=5, epoch="epoch-1"))
    client.post(commands.Say(id="m2b", room="lobby", text="also to what is gone", reply_to=6))
    restore(client, kept=5)
    say(client, "another one")
    client.wait(2.0)
    client.post(
        commands.Say(id="m3", room="lobby", text="late, to what is gone", reply_to=6, epoch="epoch-1")
    )
    client.post(commands.Say(id="m4", room="lobby", text="to the new one", reply_to=6, epoch="epoch-2"))
    client.post(commands.Retry(id="m1"))
    client.wait(2.0)
    replies = {one.get("text"): one.get("reply_to") for one in client.broker.rooms["lobby"]}
    assert replies["to what is gone"] is None
    assert replies["also to what is gone"] is None
    assert replies["to what was kept"] == (5 if settings else None)
    assert replies["late, to what is gone"] is None
    assert replies["to the new one"] == 6


# -- A log that comes back after another one was served -----------------------------------------


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


@pytest.mark.parametrize("others", [0, 3, 12])
@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
def test_what_was_handled_in_it_is_not_told_again(settings: dict[str, Any], others: int) -> None:
    client = joined(before=3, **settings)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    lost = another_log(client)
    say(client, *(f"other {number}" for number in range(others)))
    client.wait(2.0)
    handle_told(client, "epoch-2", others)
    another_log(client, lost)
    say(client, "d")
    client.wait(2.0)
    say(client, "e")
    client.step()
    assert client.texts() == ["a", "b", "c", *(f"other {number}" for number in range(others)), "d", "e"]
    assert [event.id for event in held(client, "epoch-3")] == log(client)[6:]


def test_what_was_told_in_it_and_not_handled_is_told_again_and_answered_once() -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    say(client, "b")
    client.step()
    handle_told(client, "epoch-1", 4)
    lost = another_log(client)
    client.wait(2.0)
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts() == ["?", "b", "?", "b"]
    for epoch in ("epoch-1", "epoch-3"):  # the handler that still had it, and the one that got it again
        client.post(answer(question, "once", epoch))
        handle_told(client, epoch, 5)
    client.wait(2.0)
    assert answers(client) == [("once", 5)]


def test_a_later_run_compares_with_all_lives_that_were_kept(tmp_path: pathlib.Path) -> None:
    first = joined(before=3, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    say(first, "a", "b", "c")
    first.step()
    handle_told(first, "epoch-1", 6)
    kept = another_log(first)
    for _ in range(2):
        first.wait(2.0)
        another_log(first)
    first.wait(2.0)
    another_log(first, kept)
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    second.wait(2.0)
    assert second.texts() == ["c"], "6 was handled, and 7 was not"
    assert second.notices(notices.Entered)[-1].account == "account-1"
    second.replica.close()


@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
@pytest.mark.parametrize("another", [False, True])
def test_nothing_is_missed_when_it_is_restored_twice_and_nothing_was_said_between(
    another: bool, settings: dict[str, Any]
) -> None:
    """The copy of the life between holds nothing to compare with; the one before it does."""
    client = joined(before=3, **settings)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    restore(client, kept=7)
    client.wait(2.0)
    handle_told(client, "epoch-2", 7)
    if another:
        another_log(client)
        client.broker.rooms["lobby"] = []
    else:
        restore(client, kept=5, epoch="epoch-3")
    say(client, "x", "y", "z")
    client._heard = len(client.broker.published)
    client.wait(2.0)
    assert client.texts() == ["a", "b", "c", "x", "y", "z"]


@pytest.mark.parametrize("settings", [{"complete": True}, EVERYTHING])
def test_nothing_of_an_older_log_is_missed_before_a_copy_that_begins_late(settings: dict[str, Any]) -> None:
    client = joined(before=1, **settings)
    say(client, "a")
    client.step()
    handle_told(client, "epoch-1", 3)
    say(client, "while away", "and more")
    client._heard = len(client.broker.published)
    lost = another_log(client)
    others = [f"other {number}" for number in range(8)]
    say(client, *others)
    client.wait(2.0)
    handle_told(client, "epoch-2", 8)
    restore(client, kept=len(log(client)), epoch="epoch-3")
    client.wait(2.0)
    say(client, "later")
    client.step()
    handle_told(client, "epoch-3", len(log(client)))
    another_log(client, lost)
    client.wait(2.0)
    assert client.texts() == ["a", *others, "later", "while away", "and more"]


@pytest.mark.parametrize("restored", [False, True])
def test_a_late_answer_to_a_life_that_is_gone_replies_to_no_other_entry(restored: bool) -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    say(client, *"abcdef")
    client.step()
    handle_told(client, "epoch-1", 11)
    if not restored:
        restore(client, kept=5)
        client.wait(2.0)
    another_log(client)
    say(client, *(f"new {number}" for number in range(6)))
    client.wait(2.0)
    handle_told(client, client.broker.epoch, 6)
    if restored:
        restore(client, kept=6, epoch="epoch-3")
        say(client, "newer")
        client._heard = len(client.broker.published)
        client.wait(2.0)
    client.post(answer(question, "late", "epoch-1"))
    client.wait(2.0)
    assert [one.get("reply_to") for one in client.broker.rooms["lobby"] if one.get("text") == "late"] == [
        None
    ]


def test_one_that_comes_back_shorter_under_its_own_name_costs_nothing_of_its_copy() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a", "b", "c")
    client.step()
    handle_told(client, "epoch-1", 7)
    lost = another_log(client)
    client.wait(2.0)
    lost["rooms"]["lobby"] = lost["rooms"]["lobby"][:5]
    another_log(client, lost)
    client.broker.epoch = "epoch-1"
    say(client, "x", "y", "z")
    client._heard = len(client.broker.published)
    client.wait(2.0)
    assert client.texts() == ["a", "b", "c", "x", "y", "z"]
    kept = [event for copy in client.replica.saved().old for event in held(client, copy.epoch)]
    assert "c" in [getattr(event, "text", "") for event in kept]


def test_an_answer_that_waits_while_it_is_restored_twice_is_stored_once() -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    client.step()
    client.post(answer(question, "once", "epoch-1"))
    client.step()
    handle_told(client, "epoch-1", 5)
    restore(client, kept=6)
    client.wait(2.0)
    client.cut()
    client.post(answer(question, "once", "epoch-1"))
    restore(client, kept=6, epoch="epoch-3")
    client.wait(2.0)
    assert answers(client) == [("once", 5)]


def test_what_is_handled_while_the_place_is_looked_for_counts() -> None:
    client = joined(before=3, **EVERYTHING)
    say(client, "a", "b")
    client.step()
    handle_told(client, "epoch-1", 5)
    restore(client, kept=6)
    asked = len(client.broker.asked("history"))
    for _ in range(200):
        client.now += 0.05
        client.perform(client.session.tick(client.now))
        client.deliver_up()
        if len(client.broker.asked("history")) > asked:
            break
        client.deliver_down()
    assert client.session._catchup.unsettled() == {"lobby"}
    handle_told(client, "epoch-1", 6)
    client.wait(2.0)
    (room,) = client.replica.saved().rooms
    assert (room.epoch, room.handled) == ("epoch-2", 6)


def test_logs_that_take_turns_do_not_pile_up_who_it_was() -> None:
    client = joined(before=1, **EVERYTHING)
    for _ in range(ACCOUNTS + 3):
        another_log(client)
        client.wait(2.0)
    asked = len(client.broker.asked("join"))
    another_log(client)
    client.wait(2.0)
    assert len(client.broker.asked("join")) - asked == ACCOUNTS + 1


def test_a_program_that_goes_on_at_the_end_asks_nothing_of_old_lives() -> None:
    client = joined(before=3)
    lost = another_log(client)
    client.wait(2.0)
    another_log(client, lost)
    asked = len(client.broker.asked("history"))
    client.wait(2.0)
    assert [one.get("after") for one in client.broker.asked("history")[asked:]] == [None]


# -- Answers of a bot --------------------------------------------------------------------------

# A question that the log lost and that is asked again has its old id, and may have its old number: then the
# answers to both have one id, under which only one of them can be stored.


def asked(client: Client) -> dict[str, Any]:
    """Entry 5, which the log is going to lose."""
    question = client.broker.say("lobby", "?")
    client.step()
    client.cut()
    return question


def ask_again(client: Client, question: dict[str, Any]) -> None:
    """In the new life, by whoever still has it in the outbox."""
    again = client.broker.say("lobby", "?", id=question["id"])
    assert (again["seq"], again["account"]) == (question["seq"], question["account"])
    client._heard = len(client.broker.published)


def answer(question: dict[str, Any], text: str, epoch: str = "") -> commands.Say:
    parts = "answer", "lobby", str(question["seq"]), question["account"], question["id"]
    return commands.Say(id=derived(*parts), room="lobby", text=text, reply_to=question["seq"], epoch=epoch)


def answers(client: Client) -> list[tuple[str, int | None]]:
    mine = [event for event in client.broker.rooms["lobby"] if event["account"] == "account-1"]
    return [(event["text"], event.get("reply_to")) for event in mine if event["op"] == "message"]


@pytest.mark.parametrize("is_known_when_said", [False, True])
def test_a_question_that_is_asked_again_is_answered_though_an_answer_to_the_lost_one_waited(
    is_known_when_said: bool,
) -> None:
    client = joined(before=3, **EVERYTHING)
    question = asked(client)
    if not is_known_when_said:
        client.post(answer(question, "waited", "epoch-1"))
    restore(client, kept=4)
    ask_again(client, question)
    client.wait(2.0)
    if is_known_when_said:
        client.post(answer(question, "waited", "epoch-1"))
    client.post(answer(question, "now", "epoch-2"))
    client.wait(2.0)
    assert answers(client) == [("waited", None), ("now", 5)]
    assert client.replica.saved().outbox == []


def test_an_answer_that_an_earlier_run_left_keeps_no_answer_of_the_new_life_out(
    tmp_path: pathlib.Path,
) -> None:
    first = joined(before=3, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    question = asked(first)
    first.post(answer(question, "waited", "epoch-1"))
    first.replica.close()
    first.broker.restore("epoch-2", lobby=4)
    ask_again(first, question)
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"), **EVERYTHING)
    second.wait(2.0)
    second.post(answer(question, "now", "epoch-2"))
    second.wait(2.0)
    assert answers(second) == [("waited", None), ("now", 5)]
    assert second.replica.saved().outbox == []
    second.replica.close()


def test_an_answer_to_what_both_lives_have_keeps_its_id_and_is_stored_once() -> None:
    client = joined(before=3, **EVERYTHING)
    question = asked(client)
    client.post(answer(question, "waited", "epoch-1"))
    restore(client, kept=5)
    client.wait(2.0)
    client.post(answer(question, "again, by a handler that ran twice", "epoch-2"))
    client.wait(2.0)
    assert answers(client) == [("waited", 5)]


def test_a_late_answer_to_what_is_gone_is_stored_once_however_often_it_is_given() -> None:
    client = joined(before=3, **EVERYTHING)
    question = asked(client)
    restore(client, kept=4)
    client.wait(2.0)
    for text in ("late", "again"):
        client.post(answer(question, text, "epoch-1"))
        client.wait(2.0)
    assert answers(client) == [("late", None)]


def test_an_answer_that_gets_another_id_is_told_as_one_that_waits_in_its_old_place() -> None:
    client = joined(before=3, **EVERYTHING)
    question = asked(client)
    before, behind = client.say("before"), answer(question, "waited", "epoch-1")
    client.post(behind)
    client.say("behind")
    restore(client, kept=4)
    client.wait(2.0)
    (renamed,) = [told for told in client.notices(notices.Waiting) if told.was]
    assert (renamed.was, renamed.text) == (behind.id, "waited")
    assert renamed.id != behind.id
    assert [text for text, _ in answers(client)] == ["before", "waited", "behind"]
    delivered = [told.id for told in client.notices(notices.Delivered)]
    assert delivered[:2] == [before, renamed.id]
    assert len(delivered) == 3


def test_a_refused_answer_that_gets_another_id_is_refused_under_that() -> None:
    client = joined(before=3, **EVERYTHING)
    question = client.broker.say("lobby", "?")
    client.step()
    client.broker.refusals["message"] = [{"code": "muted"}]
    client.post(answer(question, "refused", "epoch-1"))
    client.step()
    restore(client, kept=4)
    ask_again(client, question)
    client.wait(2.0)
    client.post(answer(question, "now", "epoch-2"))
    client.wait(2.0)
    first, second = client.notices(notices.Failed)
    (renamed,) = [told for told in client.notices(notices.Waiting) if told.was]
    assert (renamed.was, renamed.id) == (first.id, second.id)
    assert answers(client) == [("now", 5)]


def test_a_reply_of_a_person_to_what_is_gone_keeps_its_id() -> None:
    client = joined(before=3)
    question = asked(client)
    client.post(commands.Say(id="m1", room="lobby", text="words", reply_to=question["seq"]))
    restore(client, kept=4)
    client.wait(2.0)
    assert answers(client) == [("words", None)]
    assert [told.id for told in client.notices(notices.Delivered)] == ["m1"]


# -- What comes late ---------------------------------------------------------------------------


def test_broadcasts_of_the_life_before_are_no_part_of_the_new_one() -> None:
    client = joined(before=3, complete=True)
    say(client, "gone")
    late = json.dumps(client.broker.published[-1:]).encode()
    restore(client, kept=4)
    client.perform(client.session.published(late, client.now))
    say(client, "new")
    client.wait(1.0)
    assert [event.id for event in held(client, "epoch-2")] == log(client)[3:]
    assert client.texts() == ["new"]


def test_a_log_that_is_restored_under_an_open_connection_begins_a_new_one() -> None:
    client = joined(rooms=("lobby", "lab"))
    client.broker.epoch = "epoch-2"
    client.post(commands.Enter(room="hall"))
    client.deliver_up()
    client.deliver_down()
    assert client.connections == 1
    assert client.connection is None, "what still comes may be of either life"
    client.wait(2.0)
    assert {told.room for told in client.notices(notices.VoidCopy)} == {"lobby", "lab"}
    assert client.status() == "connected"


def test_a_log_that_is_restored_while_the_broker_runs_begins_a_new_connection_too() -> None:
    """Its sessions are over, but the connection stands: broadcasts of both lives may come on it."""
    client = joined(before=3)
    client.wait(2.0)
    client.broker.restore("epoch-2", lobby=2)
    client.now += 10.0
    client.perform(client.session.tick(client.now))
    for _ in range(2):
        client.deliver_up()
        client.deliver_down()
    assert (client.connections, client.connection, client.topics) == (1, None, frozenset())
    assert client.notices(notices.VoidCopy) == []
    client.wait(2.0)
    assert (client.connections, client.status()) == (2, "connected")
    assert void(client).epoch == "epoch-2"


def test_what_the_copy_gave_of_a_life_that_is_over_is_not_told() -> None:
    client = joined(before=5)
    restore(client, kept=2)
    client.wait(1.0)
    told = len(client.told)
    recall = Recall("lobby", "epoch-1", 0, 5, "older")
    client.perform(client.session.recalled(recall, held(client, "epoch-1"), client.now))
    assert len(client.told) == told


def test_who_asks_for_older_entries_twice_at_once_gets_each_once(tmp_path: pathlib.Path) -> None:
    first = joined(before=299, replica=Replica(tmp_path / "a.db"))
    for _ in range(2):
        first.post(commands.LoadOlder(room="lobby", limit=100))
        first.step()
    first.replica.close()
    second = Client(first.broker, replica=Replica(tmp_path / "a.db"))
    older = commands.LoadOlder(room="lobby", limit=100)
    effects = [effect for _ in range(2) for effect in second.session.command(older, second.now, 0)]
    second.perform(effects)
    pages = [notice for notice in second.notices(notices.Older)]
    assert [(page.events[0].seq, page.more) for page in pages] == [(201, True), (101, True), (1, False)]
    second.replica.close()


# -- Anything at all ---------------------------------------------------------------------------

MOVES = st.sampled_from(["say", "hear", "miss", "up", "down", "lose", "wait", "restart", "handle", "restore"])


@given(st.lists(MOVES, max_size=40), st.randoms(use_true_random=False))
def test_whatever_happens_all_that_is_in_the_log_was_told_once_and_in_order(
    moves: list[str], chance: Any
) -> None:
    client = joined(before=5, **EVERYTHING)
    lives = 1
    handled: list[str] = []
    told: list[str] = []
    for move in [*moves, "restart"]:
        if move == "say":
            say(client, "x")
        elif move == "hear":
            client.deliver_published()
        elif move == "miss":
            client.deliver_published(lambda event: chance.random() < 0.5)
        elif move == "up":
            client.deliver_up()
        elif move == "down":
            client.deliver_down()
        elif move == "lose":
            client.cut()
            client.perform(client.session.lost("cut", client.now))
        elif move == "wait":
            client.wait(0.5)
        elif move == "restore":
            lives += 1
            kept = chance.randint(6, len(client.broker.rooms["lobby"]))
            restore(client, kept, epoch=f"epoch-{lives}")
        else:
            handled = handle_all(client, handled)
            if move == "restart":
                told = handled
                client.cut()
                client = Client(client.broker, replica=client.replica, **EVERYTHING)
        now = told + told_now(client)
        assert len(now) == len(set(now)), "nothing twice"
    client.wait(200.0)
    now = told + told_now(client)
    assert [one for one in now if one in set(log(client))] == log(client)[6:]
    assert len(now) == len(set(now))
    assert all(log(client)[event.seq - 1] == event.id for event in held(client, client.broker.epoch))


def told_now(client: Client) -> list[str]:
    return [event.id for notice in client.notices(notices.Arrived) for event in notice.events]


def handle_all(client: Client, before: list[str]) -> list[str]:
    """The program handles all that it was told; returns what it has handled in all its runs."""
    handled = list(before)
    for notice in client.notices(notices.Arrived):
        for event in notice.events:
            if event.id not in handled:
                handled.append(event.id)
                client.post(commands.Handled(room="lobby", seq=event.seq, epoch=notice.epoch))
    return handled
