"""What may happen at any moment of a history: what people do, and what goes wrong. In the caller's thread."""

from collections.abc import Callable

from loggia.shared.client import commands

from tests.simulation.network import Weather
from tests.simulation.world import ROOMS, World

WEEK_S = 7 * 24 * 3600.0


# -- What people do ----------------------------------------------------------------------------


def _anybody(world: World):
    return world.chance.choice(world.clients)


def speak(world: World) -> None:
    client = _anybody(world)
    client.speak(client.some_room)


def mean_somebody(world: World) -> None:
    client = _anybody(world)
    client.speak(client.some_room, f"@{_anybody(world).nick} ")


def ask_a_question(world: World) -> None:
    _anybody(world).speak(ROOMS[0], "?")


def flood(world: World) -> None:
    client = _anybody(world)
    for _ in range(world.chance.randint(3, 15)):
        client.speak(client.some_room)


def enter(world: World) -> None:
    _anybody(world).enter(world.chance.choice(ROOMS))


def leave(world: World) -> None:
    client, room = _anybody(world), world.chance.choice(ROOMS[1:])
    if not client.kind.durable:
        if room in client.wanted:
            for _ in range(3):
                client.speak(room)  # it may be on its way still when the room is left
        client.leave(room)


def look_back(world: World) -> None:
    client = _anybody(world)
    if client.run is not None:
        room = client.some_room
        client.run.post(commands.LoadOlder(room=room, limit=world.chance.choice([1, 3, 100])))


def read_along(world: World) -> None:
    client = _anybody(world)
    if client.run is not None:
        room = client.some_room
        client.run.reader.reads(room, client.run.last.get(room, 0))


def type_something(world: World) -> None:
    """It is said in the end, or thought better of."""
    client = _anybody(world)
    room, run = client.some_room, client.run
    if run is None:
        return
    run.post(commands.ShowTyping(room=room))
    what_comes = world.chance.random()
    if what_comes < 0.3:
        world.schedule.after(world.chance.uniform(0.0, 4.0), lambda: client.speak(room))
    elif what_comes < 0.6:
        run.post(commands.ShowTyping(room=room, on=False))


def say_goodbye(world: World) -> None:
    client = _anybody(world)
    if client.run is not None:
        client.run.post(world.chance.choice([commands.Goodbye(), commands.Shut()]))


def take_another_name(world: World) -> None:
    client = _anybody(world)
    client.nick = f"nick{client.number}{world.chance.choice('abcde')}"
    client.die_and_come_back(0.5)


def visit(world: World) -> None:
    world.visit()


def speak_at_the_front_door(world: World) -> None:
    for visitor in world.visitors:
        visitor.speak(f"<{visitor.nick}.{len(visitor.typed)}>")


def leave_the_front_door(world: World) -> None:
    if world.visitors:
        world.chance.choice(world.visitors).goodbye()


TALK = [speak, speak, mean_somebody, ask_a_question, ask_a_question, flood]
TALK += [
    enter,
    look_back,
    type_something,
    read_along,
    read_along,
    visit,
    speak_at_the_front_door,
    speak_at_the_front_door,
]


# -- What goes wrong ---------------------------------------------------------------------------


def _for_a_while(world: World, end: Callable[[], None], longest_s: float = 6.0) -> None:
    world.schedule.after(world.chance.uniform(0.2, longest_s), end)


def cut(world: World) -> None:
    if world.network.connections:
        world.chance.choice(world.network.connections).cut()


def half_open(world: World) -> None:
    if world.network.connections:
        world.chance.choice(world.network.connections).half_open()


def cut_broadcasts(world: World) -> None:
    if world.network.feeds:
        world.chance.choice(world.network.feeds).cut()


def unplug(world: World) -> None:
    client = _anybody(world)
    world.network.unplugged.add(client.number)
    if client.run is not None and client.run.connection is not None:
        client.run.connection.cut()
    _for_a_while(world, lambda: world.network.unplugged.discard(client.number), 20.0)


def bad_weather(world: World) -> None:
    chance = world.chance
    world.network.weather = Weather(
        delay_s=chance.choice([0.001, 0.02, 0.3]),
        stall=chance.choice([0.0, 0.05]),
        pub_loss=chance.choice([0.0, 0.1, 0.5]),
        answer_loss=chance.choice([0.0, 0.0, 0.05, 0.2]),
        queue_frames=chance.choice([1000, 3, 1]),
    )


