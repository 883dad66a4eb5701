"""Where two lives of a log part: found for every place, in few questions."""

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client.saved import SavedCopy
from loggia.shared.client.sync.fork import Fork, ResumePoint
from loggia.shared.protocol.events import MessageEvent


def entry(seq: int, life: str) -> MessageEvent:
    at = 1000 * (life == "new") + seq
    return MessageEvent(room="lobby", seq=seq, at=at, nick="zoe", account="z", id=f"{life}{seq}", text="")


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_it_is_found(first: int, shared: int, old: int, new: int) -> None:
    """The copy holds `first` to `old`, the new log 1 to `new`; up to `shared` they are the same."""
    old = max(old, first)
    shared = min(shared, old, new)
    fork = Fork(0, min(old, new), min(old, new))
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
    fork = Fork(0, 100_000, 100_000)
    fork.theirs = entry(100_000, "both")
    fork.compare([entry(100_000, "both")])
    assert fork.shared == 100_000


def test_what_one_side_cannot_show_is_not_the_same() -> None:
    fork = Fork(0, 1, 1)
    fork.theirs = None
    fork.compare([])
    assert fork.shared == 0
    fork = Fork(0, 1, 1)
    fork.theirs = entry(1, "both")
    fork.compare([])
    assert fork.shared == 0


def test_an_edited_text_is_the_same_entry() -> None:
    fork = Fork(0, 1, 1)
    fork.theirs = entry(1, "both")
    fork.compare([MessageEvent(room="lobby", seq=1, at=1, nick="Z", account="z", id="both1", text="edited")])
    assert fork.shared == 1


# A life: up to where it is the same as the new one, up to where the program holds it, and has handled it.
LIVES = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@given(st.lists(LIVES, min_size=1, max_size=5), st.integers(0, 40))
def test_a_program_goes_on_behind_what_it_has_handled_in_any_life(
    lives: list[tuple[int, int, int]], head: int
) -> None:
    same = {f"{number}": min(shared, head, last) for number, (shared, last, _) in enumerate(lives)}
    handled = {f"{number}": min(done, last) for number, (_, last, done) in enumerate(lives)}
    present, *old = (
        SavedCopy(room="lobby", epoch=f"{number}", spans=[(1, last)], handled=handled[f"{number}"])
        for number, (_, last, _) in enumerate(lives)
    )
    place = ResumePoint("new", head, present, old, compare=True)
    asked = 0
    while not place.found:
        seq, asked = place.fork.seq, asked + 1
        assert 1 <= seq <= min(place.copy.last, head), "only what both have is compared"
        place.fork.theirs = entry(seq, "both" if seq <= same[place.copy.epoch] else "new")
        place.fork.compare([entry(seq, "both" if seq <= same[place.copy.epoch] else "old")])
    assert place.handled == max(min(handled[epoch], same[epoch]) for epoch in same)
    assert {epoch: same[epoch] for epoch in place.shared if place.shared[epoch] > place.handled} == {
        epoch: shared for epoch, shared in place.shared.items() if shared > place.handled
    }
    assert asked <= 7 * len(lives)


def test_a_life_in_which_nothing_more_was_handled_is_not_asked_about() -> None:
    one, two = (SavedCopy(room="lobby", epoch=name, spans=[(1, 9)], handled=5) for name in ("one", "two"))
    place = ResumePoint("new", 9, one, [two] * 50, compare=True)
    place.fork.theirs = entry(9, "both")
    place.fork.compare([entry(9, "both")])
    assert place.found
    assert (place.handled, place.shared) == (5, {"one": 9})
