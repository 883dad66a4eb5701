"""All that can be measured, by the name that is typed."""

from bench.scenarios import growth, idle, members, programs, rooms, soak, talk, windows
from bench.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    **talk.SCENARIOS,
    **idle.SCENARIOS,
    **rooms.SCENARIOS,
    **members.SCENARIOS,
    **programs.SCENARIOS,
    **windows.SCENARIOS,
    **soak.SCENARIOS,
    **growth.SCENARIOS,
}
