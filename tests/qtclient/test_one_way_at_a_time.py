"""On the way to what is not in memory somebody goes elsewhere: one is led to one place at a time."""

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.copy_of_room import Copy, drain
from tests.qtclient.test_days import copy, day_of, is_at, window  # noqa: F401


def test_who_is_led_elsewhere_meanwhile_is_not_taken_on_to_the_day(window: Window, copy: Copy, qtbot):  # noqa: F811
    window.days.to(day_of(37))
    copy.answer()
    window.way_back.to("lobby", 15_000)
    drain(copy, qtbot, lambda: getattr(window.timeline.currentIndex().data(ROW), "seq", 0) == 15_000)
    for _ in range(30):
        copy.answer()
    assert window.timeline.currentIndex().data(ROW).seq == 15_000


def test_a_key_that_leads_to_no_mention_leaves_one_on_the_way_to_the_day(window: Window, copy: Copy, qtbot):  # noqa: F811
    window.days.to(day_of(37))
    QTest.keyClick(window.composer.editor, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert window.seeking.seeks
    drain(copy, qtbot, lambda: is_at(window, 37 * 50 + 1))
