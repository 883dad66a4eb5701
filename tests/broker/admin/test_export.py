"""`python -m broker export` and `import`: the same rooms, numbers and hashes; or a page for people."""

import argparse
import json
import re

import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.export import run
from loggia.broker.admin.import_ import run as run_import
from loggia.broker.admin.import_ import take_in
from loggia.broker.storage import damage, data_dir
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged
from loggia.shared.protocol.requests import Create, Direct, End, History, Invite, Message

from tests.broker.admin.conftest import everything
from tests.broker.disks import flip, killed, place_of
from tests.broker.house import House
from tests.normalizing import Normalized

LONG = ("a" + "\u0301\u0316" * 130_000).encode()


@pytest.fixture
def export(house, tmp_path, progress):
    def export(room=None, format="jsonl", data=house.folder):
        file = tmp_path / f"export-{format}-{len(list(tmp_path.iterdir()))}"
        flags = argparse.Namespace(room=room, format=format, output=str(file))
        assert run(data, flags, progress) == 0
        return file

    return export


def ends(data, progress):
    report = verify.verify(data, progress)
    assert report.damage == report.notes == []
    return {report.rooms[number]: end for number, end in report.ends.items()}


def test_an_import_of_an_export_has_the_same_rooms_numbers_and_hashes(
    house, tmp_path, export, progress, capsys
):
    file = export()
    assert run_import(tmp_path / "other", argparse.Namespace(file=str(file)), progress) == 0
    assert "Imported: 3 rooms, " in capsys.readouterr().out
    assert ends(tmp_path / "other", progress) == ends(house.folder, progress)
    other = House(tmp_path / "other")
    try:
        assert everything(other) == everything(house)
        other.join("kim", "kim")
        other.say("kim", "1")  # and life goes on there
    finally:
        other.close()


def test_an_export_of_an_import_is_the_same_file(house, tmp_path, export, progress):
    file = export()
    take_in(tmp_path / "other", file, progress)
    again = export(data=tmp_path / "other")
    assert file.read_bytes().partition(b"\n")[2] == again.read_bytes().partition(b"\n")[2]


def test_an_import_adds_to_what_is_there_or_changes_nothing(house, tmp_path, export, progress):
    everything_else, lab = export(room=["lobby", "日本"]), export(room=["lab"])
    data = tmp_path / "other"
    take_in(data, lab, progress)
    take_in(data, everything_else, progress)
    assert ends(data, progress) == ends(house.folder, progress)
    with pytest.raises(StorageBroken, match="there is a room lab here already; nothing was imported"):
        take_in(data, lab, progress)
    assert ends(data, progress) == ends(house.folder, progress)


def test_every_line_is_json_and_the_events_are_those_of_the_log(house, export):
    lines = [json.loads(line) for line in export(room=["lab"]).read_bytes().splitlines()]
    assert lines[0] == {"loggia": 2, "epoch": "epoch-1"}
    assert lines[1] == {"room_begins": "lab"}
    assert [line["seq"] for line in lines[2:-1]] == list(range(1, len(house.events("lab")) + 1))
    assert lines[-1].keys() == {"room_ends", "seq", "chain"}
    assert "token" not in export().read_text()


@pytest.mark.parametrize(
    ("pattern", "instead", "why"),
    [
        (rb"heap", b"HEAP", "not the end of what was exported of lab"),
        (rb'"seq":300,', b'"seq":301,', "not event 300 of lab"),
        (rb'\{"op":"message","room":"lab","seq":30,.*?\n', b"", "not event 30 of lab"),
        (rb'"room":"lab"', b'"room":"lob"', "not event 1 of lab"),
        (rb'\{"room_ends":"lab".*', b"", "the last one, in the middle of lab"),
        (rb'\{"loggia":2', b'{"loggia":3', "of an export in format 3, and this version reads 2"),
        (rb'\{"loggia":2.*\n', b"", "not the first one of an export of Loggia"),
        (rb'"chain":"..', b'"chain":"00', "not the end of what was exported of lab"),
        (rb'\{"op":"joined".*?\n', b"rubbish\n", "no event, or not all of one"),
        (rb'"text":"heap.*', b'"text":"he', "no event, or not all of one"),
        (rb'room_begins":"lab"', b'room_begins":"a/b"', "not the begin of a room"),
        (rb"\Z", b'{"room_begins":"lab"}\n', "a second room lab"),
        (rb'"text":"heap', rb'"text":"\\u001b[2Jheap', "no event"),
        (rb'room_begins":"lab"', b'room_begins":"%s"' % LONG, "not the begin of a room|whose name is not"),
        (rb'"nick":"ada"', b'"nick":"%s"' % LONG, "nickname has over 1,024 characters"),
    ],
)
def test_a_file_that_is_no_whole_export_is_refused(
    house, tmp_path, export, progress, monkeypatch, pattern, instead, why
):
    normalized = Normalized(monkeypatch)
    file = export(room=["lab"])
    changed, count = re.subn(
        pattern, instead, file.read_bytes(), count=1, flags=re.DOTALL if b"ends" in pattern else 0
    )
    assert count == 1
    file.write_bytes(changed)
    with pytest.raises(StorageBroken, match=why) as refused:
        take_in(tmp_path / "other", file, progress)
    assert "line " in str(refused.value)
    assert "nothing was imported" in str(refused.value)
    assert not (tmp_path / "other").exists()
    assert normalized.largest <= 1024


