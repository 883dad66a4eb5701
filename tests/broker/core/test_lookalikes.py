"""Which nicks look the same, and who holds them."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core import lookalikes
from loggia.broker.core.lookalikes import Nicks, looks

from tests.normalizing import Normalized

SAME = [
    ("ada", "ADA"),
    ("ada", "ａｄａ"),
    ("ada", "аdа"),
    ("paypal", "pаypаl"),
    ("straße", "STRASSE"),
    ("l0l", "lOl"),
    # pairs of letters
    ("will", "vvill"),
    ("Will", "VVill"),
    ("Wendy", "vvendy"),
    ("vwv", "wvv"),
    ("www", "vvvvvv"),
    ("dave", "clave"),
    ("Dave", "clave"),
    ("dave", "c1ave"),
    ("dave", "cIave"),
    ("dave", "\u0441lave"),
    ("mary", "rnary"),
    ("Mary", "rnary"),
    ("adam", "aclarn"),
    ("Bernd", "Bemd"),
    # accents
    ("zoe", "zoé"),
    ("zoè", "zoé"),
    ("Jose", "José"),
    ("JOSÉ", "jose"),
    ("Müller", "Muller"),
    ("Søren", "SOREN"),
    ("Łukasz", "lukasz"),
    ("Đorđe", "dorde"),
    ("Nguyễn", "Nguyen"),
    ("Chloé", "Ch1oe"),
    ("zоe", "zóe"),
    ("ada", "ạd̸a⃝"),
    ("Ελένη", "Ελενη"),
    ("Андрей", "андреи"),
    ("מֹשֶׁה", "משה"),
    ("أحمد", "احمد"),
    # the letters i of Turkish
    ("İpek", "ipek"),
    ("İpek", "IPEK"),
    ("İpek", "i̇pek"),
    ("Işık", "ışık"),
    ("ırmak", "Irmak"),
    ("ırmak", "irmak"),
]

OTHERS = [
    ("ada", "adam"),
    ("bob", "rob"),
    ("ann", "anna"),
    ("zoe", "joe"),
    ("Clara", "Dara"),  # as people write them; `clara` and `dara` are the same
    ("Clive", "Dive"),
    ("RNA", "MA"),
    ("VIVA", "WA"),
    ("anna", "ama"),
    ("lucia", "luda "),
    ("mohan", "mohen"),
    ("राम", "रम"),  # vowels are marks: Ram, Rama
    ("निता", "नीता"),
    ("กิ", "กี"),
    ("かな", "がな"),
    ("김", "가"),
    ("李雷", "李雨"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_that_look_the_same_share_a_look(one: str, other: str) -> None:
    assert looks(one) & looks(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_that_differ_share_none(one: str, other: str) -> None:
    assert not looks(one) & looks(other)


def test_what_is_composed_for_a_look_is_not_much(monkeypatch):
    normalized = Normalized(monkeypatch)
    for name in ("\ufdfa" * 32, "a\u0301\u0316\u0302\u0317" * 6, "\u1f82" * 32, "m" * 32, "w" * 32):
        looks(name)
    assert normalized.largest <= 32 * 18  # one letter is a sentence of eighteen, and no more


# -- Who holds them ----------------------------------------------------------------------------


def test_a_look_is_held_until_it_is_free():
    nicks = Nicks()
    nicks.hold("a", "zoe")
    assert nicks.holder("Zo\u00e9", but="b") == "a"
    assert nicks.holder("Zo\u00e9", but="a") is None
    nicks.hold("a", "kim")
    assert nicks.holder("zoe", but="b") is None
    nicks.free("a")
    nicks.free("a")
    assert nicks.holder("kim", but="b") is None


def test_two_that_hold_a_look_hold_it_apart():
    nicks = Nicks()
    nicks.hold("a", "zoe")
    nicks.hold("b", "zo\u00e9")
    assert nicks.holder("zoe", but="a") == "b"
    assert nicks.holder("zoe", but="b") == "a"
    nicks.free("a")
    assert nicks.holder("zoe", but="b") is None
    assert nicks.holder("zoe", but="c") == "b"


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "zoe", "zo\u00e9", "w", "vv", "kim"])))
)
def test_nothing_is_kept_of_who_is_gone(steps):
    nicks, held = Nicks(), {}
    for account, nick in steps:
        if nick:
            held[account] = nick
            nicks.hold(account, nick)
        else:
            held.pop(account, None)
            nicks.free(account)
        assert nicks.by_account() == {account: looks(nick) for account, nick in held.items()}
        for nick in ("zoe", "w", "kim"):
            alike = [account for account, other in held.items() if looks(other) & looks(nick)]
            assert nicks.holder(nick, but="") == min(alike, default=None)
    for account in list(held):
        nicks.free(account)
    assert nicks._holders == {}


def test_what_looks_the_same_does_not_hang_on_the_environment(monkeypatch, tmp_path):
    """The library's own module reads its table from there if it is told to."""
    (tmp_path / "confusables.json").write_text("{}")
    monkeypatch.setenv("CONFUSABLE_DATA", str(tmp_path))
    assert importlib.reload(lookalikes).looks("аdа") & looks("ada")


def test_a_nick_is_found_as_it_is_and_not_as_it_looks():
    nicks = Nicks()
    nicks.hold("a1", "ada")
    assert nicks.called("ada") == "a1"
    assert nicks.called("ADA") is None
    nicks.hold("a1", "kim")
    assert (nicks.called("ada"), nicks.called("kim")) == (None, "a1")
    nicks.free("a1")
    nicks.free("a1")
    assert nicks.called("kim") is None
    assert nicks._called == {}
