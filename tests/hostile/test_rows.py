"""That each attack has to take place, and that floods are more than refusals."""

import json
from types import SimpleNamespace
from typing import get_args

import pytest
from loggia.shared.protocol.errors import Code

from tests.hostile.attacks import floods
from tests.hostile.rows import FLOODED, ROWS
from tests.hostile.swarm import OP


@pytest.mark.parametrize("name", ROWS)
def test_every_attack_must_manage_something(name):
    least = ROWS[name].least(ROWS[name].seconds)
    assert min(least.values(), default=0) > 0


def test_what_must_be_managed_grows_with_the_time():
    assert ROWS["cycles"].least(20.0) == {"cycles": 5000, "joined": 1000, "pong": 1000}
    assert ROWS["cycles"].least(2.0)["cycles"] == 500
    assert ROWS["silent"].least(2.0) == ROWS["silent"].least(10.0) == {"reached": 1000}


def test_every_op_is_flooded():
    assert set(FLOODED) == set(floods.OPS)


@pytest.mark.parametrize("op", FLOODED)
def test_what_a_flood_must_manage_is_counted(op):
    errors = get_args(Code)
    for answer in FLOODED[op]:
        assert answer in errors or OP.search(b'{"op":"%b","id":"1"}' % answer.encode())


@pytest.mark.parametrize(("op", "again"), [("leave", {"room": "lobby"}), ("!end", {"token": "secret"})])
def test_who_has_left_comes_back_before_he_leaves_again(op, again):
    make = floods._requests(op, [])
    asked = [*_asked(make(_line("secret"))), *_asked(make(_line("secret")))]  # in frames, and as an array
    assert [each["op"] for each in asked] == [op, "join"] * (2 * floods.A_TURN)
    assert asked[1].items() >= again.items()
    assert len({each["id"] for each in asked}) == len(asked)


def test_who_is_shown_out_again_and_again_comes_back_each_time():
    owner, guest = _line("secret", guest="ann"), _line("secret")
    make = floods._requests("kick", [owner, guest])
    (shown_out, *_), comes_back = _asked(make(owner)), _asked(make(guest))
    assert (shown_out["op"], shown_out["who"]) == ("kick", "ann")
    assert [(each["op"], each["room"]) for each in comes_back] == [("join", shown_out["room"])]
    assert floods._requests("ban", [])(_line("secret")) == b""  # whom else it is about need do nothing


def test_who_never_was_in_asks_for_no_session():
    asked = _asked(floods._requests("leave", [])(_line("")))
    assert {each["op"] for each in asked} == {"leave"}


def test_an_account_comes_into_no_more_rooms_than_it_may_be_in():
    make = floods._requests("join", [])
    asked = [each for _ in range(10) for each in _asked(make(_line("secret")))]
    assert len(asked) > len({each["room"] for each in asked}) < 100


def _line(token, guest=""):
    return SimpleNamespace(token=token, house="house", guest=guest)


def _asked(frames):
    """What is in frames, in their order."""
    asked = []
    while frames:
        long = frames[0] & 2
        size = int.from_bytes(frames[1:9] if long else frames[1:2])
        begin = 9 if long else 2
        body, frames = json.loads(frames[begin : begin + size]), frames[begin + size :]
        asked += body if isinstance(body, list) else [body]
    return asked
