"""The table of attacks: `python3 run.py hostile --list`. Its sections are those of docs/security.md."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.hostile.attacks import accounts, floods, frames, front, fuzzer, local, names, readers, strangers
from tests.hostile.swarm import Swarm

ATTACK_S = 10.0
BRIEF_FLOODS = ("join", "message", "history", "ping")  # the others cost what these do
PEOPLE_OF_A_CROWD = 2000  # those of `all-come-back`


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
    "long-nick": Row(names.long_nick),
    "long-cursors": Row(names.long_cursors),
    "long-everywhere": Row(names.long_everywhere),
    "many-rooms": Row(names.many_rooms, brief=False),
    "marks": Row(names.visitors_with_marks),
    # frames
    "tiny": Row(frames.tiny_in_a_mebibyte),
    "wrong": Row(frames.wrong_arrays),
    "deep": Row(frames.deep),
    "large": Row(frames.large_frames),
    "endless-parts": Row(frames.frames_without_end),
    # behind a join
    "behind-a-join": Row(frames.behind_a_join),
    # readers
    "long-topics": Row(readers.long_subscriptions, brief=False),
    "many-topics": Row(readers.many_subscriptions, brief=False),
    "topics-again": Row(readers.again_and_again, brief=False),
    "deaf-dealers": Row(readers.deaf_dealers, brief=False),
    "deaf-subs": Row(readers.deaf_subscribers),
    # accounts
    "accounts": Row(accounts.new_accounts),
    "bursts": Row(accounts.new_bursts),
    "rooms": Row(accounts.new_rooms),
    "renames": Row(accounts.renames, brief=False),
    "refused-joins": Row(accounts.refused_joins),
    "all-come-back": Row(accounts.all_come_back, attackers=2, crowd=PEOPLE_OF_A_CROWD, brief=False),
    # connections
    "before-greeting": Row(strangers.before_the_greeting),
    "half-greeted": Row(strangers.half_greeted),
    "silent": Row(strangers.silent_after_ready),
    "garbage": Row(strangers.held_garbage),
    "garbage-churn": Row(strangers.garbage_churn),
    "reconnects": Row(strangers.reconnect_loop),
    "cycles": Row(strangers.five_thousand, seconds=20.0, brief=False),
    # the port of the commands
    "control": Row(local.silent_at_the_port_of_commands, command=("compact",)),
    "control-talk": Row(local.talking_to_the_port_of_commands, command=("compact",), brief=False),
    # descriptors: fifty people take a hundred, and the broker has some of its own
    "descriptors": Row(strangers.silent_after_ready, descriptors=200),
    "descriptors-churn": Row(strangers.reconnect_loop, descriptors=200, brief=False),
    # the front door
    "nameless": Row(front.nameless),
    "slow-typing": Row(front.a_byte_a_second),
    "deaf-visitors": Row(front.deaf),
    "newlines": Row(front.newlines),
    "ansi": Row(front.ansi, brief=False),
    "control-characters": Row(front.control),
    "endless-line": Row(front.a_line_without_end),
    "nicknames": Row(front.nicknames),
    "front-reconnects": Row(strangers.front_reconnect_loop),
    # floods
    **{f"flood-{op}-one": Row(floods.from_one(op), brief=op in BRIEF_FLOODS) for op in floods.OPS},
    **{f"flood-{op}-fifty": Row(floods.from_fifty(op), attackers=2, brief=False) for op in floods.OPS},
    **{f"flood-{op}-nobody": Row(floods.from_nobody(op), brief=False) for op in floods.OPS},
    # anything that is allowed
    "fuzzer": Row(fuzzer.fuzzer, seconds=60.0),
}
