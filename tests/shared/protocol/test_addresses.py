"""Addresses in all forms that people write, and what is said about what is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.protocol.addresses import (
    Broadcasts,
    Place,
    parse,
    reached_by,
    to_connect,
    to_listen,
    to_serve,
)
from loggia.shared.protocol.limits import DEFAULT_BROADCASTS

TAKEN = [
    ("tcp://127.0.0.1:1101", "tcp://127.0.0.1:1101"),
    ("127.0.0.1:1101", "tcp://127.0.0.1:1101"),
    ("127.0.0.1", "tcp://127.0.0.1:1101"),
    ("tcp://127.0.0.1", "tcp://127.0.0.1:1101"),
    ("localhost", "tcp://localhost:1101"),
    ("localhost:5", "tcp://localhost:5"),
    ("Tower", "tcp://tower:1101"),
    ("chat.example.org.:01101", "tcp://chat.example.org.:1101"),
    ("my_service:1101", "tcp://my_service:1101"),
    ("loggia://chat.example.org", "tcp://chat.example.org:1101"),
    ("loggia://chat.example.org:7", "tcp://chat.example.org:7"),
    ("LOGGIA://[::1]:7/", "tcp://[::1]:7"),
    ("TCP://127.0.0.1:1101", "tcp://127.0.0.1:1101"),
    ("tcp://127.0.0.1:1101/", "tcp://127.0.0.1:1101"),
    ("  tcp://127.0.0.1:1101\n", "tcp://127.0.0.1:1101"),
    ("[::1]:1101", "tcp://[::1]:1101"),
    ("[::1]", "tcp://[::1]:1101"),
    ("::1", "tcp://[::1]:1101"),
    ("tcp://::1", "tcp://[::1]:1101"),
    ("[0:0::1]:5", "tcp://[::1]:5"),
    ("2001:DB8::A", "tcp://[2001:db8::a]:1101"),
    ("1:2:3:4:5:6:7:8", "tcp://[1:2:3:4:5:6:7:8]:1101"),
    ("[fe80::1%eth0]:1101", "tcp://[fe80::1%eth0]:1101"),
    ("fe80::1%eth0", "tcp://[fe80::1%eth0]:1101"),
    ("[::ffff:10.0.0.1]:5", "tcp://10.0.0.1:5"),
    ("bücher.example:5", "tcp://xn--bcher-kva.example:5"),
    ("xn--bcher-kva.example", "tcp://xn--bcher-kva.example:1101"),
    ("１２７.0.0.1:5", "tcp://127.0.0.1:5"),
    ("ipc:///tmp/loggia", "ipc:///tmp/loggia"),
    ("IPC://beside/me", "ipc://beside/me"),
    (f"{'a' * 63}.example", f"tcp://{'a' * 63}.example:1101"),
]

REFUSED = [  # to connect to and to serve on alike; what is said of it
    ("", "it is empty"),
    (" \n", "it is empty"),
    ("a\0b", "NUL"),
    ("tcp://", "the host is missing"),
    (":1101", "the host is missing"),
    ("tcp://:1101", "the host is missing"),
    ("loggia://", "the host is missing"),
    ("127.0.0.1:", "the port is missing"),
    ("127.0.0.1:abc", "'abc' is no number"),
    ("127.0.0.1:-1", "'-1' is no number"),
    ("127.0.0.1: 5", "' 5' is no number"),
    ("127.0.0.1:\u0661", "is no number"),
    ("127.0.0.1:70000", "70000 is greater than 65535"),
    ("127.0.0.1:" + "9" * 5000, "is greater than 65535"),
    ("1101", "'1101' is no IPv4 address"),
    ("127.1", "'127.1' is no IPv4 address"),
    ("256.0.0.1", "'256.0.0.1' is no IPv4 address"),
    ("1.2.3.4.5:6", "'1.2.3.4.5' is no IPv4 address"),
    ("http://127.0.0.1:1101", "http:// is another protocol's"),
    ("udp://127.0.0.1:1101", "udp:// is another protocol's"),
    ("inproc://x", "inproc:// is another protocol's"),
    ("tcp://ada@127.0.0.1:1101", "a user has no meaning here"),
    ("ada:secret@host:1101", "a user has no meaning here"),
    ("tcp://127.0.0.1:1101/lobby", "a path has no meaning here"),
    ("//127.0.0.1:1101", "a path has no meaning here"),
    ("tcp:/127.0.0.1:1101", "a path has no meaning here"),
    ("tcp:127.0.0.1:1101", "more than one colon"),
    ("tcp://127.0.0.1:1101;10.0.0.1:5", "more than one colon"),
    ("host:1:2", "more than one colon"),
    ("::1:1101", "more than one colon"),
    ("[::1", "written as [ADDRESS]:PORT"),
    ("[::1]1101", "written as [ADDRESS]:PORT"),
    ("[]:1101", "only an IPv6 address stands in brackets"),
    ("[127.0.0.1]:1101", "only an IPv6 address stands in brackets"),
    ("[::g]:1101", "'::g' is no IPv6 address"),
    ("[:::]:1101", "':::' is no IPv6 address"),
    ("[fe80::1%]:1101", "a network interface"),
    ("[fe80::1%a b]:1101", "a network interface"),
    ("a b:1101", "there can be no host called 'a b'"),
    ("-a:1101", "there can be no host called"),
    ("a..b:1101", "there can be no host called"),
    ("tcp://a?x=1", "there can be no host called"),
    ("a*:1101", "there can be no host called"),
    ("\ud83d:1101", "there can be no host called"),
    ("ü..b:1101", "there can be no host called"),
    ("ß" * 70, "there can be no host called"),
    ("a" * 64 + ":1101", "has 64 characters; 63 is the most"),
    ("a." * 200, "253 is the most"),
    ("a" * 100_000, "253 is the most"),
    ("ipc://", "the path of the socket is missing"),
    ("ipc://" + "x" * 108, "108 bytes"),
    ("ipc:///\udcff", "no UTF-8"),
]


@pytest.mark.parametrize(("written", "meant"), TAKEN)
def test_what_people_write_is_taken(written: str, meant: str) -> None:
    assert to_connect(written) == to_serve(written) == meant
    assert to_connect(meant) == meant


@pytest.mark.parametrize(("written", "said"), REFUSED, ids=[row[0][:30] for row in REFUSED])
def test_what_is_no_address_is_refused_and_the_form_is_named(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        to_connect(written)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 700
    assert str(refused.value).endswith("Write it as tcp://HOST:PORT, for example tcp://127.0.0.1:1101.")
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        to_serve(written)
    assert "give an endpoint like tcp://127.0.0.1:1101" in str(refused.value)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "[::]", "[0:0::0]"])
def test_an_address_to_serve_on_is_none_to_connect_to(host: str) -> None:
    with pytest.raises(ValueError, match=r"is for a broker to serve on.*to connect, name one of them"):
        to_connect(f"tcp://{host}:1101")
    assert to_serve(f"tcp://{host}:0").endswith(":0")


def test_a_port_to_be_picked_is_none_to_connect_to() -> None:
    with pytest.raises(ValueError, match="nobody serves on port 0"):
        to_connect("127.0.0.1:0")
    with pytest.raises(ValueError, match=r"ipc://\* is for a broker to serve on"):
        to_connect("ipc://*")
    assert to_serve("ipc://*") == "ipc://*"


@pytest.mark.parametrize("value", [None, 1101, b"tcp://127.0.0.1:1101", ["tcp://127.0.0.1:1101"], True])
def test_what_is_no_text_is_no_address(value: object) -> None:
    with pytest.raises(TypeError, match=r"is a str like 'tcp://127\.0\.0\.1:1101', not"):
        to_connect(value)
    with pytest.raises(ValueError, match="it is no text; give an endpoint like"):
        to_serve(value)


def test_each_door_has_its_own_port_where_none_is_written() -> None:
    assert to_serve("[::1]", DEFAULT_BROADCASTS) == "tcp://[::1]:1102"


@pytest.mark.parametrize(
    ("written", "place", "shown"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0), "127.0.0.1:0"),
        ("[::1]:1100", ("::1", 1100), "[::1]:1100"),
        (" localhost:1100 ", ("localhost", 1100), "localhost:1100"),
        ("*:0", ("*", 0), "*:0"),
    ],
)
def test_a_plain_door(written: str, place: tuple[str, int], shown: str) -> None:
    assert to_listen(written) == place
    assert str(to_listen(written)) == shown


@pytest.mark.parametrize("written", ["", "on", "1100", "::1", "::1:1100", "a..b:0", "a" * 70 + ":0", 5, None])
def test_what_is_no_plain_door(written: object) -> None:
    with pytest.raises(ValueError, match="give HOST:PORT"):
        to_listen(written)


@pytest.mark.parametrize(
    ("endpoint", "place", "is_name", "is_here"),
    [
        ("tcp://127.0.0.1:5", Place("127.0.0.1", 5), False, True),
        ("tcp://[::1]:5", Place("::1", 5), False, True),
        ("tcp://[fe80::1%eth0]:5", Place("fe80::1%eth0", 5), False, False),
        ("tcp://localhost:5", Place("localhost", 5), True, True),
        ("tcp://localhost.example:5", Place("localhost.example", 5), True, False),
        ("tcp://*:5", Place("*", 5), False, False),
    ],
)
def test_an_endpoint_is_a_place(endpoint: str, place: Place, is_name: bool, is_here: bool) -> None:
    assert parse(endpoint) == place
    assert f"tcp://{place}" == endpoint
    assert (place.is_name, place.host != "*" and place.is_here) == (is_name, is_here)


@pytest.mark.parametrize(
    ("told", "came_by", "reached"),
    [
        ("tcp://127.0.0.1:2", "tcp://127.0.0.1:1", "tcp://127.0.0.1:2"),
        ("tcp://[::1]:2", "tcp://[::1]:1", "tcp://[::1]:2"),
        ("tcp://[0:0::1]:2", "tcp://[::1]:1", "tcp://[::1]:2"),
        ("tcp://localhost:2", "tcp://127.0.0.1:1", "tcp://127.0.0.1:2"),
        ("tcp://localhost:2", "tcp://[::1]:1", "tcp://[::1]:2"),
        ("tcp://[::1]:2", "tcp://127.0.0.1:1", "tcp://127.0.0.1:2"),
        ("tcp://0.0.0.0:2", "tcp://10.0.0.5:1", "tcp://10.0.0.5:2"),
        ("tcp://*:2", "tcp://10.0.0.5:1", "tcp://10.0.0.5:2"),
        ("tcp://[::]:2", "tcp://[2001:db8::1]:1", "tcp://[2001:db8::1]:2"),
        ("tcp://[::ffff:10.0.0.5]:2", "tcp://10.0.0.5:1", "tcp://10.0.0.5:2"),
        ("tcp://[fe80::1%lan]:2", "tcp://[fe80::1%eth0]:1", "tcp://[fe80::1%eth0]:2"),
        ("tcp://[fe80::1]:2", "tcp://[fe80::1%eth0]:1", "tcp://[fe80::1%eth0]:2"),
        ("ipc:///a", "ipc:///b", "ipc:///a"),
        ("ipc://@abstract", "ipc:///b", "ipc://@abstract"),
    ],
)
def test_the_broadcasts_are_at_the_host_of_the_requests(told: str, came_by: str, reached: str) -> None:
    assert reached_by(told, came_by) == Broadcasts(reached)


def test_a_host_may_be_told_by_the_name_that_was_asked_for() -> None:
    reached = reached_by("tcp://tower:2", "tcp://10.0.0.5:1", "tcp://tower:1")
    assert reached == Broadcasts("tcp://10.0.0.5:2")


@pytest.mark.parametrize(
    "host", ["10.0.0.6", "127.0.0.1", "127.0.0.2", "[::1]", "elsewhere.example", "localhost"]
)
def test_nobody_is_led_to_another_host(host: str) -> None:
    reached = reached_by(f"tcp://{host}:2", "tcp://10.0.0.5:1", "tcp://tower:1")
    assert reached == Broadcasts("tcp://10.0.0.5:2", host.strip("[]"))
    assert reached_by("tcp://127.0.0.2:2", "tcp://127.0.0.1:1") == Broadcasts(
        "tcp://127.0.0.1:2", "127.0.0.2"
    )


REASON = "^[^\\n]{5,400}$"  # one line of words


@pytest.mark.parametrize(
    "told",
    [
        *(
            "",
            "tcp://",
            "tcp://:2",
            "tcp://host",
            "tcp://host:0",
            "tcp://host:65536",
            "tcp://host:-1",
            "tcp://a:b:c",
        ),
        *("ipc:///tmp/x", "inproc://wake", "udp://127.0.0.1:2", "pgm://eth0;239.0.0.1:2", "ws://127.0.0.1:2"),
        *(
            "tcp://eth0;127.0.0.1:2",
            "tcp://127.0.0.1:2;127.0.0.1:3",
            "tcp://127.0.0.1:2\0",
            "tcp://[fe80::1:2",
        ),
        *(
            "tcp://[fe80::1%a b]:2",
            "vmci://1:2",
            "x" * 1_000_000,
            "tcp://" + "a" * 1_000_000 + ":2",
            "TCP//:2",
        ),
    ],
)
def test_what_is_no_address_of_broadcasts_is_refused(told: str) -> None:
    for came_by in ("tcp://127.0.0.1:1", "tcp://[fe80::1%eth0]:1"):
        with pytest.raises(ValueError, match=REASON):
            reached_by(told, came_by)
    if not told.startswith("ipc:"):
        with pytest.raises(ValueError, match=REASON):
            reached_by(told, "ipc:///tmp/requests")


@given(st.text(max_size=40) | st.text("tcp://loggia:[]%.:0123456789abf@*", max_size=40))
def test_whatever_is_written_is_taken_or_refused(written: str) -> None:
    try:
        meant = to_connect(written)
    except ValueError:
        return
    assert to_connect(meant) == meant == meant.strip()
