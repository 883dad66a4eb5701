"""What a session counts, and the words that the log has for it. Pure."""

from collections import Counter

Tally = Counter[str]  # what was counted in this turn; the session adds it up, and says when

COUNTED = {
    "gaps": ("gap found", "gaps found"),
    "filled": ("message filled", "messages filled"),
    "resent": ("message sent again", "messages sent again"),
    "duplicates": ("answer that a message was stored before", "answers that a message was stored before"),
    "repeats": ("event that came again", "events that came again"),
    "ignored": (
        "more thing from the broker that was ignored",
        "more things from the broker that were ignored",
    ),
}
