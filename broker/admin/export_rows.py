"""What a page of rooms is made of, as HTML: a message with what became of it, and who came and went. Pure.

All that people wrote is escaped, and each part of it goes in its own direction. The look is that of the
window.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, assert_never
from urllib.parse import quote
from zlib import crc32

from loggia.broker.admin import export_style
from loggia.shared.process import format
from loggia.shared.protocol.events import (
    AboutMessage,
    AboutRoom,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    OtherEvent,
    RenamedEvent,
    StoredEvent,
)
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.sentences import change, sentence, shown_out

NAMED = 8  # so many of those who put a sign to a message are named
SNIPPET_CHARS = 160  # of a message that is answered
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_000  # the years 1 to 9999: more are no datetime
MOST_FOLDED = 200  # who come and go, before that is written

Coming = JoinedEvent | LeftEvent | RenamedEvent


class Version(NamedTuple):
    """What a message said from `at` on, Unix ms."""

    at: int
    text: str


class Answered(NamedTuple):
    """A message that another answers, as it was said, and its `text` of now; None: deleted."""

    message: MessageEvent
    text: str | None


class MessageRow(NamedTuple):
    """A message as it is now. `earlier`: what it said before. `to`: what it answers; `root`: what its thread
    began with. `first_in_thread`: the seq of the first one in the thread that it began itself."""

    message: MessageEvent
    earlier: list[Version]
    to: Answered | None
    root: Answered | None
    first_in_thread: int | None


class Notes:
    """Who came and went, one after the other: many of them in one line that unfolds."""

    def __init__(self) -> None:
        self._coming: list[Coming] = []

    def add(self, event: Coming) -> str:
        """One more; what is to be written now."""
        self._coming.append(event)
        return self.end() if len(self._coming) == MOST_FOLDED else ""

    def end(self) -> str:
        """Nobody more comes or goes for now."""
        coming, self._coming = self._coming, []
        notes = "".join(map(note, coming))
        if len(coming) <= 2:
            return notes
        counted = [
            f"{sum(isinstance(event, kind) for event in coming):,} {what}"
            for kind, what in ((JoinedEvent, "joined"), (LeftEvent, "left"), (RenamedEvent, "renamed"))
            if any(isinstance(event, kind) for event in coming)
        ]
        summary = f"<summary class=note>{', '.join(counted)}</summary>"
        return f"<details class=notes>{summary}\n{notes}</details>\n"


def begins(titles: Mapping[str, str]) -> str:
    """The page, with what the rooms on it are called, by name."""
    called = ", ".join(titles.values()) if len(titles) <= 3 else format.count(len(titles), "room")
    page = export_style.BEGINS.replace("TITLE", html.escape(called))
    if len(titles) > 1:
        links = (f'<a href="#{quote(name)}">{_apart(title)}</a>' for name, title in titles.items())
        page += f"<nav>{' '.join(links)}</nav>\n"
    return page


def heading(name: str, kind: str, title: str) -> str:
    """Where a room begins."""
    more = "" if kind == "public" else f" <small>{kind}, {html.escape(name)}</small>"
    return f'<h2 id="{quote(name)}">{_apart(title)}{more}</h2>\n'


def day(at: int) -> str:
    return f"{_time(at):%A %d %B %Y}"


def new_day(day: str) -> str:
    return f"<h3><span>{day}</span></h3>\n"


def damaged(first: int) -> str:
    return f"<p class=note>Damaged from {first:,}.</p>\n"


def message(said: MessageRow, nick_of: Callable[[str], str], *, goes_on: bool) -> str:
    """`nick_of`: how an account is called, empty where that is not known. `goes_on`: the one above is of the
    same person, and says so."""
    event = said.message
    hue = f"h{crc32(event.account.encode()) % export_style.HUES}"
    classes = [hue, *(["on"] if goes_on else []), *(["in"] if event.thread else [])]
    title = f"{event.seq:,}, {_full(event.at)}"
    when = f'<a class=time href="#{_anchor(event)}" title="{title}">{_clock(event.at)}</a>'
    if goes_on:
        parts = [when]
    else:
        bot = " <small>bot</small>" if event.bot else ""
        face = html.escape(event.nick[:1].upper())
        parts = [f"<i class=face aria-hidden=true>{face}</i>", f"<b>{_nick(event.nick)}</b>{bot} {when}"]
    if event.thread and not goes_on:
        parts.append(_answer(event, event.thread, said.root, "in the thread of"))
    if event.reply_to:
        parts.append(_answer(event, event.reply_to, said.to, "to"))
    if event.deleted:
        parts.append("<p class=gone>This message was deleted.</p>")
    else:
        parts.append(f"<p dir=auto>{_text(event, nick_of)}</p>")
    parts += _edits(event, said.earlier)
    if chips := [*_marks(event, said.first_in_thread), *_reactions(event, nick_of)]:
        parts.append(f"<footer>{' '.join(chips)}</footer>")
    return f'<article id="{_anchor(event)}" class="{" ".join(classes)}">{"".join(parts)}</article>\n'


def note(event: StoredEvent) -> str:
    """What is no message, in a line."""
    who = _nick(event.nick)
    match event:
        case JoinedEvent():
            told = f"{who} joined"
        case LeftEvent():
            if event.by:
                told = html.escape(shown_out(event))
            else:
                told = f"{who} left" if event.reason == "end" else f"{who} left (connection lost)"
        case RenamedEvent():
            told = f"{_nick(event.was)} is now {who}"
        case AboutRoom():
            told = html.escape(sentence(event))
        case AboutMessage():
            told = f'<a href="#{_at(event.room, event.target)}">{html.escape(change(event))}</a>'
        case OtherEvent():
            told = f"{who}: {html.escape(str(event.fields.get('op')))}"
        case MessageEvent():
            raise AssertionError("a message is no note")
        case _:
            assert_never(event)
    return f'<p class=note id="{_anchor(event)}" title="{event.seq:,}, {_full(event.at)}">{told}</p>\n'


# -- Parts of a message ------------------------------------------------------------------------


def _text(event: MessageEvent, nick_of: Callable[[str], str]) -> str:
    """Escaped, with those in bold whom it means."""
    nicks = [nick for nick in map(nick_of, event.mentions) if nick]
    if not nicks:
        return html.escape(event.text)
    longest_first = "|".join(map(re.escape, sorted(nicks, key=len, reverse=True)))
    parts = re.split(rf"(@(?:{longest_first}))(?!\w)", event.text, flags=re.IGNORECASE)
    return "".join(
        f"<mark>{html.escape(part)}</mark>" if number % 2 else html.escape(part)
        for number, part in enumerate(parts)
    )


def _answer(event: MessageEvent, seq: int, answered: Answered | None, how: str) -> str:
    """What a message answers, in a line that leads there."""
    if answered is None:
        told = f"{how} message {seq:,}"
    else:
        text = answered.text
        if text is None:
            words = "<em>deleted</em>"
        else:
            short = " ".join(text[: SNIPPET_CHARS + 1].split())
            words = _apart(short if len(text) <= SNIPPET_CHARS else short[:SNIPPET_CHARS] + " …")
        told = f"{how} <b>{_nick(answered.message.nick)}</b>: {words}"
    return f'<a class=to href="#{_at(event.room, seq)}">{told}</a>'


def _edits(event: MessageEvent, earlier: Iterable[Version]) -> Iterable[str]:
    if event.edited_at is None or event.deleted:
        return
    versions = "".join(
        f"<p dir=auto><small>{_when(version.at, event.at)}</small> {html.escape(version.text)}</p>"
        for version in earlier
    )
    summary = f"<summary>edited {_when(event.edited_at, event.at)}</summary>"
    yield f"<details class=was>{summary}{versions}</details>"


def _marks(event: MessageEvent, first_in_thread: int | None) -> Iterable[str]:
    if event.pinned:
        yield "<span class=chip>📌 pinned</span>"
    if event.replies:
        told = f"{event.replies:,} in its thread"
        yield (
            f'<a class=chip href="#{_at(event.room, first_in_thread)}">{told}</a>'
            if first_in_thread is not None
            else f"<span class=chip>{told}</span>"
        )


def _reactions(event: MessageEvent, nick_of: Callable[[str], str]) -> Iterable[str]:
    for emoji, accounts in (event.reactions or {}).items():
        nicks = [nick for nick in map(nick_of, accounts[:NAMED]) if nick]
        if more := len(accounts) - len(nicks):
            who = ", ".join(map(_nick, nicks)) + (f" and {more:,} more" if nicks else f"{more:,}")
        else:
            who = ", ".join(map(_nick, nicks))
        yield f"<span class=chip>{_apart(emoji)} {who}</span>"


# -- Words -------------------------------------------------------------------------------------


def _nick(nick: str) -> str:
    return _apart(quoted(nick))


def _apart(words: str) -> str:
    """What somebody wrote, within a line of ours; it turns nothing around it."""
    return f"<bdi>{html.escape(words)}</bdi>"


def _anchor(event: StoredEvent) -> str:
    return _at(event.room, event.seq)


def _at(room: str, seq: int) -> str:
    return quote(f"{room}/{seq}")


def _time(at: int) -> datetime:
    """The nearest that there is: a line that was changed may say any number."""
    return datetime.fromtimestamp(min(max(at, FIRST_MS), LAST_MS) / 1000, UTC)


def _clock(at: int) -> str:
    return f"{_time(at):%H:%M}"


def _full(at: int) -> str:
    return f"{_time(at):%Y-%m-%d %H:%M:%S} UTC"


def _when(at: int, since: int) -> str:
    """The time, with the day if that is another one."""
    return _clock(at) if day(at) == day(since) else f"{_time(at):%d %B %Y, %H:%M}"


ENDS = "</html>\n"
