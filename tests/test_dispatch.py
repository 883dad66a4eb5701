"""Whatever dispatches on a kind of request, answer, event, command, update or row knows every kind.

Here are the tables. What does so by `match` ends in `assert_never`, which the check of types reads; in each
half of the house a test of this name gives it one of each kind, too.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import pytest
from loggia.broker.core import rules
from loggia.broker.core.draft import Draft
from loggia.broker.core.messages import Messages
from loggia.broker.core.moderation import RoomActs
from loggia.broker.core.ops import OPS
from loggia.broker.core.ordered import Appointed, Durable, Released, Revoked, SessionExpired
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Snapshot
from loggia.broker.doors.classic import door
from loggia.broker.doors.classic.effects import Effect as VisitorEffect
from loggia.broker.sessions.queries import Query
from loggia.shared.client import effects
from loggia.shared.client.api import inbox
from loggia.shared.client.commands import Command
from loggia.shared.client.link import loop, replica
from loggia.shared.client.session import responses, session
from loggia.shared.client.sync import roster
from loggia.shared.client.updates import Update
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.events import InvitedEvent, MembershipEvent, RoleEvent, RoomEvent
from loggia.shared.protocol.requests import (
    AnyRequest,
    Errand,
    Idempotent,
    Message,
    MessageChange,
    Moderation,
    Typing,
)


def kinds(*unions: Any) -> set[type]:
    return {kind for union in unions for kind in get_args(union)}


def deciders() -> Mapping[type, object]:
    return RoomsState(
        Snapshot(rooms={}, people=[], last_account=0), int, lambda *_: None, lambda _: None
    )._decide


TABLES: dict[str, tuple[Mapping[type, object], set[type]]] = {
    "requests": (OPS, kinds(AnyRequest)),
    "what is stored": (deciders(), kinds(Durable)),
    "what runs a room": (RoomActs(None).make, kinds(Moderation)),
    "what is said, and changed": (
        Messages(
            Draft(lambda *_: None, "", set(), lambda *_: None), lambda *_: None, lambda _: None, lambda *_: ()
        ).make,
        kinds(MessageChange) | {Message},
    ),
    "events that change a room": (rules._STEPS, kinds(RoomEvent, MembershipEvent)),
    "a visitor's effects": (door._PERFORM, kinds(VisitorEffect)),
    "answers": (responses._ANSWERS, kinds(AnyAnswer) - {Error}),
    "answers to what is stored": (responses._STORED, kinds(Idempotent, Errand) - {Message}),
    "refusals": (responses._REFUSED, kinds(AnyRequest) - {Message, Typing}),
    "commands": (session._COMMANDS, kinds(Command)),
    "updates of a script": (inbox._UPDATES, kinds(Update)),
    "events of a roster": (roster._COUNTS, kinds(MembershipEvent) | {InvitedEvent, RoleEvent}),
    "what a copy keeps": (replica._WRITES, kinds(effects.Keep)),
    "what a link does": (loop._ACTS, kinds(effects.Effect) - kinds(effects.Keep) - {effects.Tell}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_line_for_each_kind(name: str) -> None:
    table, known = TABLES[name]
    assert set(table) == known


def test_what_is_stored_is_decided_and_the_rest_is_answered() -> None:
    def stores(wanted: bool) -> Iterable[type]:
        return {kind for kind, op in OPS.items() if op.stores is wanted}

    assert stores(True) == kinds(Durable) - {SessionExpired, Revoked, Released, Appointed}
    assert stores(False) == kinds(Query)
