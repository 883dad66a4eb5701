"""`run.py bench --page`: what was kept, as docs/performance.md shows it."""

from pathlib import Path

from bench import picture, results
from bench.surroundings import HOUSE

PAGE = HOUSE / "docs" / "performance.md"
PICTURES = HOUSE / "docs" / "pictures"
BEGIN, END = "<!-- figures: run.py bench --page -->\n", "<!-- /figures -->\n"


def written(text: str, lines: list[results.Line]) -> str:
    """The page, with the latest figures of each scenario in their place. Raises ValueError if it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN.strip()} and {END.strip()}")
    latest = [*results.latest(lines).values()]
    tables = "\n".join([results.summary(latest), *map(results.table, latest)])
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def write(page: Path = PAGE, kept: Path = results.KEPT, pictures: Path = PICTURES) -> str:
    """The page, and its pictures. Gives a sentence where these cannot be drawn, or nothing."""
    lines = results.kept(kept)
    text = page.read_text(encoding="utf-8")
    page.write_text(written(text, lines), encoding="utf-8")
    if not picture.is_possible():
        return (
            f"The pictures stay as they are: {picture.MATPLOTLIB} is not here (the extra [bench] brings it)."
        )
    for name, panels in (("growth.png", picture.GROWTH), ("rivals.png", picture.RIVALS)):
        picture.draw(results.latest(lines), pictures / name, panels)
    return ""
