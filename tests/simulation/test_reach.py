"""What the histories reach: a simulation in which nothing goes wrong would keep every promise, too."""

import pytest

from tests.simulation import histories
from tests.simulation.acts import FAULTS, TALK
from tests.simulation.changing import CHANGES
from tests.simulation.meeting import MEETINGS
from tests.simulation.ruling import RULES

SEEDS = range(300)

# what is said in the trace when it happened
HAPPENED = [
    "the broker dies at operation",
    "operation fails",
    "broker: loses power",
    "broker: dies after 0 of",
    "broker: dies after 1 of",
    "broker: stops",
    "an old backup is put back",
    "the log is lost",
    "is restored from a backup",
    "falls asleep",
    "a broadcast is lost",
    "a slow reader loses a broadcast",
    "an answer is dropped",
    "simulated: the client's disk is full",
    '"code":"storage_full"',
    '"code":"slow_down"',
    '"code":"bad_token"',
    '"code":"nick_taken"',
    '"code":"not_member"',
    '"duplicate":true',
    '"op":"renamed"',
    '"reason":"lost"',
    '"reason":"end"',
    "VoidCopy",
    "Left(",
    "ReadState(",
    '"op":"read"',
    "Older(",
    "Unreachable(",
    "resumed=True",
    '"op":"edited"',
    '"op":"deleted"',
    '"op":"reacted"',
    '"on":false',
    '"op":"pinned"',
    '"thread":',
    '"mentions":',
    '"code":"no_such_message"',
    '"code":"not_allowed"',
    '"deleted":true',
    '"edited_at":',
    '"reactions":',
    '"replies":',
    '"proofs":',
    '"op":"created"',
    '"op":"invited"',
    '"reason":"kicked"',
    '"op":"banned"',
    '"op":"muted"',
    '"op":"role"',
    '"op":"unbanned"',
    '"op":"unmuted"',
    '"op":"closed"',
    '"op":"reopened"',
    '"op":"subject"',
    '"code":"banned"',
    '"code":"muted"',
    '"retry_after_ms":',
    '"announce":true',
    "is closed: it can be read",
    "is for announcements",
    "operator: own",
    "operator: release",
    '"status":"<',
    '"op":"configured"',
    '"kind":"private"',
    '"kind":"direct"',
    '"code":"no_such_room"',
    "broker: tells",
    "Invited(",
    "Acted(",
    "nicks=['nick",
    '"op":"typing"',
]


@pytest.fixture(scope="module")
def lived() -> str:
    return "\n".join(line for seed in SEEDS for line in histories.run(seed, traced=True).trace)


@pytest.mark.parametrize("what", HAPPENED)
def test_it_happens(lived, what):
    assert what in lived


@pytest.mark.parametrize(
    "act", dict.fromkeys([*FAULTS, *TALK, *CHANGES, *MEETINGS, *RULES]), ids=lambda act: act.__name__
)
def test_everything_that_can_be_done_is_done(lived, act):
    assert f" {act.__name__}\n" in lived
