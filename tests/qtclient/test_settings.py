"""What is remembered between two starts."""

import copy
import json
import os
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.settings import FILE, Loaded, Server, Settings

from tests.planted import PLANTS, as_root, planting


def test_what_was_saved_is_there_the_next_time(tmp_path: Path):
    kept = Settings(nick="Zoë", width=900, height=500, x=-1900, y=0, maximized=True, people=False)
    kept.where, kept.reached = "tcp://tower:1101", True
    kept.servers["tcp://a:1"] = Server(
        rooms=["lab"],
        current="lab",
        order="name",
        favourites=["lab"],
        muted=["lobby"],
        read={"lab": 9},
        drafts={"lab": "half a"},
        carets={"lab": 4},
    )
    settings.save(tmp_path, settings.encoded(kept))
    assert settings.load(tmp_path) == Loaded(kept)


def test_without_a_file_it_begins_with_the_defaults(tmp_path: Path):
    assert settings.load(tmp_path) == Loaded(Settings())


UNREADABLE = {
    "empty": (b"", "it is not JSON from line 1, column 1 on"),
    "truncated": (b'{"nick": "ada", "servers": {', "it is not JSON from line 1, "),
    "binary": (bytes(range(256)), "it is not "),
    "zeros, as after a power cut": (bytes(500), "it is not JSON"),
    "not UTF-8": (b'{"nick": "\xff"}', "it is not text"),
    "deep": (b"[" * 100_000, "it is nested too deep"),
    "deep settings": (b'{"later": ' * 100_000 + b"1", "it is nested too deep"),
    "a list": (b"[]", "it holds no settings"),
    "a number too long to be one": (b'{"width": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
    "nothing": (b"null", "it holds no settings"),
}


@pytest.mark.parametrize(("content", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_kept_beside_and_told(tmp_path: Path, content: bytes, why: str):
    (tmp_path / FILE).write_bytes(content)
    loaded = settings.load(tmp_path)
    kept = tmp_path / "window.json.kept-1"
    assert (loaded.settings, loaded.in_the_way) == (Settings(), False)
    assert loaded.trouble.startswith(f"What this window remembered cannot be read ({tmp_path / FILE}: {why}")
    assert loaded.trouble.endswith(f"); it is kept as {kept}, and the window begins anew.")
    assert kept.read_bytes() == content
    settings.save(tmp_path, settings.encoded(loaded.settings))
    assert settings.load(tmp_path) == Loaded(Settings())
    assert kept.read_bytes() == content


def test_what_was_kept_before_is_not_written_over(tmp_path: Path):
    for content in (b"first", b"second"):
        (tmp_path / FILE).write_bytes(content)
        settings.load(tmp_path)
    assert (tmp_path / "window.json.kept-1").read_bytes() == b"first"
    assert (tmp_path / "window.json.kept-2").read_bytes() == b"second"


def test_a_folder_in_its_place_moves_away_with_all_that_it_holds(tmp_path: Path):
    (tmp_path / FILE).mkdir()
    (tmp_path / FILE / "mine").touch()
    loaded = settings.load(tmp_path)
    assert "it is not a file" in loaded.trouble
    assert (tmp_path / "window.json.kept-1" / "mine").exists()
    settings.save(tmp_path, settings.encoded(loaded.settings))


@pytest.mark.skipif(os.name != "posix", reason="pipes that are files")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / FILE)
    assert "it is not a file" in settings.load(tmp_path).trouble


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path):
    with (tmp_path / FILE).open("wb") as file:
        file.truncate(settings.MOST_BYTES + 1)
    assert "it is too large" in settings.load(tmp_path).trouble


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_may_not_be_read_is_kept(tmp_path: Path, monkeypatch):
    (tmp_path / FILE).write_bytes(b"{}")
    with monkeypatch.context() as patch:  # root may read everything
        patch.setattr(Path, "read_bytes", refuse)
        assert f"({tmp_path / FILE}: Permission denied); it is kept as" in settings.load(tmp_path).trouble
    assert (tmp_path / "window.json.kept-1").read_bytes() == b"{}"


@pytest.mark.parametrize("content", [b"{", b'{"nick": 7}'])
def test_what_can_neither_be_used_nor_kept_elsewhere_stays(tmp_path: Path, monkeypatch, content: bytes):
    (tmp_path / FILE).write_bytes(content)
    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "open", refuse)
    loaded = settings.load(tmp_path)
    assert loaded.in_the_way
    assert loaded.trouble.endswith("(Permission denied), so nothing new is remembered.")
    assert (tmp_path / FILE).read_bytes() == content


READABLE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")


