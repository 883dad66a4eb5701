"""Who may not write in a room is told so where one writes, also where only the newest page of it is here."""

from collections.abc import Callable

import pytest
from loggia.qtclient.app import App
from loggia.qtclient.state.barred import ANNOUNCE, CLOSED, GUEST, MUTED, UNTIL
from loggia.qtclient.state.became import PutSign
from loggia.qtclient.state.message_rights import may
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.reactions import TOGGLE
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Say
from loggia.shared.client.updates import Acted, Entered, Failed, Older, People
from loggia.shared.protocol.answers import Error, Member
from loggia.shared.protocol.events import ConfiguredEvent, ReopenedEvent, RoleEvent, StoredEvent
from loggia.shared.protocol.requests import CloseRoom, Mute, SetSubject
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from tests.endtoend.processes import Broker
from tests.qtclient.apps import connected, say
from tests.qtclient.state.test_message_rights import closed, muted, reopened, unmuted
from tests.qtclient.talk import HOUR, NOON, arrived, entered, restored, says

Make = Callable[..., Window]
BY = (NOON, "olga", "a-olga", "id")


def announces(seq: int) -> ConfiguredEvent:
    return ConfiguredEvent("lobby", seq, *BY, title="", slow_s=0, announce=True)


def is_now(seq: int, role: str) -> RoleEvent:
    return RoleEvent("lobby", seq, *BY, "a-ada", "ada", role)


def comes(head: int = 500, **more: object) -> Entered:
    return Entered(room="lobby", nick="ada", account="a-ada", head=head, **more)


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), *arrived([says(1, "ada")])], 0)
    window = make_window(state)
    window.composer.now = lambda: NOON
    return window


@pytest.fixture
def said(window: Window) -> list[Say]:
    told: list[Say] = []
    window.asked.connect(lambda command: told.append(command) if isinstance(command, Say) else None)
    return told


def take(window: Window, *updates: object) -> None:
    window.take([*updates])
    window.refresh()


def write(window: Window, text: str, qtbot) -> None:
    qtbot.keyClicks(window.composer.editor, text)
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("event", "words"), [(closed(2), CLOSED), (announces(2), ANNOUNCE), (is_now(2, "guest"), GUEST)]
)
def test_it_is_said_before_one_writes_while_one_does_and_what_is_written_stays(
    window: Window, said: list[Say], qtbot, event: StoredEvent, words: str
):
    take(window, comes(1, role="member"), *arrived([event]))
    composer = window.composer
    assert composer.editor.placeholderText() == words
    assert words.rstrip(".") in composer.editor.accessibleDescription()
    qtbot.keyClicks(composer.editor, "hello")
    assert composer.hint.text() == words
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(composer.send, Qt.MouseButton.LeftButton)
    assert (composer.hint.text(), composer.editor.text, said) == (words, "hello", [])
    assert not composer._hint.button.isVisible(), "there is nothing to be done about it"


def test_a_command_is_asked_for_all_the_same(window: Window, qtbot):
    asked: list[object] = []
    window.asked.connect(asked.append)
    take(window, *arrived([closed(2)]))
    write(window, "/topic dust", qtbot)
    assert any(isinstance(one, Ask) for one in asked)
    assert not window.composer.hint.isVisible()


def test_who_runs_the_room_writes_where_only_they_may(window: Window, said: list[Say], qtbot):
    take(window, comes(role="owner"), *arrived([announces(2)]))
    write(window, "hello", qtbot)
    assert [one.text for one in said] == ["hello"]


@pytest.mark.parametrize("back", [reopened(3), unmuted(3)])
def test_it_is_over_when_the_room_says_so(window: Window, said: list[Say], qtbot, back: StoredEvent):
    take(window, *arrived([closed(2) if isinstance(back, ReopenedEvent) else muted(2)]))
    qtbot.keyClicks(window.composer.editor, "hello")
    take(window, *arrived([back]))
    assert not window.composer.hint.isVisible()
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert [one.text for one in said] == ["hello"]
    assert window.composer.editor.placeholderText() == "Message # lobby"


