# SPDX-License-Identifier: GPL-3.0-only
"""What was sent in a room, to be written again. Pure: no thread, no clock, no Qt."""

MOST = 100  # texts of one room; each has at most what a broker takes


class SentTexts:
    """The newest last. Whoever walks through them finds what was written meanwhile behind the newest."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._place = 0
        self._draft = ""

    def add(self, text: str) -> None:
        if self._texts[-1:] != [text]:
            self._texts.append(text)
            del self._texts[:-MOST]
        self._place = len(self._texts)
        self._draft = ""

    def step(self, by: int, written: str) -> str | None:
        """The text before (-1) or behind (1) the one that was shown last; None where there is none.

        `written`: what is written now. Where that is not what was shown, one begins behind the newest again.
        """
        if self._place == len(self._texts) or written != self._texts[self._place]:
            self._place, self._draft = len(self._texts), written
        place = self._place + by
        if not 0 <= place <= len(self._texts):
            return None
        self._place = place
        return self._draft if place == len(self._texts) else self._texts[place]
