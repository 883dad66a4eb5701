"""That a trial notices what it is there to notice."""

import signal
import sys
import threading

import pytest

from tests.hostile import verdict
from tests.hostile.rows import ROWS
from tests.hostile.trial import STOPPING, Times, Trial
from tests.hostile.verdict import FROZEN_MS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="loopback has further addresses, and /proc")

STOPPED_S = 0.4
SHORT = Times(before=0.3, attack=0.5, recovering=0.1, after=0.3, again=0.1)


@pytest.fixture
def trial(tmp_path):
    trial = Trial("nameless", ROWS["nameless"], tmp_path, people=5)
    yield trial
    trial.close()


def test_a_broker_that_stands_still_is_seen_by_those_who_wait_for_it(trial):
    trial.talk("before")
    trial.observe(STOPPED_S)
    trial.talk("during")
    trial.broker.process.send(signal.SIGSTOP)
    trial.observe(STOPPED_S)
    trial.broker.process.send(signal.SIGCONT)
    assert trial.settle()["during"] > STOPPED_S * 1000 / 2
    assert trial.wrong == {}


def test_a_freeze_is_complained_about_in_the_short_form(trial):
    def freeze(seconds):
        trial.broker.process.send(signal.SIGSTOP)
        seen = trial.observe(FROZEN_MS / 1000 + STOPPED_S)
        trial.broker.process.send(signal.SIGCONT)
        return seen

    trial._row = trial._row._replace(once={})  # nobody attacks
    trial.attacked = freeze
    complaints = verdict.complaints(trial.measure(SHORT), brief=True)
    assert [each.split(":")[0] for each in complaints] == ["frozen during"]


def test_what_was_answered_and_is_not_in_the_log_is_seen(trial):
    trial.talk("before")
    trial.observe(STOPPED_S)
    trial.settle()
    trial.broker.stop()
    trial.look_back()
    assert sum(trial.wrong.values()) == 0
    trial._stored = lambda: {}
    trial.look_back()
    assert trial.wrong["answered, and not on the disk"] >= 1


def test_a_broker_that_is_killed_has_not_stood_it(trial):
    trial.broker.process.send(signal.SIGKILL)
    trial.broker.process.wait()
    trial.look_back()
    assert any("the broker died" in what for what in trial.wrong)


def test_what_an_attacker_managed_is_counted(trial):
    seen = trial.attacked(1.0)
    assert trial.tally["connections"] == 500
    assert seen.most_descriptors > seen.descriptors - 500
    assert trial.wrong == {}


def test_a_command_is_run_once_the_attackers_are_at_it(trial):
    attackers, at_it = [], []
    started = trial._attacker
    trial._attacker = lambda *how: attackers.append(started(*how)) or attackers[-1]
    trial._row = trial._row._replace(command=("compact",))
    trial.command = lambda: at_it.extend("attacking" in each.lines for each in attackers if each.is_running)
    trial.measure(SHORT)
    assert at_it == [True]


def test_attackers_who_come_again_are_others(tmp_path):
    trial = Trial("accounts", ROWS["accounts"], tmp_path, people=1)
    try:
        trial.attacked(0.1)
        first = trial.tally.copy()
        trial.attacked(0.1)
        assert trial.tally["joined"] > first["joined"] > 0
        assert trial.tally["nick_taken"] == 0
    finally:
        trial.close()


def test_how_late_a_signal_is_heard_is_measured(trial):
    process = trial.broker.process
    process.send(signal.SIGSTOP)
    goes_on = threading.Timer(STOPPED_S, process.send, [signal.SIGCONT])
    goes_on.start()
    ending = process.told_to_end(STOPPING)
    goes_on.join()
    assert ending.code == 0
    assert STOPPED_S / 2 < ending.heard_s <= ending.took_s


def test_the_whole_of_it_is_measured(trial):
    figures = trial.measure(SHORT)
    assert verdict.complaints(figures, brief=True) == []
    assert set(figures.p99_ms) >= {"before", "during", "after"}
    assert figures.memory_mb.most >= figures.memory_mb.before > 10
    assert 0 < figures.heard_s < figures.term_s
    assert figures.least == {"reached": 500}
