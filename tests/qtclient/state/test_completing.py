"""What may become of what is begun: people who are here, rooms, commands, what a command takes."""

import pytest
from loggia.qtclient.state.completing import MOST, NOTHING, Offers, offers
from loggia.qtclient.state.known_names import MOST_BACK
from loggia.qtclient.state.slash import COMMANDS
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Entered, People
from loggia.shared.protocol.answers import Member

from tests.qtclient.talk import arrived, entered, joins, leaves, people, renames, says


@pytest.fixture
def here(state: WindowState) -> WindowState:
    direct = Entered(room="~" + "x" * 20, nick="ada", account="a-ada", head=0, title="lara", kind="direct")
    thesis = Entered(
        room="%" + "t" * 20, nick="ada", account="a-ada", head=0, title="Lara's thesis", kind="private"
    )
    state.apply([*entered(), *entered("lab"), *entered("lab two"), direct, thesis], 0)
    state.directory = ("lab", "labour", "tower")
    state.apply([people("ada", "anna", "anna maria", "bob", "Boris", away=["bob"])], 0)
    return state


def found(here: WindowState, before: str, *, command: bool = True) -> tuple[str, list[str]]:
    told = offers(before, here, command=command)
    return told.begun, [one.text for one in told.offers]


@pytest.mark.parametrize(
    ("before", "begun", "texts"),
    [
        ("so @bo", "@bo", ["@Boris ", "@bob "]),
        ("@anna", "@anna", ["@anna ", "@anna maria "]),
        ("(@ANNA M", "", []),
        ("(@ANN", "@ANN", ["@anna ", "@anna maria "]),
        ("👍 @bor", "@bor", ["@Boris "]),
        ("@a", "@a", ["@anna ", "@anna maria "]),
        ("ada@bo", "", []),
        ("yes :thumbs", ":thumbs", ["👍 ", "👎 "]),
        ("yes :thumbs_u", ":thumbs_u", ["👍 "]),
        (":tad", ":tad", ["🎉 "]),
        (":PEDEST", ":PEDEST", ["🚶 ", "🚷 "]),
        (":snowm", ":snowm", ["☃️ ", "⛄ "]),
        (":mailb", ":mailb", ["📬 ", "📭 ", "📫 ", "📪 "]),
        ("so :d", "", []),
        ("at 10:30", "", []),
        ("http://bo", "", []),
        (":thumbs:", "", []),
        ("@x", "@x", []),
        ("see #la", "#la", ["#lab ", "#lab two ", "%Lara's thesis ", "#labour "]),
        ("see #TO", "#TO", ["#tower "]),
        ("see %la", "%la", ["%Lara's thesis "]),
        ("see %x", "%x", []),
        ("50 %", "", []),
        ("100%la", "", []),
        ("a#la", "", []),
        ("/ki", "/ki", ["/kick "]),
        ("/KI", "/KI", ["/kick "]),
        ("/un", "/un", ["/unban ", "/unmute "]),
        ("//u", "//u", []),
        ("/kick b", "b", ["Boris ", "bob "]),
        ("/kick @b", "@b", ["Boris ", "bob "]),
        ('/kick "an', '"an', ["anna ", '"anna maria" ']),
        ("/join la", "la", ["lab ", "lab two ", "%Lara's thesis ", "labour "]),
        ("/leave %l", "%l", ["%Lara's thesis "]),
        ("/join #lab t", "#lab t", ["lab two "]),
        ("/kick bob for @an", "@an", ["@anna ", "@anna maria "]),
    ],
)
def test_what_is_offered(here: WindowState, before: str, begun: str, texts: list[str]):
    told, offered = found(here, before)
    assert offered == texts
    assert told == begun or not texts


def test_all_commands_are_offered_behind_a_slash_with_what_they_do(here: WindowState):
    told = offers("/", here, command=True)
    assert [(one.words, one.about) for one in told.offers] == [(one.usage, one.about) for one in COMMANDS]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("/p", ["/part [ROOM]"]),
        ("/Q", ["/query WHO TEXT", "/quit"]),
        ("/whisper", ["/whisper WHO TEXT"]),
        ("/e", ["/exit"]),
        ("/a", ["/away [TEXT]"]),
    ],
)
def test_words_of_other_chats_are_offered_to_who_begins_one(here: WindowState, before: str, words: list[str]):
    told = offers(before, here, command=True).offers
    assert [one.words for one in told] == words
    assert all(one.about.startswith(("as /", "ends Loggia")) for one in told)


