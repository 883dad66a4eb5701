"""What came from the link is not looked at again and again for garbage in cycles."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from loggia.qtclient.garbage import EACH, Settled

from tests.qtclient.talk import arrived, many


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_came_is_left_alone_once_it_is_enough():
    settled = Settled()
    before = gc.get_freeze_count()
    settled.came(EACH - 1)
    assert gc.get_freeze_count() == before
    settled.came(1)
    assert gc.get_freeze_count() > before
    again = gc.get_freeze_count()
    settled.came(EACH - 1)
    assert gc.get_freeze_count() <= again


def test_what_is_left_alone_goes_when_nothing_holds_it():
    class Held:
        pass

    held = Held()
    gone = weakref.ref(held)
    Settled().came(EACH)
    del held
    assert gone() is None


def test_however_much_came_there_is_little_to_look_at(start, qtbot):
    app = start("tcp://127.0.0.1:1")
    window, link = app.window, app.subscriber
    qtbot.waitUntil(lambda: window.state.status.connection == "reconnecting")
    told = arrived(many(1, 30_000))
    link._intake.put(told)
    most = 0

    def all_came() -> bool:
        nonlocal most
        most = max(most, len(gc.get_objects(generation=2)))
        return window.state.rooms["lobby"].newest == 30_000

    gc.collect()
    gc.freeze()
    qtbot.waitUntil(all_came)
    assert most < 10 * EACH
