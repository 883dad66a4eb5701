"""The front door of a real broker when many come: the setting, those with a name, and the end."""

import contextlib

import pytest

from tests.broker.callers import Caller, OriginalClient, calling
from tests.endtoend.processes import Broker


@pytest.fixture
def serve(tmp_path):
    with contextlib.ExitStack() as ends:

        def serve(*flags):
            broker = ends.enter_context(Broker(tmp_path / "data", *flags))
            return broker, ends.enter_context(calling(broker.front_door))

        yield serve


def test_an_address_has_as_many_visitors_as_the_setting_says(serve):
    broker, call = serve("--connections-per-address", "2")
    ada = call(Caller, "ada")
    call(OriginalClient, "bob")
    assert ada.line() == "bob has joined the chat"
    told = call(Caller).rest()
    assert told == "Too many connections of your address are here already; close one, or try again later.\n"
    broker.process.wait_for(r"^WARNING: Failed to connect 127\.0\.0\.1:\d+\.$")
    ada.say("!end")
    assert ada.rest() == "!end\n"
    ada.close()
    broker.process.wait_for("Connection with .* closed successfully")
    call(Caller, "zoe")


def test_it_is_switched_off_by_0(serve):
    _, call = serve("--connections-per-address", "0")
    for _ in range(50):
        call(Caller).until("call you? ")
    call(Caller, "ada")


def test_a_class_of_300_comes_in_through_one_address_and_500_silent_ones_keep_nobody_with_a_name_out(serve):
    broker, call = serve()
    pupils = [call(Caller) for _ in range(300)]
    for number, pupil in enumerate(pupils):
        pupil.until("call you? ")
        pupil.say(f"pupil{number}")
    for pupil in pupils:
        pupil.until("leave.\n")
    for _ in range(500):
        call(Caller)
    pupils[0].say("are all here?")
    for pupil in pupils:
        pupil.until("pupil0: are all here?\n")
    assert broker.stop() == 0


def test_who_comes_when_many_do_is_told_to_wait_and_let_in_by_itself_or_gives_up(serve):
    _, call = serve("--accounts-per-minute", "60")
    told = "Many come in just now. Please wait: you are let in as soon as it is your turn; !end to give up.\n"
    callers = [call(Caller) for _ in range(100)]
    for number, caller in enumerate(callers):
        caller.until("call you? ")
        caller.say(f"v{number}")
    lines = [caller.line() for caller in callers]
    waiting = [caller for caller, line in zip(callers, lines, strict=True) if f"{line}\n" == told]
    assert waiting
    first, *others = waiting
    for caller in others:
        caller.say("!end")
        caller.until("!end\n")
    assert first.until("leave.\n").startswith("Nice to meet you, v")
