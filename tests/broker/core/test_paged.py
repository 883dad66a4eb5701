"""A dict that is also read in pages: always what `sorted` says, and no dearer for it."""

import bisect
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core import paged
from loggia.broker.core.paged import Paged

NAMES = st.sampled_from(["", "a", "B", "b", "ä", "z", "ﬀ", "😀", "aa", "a b"])


@given(
    st.lists(st.tuples(st.sampled_from(["put", "drop", "read"]), NAMES)), st.dictionaries(NAMES, st.none())
)
def test_it_is_read_as_sorted_says_whatever_came_and_went(acts, first):
    here = Paged(dict.fromkeys(first, ""))
    for act, name in acts:
        if act == "put":
            here[name] = name
        elif act == "drop" and name in here:
            del here[name]
        else:
            assert [*here.behind(None)] == [here[key] for key in sorted(here)]
            assert [*here.behind(name)] == [here[key] for key in sorted(here) if key > name]


def test_what_is_not_there_cannot_go():
    here = Paged({"a": 1, "c": 3})
    assert list(here.behind("b")) == [3]
    with pytest.raises(KeyError):
        del here["b"]
    assert list(here.behind(None)) == [1, 3]


def test_a_page_is_not_dearer_where_there_is_more_behind_it():
    class Counted(Paged):
        looked = 0

        def __getitem__(self, name):
            self.looked += 1
            return super().__getitem__(name)

    here = Counted({f"{number:06}": number for number in range(20_000)})
    assert list(islice(here.behind("010000"), 3)) == [10_001, 10_002, 10_003]
    assert here.looked == 3


def test_it_is_sorted_once_however_many_come_and_go_between_pages(monkeypatch):
    sorts = []
    monkeypatch.setattr(
        paged, "sorted", lambda names: sorts.append(len(names)) or sorted(names), raising=False
    )
    moved = []
    monkeypatch.setattr(
        paged, "insort", lambda order, name: moved.append(name) or bisect.insort(order, name), raising=True
    )
    here = Paged()
    for number in range(500):
        here[f"{number:03}"] = number
    assert not sorts
    assert not moved  # nobody has asked yet
    for number in range(500, 1000):
        assert next(here.behind("000")) == 1
        here[f"{number:03}"] = number
        here[f"{number:03}"] = number
    assert sorts == [500]
    assert len(moved) == 500
