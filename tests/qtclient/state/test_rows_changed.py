"""What the window shows of a message that was edited, deleted, pinned, or that signs were put to."""

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st
from loggia.qtclient.state.became import Reaction
from loggia.qtclient.state.message import DELETED, place_of
from loggia.qtclient.state.reactors import MOST_NAMED, reactors
from loggia.qtclient.state.rows import Me, MessageRow, Note, Row, RowBuilder
from loggia.qtclient.state.state import WindowState
from loggia.shared.protocol.changes import changed
from loggia.shared.protocol.events import (
    ChangeEvent,
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PinnedEvent,
    ReactedEvent,
    StoredEvent,
)
from msgspec import structs

from tests.qtclient.state.seen import take
from tests.qtclient.talk import DAY, HOUR, MINUTE, NOON, arrived, entered, joins, people, says

AGREED = "\N{THUMBS UP SIGN}"


def edits(seq: int, target: int, text: str, at: int = NOON, nick: str = "bob") -> EditedEvent:
    return EditedEvent("lobby", seq, at, nick, f"a-{nick}", f"id-{seq}", target, text)


def deletes(seq: int, target: int, nick: str = "bob") -> DeletedEvent:
    return DeletedEvent("lobby", seq, NOON, nick, f"a-{nick}", f"id-{seq}", target)


def reacts(seq: int, target: int, nick: str, emoji: str = AGREED, *, on: bool = True) -> ReactedEvent:
    return ReactedEvent("lobby", seq, NOON, nick, f"a-{nick}", f"id-{seq}", target, emoji, on)


def pins(seq: int, target: int, *, on: bool = True) -> PinnedEvent:
    return PinnedEvent("lobby", seq, NOON, "olga", "a-olga", f"id-{seq}", target, on)


def fold(*events: StoredEvent, me: Me | None = None) -> list[Row]:
    rows: list[Row] = []
    RowBuilder(me or Me("ada", "a-ada"), UTC).extend(rows, events)
    return rows


def messages(rows: list[Row]) -> list[MessageRow]:
    return [row for row in rows if isinstance(row, MessageRow)]


def test_an_edit_changes_its_message_and_stands_nowhere_else():
    rows = fold(says(1, text="helo"), says(2, text="and"), edits(3, 1, "hello", NOON + HOUR))
    assert [(row.text, row.edited) for row in messages(rows)] == [("hello", "13:00"), ("and", "")]
    assert len(rows) == 3, "a day and two messages"


def test_an_edit_of_another_day_says_which():
    (row,) = messages(fold(says(1), edits(2, 1, "hi", NOON + DAY)))
    assert row.edited == "Thursday 16 November 2023, 12:00"


def test_what_is_deleted_leaves_a_row_without_text_signs_or_marks():
    events = (
        says(1, text="ada, secret"),
        edits(2, 1, "ada!"),
        reacts(3, 1, "zoe"),
        pins(4, 1),
        deletes(5, 1),
    )
    rows = fold(*events)
    (row,) = messages(rows)
    assert (row.text, row.edited, row.mention, row.stored) == (DELETED, "", False, False)
    assert (row.became.deleted, row.became.pinned, row.became.reactions) == (True, False, ())
    assert [type(one) for one in rows[2:]] == [Note], "that it was pinned"


def test_a_quote_says_what_the_message_says_now():
    events = [says(1, text="secret"), says(2, "zoe", "what?", reply_to=1), says(3, reply_to=1)]
    assert [row.quote for row in messages(fold(*events))] == ["", "bob: secret", "bob: secret"]
    assert [row.quote for row in messages(fold(*events, edits(4, 1, "sorry")))] == ["", *["bob: sorry"] * 2]
    gone = fold(*events, edits(4, 1, "sorry"), deletes(5, 1))
    assert [row.quote for row in messages(gone)] == ["", *[f"bob: {DELETED}"] * 2]
    assert "secret" not in repr(gone)
    assert "sorry" not in repr(gone)


def test_a_quote_is_without_signs_of_markdown():
    rows = fold(says(1, text="**so** it\n- is"), says(2, reply_to=1))
    assert messages(rows)[1].quote == "bob: so it • is"


def test_an_edit_means_whom_it_says_by_whatever_name():
    before = says(1, text="@adele", mentions=("a-ada",))
    for means in ((), ("a-ada",)):
        (row,) = messages(fold(before, structs.replace(edits(2, 1, "@adele"), mentions=means)))
        assert row.mention == bool(means)
    (row,) = messages(fold(before, deletes(2, 1)))
    assert not row.mention


def test_an_edit_may_name_me_and_may_not_any_more():
    rows = fold(says(1), edits(2, 1, "ada, hello"))
    assert [row.mention for row in messages(rows)] == [True]
    assert [row.mention for row in messages(fold(says(1, text="ada"), edits(2, 1, "hello")))] == [False]


