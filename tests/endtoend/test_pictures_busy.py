"""Pictures of the first question, and of a busy room: in light and in dark and in a narrow window.

`python3 run.py test --pictures` writes them to docs/pictures; otherwise they are only made and looked at.
"""

import contextlib

import pytest
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.style import theme
from loggia.qtclient.style.applied import paint
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest

from tests.endtoend import test_pictures as pictures
from tests.endtoend.people import Raw, Visitor
from tests.endtoend.test_pictures import PICTURES, take
from tests.endtoend.windows import Window

CODE = """Here is the loop:
```
for line in sys.stdin:
    print(line.upper(), end="")
```
It reads **every** line, *also* the last one, see https://docs.python.org/3/ and `man tr`."""
LONG = "\n".join(f"{number:>4}  sample {number * 37 % 101}" for number in range(400))
SIZES = {"busy-light": (1100, 860), "busy-dark": (1100, 860), "narrow": (420, 760)}


@pytest.mark.parametrize("name", SIZES)
def test_a_busy_room(broker, tmp_path, qtbot, pytestconfig, monkeypatch, name):
    monkeypatch.setattr(pictures, "SIZE_PX", SIZES[name])
    theme = "dark" if "dark" in name else "light"
    with contextlib.ExitStack() as people:
        enter = people.enter_context
        bob, zoe = (enter(Raw(broker.requests, nick, bot=False)) for nick in ("bob", "zoe"))
        enter(Visitor(broker.front_door, "kim"))
        broker.process.wait_for("kim joined lobby")
        ada = enter(contextlib.closing(Window(qtbot, broker.requests, "ada", tmp_path / "ada", theme)))
        ada.window.resize(*SIZES[name])
        pictures.whisper_elsewhere(bob, ada)
        zoe.say(LONG)
        first = bob.say(CODE)
        for nick, sign in ((zoe, "👍"), (bob, "🎉")):
            nick.ask("react", room="lobby", seq=first["seq"], emoji=sign)
        ada.say("The last one as well? Thanks @bob!")
        last = bob.say("Measured agian: 40 mA")
        bob.ask("edit", room="lobby", seq=last["seq"], text="Measured again: 40 mA\n- radio on\n- radio off")
        gone = zoe.say("wrong room")
        zoe.ask("delete", room="lobby", seq=gone["seq"])
        zoe.say("🎲🎉")
        bob.say("Done.", reply_to=first["seq"])
        for nick, text in ((zoe, "With the antenna off?"), (bob, "Yes, and the LED.")):
            nick.say(text, thread=last["seq"], reply_to=last["seq"])
        ada.hears("Yes, and the LED.", by="bob")
        if name != "narrow":
            answer(ada, last["seq"])
        QTest.keyClicks(ada.window.composer.editor, "On my way")
        folder = PICTURES if pytestconfig.getoption("--pictures") else tmp_path
        pictures.look_at(take(ada, folder / f"{name}.png"), theme)


def answer(ada: Window, root: int) -> None:
    """Open that thread, and answer in it."""
    ada.window.refresh()
    ada.window.timeline.act(SHOW_THREAD.id, root)
    panel = ada.window.threads.panel
    ada.waits(lambda: panel.count.text() == "2 replies", "read the thread")
    QTest.keyClicks(panel.composer.editor, "40 mA with the LED")


def test_the_first_question(qapp, qtbot, tmp_path, pytestconfig):
    qapp.setStyle("Fusion")
    paint(qapp, theme.LIGHT)
    dialog = FirstRun(theme.LIGHT, Limits(), here="tcp://127.0.0.1:1101")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    QTest.keyClicks(dialog.edit, "ada")
    folder = PICTURES if pytestconfig.getoption("--pictures") else tmp_path
    image = QImage(str(pictures.draw(dialog, folder / "first-run.png")))
    magenta = QImage(1, 1, image.format())
    magenta.fill(Qt.GlobalColor.magenta)
    seen = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert magenta.pixel(0, 0) not in seen
    assert len(seen) > 10
