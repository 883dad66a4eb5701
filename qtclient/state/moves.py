# SPDX-License-Identifier: GPL-3.0-only
"""Who came and who left, one after the other, as one line that keeps their order. Pure: no thread, no Qt."""

from functools import cached_property
from itertools import groupby

import msgspec

MOST_NAMED = 6  # in the line; the others are counted there, and named when somebody asks
MOST_MOVES = 5000  # of one line: each further one copies them all

_DID = {(True, True): "came", (False, False): "left", (False, True): "left and came back"}


class Move(msgspec.Struct, frozen=True):
    """Somebody came, or left. `who`: the nick as it stands in a line. `own`: it was me."""

    account: str
    who: str
    came: bool
    own: bool = False


class Moved(msgspec.Struct, frozen=True):
    """What somebody did in all, from the first move to the last: `did`, in words."""

    who: str
    did: str


class MembershipRow(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All who came and left between two other rows, in one line. `moves`: in the order of the log."""

    key: tuple[str, int | str]
    at: int
    moves: tuple[Move, ...]

    @cached_property
    def told(self) -> tuple[Moved, ...]:
        """Each person once, by their last move. Not told: me, and who came and went again."""
        first: dict[str, Move] = {}
        last: dict[str, Move] = {}
        for move in self.moves:
            if not move.own:
                first.setdefault(move.account, move)
                last.pop(move.account, None)
                last[move.account] = move
        did = ((one.who, (first[account].came, one.came)) for account, one in last.items())
        return tuple(Moved(who, _DID[what]) for who, what in did if what in _DID)

    @cached_property
    def text(self) -> str:
        """The line; "" when nothing is told."""
        return self.line(MOST_NAMED)

    def line(self, most: int) -> str:
        """With at most so many names, one or more."""
        named, others = self.told[:most], self.told[most:]
        runs = [(did, [one.who for one in run]) for did, run in groupby(named, key=lambda one: one.did)]
        if not others:
            return _line(runs)
        count = "1 other" if len(others) == 1 else f"{len(others):,} others"
        did = {one.did for one in others}
        if did == {runs[-1][0]}:
            runs[-1][1].append(count)
            return _line(runs)
        return f"{_line(runs)}, and {count} {did.pop() if len(did) == 1 else 'came or left'}"

    @property
    def names(self) -> list[str]:
        """Everybody, a line each."""
        return [f"{one.who} {one.did}" for one in self.told]

    def joined(self, later: "MembershipRow") -> "MembershipRow | None":
        """Both in one line; None where that would be too long."""
        if len(self.moves) + len(later.moves) > MOST_MOVES:
            return None
        return MembershipRow(key=self.key, at=later.at, moves=self.moves + later.moves)

    def seen_by(self, account: str) -> "MembershipRow":
        """As it is for the one who has that account."""
        moves = (msgspec.structs.replace(move, own=move.account == account) for move in self.moves)
        return msgspec.structs.replace(self, moves=tuple(moves))


def _line(runs: list[tuple[str, list[str]]]) -> str:
    return ", ".join(f"{_listed(names)} {did}" for did, names in runs)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
