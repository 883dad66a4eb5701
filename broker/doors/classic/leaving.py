"""How far a conversation has come to its end, and when which step of that is due. Pure.

`now` and all times are loop time in seconds. Owned by a conversation (broker/doors/classic/conversation.py).
"""

from loggia.broker.doors.classic.framing import Mode, Outgoing
from loggia.broker.doors.classic.input import Hearing

END_QUIET_S = 0.1  # nothing before `!end`, so that the client's recv finds it alone (packet mode)
STILL_S = 1.0  # after the last that a client says: if it is not heard by then, it is told that it will be
STILL_HEARD = "Please wait: what you said is heard as soon as it is your turn."
GOODBYE_S = 5.0  # a client that does not take the last that is for it within this is cut off


class Leaving:
    """Attributes: `asked`: `!end` was heard, the hub does not know yet; `ended_at`: when the hub did;
    `hung_up_at`: since when nothing more comes, in an orderly way; `parting`: the broker says goodbye;
    `answered_at`: when something last was."""

    def __init__(self, now: float, heard: Hearing, outgoing: Outgoing) -> None:
        self.asked = False
        self.ended_at: float | None = None
        self.hung_up_at: float | None = None
        self.parting = False
        self.answered_at = now
        self._heard = heard
        self._outgoing = outgoing
        self._told = False

    @property
    def end_at(self) -> float:
        """When `!end` goes out: in packet mode behind the quiet that keeps it alone."""
        assert self.ended_at is not None
        if self._heard.mode is Mode.LINES:
            return self.ended_at
        return max(self.ended_at, self._outgoing.quiet_at(END_QUIET_S))

    def left_at(self, *, blocked: bool) -> float:
        """When a client that said all it has to say is let go: after what was just answered is shown, too."""
        unread = blocked or self._outgoing.waiting_bytes
        return self.answered_at + GOODBYE_S if unread else self.answered_at

    @property
    def tell_at(self) -> float | None:
        """When a client that said all it has to say, and waits for its turn, is told so. One that is gone
        shows by that: its system refuses what is sent to it, and nothing else would tell."""
        if self.hung_up_at is None or self._told or self.parting or self.ended_at is not None:
            return None
        return self.hung_up_at + STILL_S

    def still_waits(self, now: float) -> str:
        """What is told to it now, if anything is. Who was sent something meanwhile knows enough."""
        at = self.tell_at
        if at is None or at > now:
            return ""
        self._told = True
        return "" if self._outgoing.quiet_at(STILL_S) > at else STILL_HEARD
