"""Writes what is to be said of a visitor to the terminal log."""

import logging

_logger = logging.getLogger("loggia")


def log(level: int, text: str, peer: str) -> None:
    """What is said alike of each visitor is one message of the log, so that it can sum up a flood of it."""
    alike = text.replace("%", "%%").replace(peer, "%s")
    _logger.log(level, alike, *[peer] * text.count(peer), extra={"peer": peer})
