"""Calls the handlers of a bot, whatever they do. Runs in the thread of `Bot.run`, and ends with `close`.

What is `async def` runs in an event loop in a thread of its own, which is started when first needed. It goes
on between two messages, and so do tasks that a handler leaves running; `close` cancels them.
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from loggia.shared.client.api.bot_commands import is_async
from loggia.shared.protocol import names
from loggia.shared.protocol.limits import Limits

if TYPE_CHECKING:
    from loggia.shared.client.api.handler_loop import HandlerLoop


class Handlers:
    """Calls handlers, one at a time."""

    def __init__(self) -> None:
        self._loop: HandlerLoop | None = None

    def call(self, function: Callable[..., object], call: Callable[[], object]) -> object:
        """What `call`, which calls the handler `function`, gives; raises whatever that raises."""
        if not is_async(function):
            return call()
        if self._loop is None:
            from loggia.shared.client.api.handler_loop import HandlerLoop  # asyncio, which few need

            self._loop = HandlerLoop()
        made = call()
        return self._loop.run(made) if inspect.iscoroutine(made) else made

    def close(self) -> None:
        """Cancel what still runs, and wait for its end, at most END_S of handler_loop.py."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.close()


def text_of(made: object, limits: Limits) -> str | None:
    """The reply that a handler made, None if it has nothing to say.

    Raises TypeError if it is no text, Refused if it is one that cannot be sent.
    """
    if made is None:
        return None
    if not isinstance(made, str):
        hint = ""
        if inspect.iscoroutine(made):
            made.close()  # or Python complains that nobody awaited it
            hint = "; what awaits something is declared with `async def`"
        raise TypeError(
            f"A reply is a string, or None for no reply; this is of type {type(made).__name__}{hint}."
        )
    text = str.__str__(made)  # of an enumeration's member too
    if not text.strip():
        return None
    names.text(text, limits)
    return text
