# SPDX-License-Identifier: GPL-3.0-only
"""Links in a text, and whether one goes where it seems to go. Pure: no thread, no clock, no Qt.

Nothing is ever fetched because a text holds a link: it is opened by who clicks it, and by nobody else.
"""

import re
from collections.abc import Iterator
from string import punctuation
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from loggia.qtclient.state.emoji import few

MOST_CHARS = 2048  # of a link; what is longer stays text

# what is no part of a link: spaces, controls, what closes a link in a text, what nobody sees
_NO = (
    r"\s\x00-\x1f\x7f-\xa0\xad<>\"`\\\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    r"\ufff9-\uffff\U000e0000-\U000e0fff"
)
_WEB, _MAIL = rf"https?://[^{_NO}", rf"mailto:[^{_NO}?@]{{1,64}}@[^{_NO}?@"
_FOUND = re.compile(
    rf"\[(?P<label>[^\[\]\n]{{1,500}})\]\((?P<target>{_WEB}()]+|{_MAIL}()]+)\)"
    rf"|(?<![a-z0-9])(?:{_WEB}]+|{_MAIL}]+)",
    re.ASCII | re.IGNORECASE,
)
_BEHIND = frozenset(".,;:!?'\"*_~|…。，、；：！？”’»›）」』】》〉")  # of the sentence, not of the link
_BRACKETS = {")": "(", "]": "[", "}": "{"}


class FoundLink(NamedTuple):
    """From `start` to `end` of a text: `label` is what is read of it, from where to where, and `target` where
    it goes."""

    start: int
    end: int
    label: tuple[int, int]
    target: str


class Going(NamedTuple):
    """Where a link goes that somebody wants to open, and what is read of it."""

    target: str
    shown: str


def links(text: str) -> Iterator[FoundLink]:
    """Those to the web and to mail: bare ones, and `[what is read](where it goes)`. Takes time for each
    character of the text once."""
    for found in _FOUND.finditer(text):
        if found["label"] is not None:
            if not found["label"].strip("*` "):
                continue  # nothing would be left to be pressed
            link = FoundLink(*found.span(), found.span("label"), found["target"])
        else:
            end = found.start() + _kept(found[0])
            link = FoundLink(found.start(), end, (found.start(), end), text[found.start() : end])
        if len(link.target) <= MOST_CHARS and _has_host(link.target):
            yield link


def _kept(link: str) -> int:
    """How much of it is the link, and not what stands behind it in the sentence."""
    end = len(link)
    open_by = {close: link.count(close) - link.count(opens) for close, opens in _BRACKETS.items()}
    while end:
        last = link[end - 1]
        if open_by.get(last, 0) > 0:
            open_by[last] -= 1
        elif last not in _BEHIND:
            break
        end -= 1
    return end


def _has_host(target: str) -> bool:
    scheme, _, rest = target.partition(":")
    host = rest.rpartition("@")[2] if scheme.lower() == "mailto" else rest.lstrip("/")
    return host[:1] not in ("", "?", "#", ":")


def doubt(shown: str, target: str) -> str:
    """Why to ask before a link is opened, in a sentence; "": it goes where it seems to go."""
    try:
        parts = urlsplit(target)
        host, user = parts.hostname or "", parts.username
    except ValueError:
        return "Its address is none that can be read."
    if parts.scheme.lower() == "mailto":
        host, user = parts.path.rpartition("@")[2], None
    if _bare(shown) != _bare(target):
        return "What is written there is not where it goes."
    if user is not None:
        return "What stands before the @ in it is not where it goes."
    if not host.isascii() or "xn--" in host.lower() or "%" in host:
        return "The name of the place is not in plain letters, and may look like another one."
    return ""


def in_letters(target: str) -> str:
    """Where a link goes, to be read. Nothing of it is left out: what counts may stand behind many pictures,
    and those are told as they are sent."""
    return target if few(target) == target else quote(target, safe=punctuation)


def _bare(link: str) -> str:
    """As people write it: without how it is fetched."""
    return re.sub(r"(?i)^(?:https?://|mailto:)", "", link.strip()).rstrip("/")
