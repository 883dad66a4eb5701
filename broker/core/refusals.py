"""Why something is not done in a room. Pure."""

from loggia.broker.core.ops import OPS
from loggia.broker.core.permissions import denied
from loggia.broker.core.state import Room
from loggia.shared.protocol.answers import Error, error
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.names import escaped
from loggia.shared.protocol.requests import AnyRequest, Create, Idempotent, Join

FROZEN_PAUSE_MS = 30_000  # a damaged log is not restored in less
UNKNOWN_TOKEN = "This broker knows no such token; join without one to come in as somebody new."
SHOWN_CHARS = 64  # of a name that is no room's: enough to see what went wrong


def no_room(name: str) -> str:
    """What people are told about a room that is not there; nobody checked how it is called."""
    return f"There is no room {escaped(name[:SHOWN_CHARS])}; join it and it comes into being."


def nobody(who: str) -> str:
    """What is told about somebody who is not there; nobody checked what that is."""
    return f"Nobody here is called {escaped(who[:SHOWN_CHARS])}; use a nickname as it is now, or an account."


def denial(code: Code, room: Room, account: str, at: int, op: type[AnyRequest]) -> Refused:
    """What somebody is told who may not do this in a room, and what to do. `code`: as of `denied`."""
    rules, wait_ms = room.rules, None
    text = f"Your role in {room.name} does not allow this; ask who runs the room."
    if code == "not_member":
        text = f"Join {room.name} first."
    elif rules is not None and code in ("banned", "muted"):
        until = (rules.bans if code == "banned" else rules.mutes).get(account)
        wait_ms = None if until is None else max(1, until - at)
        what = "not let into" if code == "banned" else "not heard in"
        ends = "" if wait_ms is None else f" for {-(-wait_ms // 1000)} s more"
        text = f"You are {what} {room.name}{ends}; ask who runs the room."
    elif rules is not None and rules.settings.closed and "closed" in OPS[op].bars:
        text = f"{room.name} is closed: it can be read, and nobody writes there any more."
    elif rules is not None and rules.settings.announce and "announce" in OPS[op].bars:
        text = f"{room.name} is for announcements: only its moderators and owners write there."
    return Refused(code, text, wait_ms)


def ended(request_id: str) -> Error:
    """The answer to who was here when this was asked, and is not any more when its turn comes."""
    return Error(id=request_id, code="no_session", text='This session is over; send a "join" first.')


def unknown_token(request_id: str) -> Error:
    """The answer to who joins as an account that is not there."""
    return Error(id=request_id, code="bad_token", text=UNKNOWN_TOKEN)


def twin(request_id: str) -> Error:
    """The answer to a newcomer for whom the account of somebody else was drawn."""
    return Error(id=request_id, code="unavailable", text="No account could be made; send this again.")


def refusal(request: Idempotent | Join, account: str, room: Room | None, at: int, frozen: str) -> Error:
    """The answer to who may not do this in a room. `frozen`: why nothing may be stored, if so."""
    if room is None and not isinstance(request, Join | Create):
        return Error(id=request.id, code="no_such_room", text=no_room(request.room))
    if room is not None and (code := denied(type(request), account, room, at)):
        return error(request.id, denial(code, room, account, at, type(request)))
    text = f"{frozen} Nothing is stored until it is restored; what is sound can be read."
    return Error(id=request.id, code="unavailable", text=text, retry_after_ms=FROZEN_PAUSE_MS)
