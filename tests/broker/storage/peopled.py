"""A log in which two people say much in two rooms."""

import contextlib

from loggia.shared.protocol.limits import LOBBY

from tests.broker.house import House

LONG = "x" * 400


@contextlib.contextmanager
def peopled(folder):
    """A house where ada and bob are in the lobby, and ada in a lab."""
    house = House(folder)
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    house.join("ada", room="lab")
    yield house
    house.close()


def says_much(house, room=LOBBY, count=600, text=LONG):
    """One message a turn: rows of their own."""
    for number in range(count):
        house.say("ada", f"{room}-{number:06d}", text, room)
