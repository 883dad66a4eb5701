"""What begins with a slash: a request of the contract, a message on purpose, or a question."""

import re

import pytest
from loggia.qtclient.state.slash import (
    BY_WORD,
    COMMANDS,
    ID,
    OTHERS,
    Finish,
    Help,
    Hold,
    NoCommand,
    Visit,
    Whisper,
    Wish,
    above,
    as_written,
    by_word,
    wish,
)
from loggia.shared.client.commands import Ask, LeaveRoom, Say, TakeNick
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import (
    Ban,
    Configure,
    Direct,
    Errand,
    Invite,
    Kick,
    Mute,
    SetRole,
    SetStatus,
    SetSubject,
    Unban,
    Unmute,
)

LIMITS = Limits()
NOW = 1_790_000_000_000
MINUTE = 60_000


def wished(text: str) -> Wish:
    return wish(Say(room="lab", text=text), LIMITS, NOW)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "hello"),
        ("  hello /kick bob", "  hello /kick bob"),
        ("a\n/kick bob", "a\n/kick bob"),
        ("//etc is full", "/etc is full"),
        ("///", "//"),
        ("/me waves", "*waves*"),
        ("/ME  waves\nand goes", "*waves\nand goes*"),
    ],
)
def test_what_is_said(text: str, said: str):
    assert wished(text) == Say(room="lab", text=said)


def bob(kind: type, reason: str = "", **more: int) -> Errand:
    return kind(id=ID, room="lab", who="bob", reason=reason, **more)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("/topic the new bench", SetSubject(id=ID, room="lab", subject="the new bench")),
        ("/invite bob", bob(Invite)),
        ("/kick bob", bob(Kick)),
        ("/Kick @bob no flooding, please", bob(Kick, "no flooding, please")),
        ("/kick\tbob\nno\nflooding", bob(Kick, "no\nflooding")),
        ('/kick "anna maria" out', Kick(id=ID, room="lab", who="anna maria", reason="out")),
        ('/kick "@bob"', Kick(id=ID, room="lab", who="@bob")),
        (r'/kick "a\"b"', Kick(id=ID, room="lab", who='a"b')),
        ("/kick Zoe\u0308", Kick(id=ID, room="lab", who="Zoë")),
        ("/ban bob", bob(Ban)),
        ("/unban bob", bob(Unban)),
        ("/mute bob for now", bob(Mute, "for now")),
        ("/ban bob 10m", bob(Ban, until=NOW + 10 * MINUTE)),
        ("/BAN @bob  2H\tno flooding", bob(Ban, "no flooding", until=NOW + 120 * MINUTE)),
        ("/mute bob 1d", bob(Mute, until=NOW + 1440 * MINUTE)),
        ("/mute bob 03650d", bob(Mute, "", until=NOW + 3650 * 1440 * MINUTE)),
        ("/mute bob 5m\nfor\nnow", bob(Mute, "for\nnow", until=NOW + 5 * MINUTE)),
        ("/mute bob 10 minutes", bob(Mute, "10 minutes")),
        ("/mute bob 10mm", bob(Mute, "10mm")),
        ("/mute bob ٣m", bob(Mute, "٣m")),
        ("/mute bob for 10m", bob(Mute, "for 10m")),
        ("/kick bob 10m", bob(Kick, "10m")),
        ('/ban "10m" 1h', Ban(id=ID, room="lab", who="10m", until=NOW + 60 * MINUTE)),
        ("/unmute bob", bob(Unmute)),
        ("/role bob Moderator", SetRole(id=ID, room="lab", who="bob", role="moderator")),
        ("/slow 30", Configure(id=ID, room="lab", slow_s=30)),
        ("/slow 0", Configure(id=ID, room="lab", slow_s=0)),
        ("/status at lunch", SetStatus(id=ID, text="at lunch")),
        ("/status", SetStatus(id=ID)),
    ],
)
def test_what_is_asked_of_the_broker(text: str, request_: Errand):
    assert wished(text) == Ask(request=request_)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/nick zoe", TakeNick(nick="zoe")),
        ('/nick "anna maria"', TakeNick(nick="anna maria")),
        ("/nick anna maria", TakeNick(nick="anna maria")),
        ("/join #lab two", Visit("lab two")),
        ("/join lab", Visit("lab")),
        ("/leave", LeaveRoom(room="lab")),
        ("/leave #lobby", LeaveRoom(room="lobby")),
        ("/msg bob a secret  of two", Whisper(Direct(id=ID, people=["bob"]), "a secret  of two")),
        ("/msg bob", Whisper(Direct(id=ID, people=["bob"]), "")),
        ("/part", LeaveRoom(room="lab")),
        ("/PART #lobby", LeaveRoom(room="lobby")),
        ("/query bob", Whisper(Direct(id=ID, people=["bob"]), "")),
        ('/query "anna maria" hello', Whisper(Direct(id=ID, people=["anna maria"]), "hello")),
        ("/Whisper @bob a secret", Whisper(Direct(id=ID, people=["bob"]), "a secret")),
        ("/away at lunch", Ask(request=SetStatus(id=ID, text="at lunch"))),
        ("/away", Ask(request=SetStatus(id=ID))),
        ("/quit", Finish()),
        (" /EXIT ", Finish()),
        ("/quit/", NoCommand("/quit/")),
        ("/parting", NoCommand("/parting")),
        ("/hold", Hold(on=True)),
        ("/hold OFF", Hold(on=False)),
        ("/help", Help()),
        ("/help me", Help()),
        ("/msgg bob secret", NoCommand("/msgg")),
        (" /msgg bob secret", NoCommand("/msgg")),
        ("/", NoCommand("/")),
        ("/usr/bin", NoCommand("/usr/bin")),
        ("/kick,", NoCommand("/kick,")),
    ],
)
def test_what_else_is_meant(text: str, meant: Wish):
    assert wished(text) == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/hold on tight", "Say /hold, or /hold off."),
        ("/quit smoking", "This would end Loggia;"),
        ("/exit\n0", "This would end Loggia;"),
        ("/query", "Say whom: /msg WHO TEXT"),
        ("/me", "Say what you do: /me TEXT."),
        ("/nick", "Say what you want to be called: /nick NEW."),
        ("/nick a/b", 'The nickname holds "/";'),
        ("/join", "Say which room: /join ROOM."),
        ("/join #", "Say which room: /join ROOM."),
        ("/join %secret", "You are in no private room %secret; Ctrl+K makes one."),
        ("/join ~abc", "You are in no private room ~abc; Ctrl+K makes one."),
        ("/topic", "Say what the room is about: /topic TEXT."),
        ("/topic " + "x" * 1001, "The subject has 1,001 characters; at most 1,000 are allowed."),
        ("/kick", "Say whom: /kick WHO REASON."),
        ("/kick bob " + "x" * 1001, "The reason has 1,001 characters"),
        ("/ban", "Say whom: /ban WHO TIME REASON."),
        ("/ban bob 0m", "Say for how long, 1m to 5,256,000m, or no time: then it is for good."),
        ("/ban bob 3651D", "Say for how long, 1d to 3,650d,"),
        ("/mute bob " + "9" * 5000 + "h for now", "Say for how long, 1h to 87,600h,"),
        ("/mute bob 1h " + "x" * 1001, "The reason has 1,001 characters"),
        ("/msg", "Say whom: /msg WHO TEXT"),
        ("/role bob king", "Say which role: /role WHO ROLE, one of guest, member, moderator, owner."),
        ("/role", "Say whom: /role WHO ROLE."),
        ("/slow soon", "Say how many seconds, 0 to 604,800: /slow SECONDS."),
        ("/slow ٣", "Say how many seconds"),
        ("/slow 604801", "Say how many seconds"),
        ("/status " + "x" * 141, "The status has 141 characters; at most 140 are allowed."),
        (
            "/status two\nlines",
            "The status holds a character that cannot be seen; write it in one plain line.",
        ),
    ],
)
def test_what_will_not_do_is_one_sentence(text: str, told: str):
    with pytest.raises(Refused) as refused:
        wished(text)
    assert refused.value.text.startswith(told)


