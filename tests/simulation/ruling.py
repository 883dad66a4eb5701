"""What may happen where rooms lie open to all: people are shown out, banned and muted, rooms are closed.

Who does something may have no right to it: that is refused; and so is what those try against whom it was
done. In the caller's thread.
"""

from typing import get_args

from loggia.shared.client import commands
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Invite,
    Kick,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import Role

from tests.simulation.clients import Client
from tests.simulation.world import ROOMS, World

LONGEST_MS = 20_000  # of what ends by itself


def show_out(world: World) -> None:
    ruler, room, who = _ruler(world)
    if ruler.run is not None:
        ruler.run.ask(Kick(id="-", room=room, who=who, reason=ruler.new_text()))


def ban(world: World) -> None:
    ruler, room, who = _ruler(world)
    if ruler.run is not None:
        ruler.run.ask(Ban(id="-", room=room, who=who, reason=ruler.new_text(), until=_until(world)))


def mute(world: World) -> None:
    ruler, room, who = _ruler(world)
    if ruler.run is not None:
        ruler.run.ask(Mute(id="-", room=room, who=who, reason=ruler.new_text(), until=_until(world)))


def forgive(world: World) -> None:
    """Those are let in, and may speak, whom somebody put off."""
    ruler, room, _ = _ruler(world)
    log = world.ledger.log_of(room)
    if ruler.run is None or log is None:
        return
    now = log.standings[-1]
    for account in sorted(now.bans):
        ruler.run.ask(Unban(id="-", room=room, who=account, reason="well"))
        if world.chance.random() < 0.5:
            ruler.run.ask(Invite(id="-", room=room, who=account))
    for account in sorted(now.mutes):
        ruler.run.ask(Unmute(id="-", room=room, who=account))


def run_a_room(world: World) -> None:
    chance = world.chance
    ruler, room, who = _ruler(world)
    requests = [
        SetSubject(id="-", room=room, subject=ruler.new_text()),
        SetRole(id="-", room=room, who=who, role=chance.choice(get_args(Role))),
        Configure(id="-", room=room, announce=chance.random() < 0.4),
        Configure(id="-", room=room, slow_s=chance.choice([0, 0, 1, 3])),
    ]
    if ruler.run is not None:
        for request in chance.sample(requests, 2):
            ruler.run.ask(request)


def rise_against_an_owner(world: World) -> None:
    """Who was made a moderator a moment ago does to whoever did that what he may to others; and somebody who
    cannot come back is to have a role."""
    chance, other = world.chance, world.chance.choice(world.clients)
    ruler, room, _ = _ruler(world)
    if ruler.run is None:
        return
    ruler.run.ask(SetRole(id="-", room=room, who=other.nick, role="moderator"))
    if world.visitors:
        ruler.run.ask(SetRole(id="-", room=LOBBY, who=chance.choice(world.visitors).nick, role="member"))
    act = chance.choice([Kick, Ban, Mute])

    def rise() -> None:
        if other.run is not None:
            other.run.ask(act(id="-", room=room, who=ruler.nick))

    world.schedule.after(chance.uniform(0.5, 3.0), rise)


def close_for_a_while(world: World) -> None:
    """All try to say something meanwhile; most often it is opened again."""
    ruler, room, _ = _ruler(world)
    if ruler.run is None:
        return
    ruler.run.ask(CloseRoom(id="-", room=room))
    try_where_one_may_not(world)

    def reopen() -> None:
        if ruler.run is not None:
            ruler.run.ask(ReopenRoom(id="-", room=room))

    if world.chance.random() < 0.8:
        world.schedule.after(world.chance.uniform(0.1, 5.0), reopen)


def try_where_one_may_not(world: World) -> None:
    """Whoever was put off speaks, and would come in, while others talk."""
    room = world.chance.choice(ROOMS)
    for client in world.clients:
        client.speak(room)
        if client.run is not None:
            client.run.post(commands.ShowTyping(room=room))
        if room not in client.rooms_now and world.chance.random() < 0.5 and not client.kind.durable:
            client.enter(room)
    if room == LOBBY:
        for visitor in world.visitors:
            visitor.speak(f"<{visitor.nick}.{len(visitor.typed)}>")


RULES = [
    show_out,
    show_out,
    ban,
    ban,
    mute,
    mute,
    forgive,
    run_a_room,
    rise_against_an_owner,
    close_for_a_while,
    try_where_one_may_not,
    try_where_one_may_not,
]


def _until(world: World) -> int | None:
    chance = world.chance
    return None if chance.random() < 0.3 else world.broker._wall_ms() + chance.randint(1, LONGEST_MS)


def _ruler(world: World) -> tuple[Client, str, str]:
    """Somebody, often one who may; a room, and who it is about: somebody there, or at the front door."""
    chance, ledger = world.chance, world.ledger
    room = chance.choice(ROOMS)
    log = ledger.log_of(room)
    roles = {} if log is None else log.standings[-1].roles
    may = {account for account, role in roles.items() if role in ("moderator", "owner")} | ledger.owners.maybe
    able = [client for client in world.clients if client.account in may]
    ruler = chance.choice(able if able and chance.random() < 0.8 else world.clients)
    if room == LOBBY and world.visitors and chance.random() < 0.2:
        return ruler, room, chance.choice(world.visitors).nick
    return ruler, room, chance.choice(world.clients).nick
