"""How much more a message can hold, as people count."""

import pytest
from loggia.qtclient.state.counting import MOST_COUNTED, left, over, signs, text_bytes

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
        ("x" * 35, "5 characters left."),
        ("x" * 39, "1 character left."),
        ("x" * 40, "This is as long as a message can be."),
        ("é" * 16, "About 4 characters left."),
        ("日" * 12, "About 1 character left."),
        ("日" * 13, "This is as long as a message can be."),
        ("x" * 10, "30 characters left."),
        ("", "40 characters left."),
    ],
)
def test_what_is_left_is_said_in_what_is_written(text: str, told: str):
    assert left(text, 40) == told


def test_what_is_left_is_about_what_was_written_last():
    assert left("x" * 1000 + "日" * 200, 1900) == "About 100 characters left."
