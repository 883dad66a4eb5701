"""All that can be measured, by the name that is typed."""

from bench.scenarios import idle, rooms, talk
from bench.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {**talk.SCENARIOS, **idle.SCENARIOS, **rooms.SCENARIOS}
