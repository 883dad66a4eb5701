"""How a room's copy is filled, within one life of its log: what is new, what is missing, what is older. Pure.

docs/protocol.md, "Catching up". Live events that come while a hole is filled wait in the room's cursor.
"""

from collections.abc import Callable

from loggia.shared.client.sync.room import Given, RoomCopy, Want
from loggia.shared.client.tally import Tally
from loggia.shared.protocol.answers import Error, HistoryAnswer
from loggia.shared.protocol.events import Received
from loggia.shared.protocol.requests import History

FIRST_PAGE = 100  # entries shown of a room that is opened
LONG_ABSENCE = 1000  # entries behind: more than this is not replayed, the newest page comes first


class Backfill:
    """What is done about one room at a time. `complete`, `durable`: see Sync; `new_id` for requests."""

    def __init__(self, new_id: Callable[[], str], tally: Tally, *, complete: bool, durable: bool) -> None:
        self._new_id = new_id
        self._tally = tally
        self._complete = complete
        self._durable = durable

    def start(self, room: RoomCopy) -> None:
        """Show what the copy holds, before anybody is connected."""
        if not room.tell_completeness():
            return
        unhandled = room.handled is not None and room.handled < room.cursor.last
        room.replaying = self._durable and unhandled
        if not self._complete:
            room.want(FIRST_PAGE)
            self.serve(room)

    # -- What is new ---------------------------------------------------------------------------

    def go_on(self, room: RoomCopy, head: int) -> None:
        """We are in it, and the copy is of this life: see from where on it is to be filled."""
        cursor = room.cursor
        cursor.told(head)
        if not room.begun or (not self._complete and cursor.behind > LONG_ABSENCE):
            begin = head if room.begun or room.since is None else min(room.since, head)
            if self._durable and not room.begun:
                room.keep_handled(begin)
            self.begin_at(room, begin)
        elif cursor.floor > cursor.last + 1:  # the broker has no more what would come next
            self.begin_at(room, cursor.floor - 1)
        if room.replaying and room.handled is not None:
            room.recall(room.handled, cursor.last, "new")

    def begin_at(self, room: RoomCopy, last: int) -> None:
        """What comes behind `last` is new; what is before it is loaded when somebody wants it."""
        room.cursor.begin_at(last)
        room.begun = True
        room.anchor = room.sought = 0
        room.keep([])
        if not self._complete:
            room.want_newest(FIRST_PAGE)

    def live(self, room: RoomCopy, entries: list[Received]) -> None:
        """Events as they happen: they wait for those before them."""
        again = room.cursor.wait(entries)
        self._tally["repeats"] += sum(seq > room.joined_at for seq in again)
        room.changed = True

    def deliver(self, room: RoomCopy) -> None:
        """Keep and tell what follows the copy without a hole."""
        run = room.cursor.ready()
        if run:
            room.keep(run)
            events = [entry.event for entry in run]
            room.tell_arrived([event for event in events if event.seq > room.silent])
            room.changed_people.update(dict.fromkeys(room.present.happened(events)))

    # -- What is older -------------------------------------------------------------------------

    def serve(self, room: RoomCopy) -> bool:
        """Tell those who wait what the copy holds; returns whether the broker must be asked for more."""
        cursor = room.cursor
        while room.wants:
            want = room.wants[0]
            before = cursor.within(want.before) if want.before else cursor.shown
            if before > cursor.first:
                self._give(room, room.wants.pop(0), before)
            elif room.begun and cursor.gap_before() is None:
                room.tell_older([], more=False, id=room.wants.pop(0).id)
            else:
                if want.before:
                    want.before = before  # what is missing there is its page
                return True
        return False

    def _give(self, room: RoomCopy, want: Want, before: int) -> None:
        """Show what the copy holds; who asks next goes further, though this is only read then."""
        after = max(room.cursor.first, before - want.limit)
        if not want.is_apart:
            room.given = Given(want.id, room.epoch, before, after)
            room.cursor.shown = after
        room.recall(after - 1, before - 1, "older", want.id)

    def drop(self, room: RoomCopy, id: str) -> None:
        """Nobody waits for this any more: what it was or would be given is the next one's."""
        room.wants = [want for want in room.wants if want.id != id]
        given, cursor = room.given, room.cursor
        if given is not None and (given.id, given.epoch, given.after) == (id, room.epoch, cursor.shown):
            cursor.shown = given.before

    # -- What the broker is asked --------------------------------------------------------------

    def ask(self, room: RoomCopy) -> None:
        """Ask for the entry that we begin behind, for the next hole, or for what somebody waits for."""
        if self._complete and (anchor := room.unanchored) not in (0, room.sought):
            room.sought = anchor
            room.ask(self._new_id(), after=anchor - 1, limit=1)
            return
        hole = room.cursor.missing(room.page)
        if hole is not None:
            room.ask(self._new_id(), after=hole[0], limit=hole[1])
            if room.is_new_hole(hole[0], hole[0] + hole[1]):
                self._tally["gaps"] += 1
                if (
                    room.cursor.is_ahead
                ):  # else the broadcast may still come behind the answer that tells of it
                    room.people_missed(1)
        elif self.serve(room) and (gap := room.cursor.gap_before()) is not None:
            room.ask(self._new_id(), before=gap[0], limit=min(room.wants[0].limit, gap[1], room.page))

    def page(self, room: RoomCopy, request: History, answer: HistoryAnswer, entries: list[Received]) -> None:
        """The page that was asked for; `entries`: those of it that can be read."""
        room.asked, room.changed, room.refused = None, True, ""
        if request.after is not None and request.after + 1 == room.sought:
            room.keep_anchor(entries)
        elif request.after is not None:
            self._tally["filled"] += room.cursor.filled(entries, answer.head)
        else:
            self._older_page(room, entries, answer.more)

    def _older_page(self, room: RoomCopy, entries: list[Received], more: bool) -> None:
        cursor = room.cursor
        if not more:
            cursor.floor = min((entry.seq for entry in entries), default=cursor.first)
        run = cursor.grow_back(entries)
        room.keep(run)
        if run and room.wants:  # the page is the answer, whatever the copy holds before it
            room.wants[0].limit = min(room.wants[0].limit, len(run))
        elif self.serve(room):  # it does not join on: asking again would not help
            room.tell_older([], more=cursor.first > cursor.floor, id=room.wants.pop(0).id)
        self.serve(room)

    def refused(self, room: RoomCopy, request: History, error: Error) -> None:
        """The broker gave no page: it is asked again when it next tells a head."""
        room.changed = True
        if request.after is not None and request.after + 1 == room.sought:
            self.ask(room)  # what else is wanted
        elif request.after is not None:
            room.cursor.filled([], room.cursor.head)
            room.refused = error.text
        elif self.serve(room):
            room.tell_older([], more=True, id=room.wants.pop(0).id, refused=error)
            self.serve(room)  # others, for whom it is here
