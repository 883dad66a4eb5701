"""Whom a text means, and how few look-ups that takes. Counted, never timed."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loggia.broker.core import lookalikes, mentions
from loggia.broker.core.lookalikes import looks
from loggia.broker.core.mentions import LONGEST_CHARS, LOOKUPS, SIGN, SIGNS, mentioned
from loggia.broker.core.ordered import Command
from loggia.broker.core.paged import Paged
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY, MENTIONS
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import End, Join, Message

from tests.broker.core.decided import AT, events_of


class Called:
    """Who has which nick; each has one as account, too. `lookups`: how often that was asked, or a look was
    worked out."""

    def __init__(self, *nicks):
        self.looks = Paged()
        for nick in nicks:
            for look in looks(canonical(nick)):
                self.looks[look] = nick
        self.lookups = 0

    def upto(self, look):
        self.lookups += 1
        return self.looks.upto(look) or ""

    def meant(self, nick):
        self.lookups += 1
        return min((self.looks[look] for look in looks(nick) if look in self.looks), default=None)

    def both_looks(self, name):
        self.lookups += 1
        assert len(unicodedata.normalize("NFKC", name)) <= LONGEST_CHARS + 1
        return lookalikes.both_looks(name)

    def __call__(self, text, enough=False):
        """`enough`: however many look-ups it takes."""
        self.lookups = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mentions, "both_looks", self.both_looks)
            if enough:
                patch.setattr(mentions, "LOOKUPS", 1000)
            return mentioned(text, self.upto, self.meant)

    def one_by_one(self, text):
        """What is to come of it: each name behind a sign, the longest first."""
        found = []
        for sign in mentions._SIGN.finditer(text):
            behind = mentions._short(re.match(r"[^\n\t]*", text[sign.end() :])[0][: LONGEST_CHARS + 1])
            ends = range(len(behind), 0, -1)
            names = [canonical(behind[:end]) for end in ends if mentions._is_end(behind, end)]
            found += [who for who in map(self.meant, names) if who is not None][:1]
        return tuple(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@ann", ["ann"]),
        ("hi @ann, and @BOB!", ["ann", "bob"]),
        ("@ann lee is here", ["Ann Lee"]),
        ("@ann leeds", ["ann"]),
        ("@Ann Lee Roy", ["Ann Lee Roy"]),
        ("@ann\nlee", ["ann"]),
        ("@annabel me@ann @ ann", []),
        ("@@ann", ["ann"]),
        ("@ａｎｎ @\u0430nn @a\u0301nn", ["ann"]),
        ("@王小明你好", ["王小明"]),
        ("你好@王小", ["王小"]),
        ("@王", []),
        ("@STRASSE 7 now", ["straße 7"]),
        ("@rnary @vvill", ["mary", "will"]),
        ("@o'neil's hat", ["o'neil"]),
        ("@a @b c @d", ["a @b"]),
        ("@", []),
    ],
)
def test_the_longest_that_somebody_has(text, meant):
    nicks = ["ann", "bob", "Ann Lee", "Ann Lee Roy", "王小", "王小明", "straße 7", "mary", "will", "o'neil"]
    called = Called(*nicks, "a @b", "annika", "ann lez", "王小明你们")
    assert list(called(text)) == meant
    assert called.one_by_one(text) == tuple(meant)


LETTERS = "ab lRn1 @-'\u0430éßÉI王明ก"
NAMES = st.text(LETTERS, min_size=1, max_size=6).map(str.strip).filter(bool)


@given(st.lists(NAMES, max_size=8), st.lists(st.one_of(NAMES, st.just("@"), st.just(" ")), max_size=12))
@example(["王"], ["@", "王明"])
def test_it_is_whom_each_name_by_itself_would_find(nicks, said):
    called, text = Called(*nicks), "@" + "".join(said)
    assert called(text, enough=True) == called.one_by_one(text)


WORDS = st.lists(st.sampled_from(["a", "vv", "rn", "é", "ß", "ﷺ", "王", "I", " ", "-", "@"]), max_size=40)


@given(WORDS, st.sets(st.integers(1, 60), max_size=40), st.sampled_from(["", "a", "!", "é"]), WORDS)
@example(["a"] * 33, set(range(1, 33)), "", ["é", *["ﷺ"] * 31])
@example(["a", "-"] * 20, set(range(1, 41)), "!", ["b"])
def test_it_is_so_where_nicks_are_the_beginnings_of_each_other(word, ends, more, behind):
    whole = "a" + "".join(word)
    nicks = [nick for end in sorted(ends) for nick in (whole[:end].strip(), f"{whole[:end]}{more}".strip())]
    called = Called(*nicks)
    text = f"@{whole}{''.join(behind)} @{whole[:7]}"
    assert called(text, enough=True) == called.one_by_one(text)


@pytest.mark.parametrize(
    "nick", ["José", "straße 7", "Ann Lee", "王小明", "Zoë Müller", "Ｍａｘ", "mary-o'neil", "J. Weiß"]
)
@pytest.mark.parametrize(
    "more", [", tu viens demain à l'école ? …", " 你好吗", "!", ", you and your friends"]
)
def test_one_sign_is_enough_to_find_somebody_among_many(nick, more):
    called = Called(nick, f"{nick} Roy", f"{nick[:-1]}", *(f"person-{number}" for number in range(1000)))
    assert called(f"@{nick}{more}") == (nick,)
    assert called("".join(f"@{nick}{more} @person-{number} " for number in range(MENTIONS // 2))) == (
        nick,
        *(f"person-{number}" for number in range(MENTIONS // 2)),
    )


def test_fifty_are_meant_whatever_is_said_to_each():
    nicks = [f"person-{number}" for number in range(3 * MENTIONS)] + [f"Ann {n} Lee" for n in range(MENTIONS)]
    called = Called(*nicks)
    for some in (nicks[:MENTIONS], nicks[-MENTIONS:], nicks):
        for between in (" ", ", you are asked to come, and so are your friends and theirs, "):
            assert called("".join(f"@{nick}{between}" for nick in some)) == tuple(some[:MENTIONS])
            assert called.lookups <= LOOKUPS * (1 + MENTIONS)


# Of one text, where each sign costs as much as it may take: what a nick begins with that is not meant, or is
NESTED = [
    "@" + "a" * 33 + "é" + "ﷺ" * 31,
    "@" + "a-" * 32 + "é",
    "@" + "vv" * 32,
    "@" + "王ﷺ" * 32,
    "@" + "é́" * 32,
    "@" + "ﷺ-" * 32,
]


@pytest.mark.parametrize("times", [1, 7, SIGNS, 16 * SIGNS])
@pytest.mark.parametrize(
    "text", ["@ab ab ab ", "@", "@é́", "@a-b-c-d-e-f-g-h", "@王小明你好", "@ab é, ", *NESTED]
)
def test_whatever_is_said_takes_so_many_look_ups_at_most(text, times):
    nested = [sign[1:][:end] + more for sign in NESTED for end in range(1, 33) for more in ("", "!", "-!")]
    called = Called("ab ab a", "ab a", "a", "b", "e", "王", "王小 x", "a-b-c-x", *nested)
    called(text * times)
    signs = min((text * times).count(SIGN), SIGNS)
    of_each = 2  # its own look, and who has the name
    assert called.lookups <= LOOKUPS * (1 + min(signs, MENTIONS)) + of_each * signs + 1


def test_a_name_behind_a_sign_takes_few():
    called = Called("ann", "bob", *(f"person-{number}" for number in range(1000)))
    for text in ("hello @ann, how are you doing today", "@ann", "@person-7 and so on and on and on"):
        assert len(called(text)) == 1
        assert called.lookups <= 6
    called("nobody is meant here")
    assert called.lookups == 0


def test_who_keeps_the_nick_is_meant_and_who_lets_it_go_is_not(decided):
    for who, keep in (("ann", True), ("bob", False), ("cem", True)):
        decided(who, Join(id="join", nick=who, keep=keep))
    for now in ("still in the batch", "on the disk"):
        decided("ann", End(id="bye"))
        decided("bob", End(id="bye"))
        decided("cem", Message(id=now, room=LOBBY, text="@ann here? @bob? @cem"))
        (said,) = [one for one in events_of(decided.taken())[LOBBY] if isinstance(one, MessageEvent)]
        assert said.mentions == ("ann", "cem"), now


def test_a_run_in_which_some_mean_somebody_is_stored_together(decided):
    for who in ("ann", "bob"):
        decided.join(who)
    texts = ["hi", "@bob", "me@bob", "@ann and @bob", "bye"]
    said = [Message(id=f"{number}", room=LOBBY, text=text) for number, text in enumerate(texts)]
    commands = [Command("ann", message, AT) for message in said]
    answers = decided.rooms.say(commands)
    assert [answer.id for answer in answers] == [message.id for message in said]
    batch = decided.taken()
    events = events_of(batch)[LOBBY][-len(texts) :]
    assert [event.mentions for event in events] == [(), ("bob",), (), ("ann", "bob"), ()]
    place = decided.rooms.named(LOBBY).place
    assert batch.means == {place + events[1].seq: ["bob"], place + events[3].seq: ["bob"]}
