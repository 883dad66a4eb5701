"""Much that was said in a log, and what is asked for again behind damage."""

from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Members, Message


def says_much(house, room=LOBBY, count=600):
    for number in range(count):
        house.say("ada", f"{room}-{number:06d}", "x" * 400, room)


def resend(room=LOBBY):
    """Stored under this id long ago; the broker has to look into a damaged row to see it."""
    return Message(id=f"{room}-000300", room=room, text="again")


def nicks(house, key="bob", room=LOBBY):
    members = house.ask_one(key, Members(id="members", room=room)).members
    return sorted(member.nick for member in members)
