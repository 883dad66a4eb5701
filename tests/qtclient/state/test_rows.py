"""From events to rows: groups, days, folded lines, and seams that do not show."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.rows import Day, Me, MessageRow, Note, Row, RowBuilder, beginning, telling
from loggia.shared.client.commands import Say
from loggia.shared.protocol.events import (
    CreatedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MutedEvent,
    OtherEvent,
    StoredEvent,
)

from tests.qtclient.talk import DAY, HOUR, MINUTE, NOON, joins, leaves, renames, says


def fold(events: list[StoredEvent]) -> list[Row]:
    rows: list[Row] = []
    RowBuilder(Me("ada", "a-ada"), UTC).extend(rows, events)
    return rows


def words(rows: list[Row]) -> list[str]:
    return [row.text for row in rows]


def test_messages_of_one_sender_are_a_group_with_one_head():
    rows = fold([says(1), says(2, at=NOON + MINUTE), says(3, "zoe"), says(4)])
    assert [row.first for row in rows if isinstance(row, MessageRow)] == [True, False, True, True]


def test_a_pause_begins_a_new_group():
    rows = fold([says(1), says(2, at=NOON + 5 * MINUTE), says(3, at=NOON + 10 * MINUTE + 1)])
    assert [row.first for row in rows if isinstance(row, MessageRow)] == [True, False, True]


def heads(events: list[StoredEvent]) -> list[int]:
    return [row.seq or 0 for row in fold(events) if isinstance(row, MessageRow) and row.first]


def test_who_goes_on_talking_is_named_again_after_ten_rows_or_five_minutes():
    assert heads([says(seq, at=NOON + seq) for seq in range(1, 26)]) == [1, 11, 21]
    assert heads([says(seq, at=NOON + seq * MINUTE) for seq in range(1, 20)]) == [1, 7, 13, 19]


@pytest.mark.parametrize("cut", range(41))
def test_also_where_a_page_is_put_before(cut: int):
    events: list[StoredEvent] = [says(seq, at=NOON + seq * MINUTE // 3) for seq in range(1, 42)]
    rows = fold(events[cut:])
    RowBuilder(Me("ada", "a-ada"), UTC).prepend(rows, events[:cut])
    assert rows == fold(events)


def test_two_accounts_of_one_nick_are_two_groups():
    other = says(2)
    other.account = "somebody else"
    assert [row.first for row in fold([says(1), other])[1:]] == [True, True]


def test_each_day_is_said_once_before_its_first_row():
    rows = fold([says(1), joins(2, "zoe", NOON + DAY), says(3, at=NOON + DAY + MINUTE)])
    assert [type(row) for row in rows] == [Day, MessageRow, Day, MembershipRow, MessageRow]
    assert [row.text for row in rows if isinstance(row, Day)] == [
        "Wednesday 15 November 2023",
        "Thursday 16 November 2023",
    ]


def test_those_who_come_and_leave_are_one_line():
    events = [joins(n, f"p{n}") for n in range(1, 6)] + [leaves(n, f"p{n}") for n in range(6, 9)]
    line = "p1, p2, p3, p4 and p5 came, p6 and 2 others left"
    assert words(fold(events)) == ["Wednesday 15 November 2023", line]


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([joins(1, "zoe")], "zoe came"),
        ([leaves(1, "zoe")], "zoe left"),
        ([leaves(1, "zoe"), joins(2, "zoe")], "zoe left and came back"),
        ([joins(1, "zoe"), leaves(2, "bob"), joins(3, "kim")], "zoe came, bob left, kim came"),
        ([joins(1, "zoe"), joins(2, "kim"), leaves(3, "bob")], "zoe and kim came, bob left"),
        ([joins(1, "zoe"), joins(2, "kim"), leaves(3, "kim")], "zoe came"),
        ([renames(1, "zoe", "zoë")], "zoe is now called zoë"),
        ([joins(1, "zoe came, kim")], '"zoe came, kim" came'),
        ([renames(1, "zoe", "a b")], 'zoe is now called "a b"'),
    ],
)
def test_the_line_of_a_few(events: list[StoredEvent], line: str):
    assert words(fold(events))[1:] == [line]


def test_a_message_ends_a_folded_line():
    assert words(fold([joins(1, "zoe"), says(2), joins(3, "kim")]))[1:] == ["zoe came", "hello", "kim came"]


def test_who_came_and_went_leaves_no_trace_and_parts_no_group():
    rows = fold([says(1), joins(2, "zoe"), leaves(3, "zoe"), says(4, at=NOON + MINUTE)])
    assert [type(row) for row in telling(rows)] == [Day, MessageRow, MessageRow]
    assert [row.first for row in telling(rows)[1:]] == [True, False]
    rows = fold([says(1), joins(2, "zoe"), says(3)])
    assert [row.first for row in rows if isinstance(row, MessageRow)] == [True, True]


def test_a_day_on_which_nothing_is_told_has_no_line():
    came_and_went = [joins(2, "zoe", NOON + DAY), leaves(3, "zoe", NOON + DAY)]
    rows = telling(fold([says(1), *came_and_went, says(4, at=NOON + 2 * DAY)]))
    assert [type(row) for row in rows] == [Day, MessageRow, Day, MessageRow]
    assert words(rows)[2] == "Friday 17 November 2023"
    assert [type(row) for row in telling(fold([says(1), *came_and_went]))] == [Day, MessageRow]
    assert telling(fold(came_and_went)) == []


def test_my_own_comings_are_not_told_to_me_also_when_i_learn_later_who_i_am():
    rows = fold([joins(1, "ada"), joins(2, "zoe"), leaves(3, "ada")])
    assert words(rows)[1:] == ["zoe came"]
    assert telling(fold([joins(1, "ada")])) == []
    me = Me("ada")
    later = RowBuilder(me, UTC)
    rows = []
    later.extend(rows, [joins(1, "ada"), joins(2, "zoe")])
    assert words(rows)[1:] == ["ada and zoe came"]
    me.account = "a-ada"
    assert [later.mine(row).text for row in rows][1:] == ["zoe came"]


def test_what_waits_stands_in_my_group_although_somebody_came_and_went():
    events = [says(1, "ada"), joins(2, "zoe"), leaves(3, "zoe")]
    rows = fold(events)
    RowBuilder(Me("ada", "a-ada"), UTC).waiting(
        rows, Say(id="x", room="lobby", text="mine"), at=NOON, sign="waiting", reason=""
    )
    assert [row.first for row in rows if isinstance(row, MessageRow)] == [True, False]


def test_an_unknown_event_has_no_row():
    other = OtherEvent(room="lobby", seq=2, at=NOON, nick="x", account="x", id="x", fields={"op": "painted"})
    assert len(fold([says(1), other])) == 2


def test_own_messages_and_mentions_are_known():
    rows = fold([says(1, "ada"), says(2, text="Ada, look"), says(3, text="adamant"), says(4, "ada", "ada")])
    assert [(row.own, row.mention, row.sign) for row in rows if isinstance(row, MessageRow)] == [
        (True, False, "stored"),
        (False, True, "none"),
        (False, False, "none"),
        (True, False, "stored"),
    ]


def test_who_i_am_may_be_known_later():
    rows: list[Row] = []
    me = Me("ada")
    later = RowBuilder(me, UTC)
    later.extend(rows, [says(1, "ada")])
    me.account = "a-ada"
    assert [later.mine(row).own for row in rows if isinstance(row, MessageRow)] == [True]


def test_whom_a_message_means_is_meant_by_whatever_name():
    rows = fold(
        [says(1, text="@adele, look", mentions=("a-ada",)), says(2, text="@adele", mentions=("a-adele",))]
    )
    assert [row.mention for row in rows if isinstance(row, MessageRow)] == [True, False]


def test_of_a_conversation_it_is_told_who_began_it_and_not_who_is_let_in():
    by = {"at": NOON, "nick": "bob", "account": "a-bob"}

    def told(sign: str, *nicks: str) -> list[str]:
        people = {f"a-{nick}": nick for nick in nicks}
        room = sign + "a" * 28
        target = {"target": "a-ada", "target_nick": "ada"}
        events = [
            CreatedEvent(room=room, seq=1, id="1", people=people, subject="", **by),
            JoinedEvent(room=room, seq=2, id="2", **by),
            InvitedEvent(room=room, seq=3, id="3", **target, **by),
            LeftEvent(room=room, seq=4, id="4", reason="leave", **by),
        ]
        return words(telling(fold(events)))[1:]

    assert told("~", "bob", "ada") == ["bob began the conversation", "bob left"]
    assert told("%") == ["bob made the room", "bob came", "bob invited ada", "bob left"]


def test_where_it_begins_is_said_in_its_words():
    begins = [beginning("bob", NOON, spoken=True, direct=direct).text for direct in (True, False)]
    assert begins == ["This is where the conversation begins.", "This is where the room begins."]


def test_an_answer_quotes_in_one_line_what_it_answers():
    rows = fold([says(1, text="where\nis it?"), says(2, "zoe", "here", reply_to=1), says(3, reply_to=900)])
    assert [row.quote for row in rows if isinstance(row, MessageRow)] == [
        "",
        "bob: where is it?",
        "an earlier message",
    ]


def test_a_time_no_calendar_knows_does_no_harm():
    assert [type(row) for row in fold([says(1, at=10**17)])] == [Day, MessageRow]


def test_what_waits_stands_behind_everything_even_when_this_clock_is_behind():
    rows = fold([says(1)])
    RowBuilder(Me("ada", "a-ada"), UTC).waiting(
        rows, Say(id="x", room="lobby", text="mine"), at=NOON - 3 * DAY, sign="waiting", reason=""
    )
    assert [type(row) for row in rows] == [Day, MessageRow, MessageRow]


STEPS = st.tuples(
    st.sampled_from([joins, leaves, says]),
    st.sampled_from(["ada", "bob", "zoe"]),
    st.sampled_from([0, MINUTE, 6 * MINUTE, 13 * HOUR]),
)


@given(steps=st.lists(STEPS, min_size=1, max_size=30), cut=st.integers(0, 30))
def test_a_page_put_before_looks_as_if_it_had_always_been_there(steps, cut: int):
    at = NOON
    events: list[StoredEvent] = []
    for seq, (kind, nick, pause) in enumerate(steps, 1):
        at += pause
        events.append(kind(seq, nick, at=at))
    rows = fold(events[cut:])
    RowBuilder(Me("ada", "a-ada"), UTC).prepend(rows, events[:cut])
    assert rows == fold(events)
    assert len({row.key for row in rows}) == len(rows)


def test_a_rename_is_a_line_of_its_own():
    assert [type(row) for row in fold([joins(1, "zoe"), renames(2, "zoe", "zo"), joins(3, "kim")])] == [
        Day,
        MembershipRow,
        Note,
        MembershipRow,
    ]


def test_how_a_room_is_run_is_a_line_each_and_who_was_shown_out_is_told_by_whom():
    muted = MutedEvent("lobby", 2, NOON, "olga", "o", "1", "z", "zoe", "noise")
    kicked = LeftEvent("lobby", 3, NOON, "zoe", "z", "2", "kicked", "o", "olga", "more of it")
    assert words(fold([joins(1, "zoe"), muted, kicked, leaves(4, "kim")]))[1:] == [
        "zoe came",
        "olga muted zoe: noise",
        "olga showed zoe out: more of it",
        "kim left",
    ]


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (NOON + HOUR, "olga muted zoe until 13:00: noise"),
        (NOON + DAY, "olga muted zoe until Thursday 16 November 2023, 12:00: noise"),
        (2**53 - 1, "olga muted zoe for long: noise"),
        (None, "olga muted zoe: noise"),
    ],
)
def test_how_long_somebody_is_quiet_is_told_in_the_time_of_who_reads_it(until: int | None, words: str):
    muted = MutedEvent("lobby", 2, NOON, "olga", "o", "1", "z", "zoe", "noise", until)
    assert [row.text for row in fold([muted]) if isinstance(row, Note)] == [words]
