# SPDX-License-Identifier: GPL-3.0-only
"""One room as the window shows it: rows, people, outbox, unread. Pure: no thread, no clock, no Qt."""

from collections.abc import Sequence

from loggia.qtclient.state.crowd import Crowd
from loggia.qtclient.state.hues import Hues
from loggia.qtclient.state.kinds import kind_of, labelled
from loggia.qtclient.state.loaded_rows import LoadedRows
from loggia.qtclient.state.message import Sign
from loggia.qtclient.state.opening import Opening
from loggia.qtclient.state.outgoing import Outgoing, tail
from loggia.qtclient.state.quotes import Quotes
from loggia.qtclient.state.reading import ReadSoFar
from loggia.qtclient.state.room_rules import RoomRules
from loggia.qtclient.state.rows import Row, RowBuilder, beginning, shown_name
from loggia.qtclient.state.sight import Span
from loggia.qtclient.state.stay import Stay
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import PeopleChanged, ReadState, VoidCopy
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import (
    ConfiguredEvent,
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    RenamedEvent,
    StoredEvent,
)
from loggia.shared.protocol.roles import RoomKind
from msgspec import structs

GONE = "the server had it and lost it: its messages were restored from a backup, or are damaged."


class Room(LoadedRows):
    """`tail` are the messages that still wait, behind the newest row."""

    def __init__(self, name: str, fold: RowBuilder, read: int | None = None) -> None:
        super().__init__(name, fold)
        self.title = name  # what people call it
        self.kind: RoomKind = kind_of(name)
        self.tail: list[Row] = []
        self.outgoing: dict[str, Outgoing] = {}
        self.crowd = Crowd()
        self.hues = Hues()
        self.reading = ReadSoFar(self, read)
        self.stay = Stay(self, self.reading)
        self.opening = Opening(self, self.reading, self.stay)
        self.quotes = Quotes(self.rows)
        self.rules = RoomRules()
        self.epoch = ""  # the life of the log that we were told of
        self.old: list[ArchivedCopy] = []  # what it had before the server's log was restored
        self.listed = False
        self.entered = False
        self.spoken = False
        self._restored: tuple[ArchivedCopy, int] | None = None  # to be told behind the entry of that number

    # -- the log -------------------------------------------------------------------------------

    def arrived(self, events: Sequence[StoredEvent]) -> None:
        """New entries of the log, behind those that are shown."""
        if self.newest and events[0].seq > self.newest + 1:
            self._restart()
        for event in events:
            if event.seq <= self.newest:
                continue
            if self._restored and event.seq > self._restored[1]:
                self._tell_restored(event.at)
            self.reading.holds(event.seq)
            self.add(event)
            self._call_anew(event)
            self._take(event)
            if isinstance(event, MessageEvent):
                self.spoken = True
                self._arrived_message(event)
            elif isinstance(event, EditedEvent | DeletedEvent):
                self.quotes.changed(event)
                if isinstance(event, DeletedEvent):
                    self.reading.is_deleted(event.target)
                elif event.account != self._fold.me.account:
                    self.reading.is_edited(event.target, means_me=self._means_me(event))
        if self._restored and self.newest == self._restored[1]:
            self._tell_restored(self.rows[-1].at)
        if self.oldest == 1 or self.at_top:
            self._reached_top()
        if not self.stay.on:
            self.set_aside()
        self._fold_tail()

    def _call_anew(self, event: StoredEvent) -> None:
        """It has another title, or somebody in the conversation another name."""
        if isinstance(event, ConfiguredEvent) and self.kind == "private":
            self.known_as(event.title, self.kind)
        elif isinstance(event, RenamedEvent) and self.kind == "direct":
            others = [event.nick if nick == event.was else nick for nick in self.title.split(", ")]
            self.known_as(", ".join(sorted(others)), self.kind)

    def older(self, events: Sequence[StoredEvent], more: bool) -> None:
        """A page before what is shown; or the first page, or the newest one after a long absence."""
        awaited = self.opening.take(events, more=more)
        self.ended(refused=more and not events)
        if events and events[0].seq > self.newest:
            self._restart()
            self.arrived(events)
        elif events:
            self._know_before(events)
            for event in events:
                self._take(event)
            if awaited:
                self.put(events)
                self._know_rows()
                self.stay.draw_again()
            else:
                self.told(events)
        if not more and self.is_told_from_oldest:
            self._reached_top()
        if self.refused and self.stay.waits:  # all that is here is new, as far as anybody knows
            self.stay.starts_at(self.oldest - 1)
        self.stay.draw()
        if not self.stay.on:
            self.set_aside()
        self._fold_tail()

    def _know_before(self, events: Sequence[StoredEvent]) -> None:
        """Of these, some are before all that were in memory so far."""
        before = self.reading.known_from
        said = [event for event in events if isinstance(event, MessageEvent)]
        self.spoken = self.spoken or bool(said)
        if events[0].seq < before <= events[-1].seq + 1:
            self.reading.known_from = events[0].seq
            self.reading.came_before(
                [
                    (event.seq, self._means_me(event))
                    for event in said
                    if event.seq < before and self._counts(event)
                ]
            )

    def _know_rows(self) -> None:
        """Rows that stood apart from what is known may join on to it now."""
        if self.oldest < self.reading.known_from <= self.last + 1:
            known, self.reading.known_from = self.reading.known_from, self.oldest
            self.reading.came_before([one for one in self.said_by_others() if one[0] < known])

    def void(self, void: VoidCopy) -> None:
        """The log began a new life: show that one, and say so.

        What waits here still waits. A message that was stored, and has no row yet, may be gone.
        """
        self._restart()
        self.epoch, self.old = void.epoch, void.copies(self.old)
        self._restored = void.old, void.head
        self.quotes.forget()
        self.rules = self.rules.anew()
        self.reading.void(void.head)
        self.stay.missed = void.head
        self.ended(refused=False)
        self.stay.emptied()
        for outgoing in self.outgoing.values():
            if outgoing.seq is not None:
                outgoing.sign, outgoing.reason = "failed", GONE
                epoch = void.renamed.get(outgoing.say.epoch, outgoing.say.epoch) or void.old.epoch
                outgoing.say = structs.replace(outgoing.say, epoch=epoch)
        self._fold_tail()

    def copy_gave(self, seq: int, events: Sequence[StoredEvent]) -> None:
        """What the copy on this computer holds of the entry `seq`, which is not among the rows."""
        self.quotes.copy_gave(seq, events)
        self._fold_tail()

    def server_gave(self, events: Sequence[StoredEvent]) -> None:
        """The same, of the server."""
        self.quotes.came(events)
        self._fold_tail()

    def known_head(self, head: int) -> None:
        """The broker has us in it, and its log goes to `head`: what is new up to there came unseen."""
        self.listed = self.entered = True
        self.crowd.asked = False
        self.ended(refused=False)
        self.stay.missed = max(self.stay.missed, head)
        self.opening.first_seen(head, self.kind)

    def known_as(self, title: str, kind: RoomKind) -> None:
        """As the broker says who we come to."""
        self.title, self.kind = shown_name(title) or self.name, kind
        if self.at_top:
            self._reached_top()

    @property
    def members(self) -> dict[str, Member]:
        """Who is there, by account, as far as that is shown."""
        return self.crowd.members

    @property
    def label(self) -> str:
        """With its sign: a conversation is called by who the others are."""
        return labelled(self.title, self.kind)

    def me_known(self) -> None:
        self.rows[:] = [self._fold.mine(row) for row in self.rows]
        self._count_anew()
        self._fold_tail()

    # -- reading -------------------------------------------------------------------------------

    @property
    def read(self) -> int | None:
        """Up to where it is read."""
        return self.reading.mark

    @property
    def unread(self) -> int:
        """Messages of others; none while somebody watches them come."""
        return 0 if self.stay.attended else self.reading.unread

    @property
    def mentions(self) -> int:
        """Of those, how many mean me."""
        return 0 if self.stay.attended else self.reading.mentions

    def attend(self, sight: Span | None, now: float, *, newest: bool) -> None:
        """From which message to which one is on the screen of an active window (none of them if the second
        is less); None: there is no such window. `newest`: what is newest is there, too."""
        waits = self.stay.waits
        self.stay.attend(active=sight is not None, newest=newest and not waits)
        first, last = sight if sight and not waits else (1, 0)
        if self.stay.attended:
            first, last = (first if last else self.newest), self.newest
        self.reading.see(first, last, now)

    def told_read(self, told: ReadState) -> None:
        """How far this account has read, on whichever computer, and how much it has not."""
        if self.reading.tell(told):
            self.reading.knows_from(self.oldest)
            self._count_anew()
            self.stay.starts_at(self.read)

    def wanted(self, *, mention: bool = False) -> int:
        """How many older entries are to be asked for now, so that the room can be shown from where it was
        read to; or so that an unread `mention` is found. 0: none."""
        return 0 if self.loading or (self.refused and not mention) else self.opening.wanted(mention=mention)

    def take_wanted(self, *, mention: bool = False) -> LoadOlder | None:
        """Those, as they are asked for: they are under way then. None: none."""
        limit = self.wanted(mention=mention)
        if not limit:
            return None
        return self.load(limit, self.opening.take_before(mention=mention))

    def look_away(self) -> None:
        """It is not on the screen any more."""
        self.opening.look_away(loading=self.loading)
        self.stay.end()
        self.set_aside()

    # -- the outbox ----------------------------------------------------------------------------

    def waits(self, outgoing: Outgoing) -> None:
        self.outgoing[outgoing.say.id] = outgoing
        self._fold_tail()

    def marked(self, id: str, sign: Sign, reason: str = "", seq: int | None = None) -> bool:
        """Change the sign of a message of the outbox. False when it is not (or no longer) there."""
        outgoing = self.outgoing.get(id)
        if outgoing is None:
            return False
        if seq is not None and self.oldest <= seq <= self.newest:
            del self.outgoing[id]  # its row came before its answer
        else:
            outgoing.sign, outgoing.reason, outgoing.seq = sign, reason, seq
        self._fold_tail()
        return True

    def forget(self, id: str) -> Outgoing | None:
        outgoing = self.outgoing.pop(id, None)
        if outgoing:
            self._fold_tail()
        return outgoing

    @property
    def waiting(self) -> int:
        return sum(outgoing.sign in ("waiting", "unreachable") for outgoing in self.outgoing.values())

    # -- people --------------------------------------------------------------------------------

    def people(self, members: Sequence[Member], *, more: bool = False) -> None:
        self.crowd.are(members, more=more)
        self.hues.here(self.members.keys() - {self._fold.me.account})

    def people_changed(self, change: PeopleChanged) -> None:
        self.crowd.changed(change)
        for member in change.members:
            if member.account in self.members and member.account != self._fold.me.account:
                self.hues.came(member.account)
        for account in change.gone:
            self.hues.left(account)

    # ------------------------------------------------------------------------------------------

    def _restart(self) -> None:
        """Show from now on only what comes: what is shown and what comes do not touch."""
        self.clear()
        self.rules.gap()
        self.spoken = False
        self.reading.forget()
        self.stay.emptied()

    def _take(self, event: StoredEvent) -> None:
        """An entry that is in memory now, whatever it is."""
        self.rules.take(event, self._fold.me.account)
        self.opening.heard(event, self._fold.me.account)

    def _arrived_message(self, event: MessageEvent) -> None:
        if event.account == self._fold.me.account:
            self.outgoing.pop(event.id, None)
        elif self.read is not None and event.seq > self.read and self._counts(event):
            is_first = self.stay.on and not self.reading.unread
            self.reading.came(event.seq, means_me=self._means_me(event))
            if not self.detached:
                self.stay.came(event.seq, is_first=is_first)

    def _counts(self, event: MessageEvent) -> bool:
        """It is unread as long as it is not read."""
        return event.account != self._fold.me.account and not event.deleted

    def _means_me(self, event: MessageEvent | EditedEvent) -> bool:
        return self._fold.me.is_meant(event.text, event.mentions)

    def _count_anew(self) -> None:
        """Of what is in memory other messages are new than was thought."""
        self.reading.count_anew(self.said_by_others(), self.oldest, self.last)

    def _tell_restored(self, at: int) -> None:
        if self._restored:
            self._fold.restored(self.rows, at, self._restored[0])
            self._restored = None

    def _reached_top(self) -> None:
        if not self.rows:
            return
        if self.reading.known_from <= self.last + 1:
            self.reading.known_from = 1
        self.begins(beginning(self.label, self.rows[0].at, spoken=self.spoken, direct=self.kind == "direct"))

    def _fold_tail(self) -> None:
        self.tail = tail(self.rows, self.outgoing, self.tail, self._fold, self.quotes)