@pytest.mark.parametrize("encoding", READABLE)
def test_every_way_in_which_an_editor_saves_it_is_read(tmp_path: Path, encoding: str):
    (tmp_path / FILE).write_bytes('{"nick": "Zoë"}'.encode(encoding))
    assert settings.load(tmp_path) == Loaded(Settings(nick="Zoë"))


GOOD = {
    "nick": "ada",
    "width": 900,
    "height": 500,
    "x": -7,
    "y": 12,
    "maximized": True,
    "people": False,
    "where": "tcp://tower:1101",
    "reached": True,
    "hold": True,
    "servers": {
        "tcp://a:1": {
            "account": "me",
            "given": "ada",
            "called": "adele",
            "rooms": ["lobby", "lab"],
            "current": "lab",
            "order": "activity",
            "favourites": ["lab"],
            "muted": ["lobby"],
            "read": {"lab": 9},
            "drafts": {"lab": "half a"},
            "titles": {"lab": "The lab"},
            "carets": {"lab": 4},
        }
    },
}
WRONG = {
    "nick": [7, None, "a/b", "", "x" * 200, "\ud800", ["ada"]],
    "width": ["900", 0, -5, 10**30, 900.5, float("nan"), float("inf"), True, None],
    "height": [{}, 1, 2**31],
    "x": ["9", 10**30, 1.5, True, float("nan")],
    "y": [-(10**6), []],
    "maximized": [1, None],
    "people": ["yes", 1, None],
    "where": [5, None, "http://tower", "a b", "tcp://*:1101", "\ud800"],
    "reached": ["no"],
    "hold": ["no", 0],
    "servers": [[], "tcp://a:1", None, 3],
    "servers/tcp:%%a:1": [[], "x", None],
    "servers/tcp:%%a:1/account": [5, None, "\udfff"],
    "servers/tcp:%%a:1/given": [7, None, "a/b"],
    "servers/tcp:%%a:1/called": [7, "x" * 200, "\ud800"],
    "servers/tcp:%%a:1/rooms": ["lobby", {"lobby": 1}, None],
    "servers/tcp:%%a:1/current": [5, "a/b", None],
    "servers/tcp:%%a:1/order": ["size", 5, None, ["name"]],
    "servers/tcp:%%a:1/favourites": ["lobby", {"lobby": 1}, None],
    "servers/tcp:%%a:1/muted": ["lobby", 5],
    "servers/tcp:%%a:1/read": [[], None, 1],
    "servers/tcp:%%a:1/read/lab": ["9", -1, 10**30, 1.5, None, float("nan")],
    "servers/tcp:%%a:1/titles": [[], "text"],
    "servers/tcp:%%a:1/titles/lab": [5, None, "", "x" * 5000, "two\nlines", "\ud83d"],
    "servers/tcp:%%a:1/drafts": [[], "text"],
    "servers/tcp:%%a:1/drafts/lab": [5, None, ["a"], "\ud83d", "x" * 100_000],
    "servers/tcp:%%a:1/carets": [[], None, 1],
    "servers/tcp:%%a:1/carets/lab": ["9", -1, 10**30, 1.5, None],
}


def put(into: dict, path: list[str], value: object) -> None:
    for step in path[:-1]:
        into = into[step]
    into[path[-1]] = value


def without(whole: Settings, path: list[str]) -> Settings:
    """All that is remembered, but the default where the path leads."""
    expected = copy.deepcopy(whole)
    match path:
        case [field]:
            setattr(expected, field, getattr(Settings(), field))
        case [_, endpoint]:
            del expected.servers[endpoint]
        case [_, endpoint, field]:
            setattr(expected.servers[endpoint], field, getattr(Server(), field))
        case [_, endpoint, field, room]:
            del getattr(expected.servers[endpoint], field)[room]
    return expected


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in WRONG.items() for value in values if (path, value) != ("nick", "")],
)
def test_a_wrong_setting_spoils_only_itself(tmp_path: Path, path: str, value: object):
    (tmp_path / FILE).write_text(json.dumps(GOOD))
    whole = settings.load(tmp_path)
    assert whole.trouble == ""
    steps = [step.replace("%%", "//") for step in path.split("/")]
    wrong = copy.deepcopy(GOOD)
    put(wrong, steps, value)
    content = json.dumps(wrong).encode()
    (tmp_path / FILE).write_bytes(content)
    loaded = settings.load(tmp_path)
    assert loaded.settings == without(whole.settings, steps)
    kept = tmp_path / "window.json.kept-1"
    field = steps[-1] if len(steps) < 3 else steps[2]
    assert loaded.trouble.startswith(f"Some of what this window remembered cannot be used ({field}")
    assert loaded.trouble.endswith(f"; the file of before is kept as {kept}.")
    assert kept.read_bytes() == content
    assert json.loads(settings.encoded(loaded.settings))["servers"] is not None
    assert settings.load(tmp_path) == loaded, "it is kept once"
    assert sorted(os.listdir(tmp_path)) == [FILE, kept.name]


