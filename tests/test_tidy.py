"""No file crowds, none is a pass-through, and a word means one thing where it is loaded."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests import tidy

HOUSE = Path(__file__).parent.parent
PUBLIC = '"""A face that loads when asked."""\n\nfrom a import B\n\n\ndef __getattr__(name):\n    return B\n'

PASSING = {
    "imports": '"""Old names."""\n\nfrom loggia.shared.client.ids import Ids as Ids\n',
    "imports of a module": "import loggia.shared.client.ids\n",
    "a list of names": 'from loggia.shared.client.ids import Ids\n\n__all__ = ["Ids"]\n__all__ += ["x"]\n',
    "another name": "from loggia.shared.client import ids\n\nNumbers = ids.Ids\nMore: type = ids.Ids\n",
    "on a condition": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from a import B\n",
    "or else": "try:\n    from a import B\nexcept ImportError:\n    from c import B\n",
    "everything": "from loggia.shared.client.ids import *\n",
}
OF_THEIR_OWN = {
    "nothing": "",
    "words alone": '"""A package."""\n',
    "a function": "from a import B\n\n\ndef f():\n    return B()\n",
    "a constant": "import re\n\nLINE = re.compile('x')\n",
    "a start": 'import sys\n\nfrom a import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n',
    "a face that loads when asked": PUBLIC,
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house without git in which all is well."""
    for file, content in {
        "run.py": "import sys\n\nsys.exit(0)\n",
        "broker/__init__.py": "",
        "broker/room.py": 'class Room:\n    """A room\'s end of the log."""\n\nclass _Row: ...\n',
        "broker/rows.py": "class _Row: ...\n",
        "shared/protocol/ids.py": "class Ids: ...\n",
        "shared/client/note.py": "class Note: ...\n",
        "qtclient/room.py": 'class Room:\n    """A room on the screen."""\n',
        "packaging/loggia/__init__.py": PUBLIC,
        "tests/test_room.py": "class Room: ...\n",
        "bots/roll.py": "",
        "bench/load.py": "",
    }.items():
        plant(tmp_path, file, content)
    return tmp_path


def plant(house: Path, file: str, content: str) -> None:
    (house / file).parent.mkdir(parents=True, exist_ok=True)
    (house / file).write_text(content, encoding="utf-8")


# -- This house --------------------------------------------------------------------------------


def test_no_file_crowds():
    assert tidy.too_long(HOUSE) == []


def test_no_file_only_passes_on_what_others_hold():
    assert tidy.passed_through(HOUSE) == []


def test_a_word_is_one_thing_in_a_process():
    assert tidy.two_things(HOUSE) == []


def test_every_file_is_part_of_a_process():
    assert tidy.homeless(HOUSE) == []


def test_the_processes_are_made_of_what_is_there():
    found = tidy.files(HOUSE)
    for rooms in tidy.PROCESSES.values():
        for room in rooms:
            assert any(file.startswith(room) for file in found), room


# -- What would be found -----------------------------------------------------------------------


def test_a_good_house_is_found_good(house: Path):
    found = tidy.too_long, tidy.passed_through, tidy.two_things, tidy.homeless
    assert [check(house) for check in found] == [[], [], [], []]


@pytest.mark.parametrize("file", ["broker/room.py", "tests/test_room.py", "run.py", "new/deep/down.py"])
def test_a_file_that_crowds_is_named(house: Path, file: str):
    plant(house, file, "x = 1\n" * 350)
    assert tidy.too_long(house) == []
    plant(house, file, "x = 1\n" * 351)
    assert tidy.too_long(house) == [f"{file} has 351 lines, over 350: part it by reason to change"]


@pytest.mark.parametrize("how", PASSING)
@pytest.mark.parametrize("file", ["shared/client/old.py", "broker/__init__.py", "tests/old.py"])
def test_a_pass_through_is_named(house: Path, file: str, how: str):
    plant(house, file, PASSING[how])
    assert tidy.passed_through(house) == [
        f"{file} only passes on what others hold: import it from where it is"
    ]


@pytest.mark.parametrize("how", OF_THEIR_OWN)
def test_what_holds_something_of_its_own_is_none(house: Path, how: str):
    plant(house, "shared/client/own.py", OF_THEIR_OWN[how])
    assert tidy.passed_through(house) == []


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("qtclient/other.py", "class Room: ...\n"),
        ("shared/client/room.py", "class Room: ...\n"),
        ("shared/protocol/room.py", "class Room: ...\n"),
        ("shared/protocol/room.py", "Room = dict[str, int]\n"),
        ("broker/other.py", "Room: TypeAlias = 'str | int'\n"),
        ("broker/other.py", "if True:\n    class Room: ...\n"),
        ("broker/other.py", "try:\n    import room\nexcept ImportError:\n    class Room: ...\n"),
        ("packaging/loggia/__init__.py", "class Note: ...\n"),
        ("bench/load.py", "class Ids: ...\n"),
        ("bots/roll.py", "class Note: ...\n"),
    ],
)
def test_one_word_for_two_things_is_named(house: Path, file: str, code: str):
    plant(house, file, code)
    assert any(file in found and "is two things in the process" in found for found in tidy.two_things(house))


def test_a_reason_that_names_the_other_stands(house: Path):
    reason = '"""Unlike that of\n    broker/room.py it has no log."""'
    plant(house, "broker/other.py", f"class Room:\n    {reason}\n")
    assert tidy.two_things(house) == []
    plant(house, "broker/third.py", "class Room: ...\n")
    assert len(tidy.two_things(house)) == 2, "the third is neither of them"


def test_a_class_for_each_platform_is_one(house: Path):
    plant(house, "broker/lock.py", "if True:\n    class Lock: ...\nelse:\n    class Lock: ...\n")
    assert tidy.two_things(house) == []


def test_two_bots_may_name_as_they_like(house: Path):
    for bot in ("roll", "echo"):
        plant(house, f"bots/{bot}.py", "class Dice: ...\n")
    assert tidy.two_things(house) == []


def test_a_file_of_no_process_is_named(house: Path):
    plant(house, "tools/make.py", "")
    assert tidy.homeless(house) == ["tools/make.py"]


def test_what_is_made_or_installed_is_not_ours(house: Path):
    for made in (".venv", "build", "dist", "broker/__pycache__", ".hidden/deep", "env"):
        plant(house, f"{made}/made.py", "x = 1\n" * 351)
    plant(house, "env/pyvenv.cfg", "")
    assert tidy.too_long(house) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_with_git_what_it_knows_or_would_add_is_ours(house: Path):
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=house, check=True, capture_output=True, timeout=60)

    before = tidy.files(house)
    git("init")
    git("add", ".")
    plant(house, ".gitignore", "made.py\n")
    plant(house, "broker/made.py", "")
    plant(house, "broker/new é.py", "")
    (house / "bench" / "load.py").unlink()
    assert tidy.files(house) == sorted({*before, "broker/new é.py"} - {"bench/load.py"})


def test_a_checkout_that_git_refuses_is_walked(house: Path):
    plant(house, ".git", "gitdir: nowhere")
    assert "broker/room.py" in tidy.files(house)
