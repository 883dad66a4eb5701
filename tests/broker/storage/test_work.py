"""What a log has done is counted by its batches, however many were noted since somebody asked."""

import pytest
from loggia.broker.storage.work import Work
from loggia.broker.telemetry.histogram import MOST_NOTED
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Delete, Edit, Message, Pin, React, SetSubject


def done(house):
    return house.log.work.messages, house.log.work.events


def counts(histogram):
    *_, (_, count) = histogram.cumulative()
    return count


def test_a_new_log_has_done_nothing():
    work = Work()
    assert (work.messages, work.events, counts(work.batches), counts(work.commits)) == (0, 0, 0, 0)


def test_messages_are_told_from_who_comes_and_goes(house):
    house.join("ada", "ada")
    assert done(house) == (0, 1)
    house.say("ada", "1")
    assert done(house) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        Edit(id="2", room=LOBBY, seq=2, text="y"),
        React(id="2", room=LOBBY, seq=2, emoji="👍"),
        Pin(id="2", room=LOBBY, seq=2),
        Delete(id="2", room=LOBBY, seq=2),
        SetSubject(id="2", room=LOBBY, subject="us"),
    ],
    ids=lambda change: change.__struct_config__.tag,
)
def test_what_changes_a_message_is_none(house, change):
    house.join("ada", "ada")
    house.say("ada", "1")
    house.ask("ada", change, Message(id="3", room=LOBBY, text="x"))
    assert done(house) == (2, 4)


def test_a_batch_counts_once_and_all_its_events(house):
    house.join("ada", "ada")
    house.join("ada", room="other")
    before = counts(house.log.work.batches)
    rooms = [LOBBY, "other", LOBBY, "other", LOBBY]
    house.ask("ada", *[Message(id=f"{number}", room=room, text="x") for number, room in enumerate(rooms)])
    assert counts(house.log.work.batches) == before + 1
    assert counts(house.log.work.commits) == before + 1
    assert done(house) == (5, 7)
    assert house.log.work.commits.sum > 0


def test_what_is_refused_or_stored_already_is_no_work(house):
    house.join("ada", "ada")
    house.say("ada", "1")
    before = done(house), counts(house.log.work.batches)
    assert house.say("ada", "1").duplicate
    house.refuses("ada", Message(id="2", room="nowhere", text="x"), "no_such_room")
    assert (done(house), counts(house.log.work.batches)) == before


def test_what_failed_was_not_done(house, monkeypatch, expect_log):
    house.join("ada", "ada")
    before = done(house)

    def fails(batch, chains):
        raise RuntimeError("once")

    with monkeypatch.context() as patched:
        patched.setattr(house.log._tables, "write", fails)
        expect_log("A turn failed")
        house.ask("ada", Message(id="1", room=LOBBY, text="x"))
    assert done(house) == before


@pytest.mark.parametrize("count", [MOST_NOTED - 1, MOST_NOTED, 3 * MOST_NOTED + 1])
def test_what_nobody_asks_for_is_counted_all_the_same_and_takes_no_room(house, count):
    house.join("ada", "ada")
    house.say("ada", "1")
    work = Work()
    stored = []
    append = house.log.append
    house.log.append = lambda batch: (stored.append(batch), append(batch))
    house.say("ada", "2")
    for _ in range(count):
        work.committed(stored[0], 0.001)
    assert len(work.batches.noted) + len(work.commits.noted) < 2 * MOST_NOTED
    assert (work.messages, counts(work.commits)) == (count, count)
    assert work.commits.sum == pytest.approx(count * 0.001)
