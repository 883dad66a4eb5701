# SPDX-License-Identifier: GPL-3.0-only
"""How far one room is read, and how much of it is not. Pure: no thread, no Qt; time is an argument.

The broker counts. From there it is counted on by the messages that are in memory: what came since, and what
is read here and the broker has not been told yet.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from loggia.qtclient.state.kept_rows import KeptRows
from loggia.qtclient.state.sight import Sight, Span, joined
from loggia.shared.client.updates import ReadState


class ReadSoFar:
    """Of the room with these rows. `mark`: up to where it is read; None: nobody knows yet. It never goes back
    within one life of the log. What stands behind it and was seen all the same, as somebody went there,
    counts as read only once what is before it is. `known_from`: the first entry that came here, and may have
    no row any more; 0: none did. None of what stands between the two, and did not come, is read for what is
    behind."""

    def __init__(self, kept: KeptRows, mark: int | None = None) -> None:
        self._kept = kept
        self.mark = mark
        self.known_from = 0
        self._told: ReadState | None = None
        self._sent = -1  # the mark that the server knows of; -1: it did not say yet
        self._is_guess = False  # until the server says where it is
        self._let_in_at = 0
        self._others = array("q")  # messages of others that came here, behind the server's mark
        self._mentions = array("q")  # those of them that mean me
        self._sight = Sight()
        self._seen: list[Span] = []  # behind the mark, with something unread in between
        self._shown_mention = 0  # the last one that somebody went to

    # -- what there is -------------------------------------------------------------------------

    @property
    def unread(self) -> int:
        return self._count(self._others, self._told.unread if self._told else 0)

    @property
    def mentions(self) -> int:
        """Of what is unread, how many mean me and were not seen yet."""
        count = self._count(self._mentions, self._told.mentions if self._told else 0)
        return max(count - sum(map(self._is_seen, self._unread_mentions())), 0) if count else 0

    def _count(self, seqs: "array[int]", told: int) -> int:
        """Of `seqs` and those not in memory; the server counted `told` of them."""
        mark, known = self.mark or 0, self._told
        if known is None or mark >= known.upto:
            return len(seqs) - bisect_right(seqs, mark) if seqs else 0
        read_since = bisect_right(seqs, mark) - bisect_right(seqs, known.read)
        return max(told - read_since + len(seqs) - bisect_right(seqs, known.upto), 0)

    @property
    def is_counted(self) -> bool:
        """Whatever is unread is in memory, or the server has counted it."""
        return self._is_whole or (self._told is not None and self._told.upto >= self.known_from - 1)

    @property
    def _is_whole(self) -> bool:
        """Nothing behind the mark is missing in memory, in front of what is there."""
        return self.known_from <= (self.mark or 0) + 1

    def holds(self, seq: int) -> None:
        """The newest entry, whatever it is, is in memory."""
        self.known_from = self.known_from or seq

    def came(self, seq: int, *, means_me: bool) -> None:
        """Somebody else said something: the newest message."""
        if seq > self._base:
            self._others.append(seq)
            if means_me:
                self._mentions.append(seq)

    def came_before(self, messages: Sequence[tuple[int, bool]]) -> None:
        """Messages of others before all that are known, ascending: where, and whether they mean me."""
        behind = [message for message in messages if message[0] > self._base]
        self._others[:0] = array("q", [seq for seq, _ in behind])
        self._mentions[:0] = array("q", [seq for seq, means_me in behind if means_me])

    def count_anew(self, messages: Sequence[tuple[int, bool]], first: int, last: int) -> None:
        """These are all that others said among the entries `first` to `last`; elsewhere all is as it was."""
        behind = [message for message in messages if message[0] > self._base]
        others, mentions = (seq for seq, _ in behind), (seq for seq, means_me in behind if means_me)
        for seqs, anew in ((self._others, others), (self._mentions, mentions)):
            seqs[bisect_left(seqs, first) : bisect_right(seqs, last)] = array("q", anew)

    def knows_from(self, first: int) -> None:
        """Of what is before that entry nothing is known any more but what the server counted."""
        if first > self.known_from:
            self.known_from = first
            for seqs in (self._others, self._mentions):
                del seqs[: bisect_left(seqs, first)]

    def is_deleted(self, seq: int) -> None:
        """The server does not count it any more, and says so later."""
        for seqs in (self._others, self._mentions):
            at = bisect_left(seqs, seq)
            if at < len(seqs) and seqs[at] == seq:
                del seqs[at]

    def is_edited(self, seq: int, *, means_me: bool) -> None:
        """One of theirs says something else: then it is one to go to, or none any more. How many there are
        the server says later."""
        at, place = bisect_left(self._mentions, seq), bisect_left(self._others, seq)
        is_there = self._mentions[at : at + 1] == array("q", [seq])
        if is_there and not means_me:
            del self._mentions[at]
        elif means_me and not is_there and self._others[place : place + 1] == array("q", [seq]):
            self._mentions.insert(at, seq)

    def forget(self) -> None:
        """Nothing is in memory any more, nor on the screen."""
        self.known_from = 0
        self._others, self._mentions = array("q"), array("q")
        self.look_away()

    # -- how far it is read --------------------------------------------------------------------

    def begins_at(self, head: int) -> bool:
        """A room never read before begins as read up to there: only what is behind that is new. True if it is
        one."""
        if self.mark is not None:
            return False
        self.mark, self._is_guess = head, True
        return True

    def let_in(self, seq: int) -> bool:
        """By that entry, which is in memory, this account came into the room: where nothing was ever read,
        what is before it is no news. True if that is so."""
        if self.mark != 0:
            return False
        self.mark = self._let_in_at = seq
        self._told = None  # the server counted from the room's begin; it counts from here once it is told
        return True

    def void(self, head: int) -> None:
        """The log began a new life, which goes to `head` so far."""
        self.forget()
        self.mark, self._told = head, None
        self._sent, self._is_guess, self._let_in_at = -1, True, 0

    def tell(self, told: ReadState) -> bool:
        """How far this account has read, on whichever computer, and how much it has not. True when that is
        the first that is known of it, and another place than was thought."""
        before, is_first = self.mark, self._sent < 0
        if is_first and self._is_guess and told.read:
            self.mark = told.read
            self.look_away()  # what was seen meanwhile was not gone to past what is unread
        self._is_guess = False
        self._told, self._sent = told if told.read >= self._let_in_at else None, told.read
        self.mark = max(self.mark or 0, told.read)
        for seqs in (self._others, self._mentions):
            del seqs[: bisect_right(seqs, self._base)]
        self._advance()
        return is_first and self.mark != before

    def take_mark(self) -> int | None:
        """Up to where we have read, if the server does not know it; from now on it does."""
        if self.mark is None or not 0 <= self._sent < self.mark:
            return None
        self._sent = self.mark
        return self.mark

    @property
    def _base(self) -> int:
        """Behind which messages are kept: the server counts from there."""
        return self._told.read if self._told else self.mark or 0

    # -- what is seen --------------------------------------------------------------------------

    def see(self, first: int, last: int, now: float) -> None:
        """The entries `first` to `last` are on the screen of an active window, none if `last` is less."""
        for span in self._sight.see(first, last, now):
            self._seen = joined(self._seen, span)
        self._advance()

    def due_at(self, now: float) -> float | None:
        """When something that is on the screen will be read."""
        return self._sight.due_at(self.mark or 0, now)

    def look_away(self) -> None:
        """The room is not on the screen any more."""
        self._sight.close()
        self._seen.clear()
        self._shown_mention = 0

    def next_mention(self) -> int | None:
        """The next unread message that means me, each once; then from the first of them again."""
        waiting = [seq for seq in self._unread_mentions() if not self._is_seen(seq)]
        found = next((seq for seq in waiting if seq > self._shown_mention), waiting[0] if waiting else None)
        self._shown_mention = found or self._shown_mention
        return found

    def _advance(self) -> None:
        """The mark goes over what was seen without leaving anything unread behind it, and to the newest
        message when that was seen: who went there is done with what is before.

        Where only own messages are in memory, each of them may be behind something unread that is not:
        then it is the newest entry that must have been seen."""
        for first, last in self._seen:
            mark = self.mark or 0
            at = bisect_right(self._others, mark)
            if self._others:
                is_last = last >= self._others[-1]
            else:
                is_last = self._is_whole or (self.mark is not None and last >= self._kept.newest)
            is_next = self._is_whole and at < len(self._others) and first <= self._others[at]
            if last > mark and (is_last or is_next):
                self.mark = last
        mark = self.mark or 0
        self._seen = [span for span in self._seen if span[1] > mark]

    def _unread_mentions(self) -> "array[int]":
        return self._mentions[bisect_right(self._mentions, self.mark or 0) :]

    def _is_seen(self, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self._seen)
