"""Messages by their numbers, and how it looks when nothing happened."""

from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message


def frame(*numbers, room=LOBBY):
    return [Message(id=f"{number:04}", room=room, text=str(number)) for number in numbers]


def assert_nothing_happened(house):
    assert house.published == []
    assert house.news == []
    assert house.texts() == ["before"]
