"""Where two lives of a log part: found for every place, in few questions."""

from hypothesis import given
from hypothesis import strategies as st

from shared.fork import Fork
from shared.messages import MessageEvent


def entry(seq: int, life: str) -> MessageEvent:
    at = 1000 * (life == "new") + seq
    return MessageEvent(room="lobby", seq=seq, at=at, nick="zoe", account="z", id=f"{life}{seq}", text="")


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_it_is_found(first: int, shared: int, old: int, new: int) -> None:
    """The copy holds `first` to `old`, the new log 1 to `new`; up to `shared` they are the same."""
    old = max(old, first)
    shared = min(shared, old, new)
    fork = Fork("two", 0, min(old, new), new)
    asked = 0
    while fork.shared is None:
        seq, asked = fork.seq, asked + 1
        assert 1 <= seq <= min(old, new), "only what the new log has is compared"
        fork.theirs = entry(seq, "both" if seq <= shared else "new")
        held = max(seq, first)
        fork.compare([entry(held, "both" if held <= shared else "old")])
    assert fork.shared == shared
    assert asked <= 7


def test_a_log_that_was_only_cut_takes_one_question() -> None:
    fork = Fork("two", 0, 100_000, 100_000)
    fork.theirs = entry(100_000, "both")
    fork.compare([entry(100_000, "both")])
    assert fork.shared == 100_000


def test_what_one_side_cannot_show_is_not_the_same() -> None:
    fork = Fork("two", 0, 1, 1)
    fork.theirs = None
    fork.compare([])
    assert fork.shared == 0
    fork = Fork("two", 0, 1, 1)
    fork.theirs = entry(1, "both")
    fork.compare([])
    assert fork.shared == 0


def test_an_edited_text_is_the_same_entry() -> None:
    fork = Fork("two", 0, 1, 1)
    fork.theirs = entry(1, "both")
    fork.compare([MessageEvent(room="lobby", seq=1, at=1, nick="Z", account="z", id="both1", text="edited")])
    assert fork.shared == 1
