"""The keys of the window and its commands are those that its page names."""

import re
from pathlib import Path

from loggia.qtclient.keys import KEYS
from loggia.qtclient.state.slash import COMMANDS, OTHERS

PAGE = (Path(__file__).parents[2] / "docs" / "window.md").read_text(encoding="utf-8")


def test_the_page_names_every_key():
    named = {key for row in re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE) for key in row.split(", ")}
    assert set(KEYS.values()) <= named


def test_the_page_names_every_command_with_what_it_does():
    rows = re.findall(r"^\| `(/[^`]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted((command.usage, command.about) for command in COMMANDS)


def test_the_page_names_the_words_of_other_chats():
    named = set(re.findall(r"`/(\w+)`", PAGE))
    assert {command.word for command in OTHERS} <= named
