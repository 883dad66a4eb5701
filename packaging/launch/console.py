"""Runs in run.py's only thread: what it says, and how it gives up. Standard library only."""

import sys


class Trouble(Exception):
    """run.py cannot go on; the text tells the user why and what to do."""


def say(text: str) -> None:
    """One line of progress, at once, beside the output of what run.py starts."""
    print(text, file=sys.stderr, flush=True)