def test_a_room_with_more_marks_than_names_have_today_comes_in_as_it_was(tmp_path, progress, monkeypatch):
    """An export of an older log is whole, whatever names may be meanwhile."""
    monkeypatch.setattr(names.room, "__defaults__", (64,))
    older = House(tmp_path / "older")
    name = older.join("ada", "ada", room="a" + "\u0316\u0301" * 20).room
    older.close()
    monkeypatch.undo()
    file = tmp_path / "older.jsonl"
    flags = argparse.Namespace(room=[name], format="jsonl", output=str(file))
    assert run(older.folder, flags, progress) == 0
    assert set(take_in(tmp_path / "other", file, progress)) == {name}


def test_rooms_that_are_not_there(house, export):
    with pytest.raises(StorageBroken, match="there is no room attic in this log; it has: lobby, lab, 日本"):
        export(room=["attic"])


def test_of_a_damaged_log_the_sound_part_is_exported(house, tmp_path, export, progress):
    house.close()
    flip(house.folder / "loggia.db", place_of(house.folder / "loggia.db", "b0400"))
    with pytest.raises(StorageDamaged, match="only what is sound was exported; missing: room lab from 257"):
        export()
    (file,) = tmp_path.glob("export-*")
    take_in(tmp_path / "other", file, progress)
    assert ends(tmp_path / "other", progress)["lab"].seq == 256
    folder_names = [entry.name for entry in (tmp_path / "other").iterdir()]
    assert data_dir.DAMAGE not in folder_names
    (house.folder / "loggia.damage").unlink(missing_ok=True)


def test_a_file_is_not_written_over(house, tmp_path, progress):
    (tmp_path / "mine").write_text("mine")
    flags = argparse.Namespace(room=None, format="jsonl", output=str(tmp_path / "mine"))
    with pytest.raises(StorageBroken, match="is there already"):
        run(house.folder, flags, progress)


@pytest.mark.parametrize("room", [None, ["lab"]])
def test_what_the_end_of_a_log_lost_is_said(house, tmp_path, export, progress, room):
    house.say("ada", "z1", "the last one", "lab")
    left = killed(house, tmp_path)
    flip(left / "loggia.db-wal", place_of(left / "loggia.db-wal", "z1"))
    with pytest.raises(StorageDamaged, match=r"missing: room lab from 706 \(its events up to 706"):
        export(data=left, room=room)
    export(data=left, room=["日本"])  # which is whole


@pytest.mark.parametrize("at", [-1, 10**17])
def test_a_time_that_cannot_be_is_refused(house, tmp_path, export, progress, at):
    file = export(room=["lab"])
    file.write_bytes(re.sub(rb'"at":\d+', b'"at":%d' % at, file.read_bytes()))
    with pytest.raises(StorageBroken, match="of a time that cannot be"):
        take_in(tmp_path / "other", file, progress)


