# SPDX-License-Identifier: GPL-3.0-only
"""One room as the window shows it: rows, people, outbox, unread. Pure: no thread, no clock, no Qt."""

from bisect import bisect_left, insort
from collections.abc import Sequence

import msgspec
from loggia.qtclient.state.hues import Hues
from loggia.qtclient.state.kinds import kind_of, labelled
from loggia.qtclient.state.message import Key, Sign, quote_of
from loggia.qtclient.state.rows import Beginning, Fresh, Row, RowBuilder, shown_name
from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy, Completeness
from loggia.shared.client.updates import PeopleChanged, ReadState, VoidCopy
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import ConfiguredEvent, MessageEvent, RenamedEvent, StoredEvent
from loggia.shared.protocol.roles import RoomKind
from msgspec import structs

MOST_PEOPLE = 20_000  # of a room that are sorted and shown; the others are counted
Rank = tuple[bool, str, str]  # where somebody stands in the list
GONE = "the server had it and lost it: its log was restored from a backup, or is damaged."


class Outgoing(msgspec.Struct):
    """A message of the outbox. `seq`: where it is stored, once that was answered."""

    say: Say
    at: int
    sign: Sign = "waiting"
    reason: str = ""
    seq: int | None = None


class Room:
    """`rows` grow at both ends; `shift` is how many stand before the first row ever shown, so that
    the row at index i keeps the number i - shift for ever. `tail` are the messages that still wait."""

    def __init__(self, name: str, fold: RowBuilder, read: int | None = None) -> None:
        self.name = name
        self.title = name  # what people call it
        self.kind: RoomKind = kind_of(name)
        self.rows: list[Row] = []
        self.shift = 0
        self.tail: list[Row] = []
        self.outgoing: dict[str, Outgoing] = {}
        self.members: dict[str, Member] = {}
        self._ranks: list[Rank] = []  # of those, in their order
        self.people_told = 0  # how often that was another
        self.people_count = 0
        self.people_more = False  # there are others, too
        self.people_asked = False
        self.hues = Hues()
        self.read = read
        self.epoch = ""  # the life of the log that we were told of
        self._told_read = -1  # where our mark is, as the server says; -1: it did not yet
        self._is_guess = False  # until the server says where it is
        self.unread = 0
        self.mentions = 0
        self.held = Completeness(room=name)  # how much of its log this computer has
        self.old: list[ArchivedCopy] = []  # what it had before the server's log was restored
        self.oldest = self.newest = 0  # what the rows show
        self.listed = False
        self.entered = False
        self.loading = False
        self.at_top = False
        self.spoken = False
        self._restored: tuple[ArchivedCopy, int] | None = None  # to be told behind the entry of that number
        self._fold = fold

    # -- the log -------------------------------------------------------------------------------

    def arrived(self, events: Sequence[StoredEvent], *, attended: bool) -> None:
        """New entries of the log, behind those that are shown."""
        if self.newest and events[0].seq > self.newest + 1:
            self._restart()
        for event in events:
            if event.seq <= self.newest:
                continue
            if self._restored and event.seq > self._restored[1]:
                self._tell_restored(event.at)
            self.oldest = self.oldest or event.seq
            self.newest = event.seq
            self._call_anew(event)
            if isinstance(event, MessageEvent):
                self.spoken = True
                self._arrived_message(event, attended)
            self._fold.extend(self.rows, (event,))
        if self._restored and self.newest == self._restored[1]:
            self._tell_restored(self.rows[-1].at)
        if self.oldest == 1 or self.at_top:
            self._reached_top()
        self._fold_tail()

    def _call_anew(self, event: StoredEvent) -> None:
        """It has another title, or somebody in the conversation another name."""
        if isinstance(event, ConfiguredEvent) and self.kind == "private":
            self.known_as(event.title, self.kind)
        elif isinstance(event, RenamedEvent) and self.kind == "direct":
            others = [event.nick if nick == event.was else nick for nick in self.title.split(", ")]
            self.known_as(", ".join(sorted(others)), self.kind)

    def older(self, events: Sequence[StoredEvent], more: bool, *, attended: bool) -> None:
        """A page before what is shown; or the first page, or the newest one after a long absence."""
        self.loading = more and not events  # refused: asked again when the room is entered again
        if events and events[0].seq > self.newest:
            self._restart()
            self.arrived(events, attended=attended)
        elif events:
            before = len(self.rows)
            self.oldest = events[0].seq
            self.spoken = self.spoken or any(isinstance(event, MessageEvent) for event in events)
            self._fold.prepend(self.rows, events)
            self.shift += len(self.rows) - before
        if not more:
            self._reached_top()
        self._fold_tail()

    def void(self, void: VoidCopy) -> None:
        """The log began a new life: show that one, and say so.

        What waits here still waits. A message that was stored, and has no row yet, may be gone.
        """
        self._restart()
        self.epoch, self.old = void.epoch, void.copies(self.old)
        self._restored = void.old, void.head
        self.unread = self.mentions = 0
        self.read, self.loading = void.head, False
        self._told_read, self._is_guess = -1, True
        for outgoing in self.outgoing.values():
            if outgoing.seq is not None:
                outgoing.sign, outgoing.reason = "failed", GONE
                epoch = void.renamed.get(outgoing.say.epoch, outgoing.say.epoch) or void.old.epoch
                outgoing.say = structs.replace(outgoing.say, epoch=epoch)
        self._fold_tail()

    def known_head(self, head: int) -> None:
        """A room never read before begins as read: only what comes from now on is new."""
        self.listed = self.entered = True
        self.people_asked = False
        self.loading = False
        if self.read is None:
            self.read, self._is_guess = head, True

    def known_as(self, title: str, kind: RoomKind) -> None:
        """As the broker says who we come to."""
        self.title, self.kind = shown_name(title) or self.name, kind
        if self.at_top:
            self._reached_top()

    @property
    def label(self) -> str:
        """With its sign: a conversation is called by who the others are."""
        return labelled(self.title, self.kind)

    def me_known(self) -> None:
        self.rows[:] = [self._fold.mine(row) for row in self.rows]
        self._fold_tail()

    # -- reading -------------------------------------------------------------------------------

    def attend(self) -> None:
        """All that is here has been seen. The mark never goes back, also where an older copy is shown."""
        self.unread = self.mentions = 0
        if self.newest:
            self.read = max(self.read or 0, self.newest)

    def told_read(self, told: ReadState, *, attended: bool) -> None:
        """How far this account has read, on whichever computer, and how much it has not. A room never read
        anywhere begins as read."""
        if self._told_read < 0 and told.read and self._is_guess:
            self.read = told.read
        self._is_guess = False
        self._told_read = told.read
        self.read = max(self.read or 0, told.read)
        if not attended and self.read == told.read:
            self.unread, self.mentions = told.unread, told.mentions

    def take_mark(self) -> int | None:
        """Up to where we have read, if the server does not know it; from now on it does."""
        if self.read is None or not 0 <= self._told_read < self.read:
            return None
        self._told_read = self.read
        return self.read

    def look_away(self) -> None:
        """The room is no longer on the screen: what was new is not new the next time."""
        for index in reversed(range(len(self.rows))):
            if isinstance(self.rows[index], Fresh):
                del self.rows[index]
                return

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
        self.people_count, self.people_more = len(members), more
        self.members = {member.account: shown_member(member) for member in members[:MOST_PEOPLE]}
        self._ranks = sorted(map(_rank, self.members.values()))
        self.hues.here(self.members.keys() - {self._fold.me.account})
        self.people_told += 1

    def people_changed(self, change: PeopleChanged) -> None:
        """Each costs about the same, however many are there."""
        for account in [*change.gone, *(member.account for member in change.members)]:
            before = self.members.pop(account, None)
            if before is not None:
                self.people_count -= 1
                del self._ranks[bisect_left(self._ranks, _rank(before))]
        for member in change.members:
            self.people_count += 1
            if len(self.members) < MOST_PEOPLE:
                shown = self.members[member.account] = shown_member(member)
                insort(self._ranks, _rank(shown))
                if member.account != self._fold.me.account:
                    self.hues.came(member.account)
        for account in change.gone:
            self.hues.left(account)
        self.people_more = change.more
        self.people_told += 1

    def first_people(self, most: int) -> list[Member]:
        """At most so many of them: who is there first, then by name."""
        return [self.members[account] for _, _, account in self._ranks[:most]]

    # ------------------------------------------------------------------------------------------

    def _restart(self) -> None:
        """Show from now on only what comes: what is shown and what comes do not touch."""
        self.rows.clear()
        self.shift = self.oldest = self.newest = 0
        self.at_top = self.spoken = False

    def _arrived_message(self, event: MessageEvent, attended: bool) -> None:
        me = self._fold.me
        if event.account == me.account:
            self.outgoing.pop(event.id, None)
            return
        if self.read is None or event.seq <= self.read:
            return
        if attended:
            self.read = event.seq
            return
        if not self.unread:
            self.look_away()
            self._fold.fresh(self.rows, event.at)
        self.unread += 1
        self.mentions += me.named_in(event.text)

    def _tell_restored(self, at: int) -> None:
        if self._restored:
            self._fold.restored(self.rows, at, self._restored[0])
            self._restored = None

    def _reached_top(self) -> None:
        if not self.rows:
            return
        top = beginning(self.label, self.rows[0].at, spoken=self.spoken)
        if not self.at_top:
            self.at_top = True
            self.rows.insert(0, top)
            self.shift += 1
        elif self.rows[0] != top:
            self.rows[0] = top

    def _fold_tail(self) -> None:
        before = self.rows[-2:]  # the last may be people who came and went, which parts no group
        tail: list[Row] = list(before)
        for outgoing in self.outgoing.values():
            quote = quote_of(self.rows, outgoing.say.reply_to)
            self._fold.waiting(
                tail, outgoing.say, at=outgoing.at, sign=outgoing.sign, reason=outgoing.reason, quote=quote
            )
        known = {row.key: row for row in self.tail}
        self.tail = [row if known.get(row.key) != row else known[row.key] for row in tail[len(before) :]]


def _rank(member: Member) -> Rank:
    return member.presence != "online", member.nick.casefold(), member.account


def shown_member(member: Member) -> Member:
    """A name that no broker allows is cut."""
    nick = shown_name(member.nick)
    return member if nick == member.nick else structs.replace(member, nick=nick)


def beginning(label: str, at: int, *, spoken: bool) -> Beginning:
    key: Key = ("beginning", 0)
    text = "This is where the room begins." if spoken else "Nobody has said anything yet. Say hello."
    return Beginning(key, at, label, text)
