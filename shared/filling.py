"""How a room's copy is filled, within one life of its log: what is new, what is missing, what is older. Pure.

docs/protocol.md, "Catching up". Live events that come while a hole is filled wait in the room's cursor.
"""

from collections.abc import Callable

from shared.cursor import PAGE
from shared.held import Room
from shared.messages import History, HistoryAnswer, StoredEvent
from shared.tally import Tally

FIRST_PAGE = 100  # entries shown of a room that is opened
LONG_ABSENCE = 1000  # entries behind: more than this is not replayed, the newest page comes first


class Filling:
    """What is done about one room at a time. `complete`, `durable`: see CatchUp; `new_id` for requests."""

    def __init__(self, new_id: Callable[[], str], tally: Tally, *, complete: bool, durable: bool) -> None:
        self._new_id = new_id
        self._tally = tally
        self._complete = complete
        self._durable = durable

    def start(self, room: Room) -> None:
        """Show what the copy holds, before anybody is connected."""
        if not room.tell_completeness():
            return
        unhandled = room.handled is not None and room.handled < room.cursor.last
        room.replaying = self._durable and unhandled
        if not self._complete:
            self.older(room, FIRST_PAGE)

    # -- What is new ---------------------------------------------------------------------------

    def go_on(self, room: Room, head: int) -> None:
        """We are in it, and the copy is of this life: see from where on it is to be filled."""
        cursor = room.cursor
        cursor.told(head)
        if not room.begun or (not self._complete and cursor.behind > LONG_ABSENCE):
            if self._durable and not room.begun:
                room.keep_handled(head)
            self.begin_at(room, head)
        elif cursor.floor > cursor.last + 1:  # the broker has no more what would come next
            self.begin_at(room, cursor.floor - 1)
        if room.replaying and room.handled is not None:
            room.recall(room.handled, cursor.last, "new")

    def begin_at(self, room: Room, last: int) -> None:
        """What comes behind `last` is new; what is before it is loaded when somebody wants it."""
        room.cursor.begin_at(last)
        room.begun = True
        room.keep([])
        if not self._complete:
            room.wants_older = FIRST_PAGE

    def live(self, room: Room, events: list[StoredEvent]) -> None:
        """Events as they happen: they wait for those before them."""
        again = room.cursor.wait(events)
        self._tally["repeats"] += sum(seq > room.joined_at for seq in again)
        room.changed = True

    def deliver(self, room: Room) -> None:
        """Keep and tell what follows the copy without a hole."""
        run = room.cursor.ready()
        if run:
            room.keep(run)
            room.tell_arrived([event for event in run if event.seq > room.silent])
            if room.present.happened(run):
                room.tell_people()

    # -- What is older -------------------------------------------------------------------------

    def older(self, room: Room, limit: int) -> bool:
        """Tell up to `limit` entries before the oldest one shown; returns whether to ask the broker."""
        cursor = room.cursor
        if cursor.shown > cursor.first:
            upto = cursor.shown - 1
            cursor.shown = max(cursor.first, cursor.shown - limit)  # at once: who asks again goes further
            room.recall(cursor.shown - 1, upto, "older")
        elif room.begun and cursor.gap_before() is None:
            room.tell_older([], more=False)
        else:
            room.wants_older = min(limit, PAGE)
            return True
        return False

    # -- What the broker is asked --------------------------------------------------------------

    def ask(self, room: Room) -> None:
        """Ask for the next hole, else for what is older, if somebody waits for that."""
        hole = room.cursor.missing()
        gap = room.cursor.gap_before()
        if hole is not None:
            room.ask(self._new_id(), after=hole[0], limit=hole[1])
            self._tally["gaps"] += room.is_new_hole(hole[0], hole[0] + hole[1])
        elif room.wants_older and gap is not None:
            room.ask(self._new_id(), before=gap[0], limit=min(room.wants_older, gap[1]))
        elif room.wants_older:
            room.wants_older = 0
            room.tell_older([], more=False)

    def page(self, room: Room, request: History, answer: HistoryAnswer, events: list[StoredEvent]) -> None:
        """The page that was asked for; `events`: those of it that can be read."""
        room.asked, room.changed = None, True
        if request.after is not None:
            self._tally["filled"] += room.cursor.filled(events, answer.head)
        else:
            self._older_page(room, events, answer.more)

    def _older_page(self, room: Room, events: list[StoredEvent], more: bool) -> None:
        cursor = room.cursor
        room.wants_older = 0
        if not more:
            cursor.floor = min((event.seq for event in events), default=cursor.first)
        run = cursor.grow_back(events)
        room.keep(run)
        if run:
            cursor.shown = run[0].seq
        room.tell_older(run, more=cursor.shown > cursor.floor)

    def refused(self, room: Room, request: History) -> None:
        """The broker gave no page: it is asked again when it next tells a head."""
        if request.after is not None:
            room.cursor.filled([], room.cursor.head)
        else:
            room.wants_older = 0
            room.tell_older([], more=True)
