from loggia.shared.client.session.complaints import MOST, WINDOW_S, Complaints


def test_some_are_said_in_each_minute() -> None:
    complaints = Complaints()
    said = [complaints.is_said(second / 100) for second in range(int(WINDOW_S * 200))]
    assert said.count(True) == 2 * MOST
    assert said.index(True) == 0
    assert said.index(True, MOST) == WINDOW_S * 100
