"""What is found, and told, when a log is searched."""

import contextlib
import random

import pytest
from loggia.broker.core.words import Terms, fold, has_link
from loggia.broker.storage import indexing
from loggia.shared.protocol.answers import FoundAnswer
from loggia.shared.protocol.requests import Ban, Search

from tests.broker.core.test_words import chars
from tests.broker.house import House
from tests.broker.storage.searches import all_pages, search, settle, texts


def test_what_was_said_is_found_with_where_and_who_and_marks(searched):
    stored = searched.say("ada", "1", "Hello, World! https://example.com")
    (hit,) = search(searched, "world hello").hits
    assert (hit.room, hit.seq, hit.at, hit.nick, hit.account) == (
        "lobby",
        stored.seq,
        stored.at,
        "ada",
        "account-1",
    )
    assert (hit.text, hit.marks) == ("Hello, World! https://example.com", [(0, 5), (7, 12)])
    answer = search(searched, "nobody")
    assert (answer.hits, answer.cursor, answer.complete) == ([], None, True)


def test_all_rooms_the_newest_first_and_one_room(searched):
    searched.join("ada", room="lab")
    for number in range(6):
        searched.say("ada", f"{number}", f"tea {number}", ["lobby", "lab"][number % 2])
        searched.passes(1)
    assert texts(search(searched, "tea")) == [f"tea {number}" for number in range(5, -1, -1)]
    assert texts(search(searched, "tea", room="lab")) == ["tea 5", "tea 3", "tea 1"]
    searched.refuses("bob", Search(id="s", room="LAB"), "no_such_room")


def test_by_whom_with_a_link_and_when(searched):
    searched.join("eva", "Éva")
    first = searched.say("ada", "1", "tea")
    searched.passes(1)
    second = searched.say("eva", "1", "tea https://a.b")
    searched.passes(1)
    searched.say("bob", "1", "coffee")
    assert texts(search(searched)) == ["coffee", "tea https://a.b", "tea"]
    ask = {
        "ada": ["tea"],
        "account-1": ["tea"],
        "éva": ["tea https://a.b"],
        "EVA": ["tea https://a.b"],
        "eve": [],
    }
    for whose, expected in ask.items():
        answer = searched.ask_one("bob", Search(id="s", who=whose))
        assert texts(answer) == expected, whose
    assert texts(search(searched, has="link")) == ["tea https://a.b"]
    assert texts(search(searched, has="file")) == []
    assert texts(search(searched, since=second.at)) == ["coffee", "tea https://a.b"]
    assert texts(search(searched, until=first.at)) == ["tea"]
    assert texts(search(searched, since=second.at, until=second.at)) == ["tea https://a.b"]
    assert texts(search(searched, since=second.at, until=first.at)) == []
    assert texts(search(searched, "tea", since=first.at + 1, has="link", room="lobby")) == ["tea https://a.b"]


def test_a_room_that_is_not_there_and_one_that_does_not_let_one_in(searched):
    searched.say("ada", "1", "tea")
    searched.ask_one("ada", Ban(id="b", room="lobby", who="bob"))
    searched.refuses("bob", Search(id="s", text="tea", room="lobby"), "banned")
    searched.refuses("bob", Search(id="s", text="tea", room="nowhere"), "no_such_room")
    assert search(searched, "tea").hits == []
    assert len(search(searched, "tea", who="ada").hits) == 1


def test_who_has_no_session_is_told_so(searched):
    searched.refuses("stranger", Search(id="s", text="tea"), "no_session")


@pytest.mark.parametrize("cursor", ["", "x", "00", "ab" * 32, "é" * 64])
def test_a_cursor_that_is_none(searched, cursor):
    searched.say("ada", "1", "tea")
    searched.refuses("bob", Search(id="s", text="tea", cursor=cursor), "bad_request")


