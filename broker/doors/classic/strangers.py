"""What programs say first that take the front door for a server of their own. Pure: nothing runs here.

docs/protocol.md, "The front door", 6. Known by shape, so that no web page that a reader opens, no scanner and
no mail server becomes somebody who chats. What people are called stays theirs: `GET`, `Nick Cave`, `Helo`.
"""

import re

_METHODS = b"GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH"
_HEADERS = (
    b"Host|User-Agent|Accept|Accept-[A-Z]+|Content-[A-Z]+|Connection|Origin|Cookie|Authorization|To-Path"
)
_COMMANDS = (
    b"ACCOUNT|AUTHENTICATE|AWAY|BATCH|CAP|ERROR|INVITE|JOIN|KICK|KILL|MODE|NICK|NOTICE|PART|PASS|PING|PONG|"
    b"PRIVMSG|QUIT|SERVER|TAGMSG|TOPIC|USER|WALLOPS"
)
_END = rb"[ \t]*(?:\r|\n|\Z)"
_WEB = "HTTP or the like"
_IRC = "IRC or the like"
_MAIL = "a mail protocol"
_MEASURES = "syslog or the like"
_BINARY = "a binary protocol"
_JSON = "JSON"
_ZEROMQ = "ZeroMQ"
PROGRAMS = frozenset({_JSON, _ZEROMQ})  # what is spoken at another door of ours

