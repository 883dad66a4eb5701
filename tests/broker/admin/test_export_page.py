"""`export --format html`: what a page shows of messages and what became of them; and nothing is markup."""

import argparse
import re
import tracemalloc

import pytest
from loggia.broker.admin.export import run
from loggia.broker.admin.import_ import take_in
from loggia.shared.protocol.answers import JoinedAnswer, Stored
from loggia.shared.protocol.errors import StorageDamaged
from loggia.shared.protocol.requests import Create, Delete, Edit, Kick, Message, Mute, Pin, React

from tests.broker.admin.conftest import everything
from tests.broker.disks import flip
from tests.broker.house import House


@pytest.fixture
def page(tmp_path, progress):
    def page(data, room=None):
        file = tmp_path / f"page-{len(list(tmp_path.iterdir()))}.html"
        flags = argparse.Namespace(room=room, format="html", output=str(file))
        assert run(data, flags, progress) == 0
        return file.read_text(encoding="utf-8")

    return page


@pytest.fixture
def talk(tmp_path):
    """A house with ada, who owns the room, bob and zoë; `row` of a page."""
    house = House(tmp_path / "talk")
    for nick in ("ada", "bob", "zoë"):
        house.join(nick, nick, room="lab")
    yield house
    house.close()


def row(page, seq, room="lab"):
    """The message with that number, as it stands there."""
    (found,) = re.findall(rf'<article id="{room}/{seq}".*?</article>', page, re.DOTALL)
    return found


def do(house, key, request):
    answer = house.ask_one(key, request)
    assert isinstance(answer, Stored | JoinedAnswer), answer
    return answer.seq if isinstance(answer, Stored) else None


def test_everything_that_happened_has_a_place_and_nothing_is_markup(house, page):
    shown = page(house.folder)
    assert "single 3 &lt;b&gt;&amp;amp;&lt;/b&gt;" in shown
    assert "<b>&" not in shown
    assert "<bdi>日本</bdi></h2>" in shown
    assert "<bdi>zoë</bdi> left</p>" in shown
    assert "<bdi>bob</bdi> is now <bdi>robert</bdi>" in shown
    assert len(re.findall(r' id="[^"]+/\d+"', shown)) == sum(map(len, everything(house).values()))
    assert "<script" not in shown


def test_an_edited_message_says_what_it_says_now_and_unfolds_what_it_said(talk, page):
    said = talk.say("ada", "m1", "one <i>", "lab").seq
    other = talk.say("ada", "m2", "another", "lab").seq
    do(talk, "ada", Edit(id="e1", room="lab", seq=said, text="two <i>"))
    do(talk, "ada", Edit(id="e2", room="lab", seq=said, text="three <i>"))
    shown = row(page(talk.folder), said)
    assert "<p dir=auto>three &lt;i&gt;</p>" in shown
    edited, unfolded = shown.split("</summary>")
    assert re.search(r"<summary>edited \d\d:\d\d$", edited)
    assert re.findall(r"</small> (.*?)</p>", unfolded) == ["one &lt;i&gt;", "two &lt;i&gt;"]
    assert "edited" not in row(page(talk.folder), other)


def test_a_deleted_message_is_one_and_nothing_of_it_is_left(talk, page):
    said = talk.say("bob", "m1", "hunter2", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="hunter3"))
    do(talk, "zoë", React(id="r1", room="lab", seq=said, emoji="👍"))
    answer = talk.ask_one("zoë", Message(id="m2", room="lab", text="really?", reply_to=said)).seq
    gone = do(talk, "ada", Delete(id="d1", room="lab", seq=said, reason="a <secret>"))
    shown = page(talk.folder)
    assert "This message was deleted." in row(shown, said)
    assert "edited" not in row(shown, said)
    assert "👍" not in shown
    assert "hunter" not in shown
    assert f'<a href="#lab/{said}">ada deleted message {said}: a &lt;secret&gt;</a>' in shown
    assert f'id="lab/{gone}"' in shown
    assert "<em>deleted</em>" in row(shown, answer)


def test_signs_name_who_put_them_and_pins_are_shown(talk, page):
    said = talk.say("bob", "m1", "cake", "lab").seq
    for number, nick in enumerate(("zoë", "ada")):
        do(talk, nick, React(id=f"r{number}", room="lab", seq=said, emoji="👍"))
    do(talk, "bob", React(id="r3", room="lab", seq=said, emoji="🎉"))
    do(talk, "bob", React(id="r4", room="lab", seq=said, emoji="🎉", on=False))
    do(talk, "ada", Pin(id="p1", room="lab", seq=said))
    shown = page(talk.folder)
    assert "<bdi>👍</bdi> <bdi>zoë</bdi>, <bdi>ada</bdi></span>" in row(shown, said)
    assert "🎉" not in shown
    assert "pinned</span>" in row(shown, said)
    assert "ada pinned message" in shown
    do(talk, "ada", Pin(id="p2", room="lab", seq=said, on=False))
    assert "pinned</span>" not in row(page(talk.folder), said)