def program_dies(world: World) -> None:
    _anybody(world).die_and_come_back(world.chance.uniform(0.1, 8.0))


def program_dies_writing(world: World) -> None:
    _anybody(world).copy.dies = world.chance.choice(["before", "after"])


def program_dies_sending(world: World) -> None:
    client = _anybody(world)
    if client.run is not None:
        client.run.dies_sending = world.chance.choice([-1, 1])


def program_says_goodbye(world: World) -> None:
    say_goodbye(world)


def copy_is_full(world: World) -> None:
    copy = _anybody(world).copy
    copy.full = True
    _for_a_while(world, lambda: setattr(copy, "full", False))


def copy_is_restored(world: World) -> None:
    client = _anybody(world)
    client.back_up()
    _for_a_while(world, lambda: client.restore(world.chance.uniform(0.1, 3.0)), 15.0)


def broker_is_killed(world: World) -> None:
    world.broker.down_s = world.chance.choice([0.05, 0.5, 3.0, 45.0])
    world.broker.kill(power=world.chance.random() < 0.4)


def broker_dies_at_its_disk(world: World) -> None:
    world.broker.down_s = world.chance.choice([0.05, 0.5, 3.0])
    world.disk.dies_at = world.disk.operations + world.chance.randint(1, 12)
    world.broker.loses_power = world.chance.random() < 0.5


def broker_dies_telling(world: World) -> None:
    world.broker.dies_after = world.chance.randint(0, 3)


def broker_stops(world: World) -> None:
    world.broker.down_s = world.chance.choice([0.2, 3.0])
    world.broker.stop()


def disk_is_full(world: World) -> None:
    world.disk.full = True
    _for_a_while(world, lambda: setattr(world.disk, "full", False))


def disk_fails_once(world: World) -> None:
    world.disk.fails_at = world.disk.operations + world.chance.randint(1, 10)


def clocks_jump(world: World) -> None:
    jump_ms = world.chance.choice([-86_400_000, -5_000, 3_000, 3_600_000, 400 * 86_400_000])
    if world.chance.random() < 0.5:
        world.broker.wall_jump_ms += jump_ms
    else:
        _anybody(world).wall_jump_ms += jump_ms


def computer_sleeps(world: World) -> None:
    client = _anybody(world)
    client.sleep()
    _for_a_while(world, client.wake, 60.0)


def weeks_pass(world: World) -> None:
    """Everybody is away; whoever wakes up first talks on."""
    for client in world.clients:
        client.sleep()
        client.night = True
    world.schedule.run_until(world.schedule.now + world.chance.uniform(0.01, 5.0) * WEEK_S)
    for client in world.clients:
        client.night = False
        world.schedule.after(world.chance.uniform(0.0, 20.0), client.wake)


def visitor_hangs_up(world: World) -> None:
    if world.visitors:
        world.chance.choice(world.visitors).hang_up()


def operator_revokes(world: World) -> None:
    """A visitor, who has nothing to come back with."""
    if world.visitors:
        world.broker.operate("revoke", world.chance.choice(world.visitors).nick)


def operator_appoints(world: World) -> None:
    """Somebody owns all rooms from now on."""
    world.broker.operate("own", _anybody(world).nick)


def operator_releases(world: World) -> None:
    world.broker.operate("release", _anybody(world).nick)


def log_is_lost(world: World) -> None:
    """Or put back as it was in an old backup; rarely, since much that was answered is lost."""
    chance, house = world.chance, world.broker
    if chance.random() < 0.6 and house.life is not None:
        house.stop()  # which makes a backup
        _for_a_while(world, lambda: house.begin_again(chance.choice([None, *house.backups])), 20.0)


FAULTS: list[Callable[[World], None]] = [
    cut,
    half_open,
    cut_broadcasts,
    unplug,
    bad_weather,
    bad_weather,
    program_dies,
    program_dies_writing,
    program_dies_sending,
    program_says_goodbye,
    take_another_name,
    leave,
    leave_the_front_door,
    copy_is_full,
    copy_is_restored,
    broker_is_killed,
    broker_dies_at_its_disk,
    broker_dies_at_its_disk,
    broker_dies_telling,
    broker_stops,
    disk_is_full,
    disk_fails_once,
    clocks_jump,
    computer_sleeps,
    weeks_pass,
    visitor_hangs_up,
    operator_revokes,
    operator_appoints,
    operator_releases,
    log_is_lost,
]
