"""Where a dictionary comes from."""

import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from loggia.qtclient import spelling
from loggia.qtclient.app import App
from PyQt6.QtCore import QLocale

from tests.qtclient.apps import NOBODY
from tests.qtclient.panels.test_speller import Words, marked, put


class Enchant(ModuleType):
    """Has a dictionary of one language, or fails."""

    def __init__(self, has: str, *, fails: bool = False) -> None:
        super().__init__("enchant")
        self._has, self._fails = has, fails

    def dict_exists(self, tag: str) -> bool:
        if self._fails:
            raise OSError("its library is broken")
        return tag == self._has

    def Dict(self, tag: str) -> str:
        return f"words of {tag}"


@pytest.mark.parametrize(
    ("has", "language", "found"),
    [
        ("de_AT", "de_AT", "words of de_AT"),
        ("de", "de_AT", "words of de"),
        ("de", "de", "words of de"),
        ("en_US", "de_AT", None),
        ("en_US", "C", None),
    ],
)
def test_a_dictionary_is_that_of_the_language(monkeypatch, has: str, language: str, found: str | None):
    monkeypatch.setitem(sys.modules, "enchant", Enchant(has))
    assert spelling.dictionary(language) == found


def test_without_the_module_or_with_a_broken_one_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "enchant", None)
    assert spelling.dictionary("en_US") is None
    monkeypatch.setitem(sys.modules, "enchant", Enchant("en_US", fails=True))
    assert spelling.dictionary("en_US") is None


@pytest.mark.parametrize(("is_there", "waves"), [(True, ["catt"]), (False, [])])
def test_a_window_marks_what_it_does_not_know_and_does_without_it(
    start: Callable[..., App], monkeypatch, capfd, is_there: bool, waves: list[str]
):
    enchant = Enchant(QLocale.system().name())
    monkeypatch.setattr(enchant, "Dict", lambda tag: Words())
    monkeypatch.setitem(sys.modules, "enchant", enchant if is_there else None)
    composer = start(NOBODY).window.composer
    put(composer, "the catt")
    assert marked(composer) == waves
