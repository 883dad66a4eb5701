"""First lines that are no person's are known as such; a person's are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.doors.classic.framing import QUIET_S
from loggia.broker.doors.classic.strangers import PROGRAM_S, kind_of, may_become_one

from tests.broker.doors.classic.openings import CURL_DICT, TWO_LINES, Met, bytewise
from tests.broker.doors.classic.visiting import LITTLE

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
