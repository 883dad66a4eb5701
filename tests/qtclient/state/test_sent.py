"""What was sent is found again in its order, and what is written meanwhile behind it."""

from loggia.qtclient.state.sent import MOST, SentTexts


def sent(*texts: str) -> SentTexts:
    made = SentTexts()
    for text in texts:
        made.add(text)
    return made


def test_from_the_newest_back_and_forth_to_what_is_written():
    texts = sent("one", "two")
    assert texts.step(-1, "draft") == "two"
    assert texts.step(-1, "two") == "one"
    assert texts.step(-1, "one") is None
    assert texts.step(1, "one") == "two"
    assert texts.step(1, "two") == "draft"
    assert texts.step(1, "draft") is None


def test_what_was_called_back_and_changed_is_what_is_written_now():
    texts = sent("one", "two")
    assert texts.step(-1, "") == "two"
    assert texts.step(-1, "two, changed") == "two"
    assert texts.step(1, "two") == "two, changed"


def test_where_nothing_was_sent_there_is_nothing():
    assert SentTexts().step(-1, "draft") is None
    assert SentTexts().step(1, "draft") is None


def test_the_same_twice_is_there_once():
    texts = sent("one", "two", "two")
    assert texts.step(-1, "") == "two"
    assert texts.step(-1, "two") == "one"


def test_not_all_of_a_day_is_kept():
    texts = sent(*map(str, range(MOST + 5)))
    found, written = [], ""
    while (before := texts.step(-1, written)) is not None:
        found.append(before)
        written = before
    assert (len(found), found[0], found[-1]) == (MOST, str(MOST + 4), "5")
