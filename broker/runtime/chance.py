"""What a broker draws by chance for those who ask: before the order, and what was drawn is ordered."""

import secrets
import string

LETTERS = 28  # 131 bits


def mint(visitor: bool) -> tuple[str, str]:
    """A new account and the token that proves it, with 256 bits of chance.

    48 bits for an account: the log refuses a twin. It forgets those of visitors, so theirs have 96.
    """
    return secrets.token_hex(12 if visitor else 6), secrets.token_urlsafe(32)


def draw() -> str:
    """Letters that nobody guesses."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS))
