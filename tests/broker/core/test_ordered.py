"""What was ordered, as bytes: nothing is lost on the way, and what is not understood is not read."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core import ordered
from loggia.broker.core.ordered import Command, Newcomer, Ordered, Released, Revoked, SessionExpired
from loggia.shared.protocol.requests import End, Join, Leave, Message, Read, SetStatus

ids = st.text(min_size=1, max_size=64)
seqs = st.none() | st.integers(0, 2**40 - 1)
requests = st.one_of(
    st.builds(Message, id=ids, room=st.text(), text=st.text(), reply_to=seqs),
    st.builds(Join, id=ids, room=st.text(), nick=st.none() | st.text(), keep=st.booleans(), after=seqs),
    st.builds(Leave, id=ids, room=st.text()),
    st.builds(End, id=ids),
    st.builds(SetStatus, id=ids, text=st.text(max_size=140)),
    st.builds(Read, id=ids, room=st.text(max_size=70), seq=st.integers(0, 2**40 - 1)),
    st.builds(Revoked, id=ids, token_hash=st.binary()),
    st.builds(Released, id=ids),
    st.builds(SessionExpired, reason=st.sampled_from(["lost", "end"]), id=ids),
)
commands = st.builds(
    Command,
    account=st.text(),
    request=requests,
    at=st.integers(-(2**63), 2**63 - 1),
    drawn=st.none() | st.text() | st.builds(Newcomer, token_hash=st.binary(), visitor=st.booleans()),
    bot=st.booleans(),
    keep_ms=st.integers(0, 2**63 - 1),
)

SAID = Ordered("epoch-1", [Command("ada", Message(id="1", room="lab", text="hello"), 5)])


@given(st.builds(Ordered, epoch=st.text(), commands=st.lists(commands, max_size=5)))
def test_it_is_the_same_after_the_way(batch):
    assert ordered.decode(ordered.encode(batch)) == batch


@given(st.builds(Ordered, epoch=st.text(), commands=st.lists(commands, max_size=3)))
def test_the_same_has_the_same_bytes(batch):
    encoded = ordered.encode(batch)
    assert ordered.encode(ordered.decode(encoded)) == encoded


def test_it_cannot_be_changed_when_it_is_ordered():
    with pytest.raises(AttributeError):
        SAID.commands[0].at = 6
    with pytest.raises(AttributeError):
        SAID.epoch = "another"


def fields(batch):
    return msgspec.msgpack.decode(ordered.encode(batch))


def with_more(batch):
    return {**batch, "more": 1}


def with_a_command_that_has_more(batch):
    return {**batch, "commands": [{**batch["commands"][0], "more": 1}]}


def of_another_format(batch):
    return {**batch, "format": batch["format"] + 1}


def with_a_request_that_nobody_knows(batch):
    request = {**batch["commands"][0]["request"], "op": "levitate"}
    return {**batch, "commands": [{**batch["commands"][0], "request": request}]}


def without_its_time(batch):
    (command,) = batch["commands"]
    return {**batch, "commands": [{name: value for name, value in command.items() if name != "at"}]}


@pytest.mark.parametrize(
    "changed",
    [
        with_more,
        with_a_command_that_has_more,
        of_another_format,
        with_a_request_that_nobody_knows,
        without_its_time,
    ],
)
def test_what_is_not_understood_is_not_decided_about(changed):
    """To leave out what a newer broker knows would make another log of it."""
    with pytest.raises(msgspec.ValidationError):
        ordered.decode(msgspec.msgpack.encode(changed(fields(SAID))))