@pytest.mark.parametrize("how", ["keys", "button"])
def test_who_is_muted_by_another_clock_may_say_it_all_the_same(
    window: Window, said: list[Say], qtbot, how: str
):
    take(window, *arrived([muted(2, until=NOON + HOUR)]))
    words = UNTIL.format("13:00")
    write(window, "hello", qtbot)
    assert (window.composer.hint.text(), window.composer.editor.text, said) == (words, "hello", [])
    if how == "keys":
        editor = window.composer.editor
        qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    else:
        qtbot.mouseClick(window.composer._hint.button, Qt.MouseButton.LeftButton)
    assert ([one.text for one in said], window.composer.editor.text) == (["hello"], "")


def test_the_first_refusal_teaches_why_and_until_when(window: Window, said: list[Say], qtbot):
    five = 5 * 60_000
    take(window, Failed(id="m1", room="lobby", code="muted", text="You are not heard.", retry_after_ms=five))
    composer, row = window.composer, window.state.here.rows[-1]
    assert isinstance(row, MessageRow)
    assert composer.editor.placeholderText() == UNTIL.format("12:05")
    assert not may("react", row, window.state.here, "a-ada", NOON)
    assert may("react", row, window.state.here, "a-ada", NOON + five + 1)
    qtbot.keyClicks(composer.editor, "hello")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert said == []
    assert window.writing._again.isActive()
    composer.now = lambda: NOON + five + 1
    window.writing._again.timeout.emit()
    assert not composer.hint.isVisible()
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    assert [one.text for one in said] == ["hello"]


@pytest.mark.parametrize("code", ["muted", "not_allowed", "log"])
def test_it_is_over_when_a_message_of_mine_is_taken(window: Window, code: str):
    take(window, *arrived([muted(2)] if code == "log" else [says(2)]))
    if code != "log":
        take(window, Failed(id="x", room="lobby", code=code, text="Not now."))
    assert window.composer.editor.placeholderText() in (MUTED, "Not now.")
    take(window, *arrived([says(3)]))
    assert window.composer.editor.placeholderText() in (MUTED, "Not now.")
    take(window, *arrived([says(4, "ada")]))
    assert window.composer.editor.placeholderText() == "Message # lobby"


def test_one_that_tells_no_end_lasts_until_the_room_says_otherwise(window: Window):
    take(window, Failed(id="m1", room="lobby", code="muted", text="You are not heard."))
    assert window.composer.editor.placeholderText() == MUTED
    assert not may("react", window.state.here.rows[-1], window.state.here, "a-ada")
    take(window, *arrived([unmuted(2)]))
    assert window.composer.editor.placeholderText() == "Message # lobby"


@pytest.mark.parametrize("over", [reopened(2), announces(2), is_now(2, "moderator"), None])
def test_what_nobody_knows_the_reason_of_is_said_as_the_broker_did_until_something_changes(
    window: Window, over: StoredEvent | None
):
    told = "lobby is closed: it can be read, and nobody writes there any more."
    take(window, Failed(id="m1", room="lobby", code="not_allowed", text=told))
    assert window.composer.editor.placeholderText() == told
    take(window, *(arrived([over]) if over else [comes()]))
    assert told != window.composer.editor.placeholderText()


def test_a_room_of_which_the_newest_page_is_here_tells_its_subject_and_what_one_is(
    make_window: Make, state: WindowState
):
    state.apply([*entered(), comes(role="moderator", subject="the public square")], 0)
    state.apply(arrived([says(seq) for seq in range(450, 501)]), 0)
    window = make_window(state)
    window.refresh()
    assert window.header.subject.whole == "the public square"
    row = next(row for row in state.here.rows if isinstance(row, MessageRow))
    assert [right for right in ("pin", "delete") if may(right, row, state.here, "a-ada")] == ["pin", "delete"]
    people = [Member(nick="bob", account="a-bob", presence="online", role="owner")]
    take(window, People(room="lobby", members=people, more=True))
    assert [right for right in ("pin", "delete") if may(right, row, state.here, "a-ada")] == ["pin"]
    take(window, *arrived([is_now(501, "guest")]))
    assert window.composer.editor.placeholderText() == GUEST
    assert not may("pin", row, state.here, "a-ada")


def test_another_life_of_the_log_forgets_what_the_old_one_said_and_no_more(window: Window):
    take(window, *arrived([closed(2)]), comes(5, role="owner", subject="dust"), restored(2, 1))
    assert window.composer.editor.placeholderText() == "Message # lobby"
    assert (window.header.subject.whole, window.state.here.rules.role) == ("dust", "owner")


