"""Nicks that an account keeps while it is not here: who may have them, and from when on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loggia.broker.core.lookalikes import looks
from loggia.broker.core.ordered import Command, Newcomer, Released, Revoked, SessionExpired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Join

from tests.broker.core.decided import AT, KEEP_MS, Decided

DAY_MS = 24 * 3600 * 1000


def come(decided, account, nick=None, **more):
    return decided(account, Join(id="join", nick=nick, room=LOBBY, **more))


def go(decided, account):
    assert decided(account, End(id="bye")) is None


def refused(answer):
    return answer.code if isinstance(answer, Error) else None


@pytest.fixture(params=[True, False], ids=["another batch", "the same batch"])
def then(request, decided):
    """What was decided so far is on the disk, or not yet."""
    return decided.taken if request.param else lambda: None


def test_a_nick_that_is_kept_is_nobody_elses_for_90_days(decided, then):
    come(decided, "ada", "ann", keep=True)
    then()
    go(decided, "ada")
    then()
    decided.at += KEEP_MS - 1
    answer = come(decided, "bob", "ann")
    assert (answer.code, answer.retry_after_ms) == ("nick_taken", 1)
    assert "kept for ann, who was here 89 days ago and may come back within 1 day" in answer.text
    decided.at += 1
    assert come(decided, "bob", "ann") is None
    assert refused(come(decided, "ada")) == "nick_taken"


def test_without_keep_it_is_free_when_the_session_is_over(decided, then):
    come(decided, "ada", "ann")
    go(decided, "ada")
    then()
    assert come(decided, "bob", "ann") is None
    assert decided.rooms.taken().looks == {}


@pytest.mark.parametrize("alike", ["Ann", "ＡＮＮ", "\u0430nn", "a\u0301nn"])
def test_what_looks_the_same_is_kept_with_it(decided, then, alike):
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    assert refused(come(decided, "bob", alike)) == "nick_taken"
    assert come(decided, "bob", "anna") is None


def test_who_kept_it_has_it_again_at_once(decided, then):
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    assert come(decided, "ada") is None
    assert decided.rooms.person("ada").nick == "ann"
    assert refused(come(decided, "bob", "ann")) == "nick_taken"


def test_the_last_join_says_whether_it_is_kept(decided, then):
    come(decided, "ada", "ann", keep=True)
    then()
    come(decided, "ada", keep=False)
    go(decided, "ada")
    then()
    assert come(decided, "bob", "ann") is None


def test_another_nick_frees_the_one_before(decided, then):
    come(decided, "ada", "ann", keep=True)
    then()
    come(decided, "ada", "eve", keep=True)
    go(decided, "ada")
    then()
    assert come(decided, "bob", "ann") is None
    assert refused(come(decided, "cem", "eve")) == "nick_taken"


def test_who_comes_back_as_somebody_else_frees_it(decided, then):
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    come(decided, "ada", "eve")
    then()
    assert come(decided, "bob", "ann") is None


@pytest.mark.parametrize("here", [True, False])
def test_a_released_nick_is_free_when_nobody_is_there(decided, then, here):
    come(decided, "ada", "ann", keep=True)
    if not here:
        go(decided, "ada")
    then()
    assert decided("ada", Released("op")) is None
    then()
    if here:
        assert refused(come(decided, "bob", "ann")) == "nick_taken"
        go(decided, "ada")
        then()
    assert come(decided, "bob", "ann") is None


def test_a_revoked_account_keeps_nothing(decided, then):
    come(decided, "ada", "ann", keep=True)
    then()
    decided("ada", Revoked("op", b"none"))
    then()
    assert come(decided, "bob", "ann") is None
    assert refused(come(decided, "ada", "ann")) in ("bad_token", "unavailable")


def test_what_lapsed_and_was_taken_is_not_kept_by_two(decided, then):
    """Also where the broker is told later to keep names for longer."""
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    decided.at += KEEP_MS
    come(decided, "bob", "Ann", keep=True)
    go(decided, "bob")
    then()
    decided.keep_ms = 10 * KEEP_MS
    assert refused(come(decided, "ada")) == "nick_taken"
    assert come(decided, "bob") is None


def test_what_lapsed_is_still_there_for_its_account(decided, then):
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    decided.at += 10 * KEEP_MS
    assert come(decided, "ada") is None


def test_a_broker_that_keeps_no_names_keeps_none(decided, then):
    decided.keep_ms = 0
    come(decided, "ada", "ann", keep=True)
    go(decided, "ada")
    then()
    assert come(decided, "bob", "ann") is None


def test_a_visitor_keeps_nothing(decided):
    newcomer = Newcomer(b"visitor", visitor=True)
    join = Join(id="join", nick="vic", room=LOBBY, keep=True)
    assert decided.rooms.decide(Command("vera", join, AT, newcomer, keep_ms=KEEP_MS)) is None
    go(decided, "vera")
    assert decided.taken().looks == {}
    assert come(decided, "bob", "vic") is None


def test_a_session_that_is_lost_keeps_it_from_its_end_on(decided, then):
    come(decided, "ada", "ann", keep=True)
    then()
    decided.at += 30_000
    decided("ada", SessionExpired("lost", "x"))
    then()
    decided.at += DAY_MS
    assert come(decided, "bob", "ann").retry_after_ms == KEEP_MS - DAY_MS


def test_the_looks_of_a_nick_are_written_when_it_becomes_another(decided):
    come(decided, "ada", "ann", keep=True)
    assert decided.taken().looks == {1: looks("ann")}
    come(
        decided,
        "ada",
        "ann",
        keep=True,
    )
    go(decided, "ada")
    come(decided, "ada", keep=True)
    assert decided.taken().looks == {}
    come(decided, "ada", "eve", keep=True)
    assert decided.taken().looks == {1: looks("eve")}
    come(decided, "ada")
    assert decided.taken().looks == {1: frozenset()}


ACCOUNTS = st.sampled_from(["a", "b", "c"])
STEPS = st.one_of(
    st.tuples(
        ACCOUNTS,
        st.builds(
            Join, id=st.just("j"), nick=st.sampled_from([None, "ann", "Ann", "eve"]), keep=st.booleans()
        ),
    ),
    st.tuples(ACCOUNTS, st.builds(End, id=st.just("e"))),
    st.tuples(ACCOUNTS, st.builds(Released, id=st.just("r"))),
    st.tuples(st.none(), st.sampled_from([0, 1, KEEP_MS // 2, KEEP_MS])),
)


@settings(max_examples=150)
@given(st.lists(STEPS, max_size=25), st.booleans())
def test_nobody_ever_has_what_another_keeps(steps, in_batches):
    """Against a plain list of who has what and from when on it is free."""
    decided, held = Decided(), {}  # account -> (nick, kept, when the session was over or None)
    for account, step in steps:
        if account is None:
            decided.at += step
            decided.taken() if in_batches else None
            continue
        known = held.get(account)
        answer = decided(account, step)
        if isinstance(step, Join):
            nick = step.nick or (known[0] if known else account)
            own = known and known[0] == nick and (known[1] or known[2] is None)
            in_the_way = {
                other
                for other, (its, kept, over) in held.items()
                if other != account
                and looks(its) & looks(nick)
                and (over is None or (kept and decided.at < over + KEEP_MS))
            }
            assert (answer is None) == bool(own or not in_the_way), (answer, held)
            if answer is None:
                for other, (its, kept, over) in list(held.items()):
                    if (
                        not own
                        and other != account
                        and looks(its) & looks(nick)
                        and over is not None
                        and kept
                    ):
                        held[other] = (its, False, over)
                held[account] = (nick, step.keep, None)
        elif isinstance(step, End) and known and known[2] is None:
            held[account] = (known[0], known[1], decided.at)
        elif isinstance(step, Released) and known:
            held[account] = (known[0], False, known[2])
    awake = {account: nick for account, (nick, _, over) in held.items() if over is None}
    assert {person.account: person.nick for person in decided.rooms.people()} == awake
