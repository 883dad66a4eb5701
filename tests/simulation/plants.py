"""Known bugs, planted into the real code while a test runs: each is found, or the simulation is blind to it.

Each function takes pytest's `monkeypatch`, which takes its bug out again.
"""

from collections.abc import Callable
from random import Random

from loggia.broker.core.draft import Draft
from loggia.broker.core.state import Batch
from loggia.broker.runtime.pipeline import Pipeline
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.storage import integrity, message_states, tallies, wiping
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.database import Database
from loggia.broker.storage.derived import Folding
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.broker.storage.mixed import Mixed
from loggia.broker.storage.wiping import Wiping
from loggia.shared.client import effects
from loggia.shared.client.link import changes, replica
from loggia.shared.client.link.changes import Changes
from loggia.shared.client.session.sending import Sending
from loggia.shared.client.sync.backfill import Backfill
from loggia.shared.client.sync.cursor import Cursor
from loggia.shared.client.sync.sync import Sync
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.changes import changed
from loggia.shared.protocol.errors import StorageFull
from loggia.shared.protocol.events import MessageEvent, PresenceEvent
from msgspec import structs

from tests.simulation.brokers import Broker
from tests.simulation.trespasses import TRESPASSES


def answer_before_commit(patch) -> None:
    """What was answered is written with the next batch."""
    append = Log.append

    def append_later(self, batch: Batch) -> None:
        late, self.late = getattr(self, "late", None), batch
        if late is not None:
            append(self, late)

    patch.setattr(Log, "append", append_later)


def commit_without_fsync(patch) -> None:
    """The system has it, the disk has not."""
    prepare = Database._prepare

    def prepare_fast(self, *arguments) -> None:
        prepare(self, *arguments)
        self.connection.execute("PRAGMA synchronous = OFF")

    patch.setattr(Database, "_prepare", prepare_fast)


def cursor_is_the_maximum(patch) -> None:
    """The largest seq seen counts as the end of the copy."""

    def ready(self) -> list:
        run = [self._ahead.pop(seq) for seq in sorted(self._ahead)]
        self.last = max([self.last, *(event.seq for event in run)])
        return run

    patch.setattr(Cursor, "ready", ready)


def no_idempotency_index(patch) -> None:
    """The same id again is stored again."""

    def store(self, room, person, event, grows) -> Stored:
        self.store(room, event)
        return Stored(event.id, room.name, event.seq, event.at)

    patch.setattr(Draft, "first_answer", lambda self, person, request_id: None)
    patch.setattr(Draft, "store_requested", store)


def publish_before_commit(patch) -> None:
    """Everybody sees what a crash may take back."""
    start, publish, append = Broker.start, Broker._publish, Log.append

    def start_and_be_known(self) -> None:
        Log.broker = self
        start(self)

    def publish_and_append(self, batch: Batch) -> None:
        for fresh in batch.fresh:
            publish(Log.broker, Delivery(fresh.room.name, fresh.events, fresh.bodies))
        append(self, batch)

    def publish_what_is_not_stored(self, published: Delivery) -> None:
        if isinstance(published.events[0], PresenceEvent):
            publish(self, published)

    patch.setattr(Log, "broker", None, raising=False)
    patch.setattr(Broker, "start", start_and_be_known)
    patch.setattr(Log, "append", publish_and_append)
    patch.setattr(Broker, "_publish", publish_what_is_not_stored)


def drop_the_last_message(patch) -> None:
    """Nobody compares heads: what is lost at the end of a room leaves no hole."""
    patch.setattr(Sync, "heads", lambda self, asked, pong: None)


def resend_under_a_new_id(patch) -> None:
    """What was in flight when the connection broke is sent as something new."""

    def cut(self) -> None:
        outbox = self._outbox
        for message_id in outbox._flying:
            entry = outbox._waiting[message_id]
            entry.say = structs.replace(entry.say, id=self._new_id())
            self._out += [effects.DropEntry(message_id), effects.KeepEntry(entry)]
        outbox._waiting = {entry.id: entry for entry in outbox._waiting.values()}
        outbox.cut()

    patch.setattr(Sending, "cut", cut)


def handled_before_it_is_done(patch) -> None:
    """A bot's cursor follows what it was told, not what it has dealt with."""
    deliver = Backfill.deliver

    def deliver_and_count(self, room) -> None:
        deliver(self, room)
        if self._durable and room.handled is not None and room.handled < room.cursor.last:
            room.keep_handled(room.cursor.last)

    patch.setattr(Backfill, "deliver", deliver_and_count)


def let_a_stranger_read(patch) -> None:
    """Responses for one connection go to another one as well."""
    turn = Pipeline.turn

    def turn_and_tell_all(self, now: float, at: int):
        done = turn(self, now, at)
        for key in self.hub.peers_in_session()[:1]:
            done.answers[key] = [answer for answers in done.answers.values() for answer in answers]
        return done

    patch.setattr(Pipeline, "turn", turn_and_tell_all)


def refuse_and_store(patch) -> None:
    """A full disk is told, although the batch was stored."""
    append, chance = Log.append, Random(1)

    def append_and_complain(self, batch: Batch) -> None:
        append(self, batch)
        if chance.random() < 0.05:
            raise StorageFull("planted")

    patch.setattr(Log, "append", append_and_complain)