def test_each_command_is_there_once_and_says_what_it_does():
    assert len(BY_WORD) == len(COMMANDS)
    assert all(command.about and command.word.islower() for command in COMMANDS)
    assert len({command.about for command in COMMANDS}) == len(COMMANDS)


def test_a_word_of_other_chats_is_no_command_of_ours_and_says_what_it_is_here():
    words = [command.word for command in OTHERS]
    assert sorted(words) == ["away", "exit", "part", "query", "quit", "whisper"]
    assert not set(words) & set(BY_WORD)
    for command in OTHERS:
        assert by_word(command.word.upper()) is command
        ours = re.match(r"as /(\w+): (.+)", command.about)
        if ours is None:
            assert command.about == "ends Loggia, as !end does"
        else:
            meant = BY_WORD[ours[1]]
            assert (ours[2], command.takes, command.first) == (meant.about, meant.takes, meant.first)


@pytest.mark.parametrize("said", ["/tmp is full", "//two", "one /", "a\n/b", "/kick bob"])
@pytest.mark.parametrize("below", ["", "/tmp too", "//two too", "half"])
def test_what_is_written_again_is_said_as_it_was(said: str, below: str):
    written = above(as_written(said), as_written(below))
    assert wished(written) == Say(room="lab", text="\n".join(filter(None, (said, below))))
    assert above("", as_written(below)) == as_written(below)
