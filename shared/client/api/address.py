"""Which broker a program means that names none, or one in the environment; where a bot keeps its place."""

import os
import pathlib
from urllib.parse import quote

from loggia.shared.protocol.addresses import as_reached_here, to_connect
from loggia.shared.protocol.errors import WrongSetting
from loggia.shared.protocol.limits import DEFAULT_REQUESTS


def address(given: str | None) -> str:
    """The requests door to connect to: what was given, else LOGGIA_REQUESTS, else this computer's.

    In that variable all addresses of a computer (`*`, 0.0.0.0, ::) are this one: its broker reads it, too.
    Raises ValueError, which names the form, for what is no address (shared/protocol/addresses.py).
    """
    if given is not None:
        return to_connect(given)
    named = os.environ.get("LOGGIA_REQUESTS", "")
    try:
        return to_connect(as_reached_here(named)) if named.strip() else DEFAULT_REQUESTS
    except ValueError as reason:
        raise WrongSetting(f"LOGGIA_REQUESTS: {reason}") from None


def bot_file(nick: str, connect: str) -> pathlib.Path:
    """What a bot keeps of this broker, in the user's data folder."""
    import platformdirs  # here: a bot that is tested, and every script, needs no folder

    folder = platformdirs.user_data_path("loggia", appauthor=False) / "bots"
    return folder / f"{quote(nick, safe='')} at {quote(connect, safe='')}.db"
