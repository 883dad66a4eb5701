"""What must be true when the network is healed, everybody is awake and nothing moves any more.

Reads the real log and the real copies. Returns nothing; the first promise that was broken raises `Violation`.
"""

from collections import Counter
from typing import TYPE_CHECKING

from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from loggia.shared.protocol.limits import LOBBY

from tests.simulation.clients import Client
from tests.simulation.kinds import DERIVED, QUESTION, reply
from tests.simulation.ledger import Ledger, Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

LATER = ("storage_full", "unavailable", "internal", "slow_down", "no_session")

Bodies = dict[str, list[bytes]]  # by room, seq 1 first


def judge(world: "World") -> None:
    """Hold everything against the log."""
    bodies = _read_log(world)
    events = {room: [decode_event(body) for body in found] for room, found in bodies.items()}
    _log_is_sound(events)
    _log_holds_what_was_seen(world.ledger, bodies)
    _log_holds_what_was_answered(world.ledger, events)
    _log_holds_nothing_refused(world.ledger, events)
    _log_holds_what_was_said(world, events)
    for client in world.clients:
        _copy_is_the_log(world, client, bodies)
        if client.kind.durable:
            _questions_are_answered(world, client, events)
    _visitors_read_the_log(world, events)
    _no_visitor_is_kept_who_is_gone(world)


def unrest(world: "World") -> str:
    """What has not come to rest yet; empty when all has."""
    if world.broker.life is None:
        return "the broker is down"
    rooms = {room.name: room for room in world.broker.pipeline.rooms._rooms.behind(None)}
    for client in world.clients:
        run = client.run
        if run is None or not run.connected:
            return f"{client} is not connected"
        if waiting := client.copy.saved().outbox:
            return f"{client} has {len(waiting)} in its outbox: {waiting[0]}"
        for name in sorted(client.wanted):
            head = rooms[name].head if name in rooms else 0
            held = run.held.get(name, (0, 0, 0))[1]
            if held != head:
                return f"{client} holds {name} to {held} of {head}"
            done = client.copy.handled.get((name, world.ledger.epoch), 0)
            if client.kind.durable and done != head:
                return f"{client} has handled {name} to {done} of {head}"
            here = sorted(run.people.get(name, ()))
            if not client.kind.settings["bot"] and (wrong := _miscounted(world, client, name)):
                return wrong
            if name in rooms and here != sorted(rooms[name].people):
                return f"{client} sees {here} in {name}, where {sorted(rooms[name].people)} are"
    return ""


def _read_log(world: "World") -> Bodies:
    log, bodies = world.broker.log, {}
    for name, room in log.load().rooms.items():
        found = bodies[name] = []
        while page := log.pages.after(room.number, len(found), 1000):
            found += map(bytes, page)
        _require(len(found) == room.head, "the log says another head than it has events:", name)
    return bodies


def _log_is_sound(events: dict[str, list[StoredEvent]]) -> None:
    ids = Counter()
    texts = Counter()
    for room, found in events.items():
        _require([event.seq for event in found] == list(range(1, len(found) + 1)), "not dense:", room)
        times = [event.at for event in found]
        _require(times == sorted(times), "time goes back in", room)
        for event in found:
            if isinstance(event, MessageEvent):
                ids[event.account, event.id] += 1
                texts[event.text] += 1
    for what, number in (ids | texts).items():
        _require(number == 1, "stored more than once:", what)


def _log_holds_what_was_seen(ledger: Ledger, bodies: Bodies) -> None:
    for room, seen in ledger.seen[ledger.epoch].items():
        for seq, body in seen.items():
            held = bodies.get(room, [])[seq - 1 : seq]
            _require(held == [body], "seen, but not in the log:", room, seq, body, held)


def _log_holds_what_was_answered(ledger: Ledger, events: dict[str, list[StoredEvent]]) -> None:
    for (epoch, account, request_id), answer in ledger.answered.items():
        if epoch != ledger.epoch:
            continue
        held = events.get(answer.room, [])[answer.seq - 1 : answer.seq]
        place = [(event.account, event.id, event.at) for event in held]
        _require(place == [(account, request_id, answer.at)], "answered, but not in the log:", answer, held)


def _log_holds_nothing_refused(ledger: Ledger, events: dict[str, list[StoredEvent]]) -> None:
    stored = {(event.account, event.id): event for found in events.values() for event in found}
    for key, refusal in ledger.refused.items():
        epoch, account, request_id = key
        if epoch != ledger.epoch or key in ledger.answered or ledger.arrived_after(key):
            continue
        held = stored.get((account, request_id))
        _require(not isinstance(held, MessageEvent), "refused, but in the log:", refusal, held)


