"""A log that was restored: what waits to be sent, and what bots answer."""

import pathlib
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica

from tests.shared.client.sync.restoring import EVERYTHING, answer, answers, asked, joined, restore, say
from tests.shared.client.wired import Client

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
    assert len(client.updates(updates.Delivered)) == 3
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


def ask_again(client: Client, question: dict[str, Any]) -> None:
    """In the new life, by whoever still has it in the outbox."""
    again = client.broker.say("lobby", "?", id=question["id"])
    assert (again["seq"], again["account"]) == (question["seq"], question["account"])
    client._heard = len(client.broker.published)


# -- Responses of a bot --------------------------------------------------------------------------


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
    (renamed,) = [told for told in client.updates(updates.Waiting) if told.was]
    assert (renamed.was, renamed.say.text) == (behind.id, "waited")
    assert renamed.say.id != behind.id
    assert [text for text, _ in answers(client)] == ["before", "waited", "behind"]
    delivered = [told.id for told in client.updates(updates.Delivered)]
    assert delivered[:2] == [before, renamed.say.id]
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
    first, second = client.updates(updates.Failed)
    (renamed,) = [told for told in client.updates(updates.Waiting) if told.was]
    assert (renamed.was, renamed.say.id) == (first.id, second.id)
    assert answers(client) == [("now", 5)]


def test_a_reply_of_a_person_to_what_is_gone_keeps_its_id() -> None:
    client = joined(before=3)
    question = asked(client)
    client.post(commands.Say(id="m1", room="lobby", text="words", reply_to=question["seq"]))
    restore(client, kept=4)
    client.wait(2.0)
    assert answers(client) == [("words", None)]
    assert [told.id for told in client.updates(updates.Delivered)] == ["m1"]
    waiting = [(told.say.id, told.say.reply_to, told.was) for told in client.updates(updates.Waiting)]
    assert waiting == [("m1", question["seq"], ""), ("m1", None, "")]
