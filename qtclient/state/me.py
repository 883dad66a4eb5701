# SPDX-License-Identifier: GPL-3.0-only
"""Whose window it is. Pure: no thread, no clock, no Qt."""

import re
from collections.abc import Sequence

import msgspec


class Me(msgspec.Struct):
    """Whose window it is: tells own messages and mentions apart from the rest."""

    nick: str
    account: str = ""

    def is_meant(self, text: str, mentions: Sequence[str]) -> bool:
        """By the accounts that the server found in it, whatever they are called now, or by name."""
        return self.account in mentions or self.named_in(text)

    def named_in(self, text: str) -> bool:
        folded = self.nick.casefold()
        return folded in text.casefold() and bool(
            re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", text.casefold())
        )
