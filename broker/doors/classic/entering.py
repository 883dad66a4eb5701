"""Until a visitor has a name: how long that may take, and what is said when it does not come about. Pure.

`now` is loop time in seconds. Owned by a conversation (broker/doors/classic/conversation.py).
"""

from loggia.broker.doors.classic.text import ASK_AGAIN, WENT_ON

NICK_S = 30.0  # a nickname comes within this, from each time it is asked for
MOST_TRIES = 20  # nicknames that are refused, before somebody is let go who cannot be a person
WAIT = "Many come in just now. Please wait: you are let in as soon as it is your turn; !end to give up."
ENOUGH = f"{MOST_TRIES} nicknames were refused. Connect again when you have another."
MADE_ROOM = "while others waited for this place"


class Entering:
    """Attributes: `nick_by`, when a nickname has to be here, or the next one."""

    def __init__(self, now: float, nick_timeout_s: float) -> None:
        self._nick_timeout_s = nick_timeout_s
        self._tries = 0
        self._told_to_wait = False
        self.nick_by = now + nick_timeout_s

    def refused(self, why: str, *, goes_on: bool) -> tuple[str, str]:
        """What is told to whom a nickname was refused, and, where he is let go, what the log says of him.
        `goes_on`: he did not wait for the answer."""
        self._tries += 1
        if goes_on:
            return f"{why} {WENT_ON}", "did not wait for the answer to a bad nickname"
        if self._tries >= MOST_TRIES:
            return f"{why} {ENOUGH}", f"has no nickname after {self._tries} tries"
        return f"{why} {ASK_AGAIN}", ""

    def asked_again(self, now: float) -> None:
        """By the hub, which may have taken its time."""
        self.nick_by = now + self._nick_timeout_s
        self._told_to_wait = False

    def waits(self) -> str:
        """What somebody is told who has to wait until he is let in; empty if he knows."""
        if self._told_to_wait:
            return ""
        self._told_to_wait = True
        return WAIT

    def is_over(self, now: float) -> str:
        """Within which time no nickname came; empty as long as one may come."""
        return f"within {self._nick_timeout_s:g} s" if self.nick_by <= now else ""
