"""One message, and then a wait, where a room is slow."""

from loggia.broker.sessions import slow_mode
from loggia.broker.sessions.slow_mode import SlowMode
from loggia.shared.protocol.requests import Configure, End, Message


def test_each_waits_in_each_room_by_himself():
    slow = SlowMode()
    assert slow.speak("lab", "ada", 30, 0.0) == 0
    assert slow.speak("lab", "ada", 30, 10.0) == 20_000
    assert slow.speak("lab", "bob", 30, 10.0) == 0
    assert slow.speak("den", "ada", 30, 10.0) == 0
    assert slow.speak("lab", "ada", 30, 30.0) == 0
    assert slow.speak("lab", "ada", 30, 59.9999) == 1


def test_a_room_that_became_faster_is_faster_for_who_waits():
    slow = SlowMode()
    slow.speak("lab", "ada", 600, 0.0)
    assert slow.speak("lab", "ada", 5, 0.0) == 5000
    assert slow.speak("lab", "ada", 5, 4.0) == 1000
    assert slow.speak("lab", "ada", 5, 5.0) == 0


def test_who_need_not_wait_is_forgotten(monkeypatch):
    monkeypatch.setattr(slow_mode, "LOOK_FOR_OVER", 10)
    slow = SlowMode()
    for number in range(100):
        slow.speak("lab", f"a{number}", 1, float(number))
    assert len(slow._spoke) <= 11


def test_nobody_gains_by_coming_in_again(house):
    house.join("ada", "ada")
    token = house.join("bob", "bob").token
    house.ask_one("ada", Configure(id="1", room="lobby", slow_s=600))
    house.ask_one("bob", Message(id="1", room="lobby", text="one"))
    house.refuses("bob", Message(id="2", room="lobby", text="two"), "slow_down")
    house.ask_one("bob", End(id="3"))
    house.join("bob", token=token)
    house.refuses("bob", Message(id="4", room="lobby", text="three"), "slow_down")
    assert house.ask_one("ada", Message(id="2", room="lobby", text="mine")).seq
