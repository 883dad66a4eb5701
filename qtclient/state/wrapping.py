# SPDX-License-Identifier: GPL-3.0-only
"""Marks of bold, italic and code around what is selected. Pure: no thread, no clock, no Qt.

What they mean is read by markup.py: stars end in their line and touch what they are about, code of several
lines stands between lines of three backquotes.
"""

import re

BOLD, ITALIC, CODE = "**", "*", "`"

_FENCE = "```"
_LEAD = re.compile(r"\s*(?:(?:> |[-*] +|\d{1,3}[.)] +)(?=\S))?")
_STARS = re.compile(r"\*+")


def wrapped(selected: str, mark: str, before: str = "", behind: str = "") -> str:
    """What is selected, marked so. `before`, `behind`: what stands in its line beside it."""
    if mark == CODE and "\n" in selected:
        inner = selected.strip("\n")
        begin = "\n" if before.strip() else ""
        end = "\n" if behind.strip() else ""
        return f"{begin}{_FENCE}\n{inner}\n{_FENCE}{end}" if inner.strip() else selected
    return "\n".join(_line(line, mark) for line in selected.split("\n"))


def unwrapped(selected: str, mark: str) -> str | None:
    """What is selected without that mark; None where some of it is not marked so."""
    if mark == CODE and "\n" in selected:
        lines = selected.strip("\n").split("\n")
        fenced = len(lines) > 2 and lines[0] == lines[-1] == _FENCE
        return "\n".join(lines[1:-1]) if fenced else None
    found = [_bare(line, mark) for line in selected.split("\n")]
    kept = [line for line in found if line is not None]
    return "\n".join(kept) if len(kept) == len(found) and "".join(kept).strip() else None


def _parts(line: str) -> tuple[str, str, str]:
    """What stands before and behind the words of a line, as spaces and the sign of an item, and these."""
    found = _LEAD.match(line)
    lead = found[0] if found else ""
    words = line[len(lead) :].rstrip()
    return lead, words, line[len(lead) + len(words) :]


def caret_at(before: str, behind: str, mark: str) -> int | None:
    """What the mark does where nothing is selected, between these two of a line: 0 takes away the empty marks
    around the caret, 1 leads behind the one that it ends, None: two are put, one on each side."""
    first, last = _run(behind, mark), _run(before[::-1], mark)
    if first != mark:
        return None
    return 0 if last == mark else 1


def _run(text: str, mark: str) -> str:
    """What it begins with that is made of the letter of the mark."""
    return text[: len(text) - len(text.lstrip(mark[0]))]


def _line(line: str, mark: str) -> str:
    lead, words, trail = _parts(line)
    if not words:
        return line
    if mark == CODE and CODE in words:
        mark, words = CODE * (2 if "``" not in words else 3), f" {words} "
    return f"{lead}{mark}{words}{mark}{trail}"


def _bare(line: str, mark: str) -> str | None:
    """The line without the mark; one without words has none."""
    lead, words, trail = _parts(line)
    size = len(mark)
    if not words:
        return line
    if mark == CODE:
        is_marked = len(words) > 2 and words[0] == words[-1] == CODE and CODE not in words[1:-1]
    else:
        begin, end = _STARS.match(words), _STARS.match(words[::-1])
        stars = (size, 3)  # three are both
        is_marked = bool(begin and end and len(begin[0]) in stars and len(begin[0]) == len(end[0]))
        is_marked = is_marked and len(words) > 2 * size
    return f"{lead}{words[size:-size]}{trail}" if is_marked else None
