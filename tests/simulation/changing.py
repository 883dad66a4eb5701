"""What may happen to what was said: it is edited, deleted, answered in a thread, gets signs and is pinned.

Whoever does it may not be allowed to, or be too late: that is refused. In the caller's thread.
"""

from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.requests import Delete, Edit, MessageChange, Pin, React

from tests.simulation.clients import Client
from tests.simulation.world import World

SIGNS = ["+", "-", "well-done"]


def edit(world: World) -> None:
    _change(world, _edited)


def delete(world: World) -> None:
    _change(world, _deleted)


def react(world: World) -> None:
    _change(world, _reacted)


def pin(world: World) -> None:
    _change(world, _pinned)


def fuss_over_a_message(world: World) -> None:
    """Several change one at the same time."""
    client, room, seq = _some_message(world)
    for _ in range(world.chance.randint(3, 8)):
        kind = world.chance.choice([_edited, _reacted, _reacted, _pinned, _deleted])
        other = world.chance.choice([client, *world.clients])
        if room in other.rooms_now:
            _ask(other, kind(other, room, seq))


def speak_in_a_thread(world: World) -> None:
    client, room, seq = _some_message(world)
    if client.run is not None and seq > 0:
        client.run.say(room, client.new_text(), thread=seq)


def think_better_of_it(world: World) -> None:
    """What is said is deleted in the same breath, if nobody comes in between."""
    client, room, _ = _some_message(world)
    client.speak(room)
    log = world.ledger.log_of(room)
    _ask(client, _deleted(client, room, 1 + (log.head if log is not None else 0)))


CHANGES = [edit, delete, react, pin, fuss_over_a_message, speak_in_a_thread, think_better_of_it]


def _change(world: World, kind) -> None:
    client, room, seq = _some_message(world)
    _ask(client, kind(client, room, seq))


def _some_message(world: World) -> tuple[Client, str, int]:
    """Who does something, and to what: most often one of the last messages, and often the own one."""
    chance = world.chance
    client = chance.choice(world.clients)
    room = client.some_room
    log = world.ledger.log_of(room)
    said = [event for event in log.events if isinstance(event, MessageEvent)] if log is not None else []
    mine = [event for event in said if client.run is not None and event.account == client.run.account]
    some = mine if mine and chance.random() < 0.6 else said
    if not some or chance.random() < 0.05:
        return client, room, chance.randint(0, 5)
    return client, room, chance.choice(some[-4:] if chance.random() < 0.7 else some).seq


def _ask(client: Client, request: MessageChange) -> None:
    """Of the life of the log that the client knows; or it thinks of an earlier one."""
    chance, lives = client.chance, sorted(client.ledger.logs)
    if client.run is not None:
        is_old = len(lives) > 1 and chance.random() < 0.3
        client.run.ask(request, chance.choice(lives) if is_old else client.copy.epoch(request.room))


def _edited(client: Client, room: str, seq: int) -> Edit:
    return Edit(id="-", room=room, seq=seq, text=client.new_text())


def _deleted(client: Client, room: str, seq: int) -> Delete:
    return Delete(id="-", room=room, seq=seq)


def _reacted(client: Client, room: str, seq: int) -> React:
    chance = client.chance
    return React(id="-", room=room, seq=seq, emoji=chance.choice(SIGNS), on=chance.random() < 0.7)


def _pinned(client: Client, room: str, seq: int) -> Pin:
    return Pin(id="-", room=room, seq=seq, on=client.chance.random() < 0.7)
