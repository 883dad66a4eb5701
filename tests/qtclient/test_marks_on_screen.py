"""The keys that mark what is written, as a keyboard sends them: with Shift they have other signs."""

import shutil
import sys
from pathlib import Path

import pytest
from loggia.qtclient import settings

from tests.endtoend.screens import WindowOnScreen, screen
from tests.qtclient.programs import NOBODY

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux"),
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs a keyboard, xdotool"),
]


def test_each_key_marks(tmp_path: Path):
    with screen() as name:
        shown = WindowOnScreen(name, NOBODY, "ada", tmp_path)
        with shown.process as running:
            shown.focus()
            shown.press("type", "--delay", "5", "one")
            shown.press("key", "shift+Home", "ctrl+shift+s", "End")
            for key, word in (("i", "two"), ("c", "three")):
                shown.press("type", "--delay", "5", " ")
                shown.press("key", f"ctrl+shift+{key}")
                shown.press("type", "--delay", "5", word)
                shown.press("key", f"ctrl+shift+{key}")
            shown.press("type", "--delay", "5", " four")
            shown.press("key", "ctrl+shift+Left")
            shown.press("type", "--delay", "5", "*")
            shown.press("key", "ctrl+q")
            assert running.wait() == 0
    (server,) = settings.load(tmp_path).settings.servers.values()
    assert server.drafts == {"lobby": "**one** *two* `three` *four*"}
