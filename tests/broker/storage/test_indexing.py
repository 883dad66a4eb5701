"""The index of the search, as it goes along behind the log."""

import contextlib

import apsw
import pytest
from loggia.broker.storage import data_dir, indexing, search_index
from loggia.broker.storage.indexing import Indexing
from loggia.shared.protocol.answers import FoundAnswer
from loggia.shared.protocol.requests import Delete, Edit, Message

from tests.broker.house import House
from tests.broker.storage.searches import all_pages, places, search, settle, texts


def test_a_cursor_stays_right_while_more_is_said(searched, small):
    for number in range(100):
        searched.say("ada", f"{number:04}", f"tea {number}")
    settle(searched)
    seen, cursor, number = [], None, 100
    while True:
        answer = search(searched, "tea", limit=9, cursor=cursor)
        seen += texts(answer)
        if (cursor := answer.cursor) is None:
            break
        for _ in range(20):
            searched.say("ada", f"{number:04}", f"tea {number}")
            number += 1
    assert seen == [f"tea {number}" for number in range(99, -1, -1)]


def test_a_cursor_stays_right_over_a_restart_and_an_index_that_is_made_again(searched, small):
    for number in range(100):
        searched.say("ada", f"{number:04}", f"tea {number}")
    settle(searched)
    first = search(searched, "tea", limit=30)
    searched.index.again()
    searched.restart()
    searched.join("bob", "bob", token="token-2")
    settle(searched)
    hits = all_pages(searched, "tea", cursor=first.cursor)
    assert [hit.text for hit in hits] == [f"tea {n}" for n in range(99 - len(first.hits), -1, -1)]


def test_while_it_is_behind_it_says_so(searched, monkeypatch):
    monkeypatch.setattr(indexing, "FRESH_S", 0.0)
    searched.say("ada", "1", "tea")
    assert search(searched, "tea") == FoundAnswer(id="s", hits=[], complete=False)
    settle(searched)
    assert search(searched, "tea").complete


def test_a_step_is_short_and_goes_on_where_the_last_one_ended(searched):
    searched.ask("ada", *[Message(id=f"{n:05}", room="lobby", text=f"tea {n}") for n in range(1000)])
    steps = 0
    while searched.index.step(0.0001):
        steps += 1
        assert steps < 10_000
    assert steps > 5
    assert len(all_pages(searched, "tea", limit=100)) == 1000


def test_after_a_kill_it_goes_on_from_what_it_holds(searched, monkeypatch):
    searched.say("ada", "0", "before")
    settle(searched)
    searched.ask("ada", *[Message(id=f"{n:05}", room="lobby", text=f"tea {n}") for n in range(1000)])
    searched.index.step(0.0)
    for number in range(5):  # dies in the middle of a step, every time a little later
        fails = iter([False] * number + [True] * 100)
        real = search_index.SearchIndex.reached

        def reached(index, upto, fails=fails, real=real):
            real(index, upto)
            if next(fails):
                raise KeyboardInterrupt

        monkeypatch.setattr(search_index.SearchIndex, "reached", reached)
        with pytest.raises(KeyboardInterrupt):
            settle(searched)
        monkeypatch.undo()
        searched.restart()
        searched.join("bob", "bob", token="token-2")
    searched.index.step(0.002)
    searched.restart()
    searched.join("bob", "bob", token="token-2")
    settle(searched)
    assert [hit.text for hit in all_pages(searched, "tea", limit=100)] == [
        f"tea {n}" for n in range(999, -1, -1)
    ]
    assert len(search(searched, "before").hits) == 1


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_bytes(b"no index at all" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:2048] + bytes(4096) + file.read_bytes()[6144:]),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
        lambda file: _execute(file, "PRAGMA user_version = 99"),
        lambda file: _execute(file, "UPDATE meta SET value = 'another' WHERE key = 'epoch'"),
        lambda file: _execute(file, "DROP TABLE blocks"),
        lambda file: _execute(file, "DROP TABLE words_0"),
        lambda file: _execute(file, "DELETE FROM words_0_data"),
        lambda file: _execute(file, "UPDATE rooms SET seq = 99"),
    ],
)
def test_one_that_is_damaged_or_older_or_of_another_log_is_made_again(searched, harm, expect_log):
    searched.say("ada", "1", "tea")
    settle(searched)
    searched.close()
    harm(searched.folder / data_dir.SEARCH)
    expect_log("The index of the search is made anew")
    searched._open()
    searched.join("bob", "bob", token="token-2")
    searched.join("ada", "ada", token="token-1")
    searched.say("ada", "2", "tea, too")
    search(searched, "tea")
    settle(searched)
    assert [hit.text for hit in all_pages(searched, "tea")] == ["tea, too", "tea"]


