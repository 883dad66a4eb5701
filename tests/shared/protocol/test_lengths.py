"""How long a text is as people count, and by how much it is too long, said in one way."""

import pytest
from loggia.shared.protocol import lengths, names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.lengths import MOST_COUNTED, excess, over, signs, text_bytes, too_long
from loggia.shared.protocol.limits import Limits

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc`^", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 2),
        ("👍🏽", 1),
        (FAMILY, 1),
        (f"{FAMILY} so", 4),
        ("❤️", 1),
        ("\u0301", 1),
        ("हिन्दी", 3),
        ("a" + "日" * 2 * MOST_COUNTED, 2 * MOST_COUNTED + 1),
        ("e\u0301" * MOST_COUNTED, MOST_COUNTED),
    ],
)
def test_an_accent_is_no_character(text: str, count: int):
    assert signs(text) == count


@pytest.mark.parametrize(
    ("text", "most", "count"),
    [
        ("x" * 41, 40, 1),
        ("x" * 40, 40, 0),
        ("é" * 21, 40, 1),
        ("é" * 20 + "x", 40, 1),
        ("x" + "é" * 20, 40, 1),
        ("日" * 14, 40, 1),
        ("x" * 40 + FAMILY, 40, 1),
        ("x", 0, 1),
        ("\ud83d" * 14, 40, 1),
    ],
)
def test_what_is_too_much_is_counted_from_its_end(text: str, most: int, count: int):
    assert over(text, most) == count
    assert bool(count) == (text_bytes(text) > most)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x" * 41, "1 character too long for one message (40 fit)"),
        ("x" * 2040, "2,000 characters too long for one message (40 fit)"),
        ("é" * 21, "1 character too long for one message (20 fit)"),
        ("日" * 14, "1 character too long for one message (13 fit)"),
        (FAMILY * 3, "1 character too long for one message (2 fit)"),
        ("👍🏽" * 6, "1 character too long for one message (5 fit)"),
    ],
)
def test_it_is_said_by_how_much_and_how_much_fits(text: str, told: str):
    most = {FAMILY * 3: 36}.get(text, 40)
    assert excess(text, most) == told
    assert too_long(text, most) == f"This is {told}. Send it in parts."


@pytest.mark.parametrize("text", ["x" * 41, "é" * 21, "日" * 14, "👍🏽" * 6])
def test_who_sends_it_all_the_same_reads_the_same(text: str):
    with pytest.raises(Refused) as refused:
        names.text(text, Limits(text_bytes=40))
    assert (refused.value.code, refused.value.text) == ("too_large", too_long(text, 40))


def test_of_a_text_without_end_a_broker_counts_little(monkeypatch: pytest.MonkeyPatch):
    looked: list[str] = []
    monkeypatch.setattr(lengths, "signs", lambda text, most: looked.append(text[:most]) or 7)
    with pytest.raises(Refused, match="7 characters too long"):
        names.text("日" * 200_000, Limits())
    assert sum(map(len, looked)) <= 2000
