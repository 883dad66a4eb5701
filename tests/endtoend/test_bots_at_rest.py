"""Bots in one room, all real: they answer people and not each other, so what a person says comes to rest."""

import contextlib
from collections import Counter

import pytest

from tests.endtoend.bots import example, own
from tests.endtoend.people import Raw

TWO = """
import sys
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.script import script

name = "{name}"
bot = Bot(name, hears_bots={hears_bots})

@bot.command("!" + name)
def own() -> str:
    return "!anna and !bert and !help"

@bot.message
def echo(event) -> str:
    return event.text if event.bot else name + " heard " + event.text

with script():
    bot.run()
"""


def two(broker, folder, *, hears_bots=False):
    return [
        own(TWO.format(name=name, hears_bots=hears_bots), broker, folder, name) for name in ("anna", "bert")
    ]


def said(raw, behind=0):
    messages = (event for event in raw.log()[behind:] if event["op"] == "message")
    return [(event["nick"], event["text"], event.get("bot")) for event in messages]


def test_what_a_person_says_is_answered_once_by_each_bot_and_by_none_again(broker, tmp_path):
    with contextlib.ExitStack() as ends:
        ada = ends.enter_context(Raw(broker.requests, "ada", bot=False))
        ends.enter_context(example("raw_echo", broker, tmp_path))
        ada.waits_for_echo()
        for bot in [*two(broker, tmp_path), example("dice", broker, tmp_path)]:
            ends.enter_context(bot)
        for nick in ("anna", "bert", "dice"):
            broker.process.wait_for(f"{nick} joined lobby")
        behind = len(ada.log())
        for text in ("!help", "!anna", "!roll 2d1", "!bert", "hello"):
            ada.say(text)
            ada.hears(text, by="echo")
        # each bot handles one message after the other: behind its second reply to these nothing more comes
        for text in ("first", "last"):
            ada.say(text)
            ada.hears(text, by="echo")
            for nick in ("anna", "bert"):
                ada.hears(f"{nick} heard {text}", by=nick)
        ada.say("!roll 3d1")
        ada.hears("1 + 1 + 1 = 3", by="dice")
        ada.hears("!roll 3d1", by="echo")
        for nick in ("anna", "bert"):
            ada.hears(f"{nick} heard !roll 3d1", by=nick)
        messages = said(ada, behind)
        counts = Counter(nick for nick, _, _ in messages)
        assert counts == {"ada": 8, "echo": 8, "anna": 8, "bert": 8, "dice": 3}, messages
        assert {nick for nick, _, bot in messages if bot} == {"anna", "bert", "echo", "dice"}
        assert {nick for nick, _, bot in messages if not bot} == {"ada"}
        (help_of_dice,) = [text for nick, text, _ in messages if nick == "dice" and "Commands" in text]
        assert help_of_dice.startswith("Commands: `!roll` [dice] - Roll dice: ")


def test_bots_that_ask_to_hear_bots_stop_by_themselves(broker, tmp_path):
    with contextlib.ExitStack() as ends:
        anna, bert = (ends.enter_context(bot) for bot in two(broker, tmp_path, hears_bots=True))
        for nick in ("anna", "bert"):
            broker.process.wait_for(f"{nick} joined lobby")
        ada = ends.enter_context(Raw(broker.requests, "ada", bot=False))
        ada.say("go")
        for nick, bot in (("anna", anna), ("bert", bert)):
            bot.wait_for(f"{nick} spoke 20 times in 10 s in lobby, and only bots did")
        for text in ("are you still there?", "really?"):
            ada.say(text)
            for nick in ("anna", "bert"):
                ada.hears(f"{nick} heard {text}", by=nick)
        counts = Counter(nick for nick, _, _ in said(ada))
        assert counts["anna"] + counts["bert"] <= 2 * 22 + 2, counts
        for bot in (anna, bert):
            assert bot.terminate() == 0
            assert len(bot.lines) == 1, bot.lines


@pytest.mark.parametrize("name", ["anna", "bert"])
def test_after_a_restart_nothing_of_what_bots_said_is_answered(broker, tmp_path, name):
    with contextlib.ExitStack() as ends:
        bots = dict(zip(("anna", "bert"), two(broker, tmp_path), strict=True))
        for bot in bots.values():
            ends.enter_context(bot)
        for nick in bots:
            broker.process.wait_for(f"{nick} joined lobby")
        ada = ends.enter_context(Raw(broker.requests, "ada", bot=False))
        ada.say("hello")
        for nick in bots:
            ada.hears(f"{nick} heard hello", by=nick)
        bots[name].kill()
        ada.say("!anna")
        ada.say("!bert")
        bots[name] = ends.enter_context(own(TWO.format(name=name, hears_bots=False), broker, tmp_path, name))
        ada.say("back?")
        for nick in bots:
            ada.hears(f"{nick} heard back?", by=nick)
        counts = Counter(nick for nick, _, _ in said(ada))
        assert counts == {"ada": 4, "anna": 4, "bert": 4}
