"""What must be true when the network is healed, everybody is awake and nothing moves any more.

Reads the real log and the real copies. Returns nothing; the first promise that was broken raises `Violation`.
"""

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING

from loggia.broker.storage.event_rows import place_of
from loggia.shared.client.ids import answering
from loggia.shared.protocol.events import (
    AboutMessage,
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    StoredEvent,
    asker,
)
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import MessageChange

from tests.simulation import changed, copied, searched, standing
from tests.simulation.clients import Client
from tests.simulation.kinds import DERIVED, QUESTION, reply
from tests.simulation.ledger import Ledger, Violation
from tests.simulation.naive import RoomLog, target_of

if TYPE_CHECKING:
    from tests.simulation.world import World

LATER = ("storage_full", "unavailable", "internal", "slow_down", "no_session")

Lines = dict[str, list[bytes]]  # by room, seq 1 first


def judge(world: "World") -> None:
    """Hold everything against the log."""
    lines = _read_log(world)
    logs = world.ledger.logs[world.ledger.epoch]
    _log_is_what_was_read(logs, lines)
    _log_is_sound(logs)
    _log_holds_what_was_answered(world)
    _log_holds_nothing_refused(world.ledger)
    _log_holds_what_was_said(world)
    standing.is_so_for_all(world)
    for client in world.clients:
        copied.is_the_log(world.ledger, client)
        if client.kind.durable:
            _questions_are_answered(world, client)
    _visitors_read_the_log(world)
    _no_visitor_is_kept_who_is_gone(world)
    changed.is_the_same_for_all(world)
    searched.is_what_was_said(world)


def unrest(world: "World") -> str:
    """What has not come to rest yet; empty when all has."""
    if world.broker.life is None:
        return "the broker is down"
    rooms = {room.name: room for room in world.broker.pipeline.rooms._rooms.behind(None)}
    if world.broker.log._tables.wiping.waits:
        return "the file keeps something of what was deleted"
    for client in world.clients:
        run = client.run
        if client.is_shut_out:
            for name in [] if run is None else sorted(filter(client.is_banned, run.entered)):
                return f"{client} believes to be in {name}, where it is banned"
            continue
        if run is None or not run.connected:
            return f"{client} is not connected"
        if run.onlooker.shown:
            return f"{client} shows who is typing: {run.onlooker.shown}"
        if waiting := client.copy.saved().outbox:
            return f"{client} has {len(waiting)} in its outbox: {waiting[0]}"
        for name in sorted(run.entered.keys() - client.rooms_now):
            return f"{client} believes to be in {name}"
        for name in sorted(client.rooms_now):
            if name not in run.entered:
                return f"{client} is not in {name}"
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
            there = sorted(person.account for person in rooms[name].members(None)) if name in rooms else []
            if name in rooms and here != there:
                return f"{client} sees {here} in {name}, where {there} are"
    return ""


def _read_log(world: "World") -> Lines:
    log = world.broker.log
    return {
        name: list(log._chunks.lines(place_of(room.number, 1), place_of(room.number, room.head)))
        for name, room in log.load().rooms.items()
    }


def _log_is_what_was_read(logs: dict[str, RoomLog], lines: Lines) -> None:
    """Nothing of what was there once is another, but for the words of what is deleted."""
    _require(logs.keys() <= lines.keys(), "seen, but not in the log:", sorted(logs), sorted(lines))
    for room, held in lines.items():
        now = [logs[room].line_now(seq) for seq in range(1, logs[room].head + 1)]
        for seq, (was, line) in enumerate(zip_longest(now, held), 1):
            _require(was == line, "seen, but not in the log:", room, seq, was, line)


def _log_is_sound(logs: dict[str, RoomLog]) -> None:
    ids = Counter()
    texts = Counter()
    for room, log in logs.items():
        _require([event.seq for event in log.events] == list(range(1, log.head + 1)), "not dense:", room)
        times = [event.at for event in log.events]
        _require(times == sorted(times), "time goes back in", room)
        for event in log.events:
            if isinstance(event, MessageEvent | AboutMessage):
                ids[event.account, event.id] += 1
            if isinstance(event, MessageEvent | EditedEvent) and event.text:
                texts[event.text] += 1
    for what, number in (ids | texts).items():
        _require(number == 1, "stored more than once:", what)


def _log_holds_what_was_answered(world: "World") -> None:
    """And answers it for ever."""
    ledger, log = world.ledger, world.broker.log
    logs = ledger.logs[ledger.epoch]
    for key, answer in ledger.answered.items():
        epoch, account, request_id = key
        if epoch != ledger.epoch:
            continue
        person = log.find_person(account)
        if person is not None and not person.visitor:  # who sends no id again
            known = log.find_answer(person, request_id)
            is_known = known is not None and (known.seq, known.at) == (answer.seq, answer.at)
            _require(is_known, "answered, but not remembered:", answer, known)
        held = logs[answer.room].events[answer.seq - 1 : answer.seq]
        request = ledger.asked_for[key]
        if isinstance(request, MessageChange) and held and held[0].id != request_id:  # it was so already
            about = held[0].seq if held[0].seq == request.seq else target_of(held[0])
            place, wanted = (about, held[0].at), (request.seq, answer.at)
        else:
            place = [(asker(event), event.id, event.at) for event in held]
            wanted = [(account, request_id, answer.at)]
        _require(place == wanted, "answered, but not in the log:", answer, held)


