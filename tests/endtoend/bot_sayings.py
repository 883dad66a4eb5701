"""What bots say in a room and who came and went, waited for."""

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker


def joined(broker: Broker, nick: str, count: int, says: str = "joined lobby") -> None:
    """Wait until the broker has said this of it so often."""
    after = 0
    for _ in range(count):
        line = broker.process.wait_for(f"^{nick} {says}.*", after=after)[0]
        after = broker.process.lines.index(line, after) + 1


def left(broker: Broker, nick: str, count: int) -> None:
    """Wait until it has said goodbye so often."""
    joined(broker, nick, count, r"left lobby \(end\)")


def texts(raw: Raw, nick: str) -> list[str]:
    return [event["text"] for event in raw.log() if event["op"] == "message" and event["nick"] == nick]
