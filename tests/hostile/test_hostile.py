"""The attacks, short: nothing is lost, the broker lives, keeps its memory and its head. docs/security.md.

That no honest answer takes seconds is a bound for a broker that stands still, no measure of its speed: how
long answers take is measured by `python3 run.py hostile`, and says as much about the machine.
"""

import sys

import pytest

from tests.hostile import verdict
from tests.hostile.rows import ROWS
from tests.hostile.trial import Times, Trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="loopback has further addresses, and /proc")

SHORT = Times(before=0.2, attack=1.5, recovering=0.1, after=0.1, again=0.1)
PEOPLE = 5


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.brief])
def test_the_broker_stands(name, tmp_path):
    trial = Trial(name, ROWS[name], tmp_path, people=PEOPLE)
    try:
        figures = trial.measure(SHORT)
    finally:
        trial.close()
    assert verdict.complaints(figures, brief=True) == [], figures