def test_behind_a_word_of_other_chats_the_same_is_offered(here: WindowState):
    for word, ours in (("query", "msg"), ("Whisper", "msg"), ("part", "leave")):
        for behind in (" ", " b", " @an", " la", ' "an', " bob for @an"):
            assert found(here, f"/{word}{behind}") == found(here, f"/{ours}{behind}")
    (one,) = offers("/away at", here, command=True).offers
    assert (one.text, one.words) == ("", "/away [TEXT]")


@pytest.mark.parametrize("before", ["/topic ", "/topic the new", "/kick bob", "/kick bob for no", "/SLOW 3"])
def test_behind_a_command_it_is_said_what_it_takes(here: WindowState, before: str):
    (one,) = offers(before, here, command=True).offers
    assert one.text == ""
    assert one.words.startswith(before.partition(" ")[0].lower())


@pytest.mark.parametrize("before", ["", "hello", "/unknown what", "@", "#"])
def test_of_nothing_comes_nothing_or_everything(here: WindowState, before: str):
    told = offers(before, here, command=True)
    if before in ("@", "#"):
        assert told.offers
    else:
        assert told == NOTHING


def test_where_there_is_no_command_a_slash_is_a_slash(here: WindowState):
    assert offers("/ki", here, command=False) == NOTHING


@pytest.mark.parametrize("long", ["(@" * 30_000, "x" * 60_000, "(:aa" * 15_000])
def test_of_a_long_line_the_end_is_looked_at(here: WindowState, long: str):
    assert found(here, f"{long} @bo") == ("@bo", ["@Boris ", "@bob "])
    assert found(here, f"/topic {long} @bo") == ("@bo", ["@Boris ", "@bob "])
    assert found(here, f"{long} {'y' * 300}") == ("", [])


def test_of_thousands_a_few_are_offered(state: WindowState):
    state.apply([*entered(), people("ada", *(f"n{number:04}" for number in range(5000)))], 0)
    told: Offers = offers("@n", state, command=False)
    assert [one.words for one in told.offers] == [f"@n{number:04}" for number in range(MOST)]


def test_behind_who_is_here_come_those_who_spoke_or_left_lately_each_once(here: WindowState):
    here.apply(
        arrived(
            [
                says(1, "betty"),
                says(2, "bill"),
                says(3, "ada"),
                joins(4, "big ben"),
                says(5, "bob"),
                renames(6, "bill", "billy"),
                says(7, "betty"),
                leaves(8, "big ben"),
            ]
        ),
        0,
    )
    assert found(here, "@b") == ("@b", ["@Boris ", "@bob ", "@big ben ", "@betty ", "@bill "])
    assert found(here, "/msg b") == ("b", ["Boris ", "bob ", '"big ben" ', "betty ", "bill "])
    assert found(here, "@ad") == ("@ad", []), "nobody speaks to oneself"


def test_who_is_here_under_another_name_is_not_offered_under_that_of_before(here: WindowState):
    here.apply(arrived([says(1, "bertram")]), 0)
    assert found(here, "@ber") == ("@ber", ["@bertram "])
    here.apply([People(room="lobby", members=[Member(nick="bo", account="a-bertram", presence="online")])], 0)
    assert found(here, "@b") == ("@b", ["@bo "])


def test_of_what_was_said_long_ago_nobody_is_offered(state: WindowState):
    state.apply(entered(), 0)
    state.apply(arrived([says(1, "zoe"), *(says(seq, "bob") for seq in range(2, MOST_BACK + 2))]), 0)
    assert found(state, "@z")[1] == []
    assert found(state, "@b")[1] == ["@bob "]


def test_in_another_room_others_are_offered(here: WindowState):
    here.apply(arrived([says(1, "kim", room="lab")]), 0)
    assert found(here, "@kim")[1] == []
    here.look_at("lab")
    assert found(here, "@kim")[1] == ["@kim "]


def test_a_room_that_is_mine_is_offered_once(here: WindowState):
    assert found(here, "#lab")[1].count("#lab ") == 1
    here.directory = ()
    assert found(here, "#lab")[1] == ["#lab ", "#lab two "]
