"""The front door over real loopback connections: who talks is heard."""

import itertools

from loggia.broker.doors.classic import text
from loggia.broker.doors.classic.framing import APART_S, CROWD
from loggia.broker.doors.classic.leaving import END_QUIET_S

from tests.broker.callers import Caller, OriginalClient
from tests.broker.doors.classic.house import name_of
from tests.broker.doors.classic.visits import joined, left, message


def test_an_original_client_and_a_terminal_see_each_other(house, call):
    ada = call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    assert ada.next() == "bob has joined the chat"
    ada.send("hello")
    assert ada.next() == "ada: hello"
    assert bob.line() == "ada: hello"
    bob.say("hi, zoë 日本 😀")
    assert bob.line() == "bob: hi, zoë 日本 😀"
    assert ada.next() == "bob: hi, zoë 日本 😀"


def test_a_bad_or_taken_nickname_is_asked_again(house, call):
    call(OriginalClient, house.address, "ada")
    bob = call(Caller, house.address)
    bob.until("call you? ")
    bob.say("ada")
    assert bob.line().startswith("It is taken.")
    bob.say("a/b")
    assert 'The nickname holds "/";' in bob.line()
    bob.say("bob")
    assert "bob" in bob.line()


def test_a_letter_cut_between_two_segments_survives(house, call):
    ada = call(OriginalClient, house.address, "ada")
    letter = "é".encode()
    ada.socket.send(b"caf" + letter[:1])
    house.call(lambda: None)  # the loop has read the first half
    ada.socket.send(letter[1:])
    assert ada.next() == "ada: café"


def test_many_lines_at_once_are_all_said_in_order(house, call):
    ada = call(Caller, house.address, "ada")
    bob = call(Caller, house.address, "bob")
    house.slow = 5
    lines = [f"line {number}" for number in range(3000)]
    ada.say(*lines)
    assert [bob.line() for _ in lines] == [f"ada: {line}" for line in lines]


def pair_of_rows(client, publish):
    """Two lines come together: what the client's recv took for messages. One that reads late takes both at
    once, whatever the broker does; so it has some tries."""
    for number in range(20):
        publish(number)
        rows = client.wait_for(f"last {number}")
        if len(rows) == 2:
            return rows
    raise AssertionError(f"never apart: {rows}")


def test_two_messages_that_come_together_are_two_rows_of_the_original_client(house, call):
    ada = call(OriginalClient, house.address, "ada")
    rows = pair_of_rows(
        ada, lambda number: house.publish(message("nina", "one"), message("nina", f"last {number}"))
    )
    assert rows[0] == "nina: one"
    assert rows[1].startswith("nina: last")


def test_sends_to_original_clients_are_apart_and_never_hold_two_messages(house, call, sends):
    clients = [call(OriginalClient, house.address, f"v{number}") for number in range(10)]
    for client in clients[:-1]:
        client.wait_for("v9 has joined the chat")
    house.call(sends.clear)  # behind what the loop was doing
    told = [
        joined("bob"),
        *(message("bob", f"{number} one\ntwo") for number in range(CROWD - 2)),
        left("bob"),
    ]
    house.publish(*told)
    for client in clients:
        client.wait_for("bob has left")
    house.call(lambda: None)  # the loop has noted them, too
    for client in clients:
        mine = [(at, data) for peer, at, data in sends if peer == name_of(client)]
        assert [data for _, data in mine] == [text.shown(event).data for event in told]
        assert all(after - before >= APART_S for (before, _), (after, _) in itertools.pairwise(mine))


def test_end_comes_behind_the_quiet_however_long_the_last_send_took(house, call, sends):
    ada = call(OriginalClient, house.address, "ada")
    house.call(sends.clear)  # behind what the loop was doing
    house.publish(message("bob", "one"), message("bob", "two"))
    ada.send("!end")
    ada.wait_for("!end")
    house.call(lambda: None)  # the loop has noted it, too
    _, (_, at, last), (_, end_at, end) = sends
    assert (last, end) == (b"bob: two", b"!end")
    assert end_at - at >= END_QUIET_S


def test_a_crowd_comes_to_an_original_client_whole_and_in_order(house, call):
    ada = call(OriginalClient, house.address, "ada")
    texts = [f"{number:03d} {'e' * 80}" for number in range(200)]
    for start in range(0, 200, 20):
        house.publish(*(message("bob", text) for text in texts[start : start + 20]))
    said = "".join(f"bob: {text}" for text in texts)
    got = ""
    while len(got) < len(said):  # a busy machine may let it read late, and then one recv takes several sends
        got += ada.next().replace("\n", "")
    assert got == said


def test_a_line_over_the_limit_is_answered_and_dropped(house, call):
    ada = call(Caller, house.address, "ada")
    ada.say("x" * 200_000, "hello")
    assert "16384 bytes" in ada.line()
    assert ada.line() == "ada: hello"


def test_rooms_other_than_the_lobby_are_not_heard(house, call):
    ada = call(Caller, house.address, "ada")
    house.publish(message("bob", "psst"), room="staff")
    house.publish(message("bob", "hello"))
    assert ada.line() == "bob: hello"


def test_nothing_ticks_while_nobody_talks(house, call):
    for nick in ("ada", "bob"):
        call(Caller, house.address, nick)
    call(OriginalClient, house.address, "zoe")
    assert house.timers() == []
