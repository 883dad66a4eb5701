"""What may happen around private rooms: they are made, people come, are shown out and go, strangers pry.

Who does something may have no right to it: that is refused. In the caller's thread.
"""

from loggia.shared.client import commands
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Create,
    Delete,
    Direct,
    Edit,
    History,
    Invite,
    Kick,
    Members,
    Mute,
    Ping,
    React,
    Read,
    ReopenRoom,
    Rooms,
    SetRole,
    SetStatus,
    SetSubject,
    Typing,
    Unban,
    Unmute,
)

from tests.simulation.clients import Client
from tests.simulation.world import World

UNUSED = "%" + "z" * 28  # a name that a broker could give, and never did


def make_a_private_room(world: World) -> None:
    client = world.chance.choice(world.clients)
    if client.run is not None:
        client.run.ask(Create(id="-", room=f"den {client.number}", private=True))


def talk_to_some(world: World) -> None:
    client = world.chance.choice(world.clients)
    others = world.chance.sample(world.clients, world.chance.choice([1, 1, 2]))
    if client.run is not None:
        client.run.ask(Direct(id="-", people=[other.nick for other in others]))


def invite(world: World) -> None:
    member, room, other = _member(world)
    if member is not None:
        member.run.ask(Invite(id="-", room=room, who=other.nick))


def kick(world: World) -> None:
    member, room, other = _member(world)
    if member is not None:
        member.run.ask(Kick(id="-", room=room, who=other.nick, reason="out"))


def revolve(world: World) -> None:
    """Somebody is shown out and let in, while all talk."""
    member, room, other = _member(world)
    if member is None:
        return
    for _ in range(world.chance.randint(1, 3)):
        for request in (Kick(id="-", room=room, who=other.nick), Invite(id="-", room=room, who=other.nick)):
            member.run.ask(request)
            for client in world.clients:
                if room in client.rooms_now:
                    client.speak(room)


def leave_a_private_room(world: World) -> None:
    member, room, _ = _member(world)
    if member is not None and room in member.run.entered:
        member.run.post(commands.LeaveRoom(room=room))


def run_a_private_room(world: World) -> None:
    chance = world.chance
    member, room, other = _member(world)
    if member is None:
        return
    about = {"id": "-", "room": room, "who": other.nick}
    requests = [
        Ban(**about),
        Unban(**about),
        Mute(**about),
        Unmute(**about),
        SetRole(**about, role="guest"),
        CloseRoom(id="-", room=room),
        ReopenRoom(id="-", room=room),
        SetSubject(id="-", room=room, subject="tea"),
        Configure(id="-", room=room, title=f"den {other.number}"),
        Configure(id="-", room=room, announce=chance.random() < 0.5),
        Configure(id="-", room=room, slow_s=chance.choice([0, 1])),
    ]
    for request in chance.sample(requests, 5):
        member.run.ask(request)


def say_how_one_is(world: World) -> None:
    client = world.chance.choice(world.clients)
    if client.run is not None:
        client.run.ask(SetStatus(id="-", text=client.new_text()))


def give_a_role(world: World) -> None:
    """Also in rooms that all can come into; and there everybody may write."""
    chance = world.chance
    client, other = chance.choice(world.clients), chance.choice([*world.clients])
    room, role = client.some_room, chance.choice(["owner", "moderator", "member"])
    if client.run is not None:
        client.run.ask(SetRole(id="-", room=room, who=other.nick, role=role))


def pry(world: World) -> None:
    """Whoever asks, asks for a private room; most often he is in none."""
    chance = world.chance
    client, room = chance.choice(world.clients), chance.choice([UNUSED, *_private_rooms(world)])
    run = client.run
    if run is None:
        return
    what, seq = chance.random(), chance.randint(1, 8)
    if what < 0.2:
        run.post(commands.Enter(room=room))
    elif what < 0.3:
        client.speak(room)
    elif what < 0.6:
        requests = [
            Edit(id="-", room=room, seq=seq, text=client.new_text()),
            Delete(id="-", room=room, seq=seq),
            React(id="-", room=room, seq=seq, emoji="+"),
            Invite(id="-", room=room, who=client.nick),
            Kick(id="-", room=room, who=chance.choice(world.clients).nick),
            SetSubject(id="-", room=room, subject="mine"),
        ]
        run.ask(chance.choice(requests))
    elif run.connection is not None:  # as no program of ours does
        requests = [
            History(id=run.new_id(), room=room),
            Members(id=run.new_id(), room=room),
            Read(id=run.new_id(), room=room, seq=seq),
            Ping(id=run.new_id(), cursors={room: 0}),
            Typing(id=run.new_id(), room=room),
            Rooms(id=run.new_id()),
        ]
        run.connection.send_up(encode(chance.sample(requests, 3)))


MEETINGS = [
    make_a_private_room,
    make_a_private_room,
    talk_to_some,
    invite,
    invite,
    kick,
    revolve,
    leave_a_private_room,
    run_a_private_room,
    run_a_private_room,
    give_a_role,
    say_how_one_is,
    pry,
]


def _private_rooms(world: World) -> list[str]:
    """Of all lives of the log."""
    logs = world.ledger.logs.values()
    return sorted({name for rooms in logs for name, log in rooms.items() if log.is_private})


def _member(world: World) -> tuple[Client | None, str, Client]:
    """Somebody who is in a private room, often who made it; and somebody."""
    chance = world.chance
    other = chance.choice(world.clients)
    logs = world.ledger.logs[world.ledger.epoch]
    rooms = [name for name in sorted(logs) if logs[name].is_private]
    if not rooms:
        return None, "", other
    room = chance.choice(rooms)
    here = [client for client in world.clients if room in client.rooms_now]
    made = [client for client in here if client.run and client.run.account == logs[room].events[0].account]
    some = [client for client in (made if made and chance.random() < 0.7 else here) if client.run]
    return (chance.choice(some) if some else None), room, other
