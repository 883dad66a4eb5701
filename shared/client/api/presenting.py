"""What a program may say of itself, beside what it says in rooms. docs/protocol.md, "Presence"."""

from loggia.shared.client.api import arguments
from loggia.shared.protocol.limits import STATUS_CHARS
from loggia.shared.protocol.requests import Errand, SetStatus


class Presenting:
    """A client that shows how it is."""

    def _act(self, request: Errand) -> str:
        raise NotImplementedError

    def set_status(self, text: str) -> None:
        """Say in one line what others read beside the nick, also when this client is closed; "" takes it
        away.

        Raises Refused if the broker says no, and NotReachable after `timeout_s`: it is asked for again by
        itself then, as long as this client is there.
        """
        self._act(status(text))


def status(text: object) -> SetStatus:
    """The request, which gets its id from the link. Raises TypeError or ValueError."""
    line = arguments.written("text", text)
    if len(line) > STATUS_CHARS:
        raise ValueError(f"A status has at most {STATUS_CHARS} characters, not {len(line)}.")
    return SetStatus(id="-", text=line)
