"""Who is in which room."""

from loggia.broker.doors.classic.places import Places


def test_everybody_is_in_one_room_and_in_the_order_of_coming():
    places = Places()
    for visitor in ("ann", "bob", "kim"):
        places.put(visitor, "lobby")
    places.put("ann", "lab")
    assert list(places.of("lobby")) == ["bob", "kim"]
    assert list(places.of("lab")) == ["ann"]
    places.put("ann", "lobby")
    assert list(places.of("lobby")) == ["bob", "kim", "ann"]
    places.put("bob", "lobby")
    assert list(places.of("lobby")) == ["bob", "kim", "ann"]


def test_nothing_is_kept_of_who_is_gone():
    places = Places()
    places.put("ann", "lobby")
    places.put("ann", None)
    places.put("ann", None)
    assert not places.of("lobby")
    assert not places._room_of
    assert not places._in_room