def let_an_old_file_go_on(patch) -> None:
    """A backup that is put back by hand goes on in its old life, and gives its numbers again."""
    compare = integrity.compare

    def compare_and_shrug(*arguments, **more):
        _, damaged = compare(*arguments, **more)
        return "same", damaged

    patch.setattr(integrity, "compare", compare_and_shrug)


def keep_visitors(patch) -> None:
    """The accounts of visitors stay when they are gone."""
    patch.setattr(Accounts, "forget", lambda self, numbers: None)


def forget_who_else_lies_there(patch) -> None:
    """A row of many rooms goes when the first of them gets one of its own."""

    def find_spent(self, change) -> None:
        touched = {number for room in change.away for number in self._ends[room].numbers}
        change.spent = sorted(touched & self._left.keys())

    patch.setattr(Mixed, "_find_spent", find_spent)


def count_own_messages(patch) -> None:
    """What somebody said himself is unread."""
    patch.setattr(tallies, "_COUNTS", tallies._COUNTS.replace("sum(messages), 0", "0 * sum(messages), 0"))
    patch.setattr(tallies._Tail, "own", lambda self, account: 0)


def let_marks_go_back(patch) -> None:
    """The last one counts, and not the largest."""
    patch.setattr(Log, "find_mark", lambda self, account, room: 0)


def count_deleted_messages(patch) -> None:
    """What is gone is unread for ever."""
    counts = tallies._COUNTS.replace("FROM deleted WHERE", "FROM deleted WHERE 0 AND")
    patch.setattr(tallies, "_COUNTS", counts)


def apply_an_older_rev(patch) -> None:
    """A client lets an entry change a message that was told behind it."""
    patch.setattr(changes, "changed", lambda message, event: changed(structs.replace(message, rev=0), event))


def keep_an_older_rev(patch) -> None:
    """The first state of a message stays in the broker's tables."""
    patch.setattr(message_states, "_PUT", "INSERT OR IGNORE INTO message_states VALUES(?, ?)")


def leave_the_text_in_the_copy(patch) -> None:
    """A client shows no text of what is deleted, and keeps it."""
    patch.setattr(changes, "_wipe", lambda *arguments: None)


def leave_the_text_in_the_outbox(patch) -> None:
    """What was said is deleted where it stood before it was sent, and not overwritten."""
    prepare = tuple(pragma for pragma in replica._PRAGMAS if "secure_delete" not in pragma)
    patch.setattr(replica, "_PRAGMAS", prepare)
    patch.setattr(Changes, "settle", lambda self: None)


def leave_the_text_in_the_file(patch) -> None:
    """Nothing is done about what SQLite keeps."""
    patch.setattr(wiping, "wipe_what_is_free", lambda database: True)


def leave_the_text_in_the_log(patch) -> None:
    """What is deleted is told to nobody, and stays where it stands."""
    patch.setattr(Wiping, "wipe", lambda self, room, seqs, chain: chain)


def rebuild_without_threads(patch) -> None:
    """What is made again counts no replies."""
    take = Folding.take

    def take_but_messages(self, event) -> None:
        if not isinstance(event, MessageEvent):
            take(self, event)

    patch.setattr(Folding, "take", take_but_messages)


def leave_the_text_in_the_index(patch) -> None:
    """What was said can be looked up under its words when it is deleted, or says something else."""
    patch.setattr(Indexing, "_change", lambda self, index, room, change: None)


# Each with words of what it is found by.
PLANTS: list[tuple[Callable[..., None], str]] = [
    (answer_before_commit, "two events with one number|but not in the log|a copy began anew"),
    (
        commit_without_fsync,
        "two events with one number|in the log|come to rest|damaged|a copy began anew|shown as it is not",
    ),
    (cursor_is_the_maximum, "told with a hole"),
    (no_idempotency_index, "one request was stored twice|stored more than once"),
    (publish_before_commit, "two events with one number|seen, but not in the log|holds .* to"),
    (drop_the_last_message, "does not come to rest: client . holds"),
    (resend_under_a_new_id, "stored more than once|said, but not in the log"),
    (handled_before_it_is_done, "a question with 0 answers"),
    (let_a_stranger_read, "an answer that was not due"),
    (refuse_and_store, "refused, but in the log|a visitor read|a search finds"),
    (let_an_old_file_go_on, "two events with one number|in the log|one request was stored twice|began anew"),
    (keep_visitors, "a visitor's account is kept"),
    (forget_who_else_lies_there, "damaged|in the log|began anew"),
    (count_own_messages, "are unread"),
    (let_marks_go_back, "a mark went back"),
    (count_deleted_messages, "are unread"),
    (apply_an_older_rev, "a copy shows what is not so|nobody published this"),
    (keep_an_older_rev, "a page is not what the log comes to"),
    (leave_the_text_in_the_copy, "a copy is not the log"),
    (leave_the_text_in_the_outbox, "a copy keeps what was deleted"),
    (leave_the_text_in_the_file, "the broker keeps what was deleted"),
    (leave_the_text_in_the_log, "seen, but not in the log"),
    (rebuild_without_threads, "made again from the log"),
    (leave_the_text_in_the_index, "the index keeps what was deleted|a search finds"),
    *TRESPASSES,
]
