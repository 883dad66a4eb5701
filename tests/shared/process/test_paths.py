"""Where files really are: links at every place, and names that SQLite does not take."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from loggia.shared.process import paths
from loggia.shared.protocol.errors import StorageBroken

from tests.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder `real`, and links of all kinds; where this runs."""
    place = Path(os.path.realpath(tmp_path))
    monkeypatch.chdir(place)
    (place / "real" / "deep").mkdir(parents=True)
    (place / "file").touch()
    for link, target in {
        "link": "real",
        "chain": "link",
        "absolute": place / "real",
        "to file": "real/../file",
        "dangling": "nowhere",
        "loop": "loop 2",
        "loop 2": "loop",
    }.items():
        (place / link).symlink_to(target)
    return place


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("real", "real"),
        ("link", "real"),
        ("link/", "real"),
        ("chain/x.db", "real/x.db"),
        ("absolute/new/new/x.db", "real/new/new/x.db"),
        ("link/deep/../x", "real/x"),
        ("link/../file", "file"),
        ("to file", "file"),
        ("file/below", "file/below"),
        ("new/../x", "x"),
        (".", "."),
        ("", "."),
        ("a b?%20#&=.db", "a b?%20#&=.db"),
        ("file:x?mode=memory", "file:x?mode=memory"),
    ],
)
def test_where_a_path_leads(place, path, real):
    for given in (Path(path), place / path):
        assert paths.real(given) == place / real
        assert paths.for_sqlite(given) == str(place / real)


def test_a_link_in_the_middle_is_followed_before_what_is_above_it(place):
    (place / "far").symlink_to("real/deep")
    assert paths.real(Path("far/../x")) == place / "real" / "x"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("dangling", "dangling is a link to nowhere, and nothing is there"),
        ("dangling/x/y", "dangling/x/y is below .*dangling, which is a link to nowhere"),
        ("loop", "loop is a link that leads back to itself"),
        ("loop/x", "loop/x is below .*loop, which is a link that leads back to itself"),
    ],
)
def test_a_link_to_nowhere_is_a_sentence(place, path, said):
    with pytest.raises(StorageBroken, match=said):
        paths.real(Path(path))
    with pytest.raises(StorageBroken, match=said):
        paths.real(place / path)


def test_what_sqlite_does_not_take_is_a_sentence(place):
    with pytest.raises(StorageBroken, match="is not UTF-8"):
        paths.for_sqlite(Path("x\udcff.db"))
    assert paths.real(Path("x\udcff.db")) == place / "x\udcff.db"
    with pytest.raises(StorageBroken, match="SQLite takes 500; choose a shorter one"):
        paths.for_sqlite(Path("é" * 100, "é" * 100, "é" * 100))


def test_where_the_folder_that_this_runs_in_is_gone():
    gone = """
import os, pathlib, sys, tempfile
from loggia.shared.process import paths
os.chdir(place := tempfile.mkdtemp())
os.rmdir(place)
assert paths.real(pathlib.Path("/x")) == pathlib.Path("/x")
try:
    paths.real(pathlib.Path("x"))
except paths.StorageBroken as reason:
    print(reason)
"""
    house = Path(__file__).parents[3]
    said = subprocess.run(
        [sys.executable, "-c", gone],
        cwd=house,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert "the folder that this was started in is gone" in said.stdout, said
