"""A window that dies in the middle of a save, as a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.settings import FILE, Loaded, Server, Settings

from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S

DIES = """
import os, pathlib, sys
from loggia.qtclient import settings
os.{call} = lambda *_: os._exit(9)
settings.save(pathlib.Path(sys.argv[1]), b'{{"nick": "new"}}' * 1000)
"""


@pytest.mark.parametrize(("call", "left"), [("open", 0), ("fsync", 1), ("replace", 1)])
def test_a_window_that_dies_while_it_saves_leaves_the_old_file_and_the_next_start_clears_up(
    tmp_path: Path, call: str, left: int
):
    kept = Settings(nick="ada", servers={"tcp://a:1": Server(drafts={"lab": "half a"})})
    settings.save(tmp_path, settings.encoded(kept))
    program = [sys.executable, "-P", "-c", DIES.format(call=call), str(tmp_path)]
    done = subprocess.run(program, env={**os.environ, "PYTHONPATH": str(HOUSE)}, timeout=PATIENCE_S)
    assert done.returncode == 9
    assert len(os.listdir(tmp_path)) == 1 + left
    assert settings.load(tmp_path) == Loaded(kept)
    assert os.listdir(tmp_path) == [FILE]
