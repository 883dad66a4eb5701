"""Why something is not done in a room. Pure."""

from loggia.broker.core.permissions import denied
from loggia.broker.core.state import Room
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.names import escaped
from loggia.shared.protocol.requests import Idempotent, Join

FROZEN_PAUSE_MS = 30_000  # a damaged log is not restored in less
UNKNOWN_TOKEN = "This broker knows no such token; join without one to come in as somebody new."
SHOWN_CHARS = 64  # of a name that is no room's: enough to see what went wrong


def no_room(name: str) -> str:
    """What people are told about a room that is not there; nobody checked how it is called."""
    return f"There is no room {escaped(name[:SHOWN_CHARS])}; join it and it comes into being."


def denial(code: Code, room: Room) -> str:
    """What somebody is told who may not do this in a room, and what to do."""
    if code == "not_member":
        return f"Join {room.name} first."
    return f"Your role in {room.name} does not allow this; ask who runs the room."


def ended(request_id: str) -> Error:
    """The answer to who was here when this was asked, and is not any more when its turn comes."""
    return Error(id=request_id, code="no_session", text='This session is over; send a "join" first.')


def unknown_token(request_id: str) -> Error:
    """The answer to who joins as an account that is not there."""
    return Error(id=request_id, code="bad_token", text=UNKNOWN_TOKEN)


def twin(request_id: str) -> Error:
    """The answer to a newcomer for whom the account of somebody else was drawn."""
    return Error(id=request_id, code="unavailable", text="No account could be made; send this again.")


def refusal(request: Idempotent | Join, account: str, room: Room | None, frozen: str) -> Error:
    """The answer to who may not do this in a room. `frozen`: why nothing may be stored, if so."""
    if room is None and not isinstance(request, Join):
        return Error(id=request.id, code="no_such_room", text=no_room(request.room))
    if room is not None and (code := denied(type(request), account, room)):
        return Error(id=request.id, code=code, text=denial(code, room))
    text = f"{frozen} Nothing is stored until it is restored; what is sound can be read."
    return Error(id=request.id, code="unavailable", text=text, retry_after_ms=FROZEN_PAUSE_MS)
