"""Every number of the protocol, with its unit and its reason. docs/protocol.md, "Limits"."""

from typing import Annotated

import msgspec

Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]  # four times as much is a size that sockets take
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**40 - 1)]  # of an entry, or how many there are
At = Annotated[int, msgspec.Meta(ge=1 - 2**63, le=2**63 - 1)]  # ms, as a file of a copy holds it
Word = Annotated[str, msgspec.Meta(max_length=4096)]  # a name, or what a broker made up: none is near
EndsAt = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # Unix ms, which any program can count to
WaitMs = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

PROTOCOL_VERSION = 1

DEFAULT_REQUESTS = "tcp://127.0.0.1:1101"  # loopback: nobody else hears us until somebody asks for it
DEFAULT_BROADCASTS = "tcp://127.0.0.1:1102"
DEFAULT_FRONT_DOOR = "127.0.0.1:1100"  # the address of the original chat
LOBBY = "lobby"  # the room of the front door, and of a join that names none

ID_CHARS = 64  # an id is an index key for ever: keep it short

NAME_MARKS = 4  # combining marks in a row in a name: Hebrew and Tibetan need them; a tower hides other lines
NAME_CHARS = 1000  # no broker's limit of names is near

PING_S = 10.0  # how often a client compares heads; protocol.md, Requests
HEARTBEAT_S = 5.0  # of silence, after which the system asks whether the other end is there (TCP keepalive)
HEARTBEAT_TIMEOUT_S = 15.0  # a half-open connection is noticed within this
SILENT_S = (
    25.0  # who has pinged and says nothing for this long is away: two pings are missing, and half of one
)
PING_LATE_S = 8.0  # a ping that was promised may be late by this, on a busy computer
RESUME_S = 30.0  # how long a lost session may come back before its rooms see it leave
KEEP_DAYS = 90  # without a session, after which a nickname that was kept for an account is free
DAY_MS = 24 * 3600 * 1000
DEFAULT_RATE = 50.0  # messages per second and account; faster than people, slower than a runaway bot
ACCOUNTS_PER_MINUTE = 600  # new ones from one address: a class of 300 comes in within a minute, twice
JOINS_PER_MINUTE = 3000  # rooms that are entered from one address
ROOMS_PER_ACCOUNT = 100  # that it is in at once: each hears of a new name
CONNECTIONS_PER_ACCOUNT = 200  # at once: a team's bots may share one token
RENAMES_PER_MINUTE = 5  # of one account
CONNECTIONS_PER_ADDRESS = 8192  # at a door: 3000 clients on one computer, each with two
BURST_S = 10.0  # seconds of rate that may be spent at once

DIRECT_PEOPLE = 20  # in one direct conversation, who asks for it among them: each is looked for
PRIVATE_ROOMS = 600  # and conversations of one account, each of which hears of a new name, too,
LET_INTO_PRIVATE = 500  # into so many of which others may let it, that some are left for its own,
LET_INTO_PUBLIC = 50  # and into so many public ones

STATUS_CHARS = 140  # of what somebody says of himself: a line beside a name, in lists of a thousand
TYPING_S = 3.0  # a client that is typing says so at most this often,
TYPING_OVER_S = 6.0  # and is forgotten when it has not said so for this long
NOTE_CHARS = 1000  # of a subject, or of a reason that somebody gives
SLOWEST_S = 7 * 24 * 3600  # between two messages of one member, where a room is slow

EMOJI_CHARS = 32  # of a sign that is put to a message: families and flags are made of many characters
EMOJIS = 20  # different ones at one message
REACTIONS = 1000  # and in all: a page of history tells who put them there
EDITS = 100  # of one message: all of them are wiped with it
MENTIONS = 50  # whom one message means, at most

LIST_PAGE = 200  # people or rooms in one page of a list where nobody says how many, and in `joined`
LONGEST_LIST_PAGE = 1000  # what may be asked for: some 200 KB of the longest names

SEARCH_PAGE = 100  # hits that may be asked for at once: half of it where nobody says how many

FRAME_EVENTS = 256  # events that may share one down frame: bounds latency and memory
FRAME_BYTES_DOWN = 256 * 1024  # bytes that may share one down frame, when they are more than one


# Bytes down that a client takes: a page of history, or of people or rooms, or whatever shares a frame has a
# quarter, and the longest text that a broker can be set to take fits, though each character of it is escaped.
LARGEST_FRAME = 1024 * 1024
MOST_TEXT_BYTES = 500_000  # a quote, a line end and a tab take two bytes in JSON; the rest is for who said it


class Limits(msgspec.Struct, frozen=True):
    """What a broker accepts; it says so in `joined.limits`, each can be set there. The values are defaults.

    `text_bytes`: of one message, in UTF-8. `frame_bytes`, `binary_bytes`: of one frame of JSON, of one binary
    one. `nick_chars`, `room_chars`: of a name. `array_requests`: in one frame. `page_events`: in one page of
    history.
    """

    text_bytes: Positive = 16 * 1024  # UTF-8 of one message: a long page of prose
    frame_bytes: Positive = 256 * 1024  # one JSON frame up
    binary_bytes: Positive = 256 * 1024  # one binary frame
    nick_chars: Positive = 32
    room_chars: Positive = 64
    array_requests: Positive = 1000  # requests in one array
    page_events: Positive = 1000  # events in one page of history
