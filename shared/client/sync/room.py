"""One room as this computer holds it: its copy, and how far the conversation about it is. Pure.

What is to be kept, recalled, asked and told of it is appended to `out`.
"""

import msgspec
from loggia.shared.client import effects
from loggia.shared.client.completeness import Completeness
from loggia.shared.client.saved import SavedCopy
from loggia.shared.client.sync.cursor import PAGE, Cursor, members_page, page_events
from loggia.shared.client.sync.fork import ResumePoint
from loggia.shared.client.sync.roster import Present
from loggia.shared.client.updates import Arrived, Older, People, PeopleChanged, Presence, Update
from loggia.shared.protocol.answers import Error, JoinedAnswer, MembersAnswer
from loggia.shared.protocol.events import PresenceEvent, Received, StoredEvent
from loggia.shared.protocol.limits import LIST_PAGE
from loggia.shared.protocol.requests import History, Members
from msgspec import structs

# A subscription takes a moment to reach the broker; it is there when the second of the early pings behind the
# last join is answered.
PONGS_TO_LISTEN = 2
A_FEW = 10  # members of whom the log tells later


class Want(msgspec.Struct):
    """The program waits for up to `limit` older entries; `id`: of its LoadOlder. `before`: the entry before
    which they stand, or 0: before the oldest one shown."""

    limit: int
    id: str = ""
    before: int = 0

    @property
    def is_apart(self) -> bool:
        """It has a place of its own: whoever asks next goes on from where others were."""
        return bool(self.id and self.before)


class Given(msgspec.Struct):
    """The last older entries that were shown: for whom, and from where to where `shown` went."""

    id: str
    epoch: str
    before: int
    after: int


