"""Programs that take the front door for another server are known, and people are not taken for programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.doors.classic.framing import QUIET_S
from broker.doors.classic.strangers import MAY_TAKE_S, PROGRAM_S, kind_of, may_become_one
from shared.protocol.limits import Limits
from tests.broker.doors.classic.test_conversation import LITTLE, Visit
from tests.broker.doors.classic.visits import refusal

HTTP = [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1:1100\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nI resign.",
    b"post / http/1.0\nhost: x\n\nhello\n",
    b"get /index.html HTTP/1.0\r\n\r\n",
    b"BREW /pot HTCPCP/1.0\r\n\r\n",
    b"made-up /x HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /\r\n",
    b"GET /",
    b"get /x\n",
    b"FOO /bar\r\nX: y\r\n\r\nbody",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04",
    b"GET http://example.org/ HTTP/1.1\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
    b"CONNECT example.org:443\r\n",
    b"OPTIONS * HTTP/1.1\r\n\r\n",
    b"OPTIONS *\r\n",
    b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\n\r\n',
    b"\r\n\r\nPUT /x HTTP/1.1\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"Content-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    b"OPTIONS sip:nm SIP/2.0\r\n\r\n",
    b"REGISTER sip:example.org SIP/2.0\r\n\r\n",
]
IRC = [
    b"CAP LS 302\r\nNICK ada\r\nUSER ada 0 * :Ada\r\n",
    b"CAP LS\r\n",
    b"cap ls 302\r\n",
    b"CAP REQ :sasl\r\n",
    b"NICK ada\r\nUSER ada 0 * :Ada\r\n",
    b"USER ada 0 * :Ada Lovelace\r\n",
    b"user ada 0 * :Ada Lovelace\r\n",
    b"PASS secret\r\nNICK ada\r\n",
    b"JOIN #lobby\r\n",
    b"PING :irc.example.org\r\n",
    b"@time=2026-11-26T00:00:00.000Z;a=b :ada PRIVMSG #lobby :hi\r\n",
    b"@id=1 CAP LS\r\n",
    b":irc.example.org 001 ada :Welcome\r\n",
    b"WEBIRC secret gateway host 192.0.2.1\r\n",
]
MAIL = [
    b"EHLO example.org\r\n",
    b"ehlo example.org\r\n",
    b"HELO x\r\n",
    b"helo mail.example.org\r\n",
    b"LHLO x\r\n",
    b"MAIL FROM:<ada@example.org>\r\n",
    b"USER anonymous\r\n",
    b"APOP ada c4c9334bac560ecc979e58001b3e22fb\r\n",
    b"AUTH PLAIN\r\n",
    b"a1 LOGIN ada secret\r\n",
    b"a001 CAPABILITY\r\n",
    b"a1 login ada secret\r\n",
    b". CAPABILITY\r\n",
    b"MODE READER\r\n",
]
CURL_DICT = b"CLIENT x\r\nDEFINE ! resign\r\nQUIT\r\n"
TEXTS = [
    b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    b"SSH-1.99-x\n",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 4242 1100\r\nada\r\n",
    b"PROXY UNKNOWN\r\n",
    b"<?xml version='1.0'?><stream:stream to='x'>",
    b"<stream:stream to='example.org' xmlns='jabber:client'>",
    b"<!DOCTYPE html>\n<html>\n",
    b"<policy-file-request/>\x00",
    b'{"op":"join","id":"1","nick":"ada"}',
    b'[{"op": "join", "id": "1", "nick": "ada"}]\n',
    b"*1\r\n$4\r\nPING\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\ny\r\n",
    b"CONFIG SET dir x\r\n",
    b"set x 0 0 5\r\nhello\r\n",
    b'CONNECT {"verbose":false}\r\nPING\r\n',
    b"0032git-upload-pack /x.git\x00host=x\x00",
    b"RFB 003.008\n",
    b"@RSYNCD: 31.0\n",
    b"JDWP-Handshake",
    b"6193, 23\r\n",
    b"<34>Oct 11 22:14:15 host su: I resign\n<13>hello\n",
    b"<13>hello\n",
    b"28 <34>1 2026-11-26T00:00:00Z x\n",
    b"servers.ada.load 0.5 1700000000\n",
    b"visits:1|c\n",
    b"put 0 0 60 5\r\nhello\r\n",
    CURL_DICT,
    b"CLIENT libcurl 8.5.0\r\n",
    b"HELLO VERSION MIN=3.0 MAX=3.1\n",
    b"BEGIN AUTH REQUEST\n/cvs\nada\n",
    b"cpu,host=a value=0.5\ncpu,host=b value=0.7\n",
    b"GNUTELLA CONNECT/0.6\r\nUser-Agent: x\r\n\r\n",
    b"gemini://example.org/\r\n",
]
BINARY = [
    bytes.fromhex("16030101000100") + b"\x01\xfc\x03\x03" + b"x\nada\nI resign\n" * 10,  # TLS
    bytes.fromhex("802e0100020015000000100100800200800300800700c0"),  # SSLv2
    bytes.fromhex("050100"),  # SOCKS5
    bytes.fromhex("0401005000000001") + b"ada\x00",  # SOCKS4
    bytes.fromhex("030000130ee000000000000100080003000000"),  # RDP
    bytes.fromhex("00000085ff534d4272000000001853c8"),  # SMB
    bytes.fromhex("0000000804d2162f"),  # PostgreSQL
    bytes.fromhex("001d1a2b01000001000000000000"),  # DNS
    bytes.fromhex("101000044d51545404020000000461626364"),  # MQTT
    bytes.fromhex("ff00000000000000017f"),  # ZeroMQ
    bytes.fromhex("ff00000000000000017f0300") + b"NULL" + bytes(48),
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c",  # PROXY v2
    b"\x13BitTorrent protocol" + bytes(8),
    bytes.fromhex("300c020101600702010304008000"),  # LDAP
    b"AMQP\x00\x00\x09\x01",
    bytes.fromhex("f9beb4d9") + b"version\x00\x00\x00\x00\x00",  # Bitcoin
    b"JRMI\x00\x02K",
    bytes.fromhex("3f00000000000000d4070000"),  # MongoDB
    bytes.fromhex("000300082112a442"),  # STUN, which a web page can send
    "ada\nhello\n".encode("utf-16"),
]
TWO_IN_ONE = (
    b"ada\nI resign / HTTP/1.1\r\nHost: x\r\n\r\n"  # a method with a line end in it, `curl -X` does it
)
PROGRAMS = [*HTTP, *IRC, *MAIL, *TEXTS, *BINARY]
TWO_LINES = [  # the first of which a person may say, too: these are known when they come together
    b"FOO BAR\r\nHost: x\r\n\r\n",
    b"Action: Login\r\nUsername: ada\r\nSecret: x\r\n\r\n",
    b"MSRP a786 SEND\r\nTo-Path: msrp:x\r\n\r\n",
    b"nick ada\r\nuser ada 0 * :Ada\r\n",
    b'{\n  "op": "join"\n}\n',
    b"CONNECT\naccept-version:1.2\nhost:x\n\n\x00",
]

PEOPLE = [
    *("get", "GET", "Get", "post", "POST", "nick", "NICK", "user", "USER", "cap", "CAP", "PASS", "pass"),
    *("Helo", "HELO", "helo Bob", "ssh", "SSH", "ssh-2", "stats", "QUIT", "HELP", "PING", "CONNECT", "http"),
    *("Nick Cave", "nick cave", "User One", "user one", "Pass Port", "Cap America", "Get Lucky", "get lucky"),
    *("POST MALONE", "post malone", "GET LUCKY", "Head First", "Options Trader", "Trace Adkins", "Join Me"),
    *("anna maria", "ada lovelace", "ada: I resign. Bob", "a1", "a1 login me", "agent 007", "1", "42", "<3"),
    *(
        "*",
        "*1",
        "{}",
        "[bob]",
        "[[ada]]",
        "<ada>",
        ":-)",
        "@home",
        "@ada lovelace",
        "#1",
        "x=y",
        "a.b",
        "...",
    ),
    *(
        "User #1",
        "user #42",
        "Nick #2",
        "join #1",
        "ping :)",
        "Quit :(",
        "nick :D",
        "@bob HEY you",
        "@ada LOL",
    ),
    *(
        ":-) LOL me",
        ":D ROFL",
        "HELLO 1",
        "AMQP",
        "<?>",
        "<!>",
        "CLIENT ONE",
        "CLIENT",
        "Client 7",
        "a,b=c d",
    ),
    *("ada, 1700", "1:1", "x: 1|2", "<13>", "Anna-Maria", "Jean-Luc: x", "put it down", "room 101"),
    *("zoë", "日本", "नमस्ते", "שלום", "مرحبا", "👩‍🚀"[:1], "Ærøskøbing", "ÿ", "Ü", "À", "¡hola!", "0032", "V"),
]


class Met:
    """What became of it: `joins`, `log` lines behind those of the accept, `answer` behind the greeting."""

    def __init__(self, pieces, apart_s):
        self.visit = Visit()
        self.visit.said()
        self.visit.log.clear()
        for piece in pieces:
            if self.visit.closed:
                break
            self.visit.send(piece)
            self.visit.wait(apart_s)
        self.visit.wait(2)


def bytewise(data):
    return [data[at : at + 1] for at in range(len(data))]


WHOLE = [(opening, [opening]) for opening in [*PROGRAMS, *TWO_LINES, TWO_IN_ONE]]
BYTEWISE = [(opening, bytewise(opening)) for opening in PROGRAMS]


@pytest.mark.parametrize(
    "pieces", [*WHOLE, *BYTEWISE], ids=lambda pieces: f"{pieces[0][:30]}-{len(pieces[1])}"
)
def test_a_program_is_told_in_one_line_and_nothing_of_it_is_taken(pieces):
    visit = Met(pieces[1], LITTLE).visit
    assert visit.asked == []
    assert visit.closed
    assert not visit.gone
    assert visit.conversation.finished
    answer = visit.said().decode()
    assert answer.startswith("This chat is for people at a terminal. You speak ")
    assert len(answer.splitlines()) == 1
    (told,) = visit.log
    assert told.endswith("; it was told so, and the connection is closed.")


SLOW = [
    HTTP[0],
    HTTP[1],
    HTTP[10],
    HTTP[12],
    IRC[0],
    IRC[4],
    IRC[7],
    MAIL[0],
    MAIL[2],
    TEXTS[0],
    TEXTS[2],
    TEXTS[4],
]


@pytest.mark.parametrize(
    "opening",
    [*SLOW, *(opening for opening in BINARY if not chr(opening[0]).isprintable())],
    ids=lambda opening: repr(opening[:30]),
)
def test_a_program_whose_first_bytes_come_in_pieces_is_known_all_the_same(opening):
    pieces = bytewise(opening[:12])
    visit = Met([*pieces, opening[12:]], 5 * QUIET_S).visit
    assert visit.asked == []
    assert visit.closed


@pytest.mark.parametrize("nick", PEOPLE)
def test_nobody_is_taken_for_a_program(nick):
    for data in (nick, f"{nick}\n"):
        if nick == "*1" and data != nick:
            continue  # at a terminal that is the first line of Redis
        visit = Met([data.encode()], PROGRAM_S).visit
        assert [request.nick for request in visit.requests] == [nick]
        assert not visit.closed


@given(st.text(st.characters(categories=["L", "N", "So"]), min_size=1, max_size=32))
def test_no_word_of_letters_digits_and_pictures_is_a_program(word):
    for end in ("", "\n", "\r\n"):
        assert kind_of(f"{word}{end}".encode()) is None


@pytest.mark.parametrize("nick", ["ada", "anna maria", "zoë", "nick", "v0", "get"])
def test_who_could_be_nothing_else_does_not_wait(nick):
    assert not may_become_one(nick.encode())


@pytest.mark.parametrize("opening", [*TWO_LINES, CURL_DICT], ids=repr)
@pytest.mark.parametrize("apart_s", [LITTLE, 0.1])
def test_a_program_that_its_second_line_shows_is_known_when_that_comes_alone(opening, apart_s):
    first, end, second = opening.partition(b"\n")
    visit = Met([first + end, *bytewise(second)], apart_s).visit
    assert visit.asked == []
    assert visit.closed


@pytest.mark.parametrize("nick", ["Nick Cave", "ada: I resign", "MAX MUSTER", "CONNECT", "{", "pass by"])
@pytest.mark.parametrize("apart_s", [LITTLE, 0.1])
def test_whose_second_line_shows_a_person_is_let_in(nick, apart_s):
    visit = Met([f"{nick}\n".encode(), b"hello\n", b"nick, user: hi\n"], apart_s).visit
    assert [request.nick for request in visit.requests] == [nick]
    visit.answer()
    assert visit.texts == ["hello", "nick, user: hi"]


LIKE_A_BEGINNING = ["P", "GET", "NICK", "H", "RFB", "C", "SSH", "{", "get lucky", "POST MALONE"]


@pytest.mark.parametrize("nick", LIKE_A_BEGINNING)
@pytest.mark.parametrize("apart_s", [2 * QUIET_S, 0.1, 0.4, 1])
def test_what_is_said_behind_a_nickname_like_a_beginning_is_framed_as_ever(nick, apart_s):
    visit = Visit()
    for text in (nick, "hello", "a\nb", "there"):
        visit.send(text.encode())
        visit.wait(apart_s)
    visit.wait(PROGRAM_S)
    assert [request.nick for request in visit.requests] == [nick]
    visit.answer()
    assert visit.texts == ["hello", "a\nb", "there"]
    assert not visit.closed


def test_a_nickname_like_a_beginning_is_waited_with_for_a_moment_only():
    visit = Visit()
    visit.send(b"GET")
    visit.wait(PROGRAM_S - LITTLE)
    assert visit.asked == []
    visit.wait(2 * LITTLE)
    assert [request.nick for request in visit.requests] == ["GET"]
    visit.answer()
    visit.wait(1)
    assert visit.conversation.wake_at() is None


def test_who_goes_on_and_on_behind_such_a_nickname_is_let_in():
    visit = Visit(Limits())
    visit.send(b"GET LUCKY")
    for number in range(100):
        visit.wait(0.1)
        visit.send(b" %d" % number)
        if visit.asked:
            break
    assert visit.now <= 100 + MAY_TAKE_S + 0.1
    assert [request.nick for request in visit.requests] == ["GET LUCKY"]
    visit.answer()
    assert visit.texts == [f" {number}" for number in range(number)]


@pytest.mark.parametrize("reason", [None, ConnectionResetError(104, "reset")])
def test_who_said_all_behind_such_a_nickname_is_heard_at_once(reason):
    visit = Visit()
    visit.packet(b"GET")
    visit.packet(b"hello")
    visit.end(reason)
    assert [request.nick for request in visit.requests] == ["GET"]
    visit.answer()
    assert visit.texts == ["hello"]


@pytest.mark.parametrize("text", ["GET / HTTP/1.1", "NICK ada", '{"op": "join"}', "SSH-2.0-x", "Host: x"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_who_has_a_nickname_may_quote_anything(text, end):
    visit = Visit()
    visit.packet(f"ada{end}".encode())
    visit.answer()
    visit.packet(f"{text}{end}".encode())
    assert visit.texts == [text]


PUTTY = bytes.fromhex("fffb1ffffb20fffb18fffb27fffd01fffb03fffd03")
SUBNEGOTIATION = bytes.fromhex("fffa1f00500018fff0")


@pytest.mark.parametrize("commands", [PUTTY, SUBNEGOTIATION, PUTTY + SUBNEGOTIATION, b"\xff\xf4\xff\xfd\x06"])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_what_a_terminal_negotiates_before_its_nickname_is_passed_over(commands, apart, end):
    visit = Met([commands, b"ada" + end] if apart else [commands + b"ada" + end], 1).visit
    assert [request.nick for request in visit.requests] == ["ada"]
    visit.answer()
    visit.wait(1)
    assert visit.said().endswith(b"send !end to leave." + (b"\n" if end else b""))


@pytest.mark.parametrize("cut", [b"\xff", b"\xff\xfb", b"\xff\xfa\x1f\x00P", b"\xff\xfa" + b"x" * 5000])
def test_a_negotiation_that_is_never_finished_is_no_nickname(cut):
    visit = Met([cut], 1).visit
    visit.wait(30)
    assert visit.closed
    assert visit.asked == []


@pytest.mark.parametrize("piece", range(1, 4))
def test_a_negotiation_in_pieces_is_one(piece):
    pieces = [PUTTY[at : at + piece] for at in range(0, len(PUTTY), piece)]
    visit = Met([*pieces, b"ada\n"], 2 * QUIET_S).visit
    assert [request.nick for request in visit.requests] == ["ada"]


def test_a_program_behind_a_negotiation_is_one():
    assert Met([PUTTY + b"GET / HTTP/1.1\r\n"], 1).visit.closed


def test_a_program_at_the_wrong_door_hears_of_the_right_one():
    for opening in (b'{"op":"join"}', bytes.fromhex("ff00000000000000017f")):
        assert b"requests door" in Met([opening], 1).visit.said()


@pytest.mark.parametrize("opening", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\n"])
def test_a_program_that_comes_after_a_bad_nickname_is_known_too(opening):
    visit = Visit()
    visit.packet(b"a/b\n")
    visit.answer(refusal(visit.requests[0], "bad_nick"))
    asked = len(visit.asked)
    visit.packet(opening)
    visit.wait(1)
    assert visit.closed
    assert visit.gone
    assert len(visit.asked) == asked


@pytest.mark.parametrize("behind", [b"hello\n", b"!ende\n", b"half a li", b"x" * 5000])
@pytest.mark.parametrize("first", [b"bad\n", b"\x07\n", b"x" * 5000 + b"\n"])
def test_what_came_behind_a_bad_nickname_is_no_nickname(first, behind):
    visit = Visit()
    visit.send(first + behind)
    if visit.asked:
        visit.answer(refusal(visit.requests[0], "bad_nick", "Not this one."))
    visit.wait(1)
    assert visit.closed
    assert len(visit.asked) <= 1
    assert visit.sent.endswith(b"wait for the answer to your nickname.\n")
    assert visit.log[-1].startswith("192.0.2.7:4242 did not wait")


@pytest.mark.parametrize("behind", [b"\n", b"\r\n \n", b"!end\n"])
def test_a_blank_or_a_goodbye_may_come_behind_a_bad_nickname(behind):
    visit = Visit()
    visit.send(b"bad\n" + behind)
    visit.answer(refusal(visit.requests[0], "bad_nick", "Not this one."))
    assert visit.sent.endswith(b"!end\n") == visit.closed == (behind == b"!end\n")


def test_who_is_gone_when_the_nickname_is_refused_is_not_told_twice():
    visit = Visit()
    visit.send(b"bad\nhello\n")
    visit.end(ConnectionResetError(104, "reset"))
    log = list(visit.log)
    visit.answer(refusal(visit.requests[0], "bad_nick"))
    assert visit.log == log
    assert visit.gone
    assert visit.conversation.finished
    assert visit.texts == []


LONG = [
    b"x",
    b"x ",
    b"nick ",
    b"@=",
    b"@a ",
    b": ",
    b"GET ",
    b"A ",
    b"<a",
    b"[",
    b"\r\n",
    b"a:\r",
    b"1 ",
    b"\x80",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filling", [b" ", b"=", b"x", b"\r\n", b"/", b"a ", b"{", b"\x80"])
@pytest.mark.parametrize("beginning", LONG)
def test_nobody_can_keep_the_broker_busy_with_a_first_line(beginning, filling):
    opening = beginning + filling * 16_000
    for _ in range(200):  # as often as a trickle makes it look again
        kind_of(opening)
        may_become_one(opening)
