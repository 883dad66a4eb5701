"""What makes an attack one that the broker did not stand."""

import re

import pytest

from tests.hostile.__main__ import HEAD, chosen, line, main
from tests.hostile.rows import ROWS
from tests.hostile.verdict import Figures, Span, complaints

GOOD = Figures(
    p99_ms={"before": 5.0, "during": 40.0, "after": 6.0},
    memory_mb=Span(45, 120, 60),
    descriptors=Span(120, 1000, 120),
    cpu=Span(10, 90, 12),
    log_kb_s=2.0,
    heard_s=0.03,
    term_s=0.44,
    wrong={"unanswered": 0},
    noted={"sent again": 3},
    tally={"connections": 1000, "stored": 30},
    least={"connections": 1000, "stored": 20},
)


def test_nothing_is_said_of_a_broker_that_stood_it():
    assert complaints(GOOD) == complaints(GOOD, brief=True) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wrong": {"unanswered": 2}}, "unanswered (2)"),
        ({"tally": GOOD.tally | {"internal": 1}}, "internal of the attacker (1)"),
        ({"tally": GOOD.tally | {"unanswered": 3}}, "unanswered of the attacker (3)"),
        ({"tally": GOOD.tally | {"stored": 19}}, "attack not reached: stored 19 of 20"),
        ({"tally": {"stored": 20}}, "attack not reached: connections 0 of 1000"),
        ({"memory_mb": Span(45, 301, 45)}, "memory 301 MB"),
        ({"term_s": None}, "SIGTERM"),
        ({"term_s": 5.1}, "SIGTERM"),
    ],
)
def test_what_may_not_be_in_however_short_a_time(changed, said):
    assert complaints(GOOD._replace(**changed)) == [said]
    assert complaints(GOOD._replace(**changed), brief=True) == [said]


@pytest.mark.parametrize(
    ("p99_ms", "said"),
    [
        ({"during": 2001.0, "after": 5.0}, "frozen during: 2.0 s"),
        ({"during": 60.0, "recovering": 9000.0, "after": 5.0}, "frozen recovering: 9.0 s"),
        ({"during": None}, "frozen during: no answer"),
        ({"before": 5.0}, "frozen during: no answer"),
    ],
)
def test_a_freeze_is_seen_in_however_short_a_time(p99_ms, said):
    assert complaints(GOOD._replace(p99_ms=p99_ms), brief=True) == [said]


def test_an_answer_that_never_came_is_seen_in_a_long_one_too():
    assert complaints(GOOD._replace(p99_ms={"before": 5.0, "after": 5.0})) == ["p99 during"]


def test_slow_answers_are_no_freeze():
    slow = {"before": 2500.0, "during": 1900.0, "after": 1900.0}
    assert complaints(GOOD._replace(p99_ms=slow), brief=True) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"memory_mb": Span(45, 120, 66)}, "21 MB kept"),
        ({"descriptors": Span(120, 1000, 140)}, "20 descriptors kept"),
        ({"log_kb_s": 25.0}, "log 25 KB/s"),
        ({"term_s": 2.1}, "SIGTERM"),
        ({"heard_s": 0.11}, "SIGTERM heard late"),
        ({"heard_s": None}, "SIGTERM heard late"),
        ({"cpu": Span(10, 90, 100)}, "cpu after"),
        ({"p99_ms": {"before": 5.0, "during": 51.0, "after": 5.0}}, "p99 during"),
        ({"p99_ms": {"before": 40.0, "during": 79.0, "after": 81.0}}, "p99 after"),
    ],
)
def test_what_only_a_long_one_shows(changed, said):
    assert complaints(GOOD._replace(**changed)) == [said]
    assert complaints(GOOD._replace(**changed), brief=True) == []


def test_the_table_is_as_wide_as_its_head():
    never = GOOD._replace(p99_ms={"before": 5.0, "during": None}, term_s=None)
    assert len(line("long-nick", GOOD)) == len(line("flood-message-nobody", never)) == len(HEAD)
    assert "5.0/never/never" in line("long-nick", never)
    assert line("long-nick", GOOD).split()[-1] == "0.03+0.41"
    assert line("long-nick", GOOD._replace(heard_s=None)).split()[-1] == "-+0.44"
    assert line("long-nick", never).split()[-1] == "-"


def test_rows_are_asked_for_by_name_or_by_how_they_begin(capsys):
    assert chosen([]) == list(ROWS)
    assert chosen(["rooms", "control"]) == ["rooms", "control"]
    assert chosen(["flood-ping", "flood-ping-one"]) == [
        "flood-ping-one", "flood-ping-fifty", "flood-ping-nobody"
    ]  # fmt: skip
    assert main(["dance"]) == 2
    assert "There is no row 'dance'" in capsys.readouterr().err


def test_every_attack_says_what_it_does(capsys):
    assert main(["--list"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(ROWS)
    assert all(re.fullmatch(r"[\w!-]+ +\w.+\.", each) for each in told), told
