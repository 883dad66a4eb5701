"""What a font lacks is of no interest to the terminal: a process of its own shows rare scripts in silence."""

import os
import subprocess
import sys

import pytest

from tests.patience import PATIENCE_S

# one line of each script, in the font of the system, which lacks some
SHOWS = """
from loggia.qtclient.screen import Screen
qt = Screen().open()
from loggia.qtclient.timeline.typography import wrapped
from PyQt6.QtGui import QFont
scripts = [chr(first) * 2 for first in range(0x0530, 0x1CD0, 0x80)] + ["\\U00011005", "\\U00012000"]
for text in scripts:
    wrapped(text, QFont(), 300.0, 20.0)
print("shown")
"""


def said(**named: str) -> tuple[str, str]:
    """What a window says that shows them, on standard output and standard error."""
    environment = {key: value for key, value in os.environ.items() if key != "QT_LOGGING_RULES"}
    ended = subprocess.run(
        [sys.executable, "-c", SHOWS],
        env=environment | {"QT_QPA_PLATFORM": "offscreen"} | named,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return ended.stdout, ended.stderr


def test_rare_scripts_say_nothing_on_the_terminal():
    assert said() == ("shown\n", "")


def test_who_looks_for_a_font_can_ask_qt():
    """These are real warnings here: without the rule the test above would show nothing."""
    asked = ";".join(f"qt.text.font.db.{kind}=true" for kind in ("info", "warning"))
    heard = said(QT_LOGGING_RULES=asked)[1]
    if not heard:
        pytest.skip("the fonts of this machine have all scripts, and Qt has nothing to say")
    assert "OpenType support missing" in heard
