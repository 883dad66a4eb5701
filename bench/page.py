"""`run.py bench --page`: what was kept, as docs/performance.md shows it."""

from pathlib import Path

from bench import results
from bench.surroundings import HOUSE

PAGE = HOUSE / "docs" / "performance.md"
BEGIN, END = "<!-- figures: run.py bench --page -->\n", "<!-- /figures -->\n"


def written(text: str, lines: list[results.Line]) -> str:
    """The page, with the latest figures of each scenario in their place. Raises ValueError if it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN.strip()} and {END.strip()}")
    tables = "\n".join(results.table(line) for line in results.latest(lines).values())
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def write(page: Path = PAGE, kept: Path = results.KEPT) -> None:
    text = page.read_text(encoding="utf-8")
    page.write_text(written(text, results.kept(kept)), encoding="utf-8")
