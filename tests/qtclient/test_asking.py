"""Questions of the window and their answers."""

from loggia.qtclient.asking import Asking
from loggia.shared.client.commands import Ask, Command, DropInquiry, Inquire, TakeNick
from loggia.shared.client.updates import Acted, Inquired
from loggia.shared.protocol.requests import Direct, Rooms


def test_each_answer_comes_to_who_asked_once():
    posted: list[Command] = []
    heard: list[tuple[str, Acted | Inquired]] = []
    asking = Asking(posted.append)
    one = asking.act(Direct(id="-", people=["a-bob"]), lambda told: heard.append(("one", told)))
    two = asking.inquire(Rooms(id="-"), lambda told: heard.append(("two", told)))
    assert posted == [
        Ask(request=Direct(id="-", people=["a-bob"]), id=one),
        Inquire(request=Rooms(id="-"), id=two),
    ]
    asking.take(Inquired(id=two))
    asking.take(Acted(id=one, room="~x"))
    asking.take(Acted(id=one, room="~x"))
    asking.take(Acted(id="somebody else's"))
    assert heard == [("two", Inquired(id=two)), ("one", Acted(id=one, room="~x"))]


def test_a_name_is_asked_for_like_anything_else():
    posted: list[Command] = []
    heard: list[Acted] = []
    asking = Asking(posted.append)
    asked = asking.take_nick("zoe", heard.append)
    assert posted == [TakeNick(nick="zoe", id=asked)]
    asking.take(Acted(id=asked, nick="zoe"))
    assert heard == [Acted(id=asked, nick="zoe")]


def test_what_is_dropped_is_not_heard_any_more_and_the_link_is_told_once():
    posted: list[Command] = []
    heard: list[Inquired] = []
    asking = Asking(posted.append)
    dropped = asking.inquire(Rooms(id="-"), heard.append)
    answered = asking.inquire(Rooms(id="-"), heard.append)
    asking.take(Inquired(id=answered))
    del posted[:]
    for inquiry in (dropped, dropped, answered, ""):
        asking.drop(inquiry)
    asking.take(Inquired(id=dropped))
    assert posted == [DropInquiry(id=dropped)]
    assert heard == [Inquired(id=answered)]


def test_no_two_questions_share_an_id():
    asking = Asking(lambda command: None)
    assert len({asking.inquire(Rooms(id="-"), lambda told: None) for _ in range(1000)}) == 1000
