"""The rooms of the sidebar: counts, kinds, sections, in signs and in words."""

import pytest
from loggia.qtclient.models.keyed import ROW, RestRow, SectionRow
from loggia.qtclient.models.rooms import RoomRow, RoomsModel
from loggia.qtclient.panels.painting import badges
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import ConnectionStatus, Entered, ReadState, Update
from PyQt6.QtCore import Qt

THESIS, TALK, GROUP = "%" + "a" * 22, "~" + "b" * 22, "~" + "c" * 22


def came(room: str, title: str = "", kind: str = "public", head: int = 0) -> Update:
    return Entered(room=room, nick="ada", account="a-ada", head=head, title=title, kind=kind)


@pytest.fixture
def model(state: WindowState, qtmodeltester) -> RoomsModel:
    state.apply(
        [
            ConnectionStatus(connection="connected"),
            came("lobby"),
            came(TALK, "zoe", "direct"),
            came(THESIS, "Thesis", "private"),
            came(GROUP, "bob, cas", "direct"),
            came("lab"),
        ],
        0,
    )
    model = RoomsModel(state)
    qtmodeltester.check(model)
    model.sync()
    return model


def row(model: RoomsModel, key: str) -> RoomRow:
    return model.find(key).data(ROW)


def words(model: RoomsModel) -> list[str]:
    return [
        model.index(number).data(Qt.ItemDataRole.AccessibleTextRole) for number in range(model.rowCount())
    ]


def test_rooms_stand_first_and_people_below_them(model: RoomsModel):
    assert words(model) == [
        "lobby, public room, on the screen",
        "Thesis, private room",
        "lab, public room",
        "People",
        "zoe, conversation",
        "bob, cas, conversation",
    ]
    signs = [getattr(one, "sign", "") for one in model.rows]
    assert signs == ["#", "%", "#", "", "@", "@"]


def test_a_section_is_no_row_that_keys_stop_at(model: RoomsModel):
    section = next(number for number, one in enumerate(model.rows) if isinstance(one, SectionRow))
    assert not model.flags(model.index(section)) & (Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEnabled


def test_without_conversations_there_is_no_section_of_them(state: WindowState):
    model = RoomsModel(state)
    model.sync()
    assert words(model) == ["lobby, public room, on the screen"]


def test_the_numbers_are_the_broker_s_however_much_of_it_is_here(state: WindowState, model: RoomsModel):
    state.apply([ReadState(room="lab", read=0, unread=107_753, mentions=1_204, upto=108_203)], 0)
    state.apply([ReadState(room=TALK, read=0, unread=3, mentions=3, upto=3)], 0)
    state.apply([ReadState(room=THESIS, read=0, unread=7, mentions=1, upto=9)], 0)
    model.sync()
    assert words(model)[1:3] == [
        "Thesis, private room, 7 unread, names you",
        "lab, public room, 107,753 unread, names you 1,204 times",
    ]
    assert badges(row(model, "lab")) == ["@99+", "99+"]
    assert badges(row(model, THESIS)) == ["@1", "7"]
    assert badges(row(model, TALK)) == ["@3"], "all of them name me: one number says it"
    assert badges(row(model, "lobby")) == []


def test_a_list_that_is_cut_counts_rooms_and_not_sections(
    state: WindowState, model: RoomsModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("loggia.qtclient.models.rooms.MOST_ROWS", 4)
    model.sync()
    assert words(model)[3:] == ["People", "zoe, conversation", "and 1 more: Ctrl+K"]
    assert isinstance(model.rows[-1], RestRow)


def test_before_the_broker_says_it_the_name_tells_the_kind():
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", rooms=["lobby", THESIS, TALK])
    model = RoomsModel(state)
    model.sync()
    assert [row(model, name).sign for name in ("lobby", THESIS, TALK)] == ["#", "%", "@"]
