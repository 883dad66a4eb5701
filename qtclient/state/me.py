# SPDX-License-Identifier: GPL-3.0-only
"""Whose window it is. Pure: no thread, no clock, no Qt."""

import re

import msgspec


class Me(msgspec.Struct):
    """Whose window it is: tells own messages and mentions apart from the rest."""

    nick: str
    account: str = ""

    def named_in(self, text: str) -> bool:
        folded = self.nick.casefold()
        return folded in text.casefold() and bool(
            re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", text.casefold())
        )