def _log_holds_nothing_refused(ledger: Ledger) -> None:
    events = _events(ledger)
    stored = {(event.account, event.id): event for event in events}
    for key, refusal in ledger.refused.items():
        epoch, account, request_id = key
        if epoch != ledger.epoch or key in ledger.answered or ledger.arrived_after(key):
            continue
        held = stored.get((account, request_id))
        is_there = isinstance(held, MessageEvent | AboutMessage)
        _require(not is_there, "refused, but in the log:", refusal, held)


def _events(ledger: Ledger) -> list[StoredEvent]:
    """All that is in the log, as it was said."""
    return [event for log in ledger.logs[ledger.epoch].values() for event in log.events]


def _log_holds_what_was_said(world: "World") -> None:
    ledger = world.ledger
    messages = [event for event in _events(ledger) if isinstance(event, MessageEvent)]
    held = {event.text for event in messages}
    wordless = {event.id for event in messages if not event.text}  # deleted in the turn in which it was said
    answers = {(event.id, _sayer(event.text)) for event in messages if event.id.startswith(DERIVED)}
    before = {request_id for epoch, _, request_id in ledger.answered if epoch != ledger.epoch}
    for client in world.clients:
        waits = {entry.id for entry in client.copy.saved().outbox}  # of who is let into no room
        for message_id, text in [one for one in client.said.items() if one[0] not in waits]:
            there = text in held or message_id in before | wordless
            # a bot that died may say another text when it answers again: the first one counts
            there = there or (message_id, _sayer(text)) in answers
            _require(there, "said, but not in the log:", client, text)


def _sayer(text: str) -> str:
    return text.partition(" ")[0]


def _miscounted(world: "World", client: Client, name: str) -> str:
    """Where a program was told of another number than a naive recount gives; empty if it was not."""
    assert client.run is not None
    state, room = client.run.reader.states.get(name), world.broker.pipeline.rooms.named(name)
    if room is None:
        return ""
    if state is None:
        return f"{client} was not told what is unread in {name}"
    log = world.ledger.logs[world.ledger.epoch][name]
    behind = [log.as_of(seq, log.head) for seq in range(state.read + 1, log.head + 1)]
    said = [event for event in behind if isinstance(event, MessageEvent) and not event.deleted]
    others = [event for event in said if event.account != client.run.account]
    counted = len(others), sum(client.run.account in event.mentions for event in others)
    is_right = counted == (state.unread, state.mentions)
    return "" if is_right else f"{client} counts {state}, and {counted} are unread"


def _questions_are_answered(world: "World", bot: Client) -> None:
    """Each message that begins as a question got one answer, since the bot came; none, perhaps, where it was
    no question any more when the bot was told."""
    for room in [] if bot.is_shut_out else [room for room in bot.rooms if room in bot.rooms_now]:
        log = world.ledger.logs[world.ledger.epoch][room]
        came = bot.begins.get((room, world.ledger.epoch), log.head)
        lives = world.ledger.seen
        messages = [event for event in log.events if isinstance(event, MessageEvent)]
        said = Counter((event.reply_to, event.text) for event in messages)
        # an answer that was deleted in its own turn was never seen with its words
        bare = Counter(
            (event.reply_to, event.account)
            for event in messages
            if event.id.startswith(DERIVED) and not event.text
        )
        for event in log.events[came:]:
            if isinstance(event, MessageEvent) and event.text.startswith(QUESTION):
                number = sum(said[event.seq, reply(bot.number, life, event.text)] for life in lives)
                number += 0 if bot.run is None else bare[event.seq, bot.run.account]
                is_another = any(
                    isinstance(one, EditedEvent | DeletedEvent) for one in log.changes(event.seq)
                )
                right = (0, 1) if is_another or _was_refused(bot, event) else (1,)
                _require(number in right, "a question with", number, "answers:", room, event)


def _was_refused(bot: Client, question: MessageEvent) -> bool:
    """Whether what the bot answered was not for it to say there."""
    parts = question.room, question.account, question.id
    return answering(question.at, question.seq, *parts) in bot.given_up


def _visitors_read_the_log(world: "World") -> None:
    events = world.ledger.logs[world.ledger.epoch][LOBBY].events
    said = [event for event in events if isinstance(event, MessageEvent) and event.text]
    lobby = [f"{event.nick}: {event.text}" for event in said]
    for visitor in world.visitors:
        if visitor.epoch != world.ledger.epoch:
            continue
        read = [line for line in visitor.read if _is_said(line)]
        spans = (lobby[start : start + len(read)] for start in range(len(lobby) + 1))
        _require(read in spans, "a visitor read what the log does not say:", visitor.nick, visitor.read)
        mine = [f"{visitor.nick}: {text}" for text in visitor.typed if text not in visitor.unsaid]
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