def test_many_who_put_a_sign_are_counted(talk, page):
    said = talk.say("bob", "m1", "cake", "lab").seq
    for number in range(11):
        talk.join(f"p{number}", f"pupil{number}", room="lab")
        do(talk, f"p{number}", React(id="r", room="lab", seq=said, emoji="✅"))
    assert "<bdi>pupil7</bdi> and 3 more</span>" in row(page(talk.folder), said)


def test_an_answer_tells_what_it_answers_as_that_is_now(talk, page):
    said = talk.say("bob", "m1", "the <old> one", "lab").seq
    answer = talk.ask_one("ada", Message(id="m2", room="lab", text="yes", reply_to=said)).seq
    assert f'href="#lab/{said}">to <b><bdi>bob</bdi></b>: <bdi>the &lt;old&gt; one</bdi>' in row(
        page(talk.folder), answer
    )
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="x" * 5000))
    assert f"<bdi>{'x' * 160} …</bdi>" in row(page(talk.folder), answer)


def test_a_thread_is_counted_where_it_began_and_each_in_it_leads_there(talk, page):
    root = talk.say("bob", "m1", "Friday?", "lab").seq
    talk.say("zoë", "m2", "something else", "lab")
    first = talk.ask_one("ada", Message(id="m3", room="lab", text="yes", thread=root)).seq
    second = talk.ask_one("zoë", Message(id="m4", room="lab", text="no", thread=root)).seq
    shown = page(talk.folder)
    assert f'href="#lab/{first}">2 in its thread</a>' in row(shown, root)
    for seq in (first, second):
        assert f'href="#lab/{root}">in the thread of <b><bdi>bob</bdi></b>: <bdi>Friday?' in row(shown, seq)


def test_who_is_meant_stands_out_and_stays_text(talk, page):
    talk.join("evil", "<b>&amp;", room="lab")
    said = talk.say("ada", "m1", "<u> @bob, @<b>&amp; and @bobby", "lab").seq
    assert "&lt;u&gt; <mark>@bob</mark>, <mark>@&lt;b&gt;&amp;amp;</mark> and @bobby" in row(
        page(talk.folder), said
    )


def test_what_people_wrote_is_escaped_wherever_it_stands(talk, page):
    talk.join("evil", '"><b>', room="lab")
    do(talk, "ada", Create(id="c1", room='"><script>', subject="<script>"))
    talk.join("evil", room='"><script>')
    said = talk.say("evil", "m1", "<script>", '"><script>').seq
    do(talk, "evil", React(id="r1", room='"><script>', seq=said, emoji="👍"))
    do(talk, "ada", Mute(id="k0", room='"><script>', who='"><b>', reason="<script>"))
    do(talk, "ada", Kick(id="k1", room='"><script>', who='"><b>', reason="<script>"))
    shown = page(talk.folder)
    assert "<script" not in shown
    assert '"><b>' not in shown.replace('"><b><bdi>', "").replace('class=to href="', "")
    assert not re.search(r'="[^"]*[<>][^"]*"', shown)


def test_many_who_come_and_go_are_folded_and_messages_of_one_person_stand_together(talk, page):
    first = talk.say("ada", "m1", "one", "lab").seq
    second = talk.say("ada", "m2", "two", "lab").seq
    talk.passes(3600)
    third = talk.say("ada", "m3", "three", "lab").seq
    shown = page(talk.folder, room=["lab"])
    assert "<summary class=note>3 joined</summary>" in shown
    assert [" on" in row(shown, seq)[:80] for seq in (first, second, third)] == [False, True, False]


def test_without_accounts_signs_are_counted(talk, page, tmp_path, progress):
    said = talk.say("bob", "m1", "cake for @ada", "lab").seq
    do(talk, "zoë", React(id="r1", room="lab", seq=said, emoji="👍"))
    do(talk, "bob", React(id="r2", room="lab", seq=said, emoji="👍"))
    file = tmp_path / "talk.jsonl"
    run(talk.folder, argparse.Namespace(room=["lab"], format="jsonl", output=str(file)), progress)
    take_in(tmp_path / "other", file, progress)
    assert "<bdi>👍</bdi> 2</span>" in row(page(tmp_path / "other"), said)


def test_what_became_of_messages_is_said_where_it_cannot_be_read(talk, tmp_path, page):
    said = talk.say("bob", "m1", "before", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="behind it"))
    talk.close()
    file = talk.folder / "loggia.db"
    flip(file, file.read_bytes().index(b'"edited_at"'))
    with pytest.raises(StorageDamaged, match=r"missing: room lab from \d+ \(what became of messages"):
        page(talk.folder)
    (file,) = tmp_path.glob("page-*")
    assert "<p dir=auto>before</p>" in row(file.read_text(encoding="utf-8"), said)


def rewritten(talk, table, *change):
    """Rows of a log are changed, with the checksums of their pages."""
    db = talk.log.database.connection
    db.execute(f"UPDATE {table} SET {change[0]}", change[1:])
    assert db.changes() > 0