def _log_holds_what_was_said(world: "World", events: dict[str, list[StoredEvent]]) -> None:
    ledger = world.ledger
    messages = [event for found in events.values() for event in found if isinstance(event, MessageEvent)]
    held = {event.text for event in messages}
    answers = {(event.id, _sayer(event.text)) for event in messages if event.id.startswith(DERIVED)}
    before = {request_id for epoch, _, request_id in ledger.answered if epoch != ledger.epoch}
    for client in world.clients:
        for message_id, text in client.said.items():
            there = text in held or message_id in before
            # a bot that died may say another text when it answers again: the first one counts
            there = there or (message_id, _sayer(text)) in answers
            _require(there, "said, but not in the log:", client, text)


def _sayer(text: str) -> str:
    return text.partition(" ")[0]


def _copy_is_the_log(world: "World", client: Client, bodies: Bodies) -> None:
    """Every span of the copy is dense and equal to the log; the newest ends where the log ends."""
    ledger = world.ledger
    for kept in client.copy.saved().rooms:
        if kept.epoch != ledger.epoch:
            continue
        for first, last in kept.spans:
            held = client.copy.bodies(kept.room, kept.epoch, first - 1, last)
            _require(
                held == bodies.get(kept.room, [])[first - 1 : last],
                "a copy is not the log:",
                client,
                kept.room,
                (first, last),
            )
        if kept.room in client.wanted:
            head = len(bodies[kept.room])
            _require(kept.spans[-1][1] == head, "a copy ends early:", client, kept.room, kept.spans, head)


def _miscounted(world: "World", client: Client, name: str) -> str:
    """Where a program was told of another number than a naive recount gives; empty if it was not."""
    assert client.run is not None
    state, room = client.run.reader.states.get(name), world.broker.pipeline.rooms.named(name)
    if room is None:
        return ""
    if state is None:
        return f"{client} was not told what is unread in {name}"
    events: list[StoredEvent] = []
    while page := world.broker.log.pages.after(room.number, state.read + len(events), 1000):
        events += map(decode_event, page)
    said = [event for event in events if isinstance(event, MessageEvent)]
    others = sum(event.account != client.run.account for event in said)
    return "" if state.unread == others else f"{client} counts {state}, and {others} are unread"


def _questions_are_answered(world: "World", bot: Client, events: dict[str, list[StoredEvent]]) -> None:
    """Each message that begins as a question got one answer, since the bot came."""
    for room in bot.rooms:
        found = events.get(room, [])
        came = bot.begins.get((room, world.ledger.epoch), len(found))
        lives = world.ledger.seen
        said = Counter((event.reply_to, event.text) for event in found if isinstance(event, MessageEvent))
        for event in found[came:]:
            if isinstance(event, MessageEvent) and event.text.startswith(QUESTION):
                number = sum(said[event.seq, reply(bot.number, life, event.text)] for life in lives)
                _require(number == 1, "a question with", number, "answers:", room, event)


def _visitors_read_the_log(world: "World", events: dict[str, list[StoredEvent]]) -> None:
    lobby = [
        f"{event.nick}: {event.text}" for event in events.get(LOBBY, []) if isinstance(event, MessageEvent)
    ]
    places = {line: place for place, line in enumerate(lobby)}
    for visitor in world.visitors:
        if visitor.epoch != world.ledger.epoch:
            continue
        read = [places.get(line, line) for line in visitor.read if _is_said(line)]
        span = list(range(read[0], read[0] + len(read))) if read and isinstance(read[0], int) else []
        _require(read == span, "a visitor read what the log does not say:", visitor.nick, read, visitor.read)
        mine = [f"{visitor.nick}: {text}" for text in visitor.typed if text not in visitor.refused]
        stored = [line for line in lobby if line in set(mine)]
        _require(stored == mine[: len(stored)], "a visitor's lines, out of order:", visitor.nick, stored)
        if not visitor.broken:
            _require(stored == mine, "a visitor's line is lost:", visitor.nick, mine, stored)


def _no_visitor_is_kept_who_is_gone(world: "World") -> None:
    """Nobody can ever use their accounts again."""
    db = world.broker.log.database.connection
    kept = {account for (account,) in db.execute("SELECT account FROM accounts WHERE visitor")}
    here = {person.account for person in world.broker.pipeline.rooms.people()}
    _require(kept <= here, "a visitor's account is kept:", sorted(kept - here))


def _is_said(line: str) -> bool:
    """Not a greeting, a refusal, or news of who came and went."""
    nick, colon, _ = line.partition(": ")
    return bool(colon) and " " not in nick


def _require(truth: object, what: str, *details: object) -> None:
    if not truth:
        raise Violation(" ".join([what, *map(str, details)]))
