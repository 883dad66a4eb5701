"""Where somebody read before he was led elsewhere, step by step."""

from loggia.qtclient.state.trail import MOST_STEPS, Station, Trail


def place(seq: int | None, room: str = "lobby") -> Station:
    return Station(room, "one", seq)


def always(_: Station) -> bool:
    return True


def test_each_step_leads_back_and_forward_again():
    trail = Trail()
    assert not trail.leads_back
    assert trail.back(place(1), always) is None
    for seq in (1, 2, 3):
        trail.left(place(seq))
    assert [trail.back(place(seq), always) for seq in (4, 3, 2)] == [place(3), place(2), place(1)]
    assert trail.back(place(1), always) is None
    assert not trail.leads_back
    assert [trail.forward(place(seq), always) for seq in (1, 2, 3)] == [place(2), place(3), place(4)]
    assert trail.forward(place(4), always) is None
    assert trail.back(place(4), always) == place(3)


def test_who_is_led_elsewhere_on_the_way_has_no_way_forward():
    trail = Trail()
    trail.left(place(1))
    trail.left(place(2))
    trail.back(place(3), always)
    trail.left(place(2))
    assert trail.forward(place(9), always) is None
    assert trail.back(place(9), always) == place(2)


def test_where_one_is_already_is_no_step():
    trail = Trail()
    for seq in (1, 2, 2):
        trail.left(place(seq))
    assert trail.back(place(2), always) == place(1)


def test_what_is_there_no_more_is_passed():
    trail = Trail()
    trail.left(place(1))
    trail.left(place(2, "gone"))
    trail.left(place(None, "gone"))
    assert trail.back(place(3), lambda one: one.room != "gone") == place(1)
    assert trail.forward(place(1), always) == place(3)


def test_so_many_steps_and_no_more():
    trail = Trail()
    for seq in range(MOST_STEPS + 5):
        trail.left(place(seq))
    count = 0
    while trail.back(place(-count - 1), always) is not None:
        count += 1
    assert count == MOST_STEPS