def _execute(file, sql):
    with contextlib.closing(apsw.Connection(str(file))) as db:
        db.execute(sql)


def test_a_disk_that_refuses_is_tried_again_and_nothing_else_suffers(searched, monkeypatch, expect_log):
    clock = [0.0]
    searched.index._clock = lambda: clock[0]
    searched.say("ada", "1", "tea")

    def full(index, entries):
        raise apsw.FullError("database or disk is full")

    expect_log("The index of the search cannot be written: database or disk is full")
    with monkeypatch.context() as patched:
        patched.setattr(search_index.SearchIndex, "add", full)
        patched.setattr(indexing, "STEP_S", 1.0)
        patched.setattr(indexing, "FRESH_S", 1.0)
        assert not searched.index.step(1.0)
        assert not searched.index.step(1.0)
        assert search(searched, "tea").complete is False
        searched.say("ada", "2", "more tea")
    clock[0] += indexing.REFUSED_S
    searched.index.step(1.0)
    assert texts(search(searched, "tea")) == ["more tea", "tea"]


def _fails_behind(patched, method, times):
    """What the index does in this method is done, and then the disk fails, so many times."""
    real, left = getattr(search_index.SearchIndex, method), [times]

    def failing(index, *given):
        real(index, *given)
        if left[0]:
            left[0] -= 1
            raise apsw.IOError("disk I/O error")

    patched.setattr(search_index.SearchIndex, method, failing)


@pytest.mark.parametrize("loads_fail", [0, 1, 2, 5])
def test_a_disk_that_fails_while_it_is_looked_at_what_failed(
    searched, small, monkeypatch, expect_log, loads_fail
):
    """What was in memory only is neither sought, nor said to be there, nor gone on from."""
    clock = [0.0]
    searched.index._clock = lambda: clock[0]
    searched.say("ada", "0", "tea")
    assert searched.index.step(1.0)
    searched.ask("ada", *[Message(id=f"{n:05}", room="lobby", text=f"tea {n}") for n in range(200)])
    expect_log("The index of the search cannot be written: disk I/O error")
    _fails_behind(monkeypatch, "reached", times=1)
    _fails_behind(monkeypatch, "load", times=loads_fail)
    assert not searched.index.step(1.0)
    for looked in range(6):
        answer = search(searched, "tea")
        assert not answer.complete
        assert texts(answer) == (["tea"] if looked >= loads_fail else [])
    clock[0] += indexing.REFUSED_S
    settle(searched)
    assert search(searched, "tea").complete
    assert [hit.text for hit in all_pages(searched, "tea", limit=100)] == [
        *(f"tea {n}" for n in range(199, -1, -1)),
        "tea",
    ]
    assert searched.index._index.count == 201


def test_what_was_deleted_is_in_no_file_though_the_disk_failed_when_the_wal_was_emptied(
    searched, monkeypatch, expect_log
):
    clock = [0.0]
    searched.index._clock = lambda: clock[0]
    seq = searched.say("ada", "1", "zebraquux").seq
    settle(searched)
    searched.ask("ada", Delete(id="2", room="lobby", seq=seq))

    def full(index):
        raise apsw.FullError("database or disk is full")

    expect_log("The index of the search cannot be written: ")
    with monkeypatch.context() as patched:
        patched.setattr(search_index.SearchIndex, "_empty_wal", full)
        settle(searched)
    assert searched.index._wipes
    clock[0] += indexing.REFUSED_S
    settle(searched)
    assert not searched.index._wipes
    assert b"zebraquux" not in b"".join(file.read_bytes() for file in searched.folder.glob("search.db*"))


def test_the_key_of_a_word_that_is_gone_is_in_no_file(searched, small):
    for number in range(300):
        text = f"zugspitze{number} tea" if number in (3, 70, 299) else f"word{number} tea"
        searched.say("ada", f"{number:04}", text)
    settle(searched)
    index, folder = searched.index._index, searched.folder

    def kept():
        return b"".join(file.read_bytes() for file in folder.glob("search.db*"))

    assert b"zugspitze3" in kept()
    with index.writing():
        for doc in (3, 70, 299):
            index.change(doc, None)
        index.change(100, "montblanc")
    assert not searched.index.is_complete
    settle(searched)
    assert searched.index.is_complete
    assert b"zugspitze" not in kept()
    assert b"montblanc" in kept()
    assert list(index.docs('"word100"', 1, 64, 127)) == []
    assert list(index.docs('"montblanc"', 1, 64, 127)) == [100]
    assert list(index.docs('"word101"', 1, 64, 127)) == [101]
    assert list(index.docs('"tea"', 0, 0, 63)) == [doc for doc in range(63, -1, -1) if doc != 3]


