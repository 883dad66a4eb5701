"""Bots as real processes, on computers whose clocks are wrong."""

import contextlib

import pytest

from tests.endtoend.bot_sayings import joined, texts
from tests.endtoend.bots import own

YOUNG = """
import time
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.script import script

off_s = {off_s}
right_ns = time.time_ns
time.time_ns = lambda: right_ns() + int(off_s * 1e9)
time.time = lambda: time.time_ns() / 1e9

bot = Bot("young", max_age_s={max_age_s})

@bot.command("!say")
def say(text: str) -> str:
    return text

with script():
    bot.run()
"""


@pytest.mark.parametrize(
    ("off_s", "way"), [(120, "120 s ahead of"), (-120, "120 s behind"), (7e6, "ahead of")]
)
def test_a_computer_whose_clock_is_wrong_answers_what_is_fresh_and_says_so_once(
    broker, tmp_path, ada, off_s, way
):
    with own(YOUNG.format(off_s=off_s, max_age_s=60), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        for number in range(3):
            ada.say(f"!say {number}")
            ada.hears(f"{number}", by="young")
        assert bot.terminate() == 0
        (line,) = bot.lines
        assert f"The clock of this computer is {'' if off_s == 7e6 else way}" in line
        assert way in line


@pytest.mark.parametrize("off_s", [0, 10, -10])
def test_a_clock_that_is_a_little_off_is_no_news(broker, tmp_path, ada, off_s):
    with own(YOUNG.format(off_s=off_s, max_age_s=60), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        ada.say("!say hi")
        ada.hears("hi", by="young")
        assert bot.terminate() == 0
        assert bot.lines == []


@pytest.mark.parametrize("off_s", [0, 120, -120])
def test_what_is_older_than_it_may_be_is_skipped_by_the_brokers_clock(broker, tmp_path, ada, off_s):
    with own(YOUNG.format(off_s=off_s, max_age_s=1.5), broker, tmp_path) as bot:
        joined(broker, "young", 1)
        bot.terminate()
    old = ada.say("!say old")
    while ada.ask("ping")["at"] - old["at"] < 2_000:
        ada.take_what_arrived()
    with own(YOUNG.format(off_s=off_s, max_age_s=1.5), broker, tmp_path) as bot:
        joined(broker, "young", 2)
        for number in range(20):  # on a busy machine one may be too old, too, before the bot gets its turn
            ada.say(f"!say new-{number}")
            with contextlib.suppress(AssertionError):
                ada.hears(f"new-{number}", by="young", within_s=5.0)
                break
    said = texts(ada, "young")
    assert said[-1:] == [f"new-{number}"]
    assert "old" not in said