# The first that matches names the kind. All are tried at the beginning of what came, blanks and empty lines
# before it aside. Verbs that are names, too, count in capitals only, with what such a verb needs behind it.
# Nothing is tried twice over (`++`): whoever is at the door may send what would take long.
_SHAPES: list[tuple[str, re.Pattern[bytes]]] = [
    (kind, re.compile(shape, re.DOTALL))
    for kind, shape in [
        # Any request line of HTTP and its likes (RTSP, SIP): METHOD TARGET NAME/1.0, with whatever method
        (_WEB, rb"[!-~]++[ \t](?:[^\r\n]*[ \t])?(?:(?i:HTTP|RTSP|SIP)|[A-Z]{3,})/\d(?:\.\d+)?" + _END),
        (_WEB, rb"(?i:HTTP|RTSP|SIP|ICY|ICAP)/\d\.\d[ \t]"),
        # The same without its end: HTTP/0.9, a first piece, a line longer than what is looked at
        (_WEB, rb"(?i:" + _METHODS + rb")[ \t]++(?:/|\*" + _END + rb"|(?i:[a-z][a-z0-9+.-]*):[^\s:])"),
        (_WEB, rb"[A-Z][A-Z0-9_-]*[ \t]++/[^\s]*" + _END),
        (_WEB, rb"(?:[^\r\n]*\r?\n)?(?i:" + _HEADERS + rb"):"),
        # A request whose method or path was given a line end, to look like a person's first lines
        (_WEB, rb".*[ \t](?i:HTTP|RTSP)/\d(?:\.\d)?\r?\n(?:[A-Za-z-]+:|\r?\n)"),
        (_WEB, rb"[A-Za-z-]+:[^\r\n]*\r?\n[A-Za-z-]+:[ \t]"),
        ("Gemini or the like", rb"(?i:[a-z][a-z0-9+.-]*)://"),
        (_IRC, rb"CAP[ \t]++(?:LS|LIST|REQ|ACK|NAK|END|NEW|DEL)\b|(?i:cap)[ \t]++(?i:ls|req|end)\b"),
        (_IRC, rb"(?:NICK|USER|PASS|PRIVMSG|WEBIRC|AUTHENTICATE|PROTOCTL)[ \t]++[^\s]"),
        (_IRC, rb"(?i:join|part|privmsg|notice|mode|topic)[ \t]++[#&][a-zA-Z]"),
        (_IRC, rb"(?i:nick|pass|ping|pong|quit)[ \t]++:\w{3}"),
        (_IRC, rb"(?i:user)(?:[ \t]++[^\s]++){3}[ \t]++:"),
        (
            _IRC,
            rb"(?i:nick|pass)[ \t]++[^\r\n]*[\r\n]+(?:NICK|USER|CAP|(?i:user)(?:[ \t]++[^\s]++){3}[ \t]++:)",
        ),
        (
            _IRC,
            rb"@[^\s=;]*+[=;][^\s]*+[ \t]|@[^\s]++[ \t]++(?::[^\s]++[ \t]++)?(?:" + _COMMANDS + rb")[ \t]",
        ),
        (_IRC, rb":[^\s]++[ \t]++(?:" + _COMMANDS + rb"|\d{3})[ \t]"),
        ("SSH", rb"SSH-\d+\.\d+-"),
        ("TLS", rb"[\x15\x16]\x03|[\x80-\xff].\x01[\x00\x03][\x00-\x04]"),
        ("SOCKS", rb"\x04[\x01\x02]|\x05[\x01-\x0f][\x00-\x09\x80-\xff]"),
        ("the PROXY protocol", rb"PROXY[ \t]++(?:TCP[46]|UNKNOWN)|\x00\r?\n"),
        (_ZEROMQ, rb"\xff(?:\x00|.{8}\x7f)"),
        (_JSON, rb"[\[{][\s\[{]*\""),
        (_MAIL, rb"(?:HELO|(?i:EHLO|LHLO))[ \t]++[^\s]|(?i:helo)[ \t]++[^\s.]*[.\[]"),
        (_MAIL, rb"(?i:MAIL FROM|RCPT TO):|APOP[ \t]++[^\s]++[ \t]++[^\s]|AUTH[ \t]++[A-Z0-9-]+" + _END),
        (_MAIL, rb"(?:\w{1,6}|[.*])[ \t]++(?:LOGIN|CAPABILITY|STARTTLS|AUTHENTICATE|NOOP|LOGOUT)\b"),
        (_MAIL, rb"(?:\w{1,6}|[.*])[ \t]++(?i:capability|starttls|login(?:[ \t]++[^\s]++){2})" + _END),
        ("XML", rb"<(?:[?!][A-Za-z-]|(?i:[a-z]+):|(?i:html|head|body)\b|[^<>\r\n]*(?:=[\"']|/>))"),
        ("Redis", rb"\*\d{1,7}\r?\n|HELLO[ \t]++[23]\b|(?:CONFIG|EVAL|SLAVEOF|FLUSHALL|AUTH)[ \t]++[^\s]"),
        ("memcached", rb"(?i:set|add|replace|append|prepend|cas|put)[ \t]++[^\s]++(?:[ \t]++\d+){3}"),
        (_MEASURES, rb"<\d{1,3}>[^\s]|\d+ <\d{1,3}>\d"),
        (_MEASURES, rb"[^\s,]++,[^\s=]++=[^\s]++[ \t]++[^\s=]++="),
        (_MEASURES, rb"[^\s]++[ \t]++-?\d[\d.]*+[ \t]++\d{9,}|[^\s:]++:[\d.+-]+\|[a-z]"),
        ("STOMP", rb"(?:CONNECT|STOMP)\r?\n[a-z-]+:"),
        ("NATS", rb"(?:CONNECT|INFO|PUB|SUB)[ \t]++\{"),
        ("DICT or the like", rb"CLIENT[ \t]++[^\r\n]*(?:\r?\n[A-Z]{3,}|\d\.\d)"),
        ("I2P", rb"HELLO VERSION"),
        ("CVS", rb"BEGIN [A-Z]+ REQUEST"),
        ("NNTP", rb"MODE READER|AUTHINFO[ \t]"),
        ("Git", rb"[0-9a-f]{4}(?:git-|# service)"),
        ("BitTorrent", rb"\x13BitTorrent"),
        ("ident", rb"\d{1,5}[ \t]*,[ \t]*\d{1,5}" + _END),
        ("VNC", rb"RFB \d{3}\.\d{3}"),
        ("rsync", rb"@RSYNCD:"),
        ("Java's debugger", rb"JDWP-Handshake"),
        (_BINARY, rb"AMQP[\x00-\x08]|8=FIX"),
    ]
]

