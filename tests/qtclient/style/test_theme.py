"""The colours can be read, in both themes, on every ground."""

import itertools

import pytest
from loggia.qtclient.state.hues import HUES, natural
from loggia.qtclient.style import theme
from loggia.qtclient.style.stylesheet import stylesheet
from loggia.qtclient.style.theme import DARK, LIGHT, Colors, contrast, mixed, sender

WORDS = ("text", "muted", "accent", "ok", "warn", "error", "link")
BOTH = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_is_what_the_accessibility_guidelines_compute():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


@BOTH
def test_words_can_be_read_on_every_ground(colors: Colors):
    poor = {
        (word, ground): contrast(getattr(colors, word), ground)
        for word, ground in itertools.product(WORDS, colors.grounds)
        if contrast(getattr(colors, word), ground) < theme.CONTRAST
    }
    assert poor == {}


@BOTH
def test_words_on_the_accent_can_be_read(colors: Colors):
    assert contrast(colors.on_accent, colors.accent) >= theme.CONTRAST


@BOTH
def test_names_of_all_hues_can_be_read_and_told_apart(colors: Colors):
    found = {sender(natural(f"account {number}"), colors) for number in range(500)}
    assert len(found) == HUES
    assert min(contrast(name, ground) for name in found for ground in colors.grounds) >= theme.CONTRAST


def test_somebody_has_the_same_colour_every_day():
    assert sender(natural("4c2db9534c74"), LIGHT) == sender(natural("4c2db9534c74"), LIGHT) == "#9840B5"


def test_colours_are_mixed_by_share():
    assert (mixed("#000000", "#FFFFFF", 0), mixed("#000000", "#FFFFFF", 1)) == ("#000000", "#FFFFFF")
    assert mixed("#000000", "#FF0000", 0.5) == "#800000"


@BOTH
def test_the_style_sheet_uses_only_colours_of_its_theme(colors: Colors):
    other = LIGHT if colors.dark else DARK
    assert other.bg not in stylesheet(colors)
    assert colors.accent in stylesheet(colors)


def test_a_choice_wins_over_the_system(qapp):
    assert theme.chosen("dark") is DARK
    assert theme.chosen("light") is LIGHT


@BOTH
def test_where_the_system_says_nothing_its_palette_decides(dress, colors: Colors):
    dress(colors)
    assert theme.chosen("system") is colors
