"""The table of settings in docs/operations.md is what the command writes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from loggia.broker import settings_page
from loggia.broker.settings import LIMITS, SETTINGS

from tests.patience import PATIENCE_S

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "operations.md"


def test_the_table_is_what_the_command_writes(tmp_path):
    page = tmp_path / "page.md"
    shutil.copy(PAGE, page)
    old = page.read_text(encoding="utf-8")
    page.write_text(old.replace("`LOGGIA_RATE`", "`LOGGIA_RAT`"), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", settings_page.__name__, str(page)], cwd=HOUSE, check=True, timeout=PATIENCE_S
    )
    assert page.read_text(encoding="utf-8") == old


def test_every_setting_has_a_row():
    rows = settings_page.table().splitlines()
    for setting in SETTINGS:
        (row,) = [row for row in rows if f"| `{setting.variable}` | `{setting.name}` |" in row]
        assert setting.help in row
        assert not setting.flag or row.startswith(f"| `{setting.flag}")
    assert {row.name for row in SETTINGS if row.name.startswith("limits.")} == {f"limits.{n}" for n in LIMITS}


def test_a_page_without_its_place_is_left_alone():
    with pytest.raises(ValueError, match="has no lines"):
        settings_page.written("# A page")