class RoomCopy(msgspec.Struct):
    """One room.

    `begun`: its copy holds a place in the log. `handled`: up to where the program has dealt with it, if it
    keeps that; `handles`: it is not written down yet. `asked`: the request under way. `wants`: who waits for
    older entries, in order; `given`: who got some last. `page`: how many entries the broker gives at once.
    `refused`: why it gave none of what is missing.
    `replaying`: what the program has not handled comes from the copy first. `changed`: its completeness may
    not be what was `told`. `hole`: the one that is being filled, as far as it was asked for. `joined_at`: the
    room's head when we came in: what is not behind it may well come again. `since`: where a copy begins, if
    not there.

    `anchor`: the entry before the copy is in the file, though it was not told: it tells this life from others
    while the copy is empty. `sought`: the one that was asked for; 0: none.

    `members_wanted`: somebody looks at who is there; `members_asked`: the page of them under way, of at
    most `members_page`; `people_changed`: who is there is to be told anew; or else `changed_people`, of
    these accounts. `people_pongs`: a broadcast of how they are may have been lost, so who looks at them looks
    again after so many more answers to pings; None: nothing was lost.

    `old`: the copies of earlier lives of the log, the newest last. `place`: the log began a new life; where
    we go on in it is not known yet. `before`: up to where earlier lives are the same as this one at least,
    by epoch. `silent`: entries up to here were told in the last one.
    """

    name: str
    out: effects.Out
    cursor: Cursor = msgspec.field(default_factory=Cursor)
    epoch: str = ""
    begun: bool = False
    handled: int | None = None
    handles: bool = False
    entered: bool = False
    asked: str | None = None
    wants: list[Want] = msgspec.field(default_factory=list)
    given: Given | None = None
    page: int = PAGE
    refused: str = ""
    present: Present = msgspec.field(default_factory=Present)
    replaying: bool = False
    changed: bool = False
    told: Completeness | None = None
    hole: tuple[int, int] | None = None
    joined_at: int = 0
    since: int | None = None
    anchor: int = 0
    sought: int = 0
    old: list[SavedCopy] = msgspec.field(default_factory=list)
    place: ResumePoint | None = None
    before: dict[str, int] = msgspec.field(default_factory=dict)
    silent: int = 0
    members_asked: str | None = None
    members_wanted: bool = False
    members_page: int = LIST_PAGE
    people_pongs: int | None = None
    people_changed: bool = False
    changed_people: dict[str, None] = msgspec.field(default_factory=dict)

    def enter(self, answer: JoinedAnswer) -> None:
        """The broker has us in it."""
        self.entered = self.changed = True
        self.asked, self.joined_at = None, answer.head
        self.page, self.refused = page_events(answer.limits), ""
        private = answer.kind != "public"
        self.present = Present(answer.members, as_of=answer.head, more=answer.members_more, private=private)
        self.members_page = members_page(answer.limits)
        self.people_changed = True
        self.people_missed(PONGS_TO_LISTEN)
        self.cursor.floor = max(answer.first, 1)

    def people_missed(self, pongs: int) -> None:
        """A broadcast of how they are may have been lost, also until so many pings more are answered."""
        if not self.present.private:  # whose events come down our own connection
            self.people_pongs = max(self.people_pongs or 0, pongs)

    def ponged(self, request_id: str) -> None:
        """The broker answered a ping that told of this room."""
        if self.people_pongs and self.cursor.behind <= self.page:  # who is in it is known with the next page
            self.people_pongs -= 1
            if self.people_pongs == 0 and self.present.next_page is None:
                self.ask_members(request_id)

    def leave(self) -> None:
        """We are not in it any more: nothing that was asked will be answered."""
        self.entered, self.changed = False, True
        self.asked = self.place = self.members_asked = None
        self.sought = 0

    def is_known(self, seq: int, epoch: str) -> bool:
        """Whether an entry that was told in the life `epoch` is in the log's present life."""
        return epoch in ("", self.epoch) or seq <= self.before.get(epoch, 0)

    @property
    def unanchored(self) -> int:
        """The entry that an empty copy begins behind, if the broker has it and the file has not; else 0."""
        last = self.cursor.last
        return last if self.cursor.empty and self.anchor != last >= self.cursor.floor else 0

    def copy(self) -> SavedCopy:
        """What is held of this life, for when it is over."""
        return SavedCopy(
            room=self.name,
            epoch=self.epoch,
            spans=self.cursor.spans(),
            handled=self.handled,
            anchored=0 < self.anchor == self.cursor.first - 1,
        )

    def is_new_hole(self, begin: int, end: int) -> bool:
        """Whether this is another hole than the last one, which may be asked for often and in many pages."""
        same = self.hole is not None and self.hole[0] <= begin <= self.hole[1]
        self.hole = (begin, end)
        return not same

    def seen(self, event: PresenceEvent) -> None:
        """Somebody in it is away, or back, or has another status."""
        self.tell(Presence(event=event))
        if self.present.seen(event):
            self.changed_people[event.account] = None

    def want(self, limit: int, id: str = "", before: int = 0) -> None:
        """The program waits for older entries; without an id it does so once, however often it asks, and
        where it did last."""
        same = None if id else next((want for want in self.wants if not want.id), None)
        if same is None:
            self.wants.append(Want(limit, id, before))
        else:
            same.limit, same.before = max(same.limit, limit), before or same.before

    def want_newest(self, limit: int) -> None:
        """The same, of a room that is shown anew: whoever asked for older ones by an id comes behind that."""
        self.want(limit)
        self.wants.sort(key=lambda want: bool(want.id))
        self.wants[0].before = 0

    # -- What is to be done --------------------------------------------------------------------

    def ask_members(self, request_id: str) -> None:
        """Ask the broker for the next page of who is there, if there is one that somebody wants."""
        if not (self.entered and self.members_wanted and self.members_asked is None):
            return
        present, most = self.present, self.members_page
        if self.people_pongs == 0:
            self.people_pongs = None
            present.look_again()
        if (after := present.again_page) is not None:
            most = min(most, present.count + A_FEW)  # a page costs what it may hold
        else:
            after = present.next_page
        if after is not None:
            self.out.append(Members(id=request_id, room=self.name, after=after, limit=most))
            self.members_asked = request_id

    def take_members(self, answer: MembersAnswer | None) -> None:
        """The page that was asked for, if one was given."""
        self.members_asked = None
        if answer is None:
            self.present.stop_looking()
        elif self.present.again_page is not None:
            changed = self.present.seen_again(answer.members, more=answer.more)
            self.changed_people.update(dict.fromkeys(changed))
        else:
            self.people_changed = True
            self.present.page(answer.members, more=answer.more)

    def ask(self, request_id: str, **page: int) -> None:
        """Ask the broker for a page."""
        self.out.append(History(id=request_id, room=self.name, **page))
        self.asked = request_id

    def recall(
        self, after: int, upto: int, purpose: effects.Purpose, id: str = "", *, epoch: str = ""
    ) -> None:
        """Read entries from the copy, or from that of another life, if that is not none."""
        if upto > after:
            self.out.append(effects.Recall(self.name, epoch or self.epoch, after, upto, purpose, id))

    def keep(self, entries: list[Received]) -> None:
        """Put entries into the copy; the cursor holds them already."""
        self.changed = True
        self.out.append(effects.KeepCopy(self.name, self.epoch, entries, self.cursor.spans()))

    def keep_anchor(self, entries: list[Received]) -> None:
        """Put the entry before the copy into the file; no span counts it."""
        found = [entry for entry in entries if entry.seq == self.sought]
        if found:
            self.anchor = self.sought
            self.out.append(effects.KeepCopy(self.name, self.epoch, found, self.cursor.spans()))

    def keep_handled(self, seq: int) -> None:
        """It is written down at the end of the turn: a bot handles a hundred entries in one."""
        self.handled, self.handles = seq, True

    def settle_handled(self) -> None:
        """Write down what was handled, before the turn or the life ends that it is of."""
        if self.handles and self.handled is not None:
            self.out.append(effects.KeepHandled(self.name, self.epoch, self.handled))
        self.handles = False

    def keep_handled_before(self, seq: int, epoch: str) -> None:
        """It was of a life that is over, and may come back."""
        for at, copy in enumerate(self.old):
            if copy.epoch == epoch and (copy.handled or 0) < seq <= copy.last:
                self.old[at] = structs.replace(copy, handled=seq)
                self.out.append(effects.KeepHandled(self.name, epoch, seq))

    def tell_arrived(self, events: list[StoredEvent]) -> None:
        if events:
            self.tell(Arrived(room=self.name, events=events, epoch=self.epoch))

    def tell_older(
        self, events: list[StoredEvent], *, more: bool, id: str = "", refused: Error | None = None
    ) -> None:
        older = Older(room=self.name, events=events, more=more, id=id, epoch=self.epoch, refused=refused)
        self.tell(older)

    def tell_people(self) -> None:
        """Tell who is there, as far as that is not what was told: the list is long where the room is full."""
        present, more = self.present, self.present.more
        shown_out = present.take_shown_out() if self.people_changed or self.changed_people else []
        if self.people_changed:
            self.tell(People(room=self.name, members=present.members(), more=more, shown_out=shown_out))
        elif self.changed_people:
            found = {account: present.get(account) for account in self.changed_people}
            here = [member for member in found.values() if member is not None]
            gone = [account for account, member in found.items() if member is None]
            self.tell(PeopleChanged(room=self.name, members=here, gone=gone, more=more, shown_out=shown_out))
        self.people_changed = False
        self.changed_people.clear()

    def tell_completeness(self) -> bool:
        """Tell how much of it is here, if that is not what was told; returns whether it was."""
        cursor = self.cursor
        if not cursor.filling:
            self.hole = None
        now = Completeness(
            room=self.name,
            first=cursor.first,
            last=cursor.last,
            head=cursor.head,
            oldest=cursor.floor,
            filling=cursor.filling,
            older=cursor.not_loaded,
            current=self.entered,
            refused=self.refused if cursor.filling else "",
        )
        if not self.begun or self.place is not None or now == self.told:
            return False
        self.told = now
        self.tell(now)
        return True

    def tell(self, update: Update) -> None:
        self.out.append(effects.Tell(update))
