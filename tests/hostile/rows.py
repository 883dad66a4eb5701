"""The table of attacks: `python3 run.py hostile --list`. Its sections are those of docs/security.md."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.hostile.attacks import accounts, floods, frames, front, fuzzer, local, names, readers, strangers
from tests.hostile.swarm import Swarm

ATTACK_S = 10.0
BRIEF_FLOODS = ("join", "message", "mentions", "edit", "history", "search", "ping")
PEOPLE_OF_A_CROWD = 2000  # those of `all-come-back`
# What is really done of a flood, from how many ever, in a second: some of what the bounds grant
FLOODED: dict[str, dict[str, float]] = {
    "join": {"joined": 20},
    "message": {"stored": 20},
    "mentions": {"stored": 1},  # each costs a connection half of a second
    "history": {"history": 5},
    "leave": {"stored": 20, "joined": 20},
    "rooms": {"rooms": 40},
    "members": {"members": 40},
    "search": {"found": 2},
    "ping": {"pong": 200},
    "!end": {"!end": 15, "joined": 15},
    "read": {"stored": 20},
    "typing": {},  # what is granted is not answered
    "status": {"stored": 0.5},  # one a second of an account
    "create": {"joined": 4, "stored": 4},
    "kick": {"stored": 3, "joined": 3},
    "direct": {"joined": 2, "no_such_account": 2},
    **{op: {"stored": 5} for op in floods.IN_A_HOUSE if op not in ("kick", "direct")},
}
# And what is refused of it, or waits until who asks is cut off, as it is far more; so many pings are granted
TOO_MUCH: dict[str, dict[str, float]] = {op: {} if op == "ping" else {"stopped": 100} for op in FLOODED}
REFUSED = dict.fromkeys(floods.OPS, "no_session") | {"join": "bad_nick"}


class Row(NamedTuple):
    """An attack. `attackers`: how many processes are at it. `seconds`: for how long.

    `descriptors`: all that the broker is given. `crowd`: so many have been there before, and have tokens.
    `command`: one for the log, which must get through meanwhile. `brief`: whether it is among those of every
    check of a change. `once`, `each_second`: what its attackers must have managed together, or nothing was
    shown: some of what they do on a machine that has time.
    """

    attack: Callable[[Swarm], None]
    attackers: int = 1
    seconds: float = ATTACK_S
    descriptors: int | None = None
    crowd: int = 0
    command: tuple[str, ...] = ()
    brief: bool = True
    once: Mapping[str, int] = MappingProxyType({})
    each_second: Mapping[str, float] = MappingProxyType({})

    def least(self, seconds: float) -> dict[str, int]:
        """Of the tally, at the end of so many seconds."""
        return {**self.once, **{what: math.ceil(count * seconds) for what, count in self.each_second.items()}}

    @property
    def about(self) -> str:
        return " ".join((self.attack.__doc__ or "").split())


ROWS: dict[str, Row] = {
    # names
    "long-nick": Row(names.long_nick, each_second={"bad_nick": 4}),
    "long-cursors": Row(names.long_cursors, each_second={"pong": 4}),
    "long-everywhere": Row(
        names.long_everywhere,
        each_second={"no_such_room": 2, "bad_nick": 0.2, "bad_room": 0.2, "bad_token": 0.2},
    ),
    "many-rooms": Row(names.many_rooms, brief=False, each_second={"pong": 16}),
    "marks": Row(names.visitors_with_marks, once={"reached": 20}, each_second={"bytes": 200_000}),
    # frames
    "tiny": Row(frames.tiny_in_a_mebibyte, each_second={"too_large": 100}),
    "wrong": Row(frames.wrong_arrays, each_second={"bad_request": 300}),
    "deep": Row(frames.deep, each_second={"bad_frame": 100, "bad_request": 40}),
    "large": Row(frames.large_frames, each_second={"pong": 100}),
    "endless-parts": Row(frames.frames_without_end, once={"bytes": 20_000_000, "cut off": 1}),
    # behind a join
    "behind-a-join": Row(frames.behind_a_join, once={"bytes": 2_000_000, "cut off": 1}),
    # readers
    "long-topics": Row(readers.long_subscriptions, brief=False, once={"bytes": 5_000_000, "reached": 30}),
    "many-topics": Row(readers.many_subscriptions, brief=False, once={"bytes": 3_000_000, "reached": 20}),
    "topics-and-go": Row(readers.subscribe_and_go, brief=False, once={"connections": 50, "bytes": 1_000_000}),
    "topics-held": Row(readers.held_and_walked, brief=False, once={"connections": 100, "reached": 50}),
    "topics-again": Row(
        readers.again_and_again, brief=False, once={"reached": 10}, each_second={"bytes": 100_000}
    ),
    "deaf-dealers": Row(
        readers.deaf_dealers, brief=False, once={"reached": 100, "bytes": 1_000_000, "stored": 10}
    ),
    "deaf-crowd": Row(readers.deaf_crowd, brief=False, once={"reached": 500, "stored": 10}),
    "deaf-rooms": Row(readers.deaf_in_many_rooms, brief=False, once={"reached": 50, "stored": 1_000}),
    "deaf-subs": Row(readers.deaf_subscribers, once={"reached": 104}, each_second={"stored": 10}),
    # accounts
    "accounts": Row(accounts.new_accounts, once={"joined": 200, "!end": 50}),
    "bursts": Row(
        accounts.new_bursts,
        once={"joined": 100, "!end": 100, "stored": 500},
        each_second={"slow_down": 1_000},
    ),
    "rooms": Row(accounts.new_rooms, once={"joined": 300}, each_second={"rooms": 2}),
    "renames": Row(accounts.renames, brief=False, once={"joined": 200}, each_second={"slow_down": 50}),
    "refused-joins": Row(
        accounts.refused_joins, each_second={"stored": 30, "bad_nick": 40, "bad_room": 40, "bad_token": 40}
    ),
    "all-come-back": Row(
        accounts.all_come_back, attackers=2, crowd=PEOPLE_OF_A_CROWD, brief=False, once={"joined": 2_000}
    ),
    # connections
    "before-greeting": Row(strangers.before_the_greeting, once={"reached": 1_000}),
    "half-greeted": Row(strangers.half_greeted, once={"reached": 1_000}),
    "silent": Row(strangers.silent_after_ready, once={"reached": 1_000}),
    "garbage": Row(strangers.held_garbage, once={"connections": 1_000, "cut off": 300}),
    "garbage-churn": Row(strangers.garbage_churn, each_second={"connections": 200, "cut off": 100}),
    "reconnects": Row(strangers.reconnect_loop, each_second={"reached": 200, "joined": 50}),
    "cycles": Row(
        strangers.five_thousand,
        seconds=20.0,
        brief=False,
        each_second={"cycles": 250, "joined": 50, "pong": 50},
    ),
    # the port of the commands
    "control": Row(
        local.silent_at_the_port_of_commands,
        command=("compact",),
        once={"connections": 16},
        each_second={"cut off": 1},
    ),
    "control-talk": Row(
        local.talking_to_the_port_of_commands, command=("compact",), brief=False, each_second={"cut off": 10}
    ),
    # descriptors: fifty people take a hundred, and the broker has some of its own
    "descriptors": Row(
        strangers.silent_after_ready, descriptors=200, once={"connections": 1_000, "reached": 50}
    ),
    "descriptors-churn": Row(
        strangers.reconnect_loop, descriptors=200, brief=False, each_second={"reached": 200, "joined": 30}
    ),
    # the front door
    "nameless": Row(front.nameless, once={"reached": 500}),
    "slow-typing": Row(front.a_byte_a_second, once={"reached": 500}, each_second={"bytes": 100}),
    "deaf-visitors": Row(front.deaf, once={"connections": 105, "bytes": 200_000}),
    "newlines": Row(front.newlines, once={"reached": 20}, each_second={"bytes": 200_000}),
    "ansi": Row(front.ansi, brief=False, once={"reached": 20}, each_second={"bytes": 200_000}),
    "control-characters": Row(front.control, once={"reached": 20}, each_second={"bytes": 50_000}),
    "endless-line": Row(front.a_line_without_end, once={"reached": 20}, each_second={"bytes": 200_000}),
    "nicknames": Row(front.nicknames, each_second={"cut off": 10}),
    "front-commands": Row(front.commands, once={"reached": 20}, each_second={"bytes": 20_000}),
    "front-mixture": Row(
        front.mixture,
        once={"reached": 300, "bytes": 10_000_000, "half closed": 50, "broken off": 50},
        each_second={"connections": 40},
    ),
    "front-reconnects": Row(strangers.front_reconnect_loop, each_second={"reached": 200}),
    # floods
    **{
        f"flood-{op}-one": Row(floods.from_one(op), each_second=done | TOO_MUCH[op], brief=op in BRIEF_FLOODS)
        for op, done in FLOODED.items()
    },
    **{
        f"flood-{op}-fifty": Row(
            floods.from_fifty(op),
            attackers=2,
            brief=False,
            once={"joined": 50},
            each_second=done | TOO_MUCH[op],
        )
        for op, done in FLOODED.items()
    },
    **{
        f"flood-{op}-nobody": Row(floods.from_nobody(op), each_second={REFUSED[op]: 20}, brief=False)
        for op in floods.OPS
    },
    # anything that is allowed
    "fuzzer": Row(
        fuzzer.fuzzer,
        seconds=60.0,
        each_second={
            "joined": 10,
            "stored": 12,
            "stored edit": 0.5,
            "stored react": 0.5,
            "history": 6,
            "members": 6,
            "found": 2,
            "rooms": 6,
            "pong": 6,
            "!end": 1,
        },
    ),
}
