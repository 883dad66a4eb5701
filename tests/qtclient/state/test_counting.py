"""How much more a message can hold, as people count."""

import pytest
from loggia.qtclient.state.counting import left


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
