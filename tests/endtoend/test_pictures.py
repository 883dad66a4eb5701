"""The two pictures of the README: two people talking, seen in one's window, in light and in dark.

`python3 run.py test --pictures` writes them to docs/pictures; otherwise they are only made and looked at.
"""

import contextlib
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from tests.endtoend.people import Raw, Visitor
from tests.endtoend.processes import HOUSE
from tests.endtoend.windows import Window

PICTURES = HOUSE / "docs" / "pictures"
SIZE_PX = (1100, 700)
SCALE = 2  # sharp on screens with small pixels
MOST_BYTES = 300_000  # the README stays light
GROUND = {"light": "#FFFFFF", "dark": "#191817"}

REPLY = 5  # the seq of the message that is answered, behind the three who joined and the question
TALK = [
    ("bob", "Has anybody seen the oscilloscope?", None),
    ("ada", "It was on bench 4 this morning. The good probes are in the drawer below it.", None),
    ("bob", "Found it, and the probes too. Thanks!", REPLY),
    ("bob", "The new board draws 40 mA in standby, so something never goes to sleep. The radio?", None),
    ("ada", "Then I shall have a look at the firmware tonight.", None),
    ("bob", "ada: measure with the antenna off first, it takes five minutes.", None),
    ("bob", "Grüße an alle, 皆さん, and see you at lunch! 🎲", None),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_people_talking(broker, tmp_path, qtbot, pytestconfig, theme):
    with contextlib.ExitStack() as people:
        enter = people.enter_context
        bob = enter(Raw(broker.requests, "bob", bot=False))
        enter(Visitor(broker.front_door, "kim"))
        broker.process.wait_for("kim joined lobby")
        ada = enter(contextlib.closing(Window(qtbot, broker.requests, "ada", tmp_path / "ada", theme)))
        ada.window.resize(*SIZE_PX)
        whisper_elsewhere(bob, ada)
        for name, text, reply_to in TALK:
            if name == "ada":
                ada.say(text)
            else:
                bob.say(text, reply_to=reply_to)
            bob.hears(text, by=name)
            ada.hears(text, by=name)
        QTest.keyClicks(ada.window.composer.editor, "On my way")
        folder = PICTURES if pytestconfig.getoption("--pictures") else tmp_path
        picture = take(ada, folder / f"{theme}.png")
        look_at(picture, theme)


def whisper_elsewhere(bob: Raw, ada: Window) -> None:
    """Another room, in which there is something new for ada."""
    rooms = ada.window.state.rooms
    bob.ask("join", room="lab")
    ada.window.go("lab")
    ada.waits(lambda: rooms["lab"].entered, "entered the lab")
    ada.window.go("lobby")
    for text in ("The kettle is on.", "ada: tea?"):
        bob.say(text, room="lab")
    ada.waits(lambda: rooms["lab"].unread == 2, "noticed what is new in the lab")


def take(ada: Window, file: Path) -> Path:
    """The window as it is now, painted at SCALE."""
    ada.window.refresh()
    return draw(ada.window, file)


def draw(widget: QWidget, file: Path) -> Path:
    """Painted at SCALE."""
    width, height = widget.width(), widget.height()
    image = QImage(width * SCALE, height * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(Qt.GlobalColor.magenta)  # what is not painted shows
    painter = QPainter(image)
    widget.render(painter)
    painter.end()
    file.parent.mkdir(exist_ok=True)
    assert image.save(str(file), "PNG", 0)
    return file


def look_at(picture: Path, theme: str) -> None:
    """It has its size, its ground, many colours, and nothing that was not painted."""
    image = QImage(str(picture))
    assert (image.width(), image.height()) == tuple(side * SCALE for side in SIZE_PX)
    step = 3
    seen = [
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), step)
        for y in range(0, image.height(), step)
    ]
    assert QColor(Qt.GlobalColor.magenta).name().upper() not in seen
    assert seen.count(GROUND[theme]) > len(seen) / 4
    assert len(set(seen)) > 100
    assert picture.stat().st_size < MOST_BYTES
