"""`python -m loggia.broker.settings_page docs/operations.md` writes the table of settings into that page."""

import sys
from pathlib import Path

from loggia.broker.config import FILE_VARIABLE
from loggia.broker.settings import SETTINGS, Setting

BEGIN, END = "<!-- settings: python -m loggia.broker.settings_page -->\n", "<!-- end of settings -->\n"


def table() -> str:
    """A row for each setting, and for the file itself."""
    rows = [("flag", "variable", "TOML", "type", "default", "what it is"), ("---",) * 6, *map(_row, SETTINGS)]
    default = "`broker.toml` in the user's settings folder"
    rows.append(("`--config FILE`", f"`{FILE_VARIABLE}`", "", "file", default, "the TOML file"))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(setting: Setting) -> tuple[str, ...]:
    metavar, *others = setting.metavar.split("|")
    flag = f"`{setting.flag} {metavar}".strip() + "`" if setting.flag else ""
    flag += "".join(f" or `{other}`" for other in others)
    default = setting.usual or f"`{setting.told}`"
    return flag, f"`{setting.variable}`", f"`{setting.name}`", setting.type, default, setting.help


def written(page: str) -> str:
    """The page with the table as it is now. Raises ValueError when it has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + table() + end + after


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
