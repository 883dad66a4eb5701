"""A calendar in which one sees what can be chosen."""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from loggia.qtclient.style import theme
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.choose_day import ChooseDay
from PyQt6.QtWidgets import QTableView

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@OFFSCREEN
@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK])
def test_a_day_that_cannot_be_chosen_looks_so(dress: Callable[[Colors], None], qtbot, colors: Colors):
    dress(colors)
    chooser = ChooseDay(date(2023, 11, 15), colors, None)
    qtbot.addWidget(chooser)
    chooser.begins(date(2023, 11, 10))
    chooser.ends(date(2023, 11, 20))
    chooser.show()
    view = chooser.calendar.findChild(QTableView)
    picture = view.viewport().grab().toImage()

    def inked(day: int) -> int:
        """How far its number is from its ground, in lightness."""
        cells = (view.model().index(*divmod(place, 8)) for place in range(8, 7 * 8))
        index = next(
            cell for cell in cells if str(cell.data()) == str(day) and not view.isColumnHidden(cell.column())
        )
        rect = view.visualRect(index).adjusted(4, 4, -4, -4)
        seen = Counter(
            picture.pixelColor(x, y).lightness()
            for x in range(rect.left(), rect.right())
            for y in range(rect.top(), rect.bottom())
        )
        (ground, _), *_ = seen.most_common(1)
        return max(seen, key=lambda light: abs(light - ground)) - ground

    assert abs(inked(9)) < abs(inked(11)) * 0.75, "before the first one"
    assert abs(inked(21)) < abs(inked(19)) * 0.75, "behind the last one"
    assert inked(9) == pytest.approx(inked(21), abs=20)
    assert inked(11) == pytest.approx(inked(19), abs=20)
