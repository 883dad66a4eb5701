# SPDX-License-Identifier: GPL-3.0-only
"""What became of a message since it was said, as its row shows it. Pure: no thread, no clock, no Qt.

The steps are those of shared/protocol/changes.py; a state of history with a higher `rev` has them already.
"""

from collections.abc import Mapping, Sequence

import msgspec
from loggia.shared.protocol.changes import MessageState, step
from loggia.shared.protocol.events import ChangeEvent, EditedEvent, MessageEvent
from msgspec import structs


class PutSign(msgspec.Struct, frozen=True):
    """What a click on a sign asks for: to put it to message `seq`, or (`on` false) to take mine back."""

    seq: int
    emoji: str
    on: bool


class Reaction(msgspec.Struct, frozen=True):
    """A sign that was put to a message. `accounts`: by whom, in that order; `mine`: I am among them."""

    emoji: str
    accounts: tuple[str, ...]
    mine: bool = False


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """`rev`: up to which event that is known; `edited_at`: when it was edited last, Unix ms, if ever;
    `replies`: how many are in the thread that it began."""

    rev: int = 0
    edited_at: int | None = None
    deleted: bool = False
    pinned: bool = False
    reactions: tuple[Reaction, ...] = ()
    replies: int = 0

    @classmethod
    def of(cls, event: MessageEvent, me: str) -> "Became":
        """As the message was told; `me`: my account."""
        if not (event.rev or event.deleted):
            return NOTHING
        return cls(
            rev=event.rev,
            edited_at=event.edited_at,
            deleted=event.deleted,
            pinned=event.pinned,
            reactions=_reactions(event.reactions or {}, me),
            replies=event.replies,
        )

    def after(self, event: ChangeEvent | MessageEvent, me: str) -> "Became":
        """One event more, which may be a message of its thread; the same where that is counted in already."""
        if event.seq <= self.rev:
            return self
        state = MessageState(
            edited_at=self.edited_at,
            deleted=self.deleted,
            reactions={one.emoji: list(one.accounts) for one in self.reactions},
            pinned=self.pinned,
            replies=self.replies,
        )
        if not (self.deleted and isinstance(event, EditedEvent)):  # what is gone stays gone
            step(state, event)
        return Became(
            rev=event.seq,
            edited_at=state.edited_at,
            deleted=state.deleted,
            pinned=state.pinned,
            reactions=_reactions(state.reactions, me),
            replies=state.replies,
        )

    def known(self, me: str) -> "Became":
        """The same once it is known who I am."""
        told = {one.emoji: one.accounts for one in self.reactions}
        return structs.replace(self, reactions=_reactions(told, me)) if told else self


NOTHING = Became()


def _reactions(told: Mapping[str, Sequence[str]], me: str) -> tuple[Reaction, ...]:
    return tuple(Reaction(emoji, tuple(accounts), me in accounts) for emoji, accounts in told.items())
