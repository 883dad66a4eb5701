# SPDX-License-Identifier: GPL-3.0-only
"""What is told where there is no message to be shown. Pure: no thread, no clock, no Qt."""

from loggia.qtclient.state.rows import SAY_HELLO, SAY_OR_INVITE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.status import there
from loggia.shared.protocol.names import escaped


def empty_words(state: WindowState) -> str:
    """Of the room on the screen: what to do next."""
    if state.here is None:
        return "You are in no room. Press Ctrl+K to go to one."
    if state.connected:
        return SAY_HELLO if state.here.kind == "direct" else SAY_OR_INVITE
    if state.status.connection == "connecting":
        return "Connecting to the server. What you write waits here and is sent by itself."
    place = escaped(there(state.standing.endpoint))  # where it was mistyped, one sees it
    return f"Nobody answers {place} yet. What you write waits here and is sent by itself."