def lacking(talk, tmp_path, page, told):
    """What is on the page of a log of which not all can be read, and it says so."""
    with pytest.raises(StorageDamaged, match=told):
        page(talk.folder)
    (file,) = tmp_path.glob("page-*")
    shown = file.read_text(encoding="utf-8")
    assert shown.endswith("</html>\n")
    return shown


STATES = [
    '{"text":5}',
    "{",
    "",
    "[]",
    "7",
    '{"edits":["x"],"edited_at":5}',
    '{"reactions":{"👍":[5]}}',
    f'{{"edited_at":{10**30}}}',
    f'{{"mentions":{"[" * 5000}}}',
]


@pytest.mark.parametrize("state", STATES)
def test_a_message_of_which_it_cannot_be_read_what_became_stands_as_it_was_said(talk, tmp_path, page, state):
    said = talk.say("bob", "m1", "before", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="behind it"))
    answer = talk.ask_one("zoë", Message(id="m2", room="lab", text="really?", reply_to=said)).seq
    rewritten(talk, "message_states", "state = ?", state)
    shown = lacking(talk, tmp_path, page, rf"missing: room lab from {said} \(what became of messages")
    assert "<p dir=auto>before</p>" in row(shown, said)
    assert "<bdi>before</bdi>" in row(shown, answer)
    assert "<p dir=auto>really?</p>" in row(shown, answer)


@pytest.mark.parametrize("edits", ["[1,5]", "[99,5]", f"[{10**30},5]", "[-1,5]", f"[{2**41},5]"])
def test_an_earlier_text_that_is_none_is_left_out(talk, tmp_path, page, edits):
    said = talk.say("bob", "m1", "before", "lab").seq
    other = talk.say("bob", "m2", "another", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=other, text="another one"))
    edits = edits.replace("1,", f"{other},") if edits == "[1,5]" else edits
    do(talk, "bob", Edit(id="e2", room="lab", seq=said, text="behind it"))
    state = f'{{"rev":7,"text":"behind it","edited_at":5000,"edits":{edits}}}'
    rewritten(talk, "message_states", "state = ? WHERE place % 1048576 = ?", state, said)
    shown = row(lacking(talk, tmp_path, page, rf"room lab from {said} \("), said)
    assert "<p dir=auto>behind it</p>" in shown
    assert re.findall(r"</small> (.*?)</p>", shown) == ["before"]


def test_a_state_says_nothing_else_of_its_message(talk, page):
    said = talk.say("bob", "m1", "before", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="behind it"))
    for edited_at in (2**62, -(2**62)):
        state = f'{{"text":"behind it","edited_at":{edited_at},"edits":[5],"seq":99,"nick":"eve"}}'
        rewritten(talk, "message_states", "state = ?", state)
        shown = row(page(talk.folder), said)
        assert "<p dir=auto>behind it</p>" in shown
        assert "eve" not in shown


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"op":"presence","room":"lab","nick":"a"}', "\xff"])
def test_what_stands_before_a_row_that_was_changed_is_on_the_page(talk, tmp_path, page, line):
    said = talk.say("bob", "m1", "before", "lab").seq
    do(talk, "bob", Edit(id="e1", room="lab", seq=said, text="between"))
    damaged = do(talk, "bob", Edit(id="e2", room="lab", seq=said, text="behind it")) - 1
    talk.close()
    talk._open()  # each has a row of its own
    rewritten(talk, "chunks", "lines = CAST(? AS BLOB) WHERE instr(lines, CAST('between' AS BLOB))", line)
    shown = lacking(talk, tmp_path, page, rf"room lab from {damaged} ")
    assert "<p dir=auto>behind it</p>" in row(shown, said)
    assert f"Damaged from {damaged}." in shown


def test_who_cannot_be_named_is_counted(talk, tmp_path, page):
    said = talk.say("bob", "m1", "cake", "lab").seq
    do(talk, "zoë", React(id="r1", room="lab", seq=said, emoji="👍"))
    token = talk.log.database.connection.execute("SELECT token FROM accounts WHERE nick = 'zoë'").get
    talk.close()
    file = talk.folder / "loggia.db"
    flip(file, file.read_bytes().index(token))
    shown = lacking(talk, tmp_path, page, "missing")
    assert "<bdi>👍</bdi> 1</span>" in row(shown, said)


def test_a_long_room_does_not_stand_in_memory(talk, tmp_path, progress):
    for begin in range(0, 6000, 500):
        some = [Message(id=f"n{begin + n:05d}", room="lab", text=f"{n} " * 300) for n in range(500)]
        talk.ask("bob", *some)
    flags = argparse.Namespace(room=None, format="html", output=str(tmp_path / "page.html"))
    tracemalloc.start()
    try:
        assert run(talk.folder, flags, progress) == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (tmp_path / "page.html").stat().st_size
    assert size > 5_000_000
    assert peak < size / 4