def test_one_bad_room_name_costs_no_other_room(tmp_path: Path):
    rooms = ["lobby", "a/b", 5, "", "x" * 500, " lab ", "cafe\u0301", "café", "lab"]
    server = {"rooms": rooms, "drafts": {"a/b": "lost?", "lab": "kept"}, "read": {"\n": 1, "lab": 2}}
    content = json.dumps({"servers": {"tcp://a:1": server}})
    (tmp_path / FILE).write_text(content)
    loaded = settings.load(tmp_path)
    assert loaded.settings.servers["tcp://a:1"] == Server(
        rooms=["lobby", "café", "lab"], drafts={"lab": "kept"}, read={"lab": 2}
    )
    assert "(room 'a/b' of tcp://a:1, room 5 of tcp://a:1, room '' of tcp://a:1 and 4 more)" in loaded.trouble
    assert (tmp_path / "window.json.kept-1").read_text() == content


def test_a_sentence_stays_one_whatever_the_file_holds(tmp_path: Path):
    rooms = ["x" * 100_000, ["y"] * 100_000, "\x1b[31m\n"]
    content = {"servers": {"tcp://\x1b[31m\n" + "z" * 100_000: {"rooms": rooms}, "\n": 5}, "\n": deeper(60)}
    (tmp_path / FILE).write_text(json.dumps(content))
    trouble = settings.load(tmp_path).trouble
    assert trouble.isprintable()
    assert len(trouble) < 1000


def deeper(levels: int) -> list:
    deep: list = []
    for _ in range(levels):
        deep = [deep]
    return deep


def test_what_a_newer_version_remembers_is_written_again(tmp_path: Path):
    newer = {
        "nick": "ada",
        "later": {"deep": [[1, 2.5, None, "Zoë", "\ud800"]]},
        "rest": 5,
        "servers": {"tcp://a:1": {"pinned": ["lab"], "account": "me", "rest": None}},
    }
    (tmp_path / FILE).write_text(json.dumps(newer))
    loaded = settings.load(tmp_path)
    assert loaded.trouble == ""
    settings.save(tmp_path, settings.encoded(loaded.settings))
    again = json.loads((tmp_path / FILE).read_bytes())
    assert {field: again[field] for field in ("nick", "later", "rest")} == {
        field: newer[field] for field in ("nick", "later", "rest")
    }
    assert again["servers"]["tcp://a:1"].items() >= newer["servers"]["tcp://a:1"].items()
    assert settings.load(tmp_path) == loaded


def test_what_a_newer_version_wrote_too_deep_is_left_in_the_old_file(tmp_path: Path):
    (tmp_path / FILE).write_text(json.dumps({"nick": "ada", "later": deeper(400)}))
    loaded = settings.load(tmp_path)
    assert loaded.settings == Settings(nick="ada")
    assert "cannot be used (later); the file of before is kept" in loaded.trouble


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_may_read_it(tmp_path: Path):
    settings.save(tmp_path, b"{}")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("can_come", [True, False])
def test_what_was_planted_in_its_place_is_replaced(tmp_path: Path, plant, can_come: bool):
    with planting(None if can_come else tmp_path / "place") as planted:
        planted.give()
        plant(planted, FILE)
        settings.save(planted.folder, b"{}")
        assert (planted.folder / FILE).read_bytes() == b"{}"
        planted.check()


@as_root
def test_what_another_linked_to_is_not_read(tmp_path: Path):
    with planting(tmp_path / "place") as planted:
        planted.give()
        planted.link(FILE)
        assert "is a link of another user" in settings.load(planted.folder).trouble


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch, call: str):
    settings.save(tmp_path, b"{}")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space"):
        settings.save(tmp_path, b'{"nick": "new"}')
    assert (tmp_path / FILE).read_bytes() == b"{}"
    assert os.listdir(tmp_path) == [FILE]


def test_each_broker_has_its_own_copy(tmp_path: Path):
    paths = {
        settings.replica_path(tmp_path, endpoint) for endpoint in ("tcp://a-b:1", "tcp://a.b:1", "ipc://a")
    }
    assert len(paths) == 3
    assert all(path.parent == tmp_path for path in paths)


def test_a_broker_that_is_not_known_begins_in_the_lobby():
    assert Settings().server("tcp://a:1") == Server(rooms=["lobby"], current="lobby")