def test_a_text_longer_than_any_message(searched):
    searched.refuses("bob", Search(id="s", text="é" * 10_000), "too_large")


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_a_look_at_every_message_finds(searched, small, seed):
    chance = random.Random(seed)
    for room in ("lab", "café", "日本"):
        searched.join("ada", room=room)
        searched.join("bob", room=room)
    said = []
    for number in range(300):
        who, room = chance.choice(["ada", "bob"]), chance.choice(["lobby", "lab", "café", "日本"])
        text = chars(chance, chance.randint(1, 25)).replace("\u200b", "") or "x"
        if chance.random() < 0.1:
            text += " https://a.b"
        stored = searched.say(who, f"{number:04}", text, room)
        said.append((who, room, stored.seq, stored.at, text))
        searched.passes(0.001)
        if chance.random() < 0.2:
            searched.passes(chance.random())
        if chance.random() < 0.02:
            searched.restart()
            searched.join("ada", "ada", token="token-1")
            searched.join("bob", "bob", token="token-2")
    settle(searched)
    for _ in range(60):
        text = chance.choice(said)[4]
        begin = chance.randrange(len(text))
        asked = text[begin : begin + chance.randint(1, 5)] + chance.choice(["", "*"])
        asked = chance.choice([asked, f'"{asked}"', asked + " " + chance.choice(said)[4][:2], ""])
        more = {}
        if chance.random() < 0.3:
            more["room"] = chance.choice(["lobby", "lab", "café", "日本"])
        if chance.random() < 0.3:
            more["since"] = chance.choice(said)[3]
        if chance.random() < 0.3:
            more["until"] = chance.choice(said)[3]
        if chance.random() < 0.2:
            more["has"] = "link"
        wanted = Terms(asked)
        expected = [
            (room, seq, wanted.marks(text))
            for who, room, seq, at, text in reversed(said)
            if wanted.marks(text) is not None
            and more.get("room", room) == room
            and more.get("since", at) <= at <= more.get("until", at)
            and ("has" not in more or has_link(text))
        ]
        hits = all_pages(searched, asked, limit=chance.randint(1, 20), **more)
        assert [(hit.room, hit.seq, hit.marks) for hit in hits] == expected, asked


@pytest.mark.parametrize(
    "asked",
    [
        '"' * 10_000,
        "* " * 5000,
        "a* " * 3333,
        "e* t* a* o*",
        '"a" OR ("b" NEAR',
        "e\u0301" * 5000,
        "\u6771" * 5000,
    ],
)
def test_whatever_is_asked_it_ends_soon_and_says_where_to_go_on(searched, small, monkeypatch, asked):
    """A clock that runs away: each look at it is one ms."""
    for number in range(300):
        searched.say("ada", f"{number:04}", "to be or not to be, that is a question of taste")
    settle(searched)
    looked = [0.0]

    def clock():
        looked[0] += 0.001
        return looked[0]

    searched.index._clock = clock
    answer = search(searched, asked)
    assert looked[0] < 0.2
    assert all(hit.marks for hit in answer.hits)


def test_a_search_that_would_take_long_gives_what_there_is_and_goes_on(searched, small, monkeypatch):
    for number in range(300):
        searched.say("ada", f"{number:04}", "needle" if number % 100 == 0 else f"be not {number}, not be")
    settle(searched)
    clock = [0.0]
    monkeypatch.setattr(indexing, "ASKED_S", 0.010)

    def tick():
        clock[0] += 0.001
        return clock[0]

    searched.index._clock = tick
    pages, cursor, found = 0, None, 0
    while True:
        answer = search(searched, '"not be"', cursor=cursor, limit=100)
        pages, found, cursor = pages + 1, found + len(answer.hits), answer.cursor
        if cursor is None:
            break
    assert found == 297
    assert pages > 20


def test_long_texts_make_short_pages(searched):
    for number in range(30):
        searched.say("ada", f"{number:04}", "tea " + "x" * 12_000)
    settle(searched)
    answer = search(searched, "tea")
    assert 5 < len(answer.hits) < 15
    assert answer.cursor
    assert len(all_pages(searched, "tea", limit=100)) == 30


def test_fold_of_nicks_is_that_of_words():
    assert fold("ÉVA") == "eva"


def test_without_an_index_nothing_is_found_and_it_is_said_so(tmp_path):
    with contextlib.closing(House(tmp_path / "data")) as house:
        house.join("bob", "bob")
        house.say("bob", "1", "tea")
        assert search(house, "tea") == FoundAnswer(id="s", hits=[], complete=False)
