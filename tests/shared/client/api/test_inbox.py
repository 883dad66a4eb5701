"""What a script is told when it asks how things stand."""

import math
from collections.abc import Callable

import pytest
from loggia.shared.client import updates
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.commands import Say


class Clocks:
    """This computer's: `now` (s, never goes back), `wall_ms` (Unix ms)."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.wall_ms = 1_700_000_000_000


def inboxed(clocks: Clocks | None = None) -> Inbox:
    clocks = clocks or Clocks()
    return Inbox("tcp://127.0.0.1:7", ["lobby"], lambda: clocks.now, lambda: clocks.wall_ms)


def test_a_message_that_gets_another_id_waits_once() -> None:
    inbox = inboxed()
    inbox.hear(updates.Waiting(say=Say(id="one", room="lobby", text="words"), at=7))
    inbox.hear(updates.Waiting(say=Say(id="two", room="lobby", text="words"), at=7, was="one"))
    assert inbox.status().waiting == 1
    inbox.hear(updates.Delivered(id="two", room="lobby", seq=5, at=7))
    assert inbox.status().waiting == 0


# -- The broker's time -------------------------------------------------------------------------


def told(clocks: Clocks, ahead_s: float = 0.0, took_s: float = 0.0) -> updates.Time:
    """The broker's time, where this computer's clock is so far ahead of it."""
    return updates.Time(at=clocks.wall_ms - int(ahead_s * 1000), now=clocks.now, took_s=took_s)


def test_the_time_at_the_broker_goes_on_whatever_becomes_of_this_clock() -> None:
    clocks = Clocks()
    inbox = inboxed(clocks)
    assert inbox.time_told(math.inf) is None
    inbox.hear(told(clocks))
    at = clocks.wall_ms
    clocks.wall_ms -= 3_600_000
    clocks.now += 7.5
    assert inbox.time_told(math.inf) == at + 7_500
    assert inbox.time_told(7.5) == at + 7_500
    assert inbox.time_told(7.0) is None, "not sure enough"


def test_an_answer_that_took_long_tells_no_time() -> None:
    """As when the computer slept in between."""
    clocks = Clocks()
    inbox = inboxed(clocks)
    inbox.hear(told(clocks, took_s=3_600.0))
    assert inbox.time_told(math.inf) is None


@pytest.mark.parametrize(("ahead_s", "way"), [(31, "31 s ahead of"), (-31, "31 s behind"), (1e6, "ahead of")])
def test_clocks_that_are_far_apart_are_said_once(
    ahead_s: float, way: str, expect_log: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expect_log(f"The clock of this computer is .*{way} the broker's")
    clocks = Clocks()
    inbox = inboxed(clocks)
    for _ in range(3):
        inbox.hear(told(clocks, ahead_s))
    assert len(caplog.records) == 1


@pytest.mark.parametrize("ahead_s", [0, 29, -29])
def test_clocks_that_are_near_are_no_news(ahead_s: float) -> None:
    clocks = Clocks()
    inboxed(clocks).hear(told(clocks, ahead_s))


def test_an_answer_that_is_heard_late_is_no_difference() -> None:
    """As when this computer's disk was full meanwhile."""
    clocks = Clocks()
    update = told(clocks)
    clocks.now += 300
    clocks.wall_ms += 300_000
    inboxed(clocks).hear(update)
