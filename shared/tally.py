"""What a session counts, and the words that the log has for it. Pure."""

from collections import Counter

Tally = Counter[str]  # what was counted in this turn; the session adds it up, and says when

COUNTED = {
    "gaps": "gaps found",
    "filled": "messages filled",
    "resent": "messages sent again",
    "duplicates": "answers that a message was stored before",
    "repeats": "events that came again",
}