def test_a_line_without_end_is_not_read_to_its_end(tmp_path, progress, monkeypatch):
    monkeypatch.setattr("loggia.broker.admin.import_.LINE_BYTES", 1000)
    (tmp_path / "endless").write_bytes(b"\0" * 10_000)
    progress.advance = lambda count: pytest.fail("it was read")
    with pytest.raises(StorageBroken, match="line 1 of the file is not the first one of an export"):
        take_in(tmp_path / "other", tmp_path / "endless", progress)
    (tmp_path / "long").write_bytes(
        b'{"loggia":1,"epoch":"e"}\n{"room_begins":"lab"}\n{"op":"message","text":"' + b"x" * 10_000
    )
    passed = []
    progress.advance = passed.append
    with pytest.raises(StorageBroken, match="line 3 of the file is no event"):
        take_in(tmp_path / "other", tmp_path / "long", progress)
    assert sum(passed) == 1000


def test_a_room_that_is_there_is_refused_before_a_broker_steps_aside(house, tmp_path, export, progress):
    """The house is served: whoever asked for it to step aside would be told that it is in use."""
    with pytest.raises(StorageBroken, match=r"there is a room .* here already; nothing was imported"):
        take_in(house.folder, export(), progress)
    file = export()
    text = file.read_text().replace('"lab"', '"lab 2"')
    file.write_text(text)
    with pytest.raises(StorageBroken, match="lobby here already"):
        take_in(house.folder, file, progress)


def test_known_damage_is_refused_before_a_broker_steps_aside(house, export, progress):
    file = export(room=["lab"])
    damage.keep(house.folder / data_dir.DAMAGE, [damage.Damage("lab", 3, "a changed byte")])
    with pytest.raises(
        StorageBroken, match=r"damaged: room lab from 3 \(a changed byte\)\. Restore it first"
    ):
        take_in(house.folder, file, progress)


@pytest.mark.parametrize(
    ("format", "room", "told"), [("jsonl", None, "3 rooms, "), ("html", ["lab"], "1 room, ")]
)
def test_what_was_exported_is_told(house, export, capsys, format, room, told):
    file = export(room=room, format=format)
    said = capsys.readouterr().out
    assert re.fullmatch(rf"Exported: {told}\d+ events, \d+ KB in {re.escape(str(file))}\.\n", said)


@pytest.fixture
def secret(house):
    """A private room that has a title, and a conversation; their names."""
    house.join("ada", "ada")
    thesis = house.ask_one("ada", Create(id="p1", room="The <Thesis>", private=True)).room
    house.ask("ada", Invite(id="p2", room=thesis, who="zoë"), Message(id="p3", room=thesis, text="whisper"))
    talk = house.ask_one("ada", Direct(id="p4", people=["zoë"])).room
    house.say("ada", "p5", "hello you", talk)
    return thesis, talk


def test_private_rooms_are_marked_with_their_title_and_come_back_with_their_members(
    house, secret, tmp_path, export, progress
):
    thesis, talk = secret
    lines = [json.loads(line) for line in export().read_bytes().splitlines()]
    begins = [line for line in lines if "room_begins" in line]
    assert begins[-2:] == [
        {"room_begins": thesis, "kind": "private", "title": "The <Thesis>"},
        {"room_begins": talk, "kind": "direct", "title": "ada, zoë"},
    ]
    page = export(format="html").read_text(encoding="utf-8")
    assert f"<bdi>The &lt;Thesis&gt;</bdi> <small>private, {thesis}</small></h2>" in page
    assert "whisper" in page
    file = export(room=[thesis, talk])
    other = House(tmp_path / "other")
    try:
        for nick in ("ada", "bob", "zoë"):  # the same accounts as there, but for one that is not here
            token = other.join(nick, nick).token
        other.ask("zoë", End(id="end"))
        other.close()
        take_in(tmp_path / "other", file, progress)
        there = ends(house.folder, progress)
        assert {name: end for name, end in ends(tmp_path / "other", progress).items() if name in secret} == {
            name: there[name] for name in secret
        }
        other._open()
        rooms = other.pipeline.rooms
        assert set(rooms.named(thesis).rules.members) == {"account-1", "account-3"}
        assert {thesis, talk} <= other.join("zoë", token=token).rooms.keys()
        assert other.page("zoë", thesis).head == 4
        other.refuses("bob", History(id="h", room=thesis), "no_session")
    finally:
        other.close()


def test_what_is_damaged_is_told_to_clients_without_the_name_of_a_private_room(house, secret):
    thesis, _ = secret
    told = damage.in_words([damage.Damage(thesis, 3, "a line is another"), damage.Damage("lab", 1, "gone")])
    assert told == f"room {thesis[:4]}... from 3 (a line is another); room lab from 1 (gone)"
