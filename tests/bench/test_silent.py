"""Who only is there costs nobody else anything: as many instructions, however many there are."""

import contextlib

import pytest
from loggia.shared.protocol.requests import Join

from bench.counts import COUNTERS
from bench.shapes import broker
from bench.shapes.broker import House, message

FEW, MANY = 5, 400


@pytest.fixture(params=[1, 3], ids=["in a room", "in several rooms"])
def instructions(request, tmp_path, monkeypatch):
    """Of one turn in which somebody asks for something, beside so many who are silent."""
    monkeypatch.setattr(broker.reception, "time", broker.STOPPED)

    def instructions(silent, asked):
        with contextlib.closing(House(tmp_path / f"{silent}")) as house:
            house.enters(silent, request.param)
            speaker = house.come()
            house.hear([(speaker, [Join(id="in", nick="speaker", room="apart")])])
            house.turn()
            for number in range(2):  # what is done once is nobody's
                house.hear([(speaker, [asked(number)])])
                with COUNTERS["instructions"]() as counted:
                    house.turn()
            return counted[0]

    return instructions


def one_message(number):
    return message(number, "apart")


def one_room_more(number):
    return Join(id=f"more {number}", room=f"more {number}")


@pytest.mark.parametrize("asked", [one_message, one_room_more])
def test_a_turn_takes_as_many_instructions_beside_many_who_are_silent(instructions, asked):
    few = instructions(FEW, asked)
    assert instructions(MANY, asked) <= 1.05 * few, "their rooms and accounts are some pages of the log more"
