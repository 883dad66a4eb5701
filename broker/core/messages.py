"""What people say, and what they do about what was said: edit, delete, react, pin. Pure.

Each request becomes an event of the room's log, and that is what changes the message
(shared/protocol/changes.py). Who may ask at all, the table of ops says (permissions.py). docs/protocol.md,
"Requests", "Events".
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from loggia.broker.core.draft import Draft
from loggia.broker.core.kept_names import Names
from loggia.broker.core.mentions import SIGN, mentioned
from loggia.broker.core.moderation import Maker
from loggia.broker.core.next_entry import next_entry
from loggia.broker.core.ordered import Command
from loggia.broker.core.permissions import is_moderator, may_act_upon
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import (
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PinnedEvent,
    ReactedEvent,
    StoredEvent,
)
from loggia.shared.protocol.limits import EDITS, EMOJIS, REACTIONS
from loggia.shared.protocol.requests import Delete, Edit, Message, Pin, React


class Said(NamedTuple):
    """A message, and what became of it."""

    event: MessageEvent
    state: MessageState


class Messages:
    """`find_event`: what a room's log has at a seq, by the room's number. `names`: who has which nick.
    `seal`: what proves parts of a room, each from one seq to another, when these events are wiped."""

    def __init__(
        self,
        draft: Draft,
        find_event: Callable[[int, int], StoredEvent | None],
        names: Names,
        seal: Callable[[int, set[int]], Sequence[tuple[int, int, bytes]]],
    ) -> None:
        self._draft = draft
        self._find_event = find_event
        self._names = names
        self._seal = seal
        self.make: dict[type, Maker] = {
            Message: self._message,
            Edit: self._edit,
            Delete: self._delete,
            React: self._react,
            Pin: self._pin,
        }

    def meaning(self, room: Room, said: Sequence[MessageEvent]) -> list[MessageEvent]:
        """The same messages, which come next, and whom each means. Nothing is changed before all of that is
        known."""
        events = [
            msgspec.structs.replace(event, mentions=self._meant(event.text)) if SIGN in event.text else event
            for event in said
        ]
        for event in events:
            if event.mentions:
                self._draft.mean(room.place + event.seq, event.mentions, event.account)
        return events

    def _meant(self, text: str) -> tuple[str, ...]:
        return mentioned(text, self._names.look_upto, self._names.meant)

    def _message(self, request: Message, room: Room, person: Person, command: Command) -> MessageEvent:
        if request.reply_to is not None:
            self._message_at(room, request.reply_to)
        if request.thread is not None:
            begin = self._message_at(room, request.thread)
            if begin.thread is not None:
                text = f"Message {begin.seq} is in the thread of {begin.thread}; name that one."
                raise Refused("bad_request", text)
        return MessageEvent(
            *next_entry(room, person, command),
            request.text,
            request.reply_to,
            command.bot,
            request.thread,
            self._meant(request.text),
        )

    def _edit(self, request: Edit, room: Room, person: Person, command: Command) -> EditedEvent | Stored:
        said = self._still_said(room, request.seq)
        if said.event.account != person.account:
            raise Refused("not_allowed", "Only who wrote a message edits it.")
        if request.text == (said.event.text if said.state.text is None else said.state.text):
            return self._as_it_is(request.id, room, said)
        if len(said.state.edits) >= EDITS:
            raise Refused("not_allowed", f"This message was edited {EDITS} times; write another one.")
        mentions = self._meant(request.text)
        return EditedEvent(*next_entry(room, person, command), request.seq, request.text, mentions)

    def _delete(self, request: Delete, room: Room, person: Person, command: Command) -> DeletedEvent | Stored:
        said = self._said(room, request.seq)
        author = said.event.account
        may = is_moderator(person.account, room) and may_act_upon(person.account, author, room)
        if author != person.account and not may:
            text = "Only who wrote a message deletes it, or a moderator who is not less than he in this room."
            raise Refused("not_allowed", text)
        if said.state.deleted:
            return self._as_it_is(request.id, room, said)
        seqs = {request.seq, *said.state.edits}
        event = DeletedEvent(
            *next_entry(room, person, command), request.seq, request.reason, self._proofs(room, seqs)
        )
        self._draft.wipe(room, seqs)
        self._draft.deleted(room, request.seq, author)
        return event

    def _proofs(self, room: Room, seqs: set[int]) -> tuple[tuple[int, str], ...]:
        """What proves the log without what was said in these. Those of this batch never come into it."""
        first = room.head + 1 if room.fresh is None else room.fresh.first
        gone = {seq for seq in seqs if seq < first} | self._draft.batch.wiped.get(room.number, set())
        return (
            tuple((upto, digest.hex()) for _, upto, digest in self._seal(room.number, gone)) if gone else ()
        )

    def _react(self, request: React, room: Room, person: Person, command: Command) -> ReactedEvent | Stored:
        said = self._still_said(room, request.seq)
        reactions = said.state.reactions
        there = reactions.get(request.emoji, [])
        if (person.account in there) == request.on:
            return self._as_it_is(request.id, room, said)
        if request.on and not there and len(reactions) >= EMOJIS:
            text = f"This message has {EMOJIS} different reactions; choose one of those."
            raise Refused("not_allowed", text)
        if request.on and sum(map(len, reactions.values())) >= REACTIONS:
            raise Refused(
                "not_allowed", f"This message has {REACTIONS:,} reactions, which is all it can have."
            )
        return ReactedEvent(*next_entry(room, person, command), request.seq, request.emoji, request.on)

    def _pin(self, request: Pin, room: Room, person: Person, command: Command) -> PinnedEvent | Stored:
        said = self._still_said(room, request.seq)
        if said.state.pinned == request.on:
            return self._as_it_is(request.id, room, said)
        return PinnedEvent(*next_entry(room, person, command), request.seq, request.on)

    def _said(self, room: Room, seq: int) -> Said:
        """Raises Refused."""
        return Said(self._message_at(room, seq), self._draft.state(room, seq))

    def _message_at(self, room: Room, seq: int) -> MessageEvent:
        """Deleted or not. Raises Refused."""
        event = self._event(room, seq) if 0 < seq <= room.head else None
        if type(event) is not MessageEvent:
            raise _no_message(room, seq)
        return event

    def _still_said(self, room: Room, seq: int) -> Said:
        """As `_said`, and it is not deleted."""
        said = self._said(room, seq)
        if said.state.deleted:
            raise Refused("no_such_message", f"Message {seq} in {room.name} is deleted.")
        return said

    def _event(self, room: Room, seq: int) -> StoredEvent | None:
        """Of this batch, or of the disk."""
        fresh = room.fresh
        if fresh is not None and seq >= fresh.first:
            return fresh.events[seq - fresh.first]
        return self._find_event(room.number, seq)

    def _as_it_is(self, request_id: str, room: Room, said: Said) -> Stored:
        """Nothing is stored: it was so already, since the event that is answered with."""
        seq = said.state.rev or said.event.seq
        event = self._event(room, seq)
        return Stored(request_id, room.name, seq, room.at if event is None else event.at)


def _no_message(room: Room, seq: int) -> Refused:
    return Refused("no_such_message", f"There is no message {seq} in {room.name}.")
