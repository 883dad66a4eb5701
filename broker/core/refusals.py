"""Why something is not done in a room. Pure."""

from loggia.broker.core.ops import OPS
from loggia.broker.core.permissions import denied
from loggia.broker.core.state import Room
from loggia.shared.protocol.answers import Error, error
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.names import escaped, is_made
from loggia.shared.protocol.requests import AnyRequest, Join, Leave, Message, MessageChange, Moderation, Read

FROZEN_PAUSE_MS = 30_000  # a damaged log is not restored in less
UNKNOWN_TOKEN = "This broker knows no such token; join without one to come in as somebody new."
NAME_SHOWN = 64  # characters of a name that is no room's: enough to see what went wrong


def no_room(name: str) -> str:
    """What people are told about a room that is not there, or not for them. Nobody checked the name."""
    shown = escaped(name[:NAME_SHOWN])
    if is_made(name):
        return f"There is no room {shown} for you; if it is a private one, a member can invite you."
    return f"There is no room {shown}; join it and it comes into being."


def nobody(who: str) -> str:
    """What is told about somebody who is not there; nobody checked what that is."""
    return f"Nobody here is called {escaped(who[:NAME_SHOWN])}; use a nickname as it is now, or an account."


def why_not(op: type[AnyRequest], account: str, room: Room | None, at: int, name: str) -> Refused | None:
    """What somebody is told who may not do this in the room that he calls `name`; None if he may."""
    code = denied(op, account, room, at)
    if room is None or code == "no_such_room":  # told in the same words, whichever it is
        return Refused("no_such_room", no_room(name))
    return None if code is None else _denial(code, room, account, at, op)


def _denial(code: Code, room: Room, account: str, at: int, op: type[AnyRequest]) -> Refused:
    """`code`: as of `denied`."""
    rules, wait_ms, name = room.rules, None, room.title(account)
    text = f"Your role in {name} does not allow this; ask who runs the room."
    if code == "not_member":
        text = f"Join {name} first."
    elif rules is not None and code in ("banned", "muted"):
        until = (rules.bans if code == "banned" else rules.mutes).get(account)
        wait_ms = None if until is None else max(1, until - at)
        what = "not let into" if code == "banned" else "not heard in"
        ends = "" if wait_ms is None else f" for {-(-wait_ms // 1000)} s more"
        text = f"You are {what} {name}{ends}; ask who runs the room."
    elif room.kind == "direct":
        text = (
            f"A conversation stays as it is, and nobody has a role in it; make a room for more than {name}."
        )
    elif rules is not None and rules.settings.closed and "closed" in OPS[op].bars:
        text = f"{name} is closed: it can be read, and nobody writes there any more."
    elif rules is not None and rules.settings.announce and "announce" in OPS[op].bars:
        text = f"{name} is for announcements: only its moderators and owners write there."
    return Refused(code, text, wait_ms)


def ended(request_id: str) -> Error:
    """The answer to who was here when this was asked, and is not any more when its turn comes."""
    return Error(id=request_id, code="no_session", text='This session is over; send a "join" first.')


def unknown_token(request_id: str) -> Error:
    """The answer to who joins as an account that is not there."""
    return Error(id=request_id, code="bad_token", text=UNKNOWN_TOKEN)


def twin(request_id: str) -> Error:
    """The answer where the account of somebody else was drawn for a newcomer, or another room's name."""
    return Error(id=request_id, code="unavailable", text="What was drawn is taken; send this again.")


def refusal(
    request: Message | Leave | Moderation | MessageChange | Join | Read,
    account: str,
    room: Room | None,
    at: int,
    frozen: str,
) -> Error:
    """The answer to who may not do this in a room. `frozen`: why nothing may be stored, if so."""
    makes = room is None and isinstance(request, Join)
    if not makes and (refused := why_not(type(request), account, room, at, request.room)) is not None:
        return error(request.id, refused)
    return stands_still(request.id, frozen)


def stands_still(request_id: str, frozen: str) -> Error:
    """The answer to what would be stored, if it could be."""
    text = f"{frozen} Nothing is stored until it is restored; what is sound can be read."
    return Error(id=request_id, code="unavailable", text=text, retry_after_ms=FROZEN_PAUSE_MS)
