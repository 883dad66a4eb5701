"""What Ctrl+K finds: pure, by what is written and told."""

import pytest
from loggia.qtclient.state import finding
from loggia.qtclient.state.findable import known_people
from loggia.qtclient.state.finding import (
    MOST_HITS,
    MOST_PAGES,
    Finder,
    MessageFound,
    PersonFound,
    RoomFound,
    RoomToMake,
    snippet,
    spoken,
)
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import People
from loggia.shared.protocol.answers import FoundAnswer, Hit, Member, RoomInfo
from loggia.shared.protocol.limits import LIST_PAGE

from tests.qtclient.talk import DAY, NOON, entered

TALK = "~" + "b" * 22


def mine(*names: str, **kinds: str) -> dict[str, RoomFound]:
    made = {name: RoomFound(key=f"room {name}", room=name, title=name) for name in names}
    return made | {
        title: RoomFound(key=f"room {title}", room=title, title=title, kind=kind)
        for title, kind in kinds.items()
    }


def info(room: str, *, joined: bool = False, subject: str = "", at: int = 0, members: int = 3) -> RoomInfo:
    return RoomInfo(room=room, title=room, head=1, members=members, joined=joined, subject=subject, at=at)


def hit(seq: int, text: str, *marks: tuple[int, int], room: str = "lobby") -> Hit:
    return Hit(room=room, seq=seq, at=NOON + seq, nick="bob", account="a-bob", text=text, marks=list(marks))


def found(finder: Finder) -> dict[str, list[str]]:
    return {heading: [one.key for one in group] for heading, group in finder.groups()}


def test_a_sign_before_the_name_says_of_which_kind_it_is():
    finder = Finder(mine("lab", thesis="private", lara="direct"))
    for text, keys in {
        "la": ["room lab", "room lara"],
        "#la": ["room lab"],
        "%": ["room thesis"],
        "@la": ["room lara"],
    }.items():
        assert finder.write(text)
        assert found(finder)["Your rooms"] == keys
    assert not finder.write("@la ")
    finder.write("%attic")
    (made,) = finder.groups()[0][1]
    assert made == RoomToMake("private attic", "attic", True, sure=False)
    assert spoken(made, NOON) == "Make a private room  % attic"
    finder.write("%the")
    assert found(finder) == {"Your rooms": ["room thesis"], "New room": ["private the"]}
    finder.write("%lab")
    assert found(finder) == {"New room": ["private lab"]}, "a public one of that name is another"
    finder.write("%a/b")
    assert found(finder) == {}


def test_rooms_not_yet_joined_are_told_by_name_subject_people_and_when_last():
    finder = Finder(mine("lobby"))
    first = finder.page_wanted()
    assert (first.after, first.limit) == (None, LIST_PAGE)
    finder.listed(
        [info("attic", at=NOON), info("lobby", joined=True), info("tower", at=NOON + DAY)], more=False
    )
    assert found(finder)["Other rooms"] == ["room tower", "room attic"], "where somebody spoke last first"
    finder.write("att")
    assert found(finder) == {"Other rooms": ["room attic"], "New room": ["new att"]}
    finder.write("attic")
    assert found(finder) == {"Other rooms": ["room attic"]}, "it is there: nothing is to be made"
    attic = RoomFound(
        key="k", room="attic", title="attic", joined=False, subject="dust", people=1200, at=NOON
    )
    assert attic.details(NOON + DAY) == "dust · 1,200 people · last 15 Nov"
    assert spoken(attic, NOON + DAY) == "Join attic, public room, dust · 1,200 people · last 15 Nov"


def test_a_room_is_found_by_what_it_is_about():
    finder = Finder(mine("lobby"))
    finder.listed([info("r1", subject="Oscilloscopes and probes")], more=False)
    finder.write("probes")
    assert found(finder) == {"Other rooms": ["room r1"], "New room": ["new probes"]}


def test_the_list_of_rooms_is_read_in_pages_as_far_as_it_may_help():
    finder = Finder(mine("lobby"))
    finder.listed([info("r1"), info("r2")], more=True)
    assert finder.page_wanted() is None, "nothing is sought: one page is enough to look at"
    assert finder.page_wanted(more=True).after == "r2"
    finder.write("tower")
    for number in range(1, MOST_PAGES):
        assert finder.page_wanted().after == f"r{number + 1}"
        finder.listed([info(f"r{number + 2}")], more=True)
    assert finder.page_wanted() is None
    assert finder.cut_short


def test_enough_of_one_name_need_no_further_page():
    finder = Finder(mine("lobby"))
    finder.listed([info(f"tower {number}") for number in range(finding.ENOUGH)], more=True)
    finder.write("tower")
    assert finder.page_wanted() is None
    finder.write("cellar")
    assert finder.page_wanted() is not None


def test_no_page_is_asked_behind_the_last_or_when_none_is_given():
    for finder in (Finder({}), Finder({})):
        finder.listed([info("r1")], more=False)
        assert finder.page_wanted(more=True) is None
    refused = Finder({})
    refused.not_listed()
    assert refused.page_wanted(more=True) is None


@pytest.mark.parametrize(
    ("written", "asked"),
    [("osc", "osc*"), ("bench 4", "bench 4*"), ('"bench 4"', '"bench 4"'), ("京都", "京都*")],
)
def test_the_last_word_of_a_search_may_go_on(written: str, asked: str):
    finder = Finder({})
    finder.write(written)
    assert finder.search_wanted().text == asked


