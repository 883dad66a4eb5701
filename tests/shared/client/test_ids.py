import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client.ids import Ids, answering, derived, passing
from loggia.shared.protocol.limits import ID_CHARS

CLOCK = st.integers(min_value=0, max_value=2**42)


@given(st.lists(CLOCK, min_size=2, max_size=50))
def test_ids_grow_however_the_clock_jumps(times: list[int]) -> None:
    ids = Ids("tail")
    made = [ids.new(at) for at in times]
    assert all(earlier < later for earlier, later in itertools.pairwise(made))


@given(st.lists(CLOCK, min_size=1), st.lists(CLOCK, min_size=1))
def test_ids_grow_over_a_restart_with_the_clock_set_back(before: list[int], after: list[int]) -> None:
    first = Ids("a")
    last = [first.new(at) for at in before][-1]
    second = Ids("b", last)
    assert all(second.new(at) > last for at in after)


def test_two_programs_of_one_account_never_make_the_same_id() -> None:
    one, other = Ids("one"), Ids("other")
    assert {one.new(5) for _ in range(100)}.isdisjoint(other.new(5) for _ in range(100))


def test_more_ids_in_a_millisecond_than_the_counter_holds_still_grow() -> None:
    ids = Ids("t", f"{16**12 - 2:012x}fffff-t")
    assert ids.new(0) < ids.new(0)


def test_a_last_id_that_is_none_of_ours_is_ignored() -> None:
    assert Ids("t", "no id of this kind").new(7) == Ids("t").new(7)


def in_the_brokers_order(request_id: str) -> tuple[int, str]:
    """docs/protocol.md, "Requests": first by length, then by code points."""
    return len(request_id), request_id


def test_a_request_that_is_no_message_never_has_the_greatest_id() -> None:
    ids = Ids("12345678")
    message = ids.new(0)
    for other in (passing(ids.new(2**60)), derived("answer", "lobby", "7"), answering(2**60, 7, "lobby")):
        assert in_the_brokers_order(other) < in_the_brokers_order(message)


@given(st.sets(st.integers(min_value=0, max_value=2**42), min_size=2))
def test_requests_that_are_no_messages_keep_ids_of_their_own(times: set[int]) -> None:
    made = [passing(Ids(tail).new(at)) for at in times for tail in ("12345678", "02345678")]
    assert len({*made, derived("answer", "lobby", "7")}) == 2 * len(times) + 1


def test_a_derived_id_depends_on_every_part_and_on_nothing_else() -> None:
    assert derived("a", "lobby", "1") == derived("a", "lobby", "1")
    assert len({derived("a", "b"), derived("a", "c"), derived("b", "b"), derived("ab"), derived("a b")}) == 5


@given(st.lists(st.tuples(st.integers(0, 2**42), st.integers(1, 2**16 - 1)), min_size=2, unique=True))
def test_answers_in_the_order_of_what_they_answer_have_ids_that_grow(answered: list[tuple[int, int]]) -> None:
    ids = [answering(at, seq, "lobby", "account", "id") for at, seq in sorted(answered)]
    assert ids == sorted({*ids}, key=in_the_brokers_order)
    assert {len(one) for one in ids} == {len(derived("answer"))}


@pytest.mark.parametrize("at", [-1, 0, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("seq", [0, 1, 2**63 - 1])
def test_an_answer_to_what_no_clock_says_has_an_id_like_others(at: int, seq: int) -> None:
    assert len(answering(at, seq, "lobby", "account", "id")) == len(derived("answer"))


def test_an_answers_id_depends_on_every_part() -> None:
    others = ("ab", "ac", "bb", ["ab"], ["a b"])
    ids = {answering(1, seq, *parts) for seq in (1, 2, 2**16 + 1) for parts in others}
    assert len(ids) == 15
    assert answering(1, 1, "a", "b") in ids


def test_ids_fit_the_wire() -> None:
    assert max(len(passing(Ids("12345678").new(2**60))), len(derived("x" * 500))) <= ID_CHARS
