"""What the window shows of a message that was edited or deleted."""

from datetime import UTC

from loggia.qtclient.state.rows import DELETED, Me, MessageRow, RowBuilder
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent

WHO = {"room": "lobby", "at": 5, "nick": "ada", "account": "a1"}


def said(rows):
    return [row.text for row in rows if isinstance(row, MessageRow)]


def test_a_message_says_what_it_says_now_and_nothing_when_it_is_deleted():
    rows = []
    build = RowBuilder(Me("bob"), UTC)
    build.extend(rows, [MessageEvent(**WHO, seq=1, id="1", text="helo")])
    build.extend(rows, [EditedEvent(**WHO, seq=2, id="2", target=1, text="hello")])
    assert said(rows) == ["hello"]
    build.extend(rows, [DeletedEvent(**WHO, seq=3, id="3", target=1)])
    assert said(rows) == [DELETED]


def test_what_was_deleted_before_it_came_shows_nothing_of_it():
    rows = []
    RowBuilder(Me("bob"), UTC).extend(rows, [MessageEvent(**WHO, seq=1, id="1", deleted=True)])
    assert said(rows) == [DELETED]