@pytest.mark.parametrize("written", ["", "a", "#lab", "@bob", "%x", "x" * 201])
def test_nothing_is_searched_for_what_can_be_no_message_or_nearly_all(written: str):
    finder = Finder({})
    finder.write(written)
    assert finder.search_wanted() is None


def test_messages_are_found_newest_first_page_by_page_each_once():
    finder = Finder(mine("lobby"))
    finder.write("bench")
    finder.found(
        FoundAnswer(id="1", hits=[hit(9, "bench 4", (0, 5)), hit(7, "a bench", (2, 7))], cursor="next")
    )
    assert finder.search_wanted().cursor == "next"
    finder.found(FoundAnswer(id="2", hits=[hit(7, "a bench", (2, 7)), hit(3, "bench", (0, 5))], cursor=None))
    assert found(finder)["Messages"] == ["said 9 lobby", "said 7 lobby", "said 3 lobby"]
    assert finder.search_wanted() is None
    finder.write("benches")
    assert "Messages" not in found(finder), "they were found for other words"
    assert finder.search_wanted().cursor is None


def test_the_pages_of_a_search_are_bounded():
    finder = Finder({})
    finder.write("bench")
    for page in range(100):
        if finder.search_wanted() is None:
            break
        hits = [hit(10_000 - 20 * page - number, "bench") for number in range(20)]
        finder.found(FoundAnswer(id="1", hits=hits, cursor="more"))
    assert len(found(finder)["Messages"]) == MOST_HITS


def test_why_nothing_is_searched_is_said_and_forgotten_with_the_words():
    finder = Finder({})
    finder.write("bench")
    finder.not_found("This broker has no index.")
    assert finder.trouble == "This broker has no index."
    assert finder.search_wanted() is None
    finder.write("benches")
    assert finder.trouble == ""


def test_people_are_those_of_my_rooms_each_once_and_not_me(state: WindowState):
    def member(nick: str, **more: str) -> Member:
        return Member(nick=nick, account=f"a-{nick}", presence=more.pop("presence", "online"), **more)

    lab = [member("zoe", status="in a meeting", presence="away"), member("ada")]
    state.apply([*entered(), *entered("lab")], 0)
    state.apply([People(room="lobby", members=[member("ada"), member("bob"), member("zoe")])], 0)
    state.apply([People(room="lab", members=lab)], 0)
    people = known_people(state.listed, "a-ada")
    assert [(one.who, one.word) for one in people] == [("a-bob", ""), ("a-zoe", "away · in a meeting")]
    finder = Finder(mine("lobby"), people)
    assert "People" not in found(finder), "nobody is sought"
    finder.write("o")
    assert found(finder)["People"] == ["person a-bob", "person a-zoe"]
    finder.write("#o")
    assert "People" not in found(finder)
    finder.write("@kim")
    assert found(finder) == {"People": ["nick kim"]}, "who is not here can be written to all the same"
    finder.write("@a/b")
    assert found(finder) == {}


def test_of_a_message_a_part_in_one_line_is_shown_and_its_marks_move_along():
    text = "\n".join(["🙂 line"] * 40) + "\nthe oscilloscope is\ton bench 4 " + "x" * 300
    at = text.index("oscilloscope")
    shown, marks = snippet(text, [(at, at + 12), (len(text) - 3, len(text))])
    assert shown.startswith("...")
    assert shown.endswith("...")
    assert "\n" not in shown
    assert "\t" not in shown
    assert [shown[first:last] for first, last in marks] == ["oscilloscope"]
    assert snippet("short", []) == ("short", ())
    assert snippet("all", [(0, 3)]) == ("all", ((0, 3),))


def test_what_was_found_has_words_for_screen_readers():
    message = MessageFound(key="k", room="lab", seq=1, where="# lab", nick="bob", at=NOON, text="on bench 4")
    assert spoken(message, NOON).startswith("bob in # lab, ")
    assert spoken(message, NOON).endswith(": on bench 4")
    assert spoken(PersonFound("k", "a-zoe", "zoe", "away"), NOON) == "Write to zoe, away"
    assert spoken(RoomToMake("k", "garden"), NOON) == "Make the room  # garden"
    assert spoken(RoomToMake("k", "garden", sure=False), NOON) == "Join or make the room  # garden"


def test_a_room_that_would_be_made_comes_behind_all_that_is_found(state: WindowState):
    finder = Finder(mine("osc-lab"), [PersonFound("person a-oscar", "a-oscar", "oscar")])
    finder.listed([info("oscilloscopes")], more=True)
    finder.write("osc")
    finder.found(FoundAnswer(id="1", hits=[hit(9, "osc 4", (0, 3))], cursor=None))
    assert list(found(finder)) == ["Your rooms", "Other rooms", "People", "Messages", "New room"]
    assert finder.groups()[-1][1] == [RoomToMake("new osc", "osc", sure=False)], "there may be one"
    finder.listed([info("osc-2")], more=False)
    assert finder.groups()[-1][1] == [RoomToMake("new osc", "osc")], "there is none"


def test_of_a_name_in_another_form_no_second_room_is_made():
    finder = Finder(mine("caf\u00e9"))
    finder.listed([info("na\u00efve")], more=False)
    for written in ("cafe\u0301", "#nai\u0308ve"):
        finder.write(written)
        assert list(found(finder)) == ["Your rooms" if written[0] == "c" else "Other rooms"]