def test_signs_are_counted_and_mine_are_marked():
    rows = fold(says(1), reacts(2, 1, "zoe"), reacts(3, 1, "ada"), reacts(4, 1, "kim", "ok"))
    (row,) = messages(rows)
    assert row.became.reactions == (
        Reaction(AGREED, ("a-zoe", "a-ada"), mine=True),
        Reaction("ok", ("a-kim",)),
    )
    RowBuilder(Me("ada", "a-ada"), UTC).extend(rows, [reacts(5, 1, "ada", on=False)])
    RowBuilder(Me("ada", "a-ada"), UTC).extend(rows, [reacts(6, 1, "kim", "ok", on=False)])
    assert messages(rows)[0].became.reactions == (Reaction(AGREED, ("a-zoe",)),)


def test_which_signs_are_mine_may_be_known_later():
    me = Me("ada")
    builder = RowBuilder(me, UTC)
    (row,) = messages(fold(says(1), reacts(2, 1, "ada"), me=me))
    assert not row.became.reactions[0].mine
    me.account = "a-ada"
    known = builder.mine(row)
    assert isinstance(known, MessageRow)
    assert known.became.reactions == (Reaction(AGREED, ("a-ada",), mine=True),)


def test_what_was_deleted_before_it_came_shows_nothing_of_it():
    assert [row.text for row in messages(fold(says(1, deleted=True)))] == [DELETED]


def test_a_change_of_what_is_not_shown_changes_nothing():
    rows = fold(says(5), joins(6, "zoe"))
    before = list(rows)
    RowBuilder(Me("ada", "a-ada"), UTC).extend(rows, [edits(7, 3, "?"), deletes(8, 6), reacts(9, 99, "zoe")])
    assert rows == before


def test_a_change_that_is_counted_in_already_is_not_made_again():
    told = says(1, text="newer", rev=9, edited_at=NOON + MINUTE, pinned=True)
    rows = fold(told, edits(5, 1, "older"), pins(6, 1, on=False))
    (row,) = messages(rows)
    assert (row.text, row.edited, row.became.pinned, row.became.rev) == ("newer", "12:01", True, 9)


CHANGES = st.lists(
    st.one_of(
        st.builds(lambda text: (edits, text), st.sampled_from(["one", "two", "ada"])),
        st.builds(
            lambda nick, emoji, on: (reacts, nick, emoji, on),
            st.sampled_from(["ada", "zoe"]),
            st.sampled_from([AGREED, "ok"]),
            st.booleans(),
        ),
        st.builds(lambda on: (pins, on), st.booleans()),
    ),
    max_size=12,
)


def made(seq: int, what: tuple) -> ChangeEvent:
    if what[0] is edits:
        return edits(seq, 1, what[1])
    if what[0] is reacts:
        return reacts(seq, 1, what[1], what[2], on=what[3])
    return pins(seq, 1, on=what[1])


@given(steps=CHANGES, told=st.integers(0, 12), deleted=st.booleans())
def test_told_as_it_is_now_or_step_by_step_a_message_is_the_same(steps, told: int, deleted: bool):
    events = [made(seq, step) for seq, step in enumerate(steps, 2)]
    if deleted:
        events.append(deletes(len(steps) + 2, 1))
    said: MessageEvent = says(1)
    for event in events[:told]:
        said = changed(said, event)
    wanted = messages(fold(says(1), *events))
    assert messages(fold(said, *events)) == wanted
    assert messages(fold(said, *events[told:])) == wanted


@given(kinds=st.lists(st.sampled_from([says, joins, None]), max_size=40))
def test_a_message_is_found_by_its_number(kinds):
    rows = fold(*(kind(seq, "zoe") for seq, kind in enumerate(kinds, 1) if kind is not None))
    for seq, kind in enumerate([*kinds, None], 1):
        place = place_of(rows, seq)
        if kind is says:
            assert place is not None
            assert isinstance(rows[place], MessageRow)
            assert rows[place].seq == seq
        else:
            assert place is None


# -- Who put a sign there ----------------------------------------------------------------------


def test_who_put_a_sign_there_is_told_by_name(state: WindowState):
    take(state, *entered(), *arrived([says(1, "kim"), says(2, "a b"), says(3)]), people("ada", "zoe"))
    room = state.rooms["lobby"]
    assert reactors(room, ["a-zoe"], "a-ada") == "zoe"
    assert reactors(room, ["a-zoe", "a-ada"], "a-ada") == "you and zoe"
    assert reactors(room, ["a-kim", "a-zoe", "a-a b"], "a-ada") == 'kim, zoe and "a b"'
    assert reactors(room, ["a-zoe", "a-nobody"], "a-ada") == "zoe and 1 other"
    assert reactors(room, ["a-1", "a-2"], "a-ada") == "2 who are not here"


def test_of_a_thousand_names_as_many_are_told_as_anybody_reads(state: WindowState):
    nicks = [f"n{number}" for number in range(1000)]
    take(state, *entered(), people(*nicks))
    words = reactors(state.rooms["lobby"], [f"a-{nick}" for nick in nicks], "a-ada")
    assert words == ", ".join(nicks[:MOST_NAMED]) + " and 980 others"