# How the likeliest of these begin, when a first piece comes alone. What people are called waits for no more.
_STEMS = [
    *(method + b" " for method in _METHODS.split(b"|")),
    *(b"PRI ", b"M-SEARCH ", b"PROPFIND ", b"SUBSCRIBE ", b"NOTIFY ", b"DESCRIBE ", b"REGISTER ", b"INVITE "),
    *(b"HTTP/", b"RTSP/", b"Content-Length:", b"GNUTELLA "),
    *(b"CAP ", b"NICK ", b"USER ", b"PASS ", b"JOIN #", b"PING :", b"PRIVMSG ", b"WEBIRC ", b"AUTHENTICATE "),
    *(b"EHLO ", b"LHLO ", b"HELO ", b"MAIL FROM:", b"RCPT TO:", b"APOP ", b"AUTH ", b"MODE READER"),
    *(b"PROXY ", b"CONFIG ", b"CLIENT ", b"HELLO VERSION", b"BEGIN ", b"INFO {", b"PUB {", b"SUB {"),
    *(b"SSH-", b"AMQP", b"RFB ", b"@RSYNCD:", b"JDWP-Handshake", b"<?xml", b"<stream:", b'{"', b'[{"'),
]
# A whole first line of a person, unless the second, of which a piece at most is here, shows that it is none
_HALF = re.compile(
    rb"(?:(?i:nick|pass)[ \t]++[^\r\n]*+[\r\n]++(?i:n|ni|nic|nick|c|ca|u|us|use|user\b[^\r\n]*+)?"
    rb"|(?:[A-Za-z-]++:|[A-Z][A-Z0-9_-]++[ \t])[^\r\n]*+\r?\n[A-Za-z-]*+:?"
    rb"|(?:CONNECT|STOMP)\r?\n[a-z-]*+"
    rb"|CLIENT[ \t]++[^\r\n]*+\r?\n[A-Z]{,2}|\{[\s\[{]*+)\Z"
)
PROGRAM_S = 0.5  # without more: then what could have been the beginning of a program's first line is none
MAY_TAKE_S = 2.0  # from the first byte: then so is what goes on and on
_LOOKED_AT = 1024  # bytes of the opening
_TELLING = 32  # so many bytes tell whether something is text
# NUL, or two that are not among the keys people press: bell, backspace, white space, ESC
_NO_TEXT = re.compile(rb"\x00|[\x01-\x06\x0e-\x1a\x1c-\x1f].*[\x01-\x06\x0e-\x1a\x1c-\x1f]", re.DOTALL)
_BEGINS_NO_TEXT = re.compile(rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x80-\xc1\xf5-\xff]")
_NEGOTIATED = re.compile(rb"(?:\xff(?:[\xfb-\xfe].|\xfa.*?\xff\xf0|[\xf0-\xf9]))*", re.DOTALL)
_CUT_COMMAND = re.compile(rb"\xff(?:[\xfb-\xfe]|\xfa.{,256})?", re.DOTALL)


class Opening:
    """What came since a nickname was asked for. `now` is loop time in seconds.

    Attribute: `decides_at`, while more bytes could show that it is a program: when that is over. None: now.
    """

    def __init__(self) -> None:
        self.decides_at: float | None = None
        self._said = b""
        self._command = b""  # of a negotiation: what came of a command that is not whole yet
        self._since = 0.0

    def feed(self, data: bytes, now: float) -> bytes:
        """More came. Gives what is left of it without what a terminal negotiates before it says anything,
        which does not even tell whether it sends line ends."""
        if not self._said:
            data = behind_negotiation(self._command + data)
            self._command = data if _CUT_COMMAND.fullmatch(data) else b""
            data = data[len(self._command) :]
            self._since = now
        if len(self._said) < _LOOKED_AT:
            self._said += data[:_LOOKED_AT]
        over = min(now + PROGRAM_S, self._since + MAY_TAKE_S)
        self.decides_at = over if may_become_one(self._said) else None
        return data

    def wake(self, now: float) -> None:
        if self.decides_at is not None and self.decides_at <= now:
            self.decides_at = None

    @property
    def kind(self) -> str | None:
        """The protocol that is spoken; None: it may be a person's words."""
        return kind_of(self._said)


def kind_of(opening: bytes) -> str | None:
    """Which protocol begins like this; None: it may be what a person says first."""
    said = _said(opening)
    for kind, shape in _SHAPES:
        if shape.match(said):
            return kind
    return _BINARY if _NO_TEXT.search(said, 0, _TELLING) else None


def may_become_one(opening: bytes) -> bool:
    """Whether more bytes could show that it is a program: the first segment may be a piece of anything."""
    said = _said(opening)
    if not said or kind_of(said):
        return False
    if b"\n" in said:
        return _HALF.match(said) is not None
    if any(stem.startswith(said) or said.startswith(stem) for stem in _STEMS):
        return True
    return _BEGINS_NO_TEXT.match(said) is not None


def behind_negotiation(opening: bytes) -> bytes:
    """What a terminal says behind the telnet commands that it begins with, if it begins with some."""
    found = _NEGOTIATED.match(opening)
    assert found is not None  # none at all is a match, too
    return opening[found.end() :]


def _said(opening: bytes) -> bytes:
    return opening[: 2 * _LOOKED_AT].lstrip(b" \t\r\n")[:_LOOKED_AT]