def test_a_sign_that_is_refused_teaches_it_too(window: Window):
    asked: list[Ask] = []
    window.asked.connect(lambda command: asked.append(command) if isinstance(command, Ask) else None)
    window.acts[TOGGLE.id](PutSign(1, "👍", True))
    refused = Error(id=asked[0].id, code="muted", text="You are not heard.", retry_after_ms=60_000)
    take(window, Acted(id=asked[0].id, refused=refused))
    assert window.composer.editor.placeholderText() == UNTIL.format("12:01")


def test_what_an_earlier_run_was_refused_teaches_nothing(make_window: Make, state: WindowState):
    window = make_window(state)
    take(window, Failed(id="m1", room="lobby", code="muted", text="You are not heard."))
    take(window, *entered(), *arrived([says(1, "ada")]))
    assert window.composer.editor.placeholderText() == "Message # lobby"


def test_who_comes_in_again_is_taught_anew(window: Window):
    take(window, Failed(id="m1", room="lobby", code="muted", text="You are not heard."))
    take(window, comes(9))
    assert window.composer.editor.placeholderText() == "Message # lobby"
    take(window, *arrived([muted(2)]), comes(9))
    assert window.composer.editor.placeholderText() == MUTED, "that the log says"


def test_what_is_read_again_says_nothing_that_was_over_before_one_was_taught(window: Window):
    take(window, *arrived([muted(2), unmuted(3), says(4, "ada")]))
    take(window, Failed(id="m1", room="lobby", code="muted", text="You are not heard."))
    take(window, comes(9))
    take(window, Older(room="lobby", events=[says(1, "ada"), muted(2)], more=False))
    assert window.composer.editor.placeholderText() == "Message # lobby"
    take(window, *arrived([muted(10)]))
    assert window.composer.editor.placeholderText() == MUTED


@pytest.mark.parametrize("event", [closed(2), announces(2), muted(2)])
def test_what_was_known_before_a_long_absence_is_not_said_behind_it(window: Window, event: StoredEvent):
    take(window, comes(1, role="member", subject="dust"), *arrived([event]))
    assert window.composer.editor.placeholderText() != "Message # lobby"
    take(window, comes(5000, role="member", subject="less dust"))
    take(window, Older(room="lobby", events=[says(seq) for seq in range(4901, 5001)], more=True))
    assert window.composer.editor.placeholderText() == "Message # lobby"
    assert window.header.subject.whole == "less dust"


def test_it_is_said_in_a_thread_too(window: Window):
    take(window, *arrived([closed(2)]))
    window.threads.open(1)
    window.refresh()
    assert window.threads.panel.composer.editor.placeholderText() == CLOSED


def test_what_is_pasted_stays_to_be_said_later(window: Window, said: list[Say], qtbot):
    take(window, *arrived([closed(2)]))
    clipboard = QApplication.clipboard()
    clipboard.setText("\n".join(map(str, range(100))))
    window.composer.editor.paste()
    window.composer.paste.said.emit(clipboard.text())
    assert (said, window.composer.editor.text) == ([], clipboard.text())


def test_who_comes_late_learns_it_of_the_broker(start: Callable[..., App], broker: Broker, qtbot):
    ada = start(broker.requests)
    qtbot.waitUntil(lambda: connected(ada))
    ada.window.asked.emit(Ask(request=SetSubject(id="-", room="lobby", subject="dust"), id="s-1"))
    bob = start(broker.requests, "bob")
    qtbot.waitUntil(lambda: connected(bob) and connected(ada))
    ada.window.asked.emit(Ask(request=Mute(id="-", room="lobby", who="bob"), id="s-2"))
    ada.window.asked.emit(Ask(request=CloseRoom(id="-", room="lobby"), id="s-3"))
    room = ada.window.state.rooms["lobby"]
    qtbot.waitUntil(lambda: room.rules.closed)
    editor = bob.window.composer.editor
    qtbot.waitUntil(lambda: editor.placeholderText() == CLOSED)
    bob.window.state.rooms["lobby"].rules = type(room.rules)()  # as who has only the newest page of it
    say(bob, "hello")
    qtbot.waitUntil(lambda: editor.placeholderText().startswith("lobby is closed: it can be read"))
    zoe = start(broker.requests, "zoe")
    qtbot.waitUntil(lambda: zoe.window.header.subject.whole == "dust")
