"""What the terminal log says of a visitor: the lines of the original chat, word for word. Pure."""


def accepted(peer: str) -> list[str]:
    return [f"Accepted connection request from: {peer}.", f"{peer} connection complete."]


def asked_to_end(peer: str) -> list[str]:
    return [f"Received connection closing request from {peer}"]


def confirms_end(peer: str) -> list[str]:
    return [f"Sending connection closure confirmation to {peer}"]


def closing(peer: str, *, registered: bool) -> list[str]:
    """`registered`: it was in the lobby."""
    return [*(_removing(peer) if registered else []), f"Closing {peer} reserved socket"]


def closed(peer: str) -> str:
    return f"Connection with {peer} closed successfully."


def lost(peer: str, reason: OSError, *, registered: bool) -> list[str]:
    """`registered`: it was in the lobby."""
    return [
        f"{peer} may have crashed or closed the connection prematurely.",
        repr(reason),
        *(_removing(peer) if registered else [_NEVER_REGISTERED]),
        "Closing death client socket...",
    ]


def unsaid(peer: str, count: int) -> list[str]:
    """The one line that the original had no need of."""
    return [f"{peer} is gone, and so are {count} lines of a flood that it sent."]


LOST_CLOSED = "Connection closed successfully."

_NEVER_REGISTERED = (
    "The connection was dropped before the client was registered in the active clients registers."
)


def _removing(peer: str) -> list[str]:
    return [f"Removing {peer} from active clients registers..."]
