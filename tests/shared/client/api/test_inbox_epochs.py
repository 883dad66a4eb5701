"""Which of two entries with the same number a program means."""

from loggia.shared.client.api.inbox import Epochs
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.protocol.events import MessageEvent


def entry(seq: int, id: str, room: str = "lobby") -> MessageEvent:
    return MessageEvent(room=room, seq=seq, at=7, nick="zoe", account="z", id=id, text="")


def test_all_is_of_the_present_life_until_one_ends() -> None:
    lives = Epochs()
    lives.told("lobby", [entry(5, "a")])
    assert lives.of(entry(5, "a")) == ""


def test_the_same_number_in_two_lives() -> None:
    lives = Epochs()
    lives.ended(ArchivedCopy(room="lobby", epoch="one", spans=[(1, 3), (5, 9)]))
    lives.told("lobby", [entry(8, "new"), entry(10, "newest")])
    assert lives.of(entry(8, "old")) == "one"
    assert lives.of(entry(8, "new")) == ""
    assert lives.of(entry(10, "newest")) == ""
    assert lives.of(entry(4, "long ago")) == "one"
    assert lives.of(entry(8, "old", room="lab")) == ""


def test_the_present_life_has_its_name_too() -> None:
    """It may be over before what the program wants is heard."""
    lives = Epochs()
    lives.told("lobby", [entry(5, "a")], "one")
    assert lives.of(entry(5, "a")) == "one"
    assert lives.of(entry(5, "a", room="lab")) == ""
    lives.ended(ArchivedCopy(room="lobby", epoch="one", spans=[(1, 5)]))
    lives.told("lobby", [entry(5, "b")], "two")
    assert [lives.of(entry(5, "a")), lives.of(entry(5, "b")), lives.of(entry(6, "c"))] == [
        "one",
        "two",
        "two",
    ]


def test_what_is_remembered_is_bounded_by_what_was_lost() -> None:
    lives = Epochs()
    lives.ended(ArchivedCopy(room="lobby", epoch="one", spans=[(1, 9)]))
    lives.told("lobby", [entry(seq, f"{seq}") for seq in range(8, 1000)])
    assert set(lives._rooms["lobby"][-1].ids) == {8, 9}


def test_an_entry_outlives_many_lives() -> None:
    """A slow handler still has it while the log is lost and another one is put back, and again."""
    lives = Epochs()
    lives.told("lobby", [entry(7, "first")], "one")
    lives.ended(ArchivedCopy(room="lobby", epoch="one", spans=[(1, 7)]))
    lives.told("lobby", [entry(2, "second"), entry(9, "of the second")], "two")
    lives.ended(ArchivedCopy(room="lobby", epoch="two", spans=[(1, 9)]))
    lives.told("lobby", [entry(7, "third"), entry(9, "of the third")], "three")
    lives.ended(ArchivedCopy(room="lobby", epoch="three", spans=[(8, 7)]))
    lives.told("lobby", [entry(7, "now"), entry(10, "newest")], "four")
    told = ["first", "third", "now"]
    assert [lives.of(entry(7, id)) for id in told] == ["one", "three", "four"]
    assert lives.of(entry(2, "second")) == "two"
    assert [lives.of(entry(9, id)) for id in ("of the second", "of the third")] == ["two", "three"]
    assert lives.of(entry(10, "newest")) == "four"