def test_an_edited_message_is_found_by_its_new_text_only_and_a_deleted_one_by_none(searched, small):
    seqs = [searched.say("ada", f"{number:04}", f"word{number} tea").seq for number in range(150)]
    settle(searched)
    searched.ask_one("ada", Edit(id="e1", room="lobby", seq=seqs[7], text="coffee"))
    searched.ask_one("ada", Edit(id="e2", room="lobby", seq=seqs[7], text="cocoa"))
    searched.ask_one("ada", Edit(id="e3", room="lobby", seq=seqs[100], text="milk"))
    searched.ask_one("ada", Delete(id="d1", room="lobby", seq=seqs[100]))
    searched.ask_one("ada", Delete(id="d2", room="lobby", seq=seqs[149]))
    assert texts(search(searched, "word7")) == texts(search(searched, "word100")) == []
    settle(searched)
    for _ in range(2):
        assert search(searched, "cocoa").complete
        assert places(search(searched, "cocoa")) == [("lobby", seqs[7])]
        for gone in ("word7", "coffee", "word100", "milk", "word149"):
            assert search(searched, gone).hits == [], gone
            kept = b"".join(file.read_bytes() for file in searched.folder.glob("search.db*"))
            assert gone.encode() not in kept or gone == "word7", gone  # word70 begins with it
        assert len(all_pages(searched, "tea")) == 147
        searched.index.again()
        settle(searched)


def test_of_what_was_changed_before_it_came_into_the_index_nothing_is_looked_for(searched, small):
    seqs = [searched.say("ada", f"{number:04}", f"word{number} tea").seq for number in range(100)]
    searched.ask_one("ada", Edit(id="e1", room="lobby", seq=seqs[7], text="cocoa"))
    while not searched.index.is_complete:
        searched.index.step()
        assert searched.index._index.stale == 0
    assert places(search(searched, "cocoa")) == [("lobby", seqs[7])]


def test_full_volumes_become_one_piece(searched, small):
    for number in range(200):
        searched.say("ada", f"{number:04}", f"word{number} tea")
        searched.index.step()
    settle(searched)
    db = searched.index._index._db
    assert list(db.execute("SELECT number, merged FROM volumes")) == [(0, 1), (1, 1), (2, 1)]
    for volume in range(3):
        assert len(set(db.execute(f"SELECT segid FROM words_{volume}_idx"))) == 1


def test_where_the_file_cannot_be_made_the_broker_serves(tmp_path, expect_log):
    with contextlib.closing(House(tmp_path / "data")) as house:
        (house.folder / data_dir.SEARCH).mkdir()
        expect_log("The index of the search cannot be written")
        with contextlib.closing(Indexing(house.folder, house.log)) as index:
            assert not index.step()


def test_an_index_that_is_opened_late_is_gone_on_with(searched, monkeypatch, expect_log):
    """A disk that refused it at the start does not make the same be indexed twice."""
    for number in range(5):
        searched.say("ada", f"{number:04}", f"pear {number}")
    settle(searched)

    def refuse(*_):
        raise apsw.BusyError("another program holds it")

    with monkeypatch.context() as patch:
        patch.setattr(indexing, "SearchIndex", refuse)
        searched.restart()
    expect_log("WARNING: The index of the search cannot be written")
    searched.join("bob", "bob", token="token-2")
    searched.index._refused_until = 0.0
    settle(searched)
    assert searched.index._index.count == 5
    assert len(all_pages(searched, "pear")) == 5


def test_what_was_deleted_before_a_crash_is_in_no_file_behind_the_next_end(searched):
    seq = searched.say("ada", "1", "zebraquux").seq
    searched.say("ada", "2", "tea")
    settle(searched)
    searched.ask("ada", Delete(id="3", room="lobby", seq=seq))
    searched.restart()  # what was stored last is not in it
    searched.close()
    assert b"zebraquux" not in b"".join(file.read_bytes() for file in searched.folder.glob("search.db*"))


def test_few_long_texts_are_taken_at_once(searched):
    texts = ["".join(chr(0x4E00 + (number * 7 + at) % 500) for at in range(5000)) for number in range(32)]
    searched.ask("ada", *[Message(id=f"{n:04}", room="lobby", text=text) for n, text in enumerate(texts)])
    taken = list(searched.index._taken(float("inf")))
    assert sum(said.op == "message" for _, said in taken) == 1


def test_what_is_deleted_goes_from_the_index_though_people_talk_on(searched):
    seq = searched.say("ada", "0", "zebraquux").seq
    settle(searched)
    searched.ask("ada", Delete(id="00", room="lobby", seq=seq))
    for number in range(20):
        searched.say("ada", f"{number:04}", "tea")
        searched.index.step()
    assert searched.index._index.stale == 0
