"""Ordered batches become a log: decide (the rooms), commit (fsync). Knows no connection, clock or chance.

Logs to which the same batches are applied one after the other are the same: in every byte of their rooms, in
their hashes, in who is where. docs/decisions/0013.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec
from loggia.broker.core.ordered import Command, Ordered, Result
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Batch, Snapshot
from loggia.broker.sessions.answering import unreadable
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged
from loggia.shared.protocol.requests import Message


class Applied(msgspec.Struct):
    """What came of ordered commands: a result for each, in their order, and what was stored.

    `left_out`: the places of commands for which the log could not be read. Nothing was done for them:
    applied is the batch without them.
    """

    results: list[Result]
    stored: list[Batch] = []
    left_out: list[int] = []


class Applier:
    """A log, and the state of its rooms. Raises StorageBroken when the log cannot be read.

    Attributes: `rooms`, the state; another one after `load_again`.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        log.forget_visitors()
        self.rooms = self._loaded()

    def apply(self, ordered: Ordered) -> Applied:
        """Decide, and make it durable.

        Raises StorageFull, StorageDamaged, or what it trips over: nothing of it was stored then, and `rooms`
        are not to be used before `load_again`. StorageBroken: the batch is of another log.
        """
        if ordered.epoch != self._log.epoch:
            raise StorageBroken(
                f"commands were ordered for the log {ordered.epoch!r}, and this is {self._log.epoch!r}"
            )
        results: list[Result] = []
        left_out: list[int] = []
        decide, say = self.rooms.decide, self.rooms.say
        for run in _runs(ordered.commands):
            try:
                stored = say(run) if type(run[0].request) is Message else None
            except StorageDamaged:  # which of them it is for, each says by itself
                stored = None
            if stored is not None:
                results += stored
                continue
            for command in run:
                try:
                    results.append(decide(command))
                except StorageDamaged as damaged:  # found before anything was changed, so it is alone
                    left_out.append(len(results))
                    results.append(unreadable(getattr(command.request, "id", None), damaged))
        batch = self.rooms.taken()
        if self._log.frozen != self.rooms.frozen:
            raise StorageDamaged(self._log.frozen)
        if not batch:
            return Applied(results, [], left_out)
        self._log.append(batch)
        return Applied(results, [batch], left_out)

    def load_again(self, *, undone: bool) -> None:
        """What was not stored did not happen. `undone`: people in memory did what was not stored.

        A damaged log does not know who came and went since, or may not tell who is here: memory does.
        """
        if undone:
            try:
                self.rooms = self._loaded()
                return
            except StorageBroken:
                if not self._log.frozen:
                    raise
        self.rooms = self._state(self.rooms.moved_to(self._log.load_rooms()))

    def _loaded(self) -> RoomsState:
        return self._state(self._log.load())

    def _state(self, snapshot: Snapshot) -> RoomsState:
        log = self._log
        return RoomsState(
            snapshot,
            log.place_of,
            log.find_answer,
            log.find_person,
            log.frozen,
            log.find_called,
            log.find_keepers,
            log.pages.event,
            log.pages.state,
            log.sealed,
            log.find_mark,
            log.find_look,
        )


_WHOSE = attrgetter("account", "at", "bot")
_REQUEST = attrgetter("request")
_ONLY_MESSAGES = {Message}


def _runs(commands: Sequence[Command]) -> Iterator[Sequence[Command]]:
    """What stands together and is of one kind: messages of one account, or else one command."""
    for _, some in groupby(commands, _WHOSE):
        alike = list(some)
        requests = list(map(_REQUEST, alike))
        if set(map(type, requests)) != _ONLY_MESSAGES:
            yield from ([command] for command in alike)
        else:
            yield alike
