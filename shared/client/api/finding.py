"""Searching what was said, as a program asks it. docs/protocol.md, "Search"."""

from typing import Literal

from loggia.shared.client.api import arguments
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.answers import FoundAnswer
from loggia.shared.protocol.limits import SEARCH_PAGE
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import Inquiry, Search


class Finding:
    """What can search the log of the broker."""

    def _inquire(self, inquiry: Inquiry) -> Inquired:
        raise NotImplementedError

    def search(
        self,
        text: str = "",
        *,
        room: str | None = None,
        who: str | None = None,
        has: Literal["link", "file"] | None = None,
        since: int | None = None,
        until: int | None = None,
        cursor: str | None = None,
        limit: int = SEARCH_PAGE // 2,
    ) -> FoundAnswer:
        """A page of messages that have all words of `text`, "these side by side", and beg* for the begin of
        one; the newest first. Of what is left out anything is found.

        `room`: only there, else wherever this client may read. `who`: only what this nick or account said.
        `has`: only with a link, or a file. `since`, `until`: only of that time, Unix ms, both counted in.
        `limit`: so many hits at most, up to 100. `cursor`: that of the page before, to go on behind it, with
        all else as it was; a page may be short, or empty, and still have one.

        Raises Refused if the broker says no (`no_such_room`, `banned`, ...), and NotReachable after
        `timeout_s`.
        """
        if has not in (None, "link", "file"):
            raise ValueError(f'`has` is "link" or "file", not {has!r}.')
        limit = arguments.count("limit", limit)
        if limit > SEARCH_PAGE:
            raise ValueError(f"`limit` is {SEARCH_PAGE} at most, not {limit}.")
        search = Search(
            id="-",  # the link gives it one
            text=arguments.written("text", text),
            room=None if room is None else canonical(arguments.name("room", room)),
            who=None if who is None else canonical(arguments.name("who", who)),
            has=has,
            since=arguments.moment("since", since),
            until=arguments.moment("until", until),
            cursor=None if cursor is None else arguments.string("cursor", cursor),
            limit=limit,
        )
        found = self._inquire(search).found
        assert found is not None
        return found
