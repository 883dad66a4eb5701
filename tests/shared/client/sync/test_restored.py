"""A log that was restored: what is kept of before, and what is told."""

import json
import pathlib
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.replica import Replica

from tests.shared.client.sync.restoring import EVERYTHING, held, joined, log, restore, say, void
from tests.shared.client.wired import Client

# -- The copy of before ------------------------------------------------------------------------


def test_the_copy_of_before_is_kept_and_can_be_read_now_and_later(tmp_path: pathlib.Path) -> None:
    client = joined(before=5, replica=Replica(tmp_path / "a.db"))
    say(client, "of the old life")
    client.step()
    restore(client, kept=4)
    client.wait(1.0)
    old = void(client).old
    assert (old.room, old.epoch, old.words, void(client).head) == ("lobby", "epoch-1", "1 to 7", 5)
    client.post(commands.ReadArchived(room="lobby", epoch="epoch-1", after=5))
    (read,) = client.updates(updates.ArchivedEntries)
    assert [event.seq for event in read.events] == [6, 7]
    assert getattr(read.events[-1], "text", "") == "of the old life"
    client.replica.close()
    later = Client(client.broker, replica=Replica(tmp_path / "a.db"))
    (copies,) = later.updates(updates.ArchivedCopies)
    assert copies.copies == [old]
    later.post(commands.ReadArchived(room="lobby", epoch="epoch-1", limit=3))
    assert [event.seq for event in later.updates(updates.ArchivedEntries)[0].events] == [1, 2, 3]
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
    client.post(commands.ReadArchived(room="lobby", epoch=old.epoch, after=6))
    assert [getattr(event, "text", "") for event in client.updates(updates.ArchivedEntries)[0].events] == [
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
    assert client.session._sync.is_unsettled("lobby")
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    client.wait(2.0)
    assert client.texts() == ["kept", "gone", "gone", "gone", "new"]
    assert len(client.updates(updates.VoidCopy)) == 1


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
