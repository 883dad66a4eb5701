"""What may be said and changed, and what becomes of it: one step for each event."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.changes import MessageState, changed, changed_by, step
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import EDITS, EMOJIS
from loggia.shared.protocol.requests import Delete, Edit, Message, Pin, React, SetRole

from tests.broker.core.decided import Decided, events_of

LAB = "lab"


@pytest.fixture
def lab():
    """Olga owns it, ann (2) and bob are members, and ann said "hello": message 4."""
    decided = Decided()
    for who in ("olga", "ann", "bob"):
        decided.join(who, LAB)
    decided.rooms.named(LAB).owners["olga"] = False
    decided.say("ann", "1", LAB)
    decided.taken()
    return decided


def edit(text, seq=4, request_id="2"):
    return Edit(id=request_id, room=LAB, seq=seq, text=text)


def state(decided, seq=4):
    return decided.states[decided.rooms.named(LAB).number, seq]


@pytest.mark.parametrize("same_batch", [True, False])
def test_who_wrote_it_edits_it(lab, same_batch):
    if same_batch:
        lab.say("ann", "11", LAB)
    seq = 5 if same_batch else 4
    answer = lab("ann", edit("else", seq, "12"))
    assert answer == Stored("12", LAB, seq + 1, lab.at)
    event = events_of(lab.taken())[LAB][-1]
    assert (event.target, event.text, event.account) == (seq, "else", "ann")
    assert state(lab, seq) == MessageState(
        rev=seq + 1, text="else", mentions=(), edited_at=lab.at, edits=[seq + 1]
    )


def test_the_same_text_again_is_answered_and_not_stored(lab):
    first = lab("ann", edit("hello"))
    assert first == Stored("2", LAB, 4, lab.at)
    assert not lab.taken().fresh
    assert lab("ann", edit("else")) == msgspec.structs.replace(first, duplicate=True), "the id is known"
    assert not lab.taken()
    lab("ann", edit("else", request_id="3"))
    lab.taken()
    assert lab("ann", edit("else", request_id="4")) == Stored("4", LAB, 5, lab.at)
    assert not lab.taken().fresh


@pytest.mark.parametrize(
    ("who", "asked", "code"),
    [
        ("bob", edit("else"), "not_allowed"),
        ("olga", edit("else"), "not_allowed"),
        ("ann", edit("else", seq=1), "no_such_message"),  # her coming in is none
        ("ann", edit("else", seq=99), "no_such_message"),
        ("ann", edit("else", seq=0), "no_such_message"),
        ("bob", Delete(id="2", room=LAB, seq=4), "not_allowed"),
        ("bob", Pin(id="2", room=LAB, seq=4), "not_allowed"),
        ("olga", Pin(id="2", room=LAB, seq=99), "no_such_message"),
        ("bob", React(id="2", room=LAB, seq=2, emoji="+1"), "no_such_message"),
        ("bob", Message(id="2", room=LAB, text="x", thread=2), "no_such_message"),
        ("bob", Message(id="2", room=LAB, text="x", thread=99), "no_such_message"),
        ("bob", Message(id="2", room=LAB, text="x", reply_to=99), "no_such_message"),
        ("bob", Message(id="2", room=LAB, text="x", reply_to=3), "no_such_message"),
        ("bob", Message(id="2", room=LAB, text="x", reply_to=0), "no_such_message"),
    ],
)
def test_what_may_not_be_done_is_refused_and_changes_nothing(lab, who, asked, code):
    answer = lab(who, asked)
    assert isinstance(answer, Error)
    assert answer.code == code
    assert not lab.taken()


def test_a_deleted_message_is_changed_no_more(lab):
    lab("bob", React(id="2", room=LAB, seq=4, emoji="+1"))
    lab("ann", edit("else"))
    assert lab("ann", Delete(id="3", room=LAB, seq=4, reason="typo")).seq == 7
    lab.taken()
    now = state(lab)
    assert (now.deleted, now.text, now.mentions, now.reactions, now.rev) == (True, None, None, {}, 7)
    assert lab("ann", Delete(id="4", room=LAB, seq=4)) == Stored("4", LAB, 7, lab.at)
    for asked in (edit("x", request_id="5"), React(id="6", room=LAB, seq=4, emoji="+1")):
        assert lab("ann", asked).code == "no_such_message"
    assert not lab.taken().fresh


def test_moderators_delete_what_others_wrote_but_not_of_who_is_more(lab):
    lab("olga", SetRole(id="1", room=LAB, who="bob", role="moderator"))
    assert isinstance(lab("bob", Delete(id="2", room=LAB, seq=4)), Stored)
    lab.say("olga", "3", LAB)
    answer = lab("bob", Delete(id="4", room=LAB, seq=7))
    assert answer.code == "not_allowed"


def test_reactions_are_of_an_account_and_a_sign_and_go_again(lab):
    def react(who, request_id, emoji="\N{THUMBS UP SIGN}", *, on=True):
        return lab(who, React(id=request_id, room=LAB, seq=4, emoji=emoji, on=on))

    assert react("bob", "1").seq == 5
    assert react("bob", "2").seq == 5  # it is there already
    assert react("olga", "1").seq == 6
    assert react("olga", "2", "x").seq == 7
    lab.taken()
    assert state(lab).reactions == {"\N{THUMBS UP SIGN}": ["bob", "olga"], "x": ["olga"]}
    assert react("bob", "3", on=False).seq == 8
    assert react("bob", "4", on=False).seq == 8
    assert react("olga", "3", "x", on=False).seq == 9
    lab.taken()
    assert list(state(lab).reactions) == ["\N{THUMBS UP SIGN}"]


def test_there_are_bounds(lab):
    for number in range(EMOJIS):
        lab("bob", React(id=f"{number:03}", room=LAB, seq=4, emoji=f"{number}"))
    assert lab("bob", React(id="900", room=LAB, seq=4, emoji="more")).code == "not_allowed"
    assert isinstance(lab("olga", React(id="901", room=LAB, seq=4, emoji="1")), Stored)
    for number in range(EDITS):
        assert isinstance(lab("ann", edit(f"{number}", request_id=f"{number:03}")), Stored)
    assert lab("ann", edit("more", request_id="900")).code == "not_allowed"


def test_a_thread_is_counted_at_the_message_that_it_began_with(lab):
    assert lab("bob", Message(id="1", room=LAB, text="a", thread=4)).seq == 5
    assert lab("bob", Message(id="2", room=LAB, text="b", thread=5)).code == "bad_request"
    lab("ann", Message(id="3", room=LAB, text="c", thread=4))
    batch = lab.taken()
    number = lab.rooms.named(LAB).number
    assert batch.threads == [(number << 40 | 4, number << 40 | 5), (number << 40 | 4, number << 40 | 6)]
    assert (state(lab).replies, state(lab).rev) == (2, 6)


def test_who_is_meant_stands_in_the_log(lab):
    lab("bob", Message(id="1", room=LAB, text="@ann and @Olga, not @nobody or me@ann.org"))
    lab("ann", edit("@bob?", request_id="5"))
    said, edited = events_of(lab.taken())[LAB]
    assert said.mentions == ("ann", "olga")
    assert edited.mentions == ("bob",)


CHANGES = st.lists(
    st.one_of(
        st.builds(lambda text: ("ann", lambda at: edit(text, request_id=at)), st.sampled_from("abc")),
        st.builds(
            lambda who, emoji, on: (who, lambda at: React(id=at, room=LAB, seq=4, emoji=emoji, on=on)),
            st.sampled_from(["olga", "ann", "bob"]),
            st.sampled_from("xy"),
            st.booleans(),
        ),
        st.builds(lambda on: ("olga", lambda at: Pin(id=at, room=LAB, seq=4, on=on)), st.booleans()),
        st.just(("bob", lambda at: Message(id=at, room=LAB, text="reply", thread=4))),
        st.just(("ann", lambda at: Delete(id=at, room=LAB, seq=4))),
        st.just(("", None)),  # a commit
    ),
    max_size=12,
)


@given(CHANGES)
def test_all_come_to_the_same_state(changes):
    """The broker step by step, the fold of the log, and a client that holds the message."""
    decided = Decided()
    for who in ("olga", "ann", "bob"):
        decided.join(who, LAB)
    decided.rooms.named(LAB).owners["olga"] = False
    decided.say("ann", "1", LAB)
    for number, (who, make) in enumerate(changes):
        if make is None:
            decided.taken()
        else:
            decided(who, make(f"{number:04}"))
    decided.taken()
    number = decided.rooms.named(LAB).number
    events = [decided.events[number, seq] for seq in range(1, decided.rooms.named(LAB).head + 1)]
    folded: dict[int, MessageState] = {}
    for event in events:
        if (target := changed_by(event)) is not None:
            step(folded.setdefault(target, MessageState()), event)
    assert folded == {seq: now for (_, seq), now in decided.states.items()}
    held = events[3]
    for event in events[4:]:
        if getattr(event, "target", getattr(event, "thread", None)) == 4:
            held = changed(held, event)
            assert changed(held, event) is held  # of a change that it knows, nothing comes
    now = decided.states.get((number, 4), MessageState())
    assert held.text == ("" if now.deleted else "hello" if now.text is None else now.text)
    told = msgspec.to_builtins(now)
    for field in ("rev", "deleted", "pinned", "replies"):
        assert getattr(held, field) == told.get(field, getattr(MessageState(), field))
    assert {emoji: list(who) for emoji, who in (held.reactions or {}).items()} == now.reactions
    assert type(held) is MessageEvent
