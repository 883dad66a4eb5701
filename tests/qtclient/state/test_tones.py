"""Skin tones: which pictures can have one, and how they are written with it and without."""

import unicodedata

import pytest
from loggia.qtclient.state.emoji import is_large
from loggia.qtclient.state.emoji_names import named
from loggia.qtclient.state.tones import TONES, can_have, in_all_tones, plain, tone_of, toned
from loggia.shared.protocol.limits import EMOJI_CHARS
from loggia.shared.protocol.names import sign

LIGHT, DARK = "\U0001f3fb", "\U0001f3ff"


@pytest.mark.parametrize(
    ("picture", "dark"),
    [
        ("👍", "👍\U0001f3ff"),
        ("👍\U0001f3fb", "👍\U0001f3ff"),
        ("☝️", "☝\U0001f3ff"),
        ("✌️", "✌\U0001f3ff"),
        ("✊", "✊\U0001f3ff"),
        ("🤷\u200d♂️", "🤷\U0001f3ff\u200d♂️"),
        ("👩\u200d💻", "👩\U0001f3ff\u200d💻"),
        ("🏋️\u200d♀️", "🏋\U0001f3ff\u200d♀️"),
    ],
)
def test_a_picture_of_somebody_is_written_in_a_tone(picture: str, dark: str):
    assert can_have(picture)
    assert toned(picture, DARK) == dark
    assert tone_of(dark) == DARK
    assert plain(picture) == plain(dark)
    assert len(dark) <= EMOJI_CHARS
    sign(dark)  # a broker takes it
    assert is_large(dark)


@pytest.mark.parametrize(
    "picture",
    ["❤️", "😂", "🎉", "👩\u200d👩\u200d👧", "🇩🇪", "word", "", DARK, "a" * 1000, "1️⃣", "🚀", "👪", "👯", "🤼"],
)
def test_others_stay_as_they_are(picture: str):
    assert not can_have(picture)
    assert toned(picture, LIGHT) == picture


def test_with_a_tone_and_without_again_each_is_what_it_was():
    people = [picture for picture, _ in named("") if can_have(picture)]
    assert len(people) >= 120
    for picture in people:
        assert [toned(toned(picture, tone), "") for tone in TONES] == [picture] * len(TONES)
        shades = [shade for shade, _ in in_all_tones(picture)]
        assert len(set(shades)) == 6
        assert shades[0] == picture


def test_tones_are_called_as_people_call_them():
    assert [name for _, name in in_all_tones("👍")] == [
        "no skin tone",
        "light skin tone",
        "medium light skin tone",
        "medium skin tone",
        "medium dark skin tone",
        "dark skin tone",
    ]
    assert [unicodedata.name(tone)[-1] for tone in TONES] == ["2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("begun", "first"),
    [
        ("thumbsup_dark", "👍\U0001f3ff"),
        ("wave_medium_light", "👋\U0001f3fc"),
        ("thumbs_up_medium", "👍\U0001f3fd"),
        ("point_up_dark", None),
        ("rocket_dark", None),
        ("_dark", None),
    ],
)
def test_a_tone_may_be_named_behind_the_name(begun: str, first: str | None):
    assert next((picture for picture, _ in named(begun)), None) == first
