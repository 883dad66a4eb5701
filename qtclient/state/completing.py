# SPDX-License-Identifier: GPL-3.0-only
"""What may become of a name, a picture or a command that is begun. Pure: no thread, no clock, no Qt."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from loggia.qtclient.state import known_names
from loggia.qtclient.state.emoji_names import named
from loggia.qtclient.state.slash import COMMANDS, OTHERS, SIGN, Slash, by_word
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.tones import tone_of, toned
from loggia.shared.protocol.names import quoted

MOST = 8  # of those that are offered: nobody reads more while writing
MOST_LOOKED_AT = 200  # letters before the caret: twice as many as what is begun may have
PERSON, ROOM, PRIVATE = "@", "#", "%"

_SIGNED = re.compile(r"(?:^|(?<=[\s(\[\"']))([@#%])(\S{0,100})$")
_PICTURE = re.compile(r"(?:^|(?<=[\s(\[\"'])):([A-Za-z0-9_]{2,40})$")  # two letters: :D is a face of its own
_COMMAND = re.compile(r"/(\S{0,100})$")
_ARGUMENT = re.compile(r"/(\w{1,20})\s+(.*)", re.DOTALL)
_SIGNS_BEFORE = '"@#%'  # that people put before a name, and that a command needs none of


class Offer(NamedTuple):
    """Something that can stand in place of what is begun. `text`: what is put there; "": nothing, it is only
    said. `words`, `about`: what people read."""

    text: str
    words: str
    about: str = ""


class Offers(NamedTuple):
    """`begun`: what stands before the caret, in whose place one of them comes. `rooms`: it may be one."""

    begun: str
    offers: list[Offer]
    rooms: bool = False


NOTHING = Offers("", [])


def offers(before: str, state: WindowState, *, command: bool) -> Offers:
    """What may be meant by the end of `before`, the caret's line up to the caret. `command`: it may be one of
    these."""
    if command and before.startswith(SIGN):
        if (found := _COMMAND.fullmatch(before)) is not None:
            begun = found[1].casefold()
            known = (*COMMANDS, *OTHERS) if begun else COMMANDS
            return Offers(before, [_of_command(one) for one in known if one.word.startswith(begun)])
        told = _of_argument(before, state)
        if told is not None:
            return told
    before = before[-MOST_LOOKED_AT:]
    if (found := _PICTURE.search(before)) is not None:
        few = islice(named(found[1]), MOST)
        return Offers(f":{found[1]}", [_picture(picture, name, state.tone) for picture, name in few])
    found = _SIGNED.search(before)
    if found is None or found[0] == PRIVATE:  # of a hundred
        return NOTHING
    sign, written = found[1], found[2]
    if sign == PERSON:
        names = (f"{sign}{name}" for name in _people(written, state))
    else:
        signed = (name if name.startswith(PRIVATE) else f"{ROOM}{name}" for name in _rooms(written, state))
        names = (name for name in signed if name.startswith(sign) or sign == ROOM)
    return Offers(sign + written, [Offer(f"{name} ", name) for name in _few(names)], sign != PERSON)


def _picture(picture: str, name: str, tone: str) -> Offer:
    """In the skin tone that was chosen last, unless it has one."""
    shown = picture if tone_of(picture) else toned(picture, tone)
    return Offer(f"{shown} ", shown, f":{name}:")


def _of_command(command: Slash) -> Offer:
    return Offer(f"{SIGN}{command.word} ", command.usage, command.about)


def _of_argument(before: str, state: WindowState) -> Offers | None:
    """Behind a command: names that it may be about, else what it takes; None behind what is no command."""
    found = _ARGUMENT.fullmatch(before)
    command = by_word(found[1]) if found else None
    if found is None or command is None:
        return None
    written = found[2]
    name = written.lstrip(_SIGNS_BEFORE)
    names: Iterable[str] = ()
    if command.first == "who" and not re.search(r"\s", written):
        names = map(quoted, _people(name, state))
    elif command.first == "room":
        names = (one for one in _rooms(name, state) if one.startswith(PRIVATE) or written[:1] != PRIVATE)
    few = [one for one in _few(names) if one.strip('"') != written]
    is_room = command.first == "room"
    if few:
        return Offers(written, [Offer(f"{one} ", one) for one in few], is_room)
    return (
        Offers(written if is_room else "", [Offer("", command.usage, command.about)], is_room)
        if not _SIGNED.search(before[-MOST_LOOKED_AT:])
        else None
    )


def _people(begun: str, state: WindowState) -> Iterator[str]:
    folded = begun.casefold()
    return (nick for nick in known_names.people(state) if nick.casefold().startswith(folded))


def _rooms(begun: str, state: WindowState) -> Iterator[str]:
    """As they are written."""
    folded = begun.casefold()
    return (name for title, name in known_names.rooms(state) if title.casefold().startswith(folded))


def _few(names: Iterable[str]) -> list[str]:
    return list(islice(names, MOST))
