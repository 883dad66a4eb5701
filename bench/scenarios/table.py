"""All that can be measured, by the name that is typed."""

from bench.scenarios import growth, idle, members, programs, rooms, soak, talk
from bench.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    **talk.SCENARIOS,
    **idle.SCENARIOS,
    **rooms.SCENARIOS,
    **members.SCENARIOS,
    **programs.SCENARIOS,
    **soak.SCENARIOS,
    **growth.SCENARIOS,
}
