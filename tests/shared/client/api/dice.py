"""A bot with commands that work, refuse and fail."""

from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.bot_commands import Wrong


def dice(**settings: float) -> Bot:
    bot = Bot("dice", **settings)  # type: ignore[arg-type]

    @bot.command("!roll")
    def roll(sides: int = 6) -> str:
        """Roll a die that always falls on its highest side."""
        return f"{sides}"

    @bot.command("!pick")
    def pick(number: int, of: int) -> str:
        """Pick a number, as in `!pick 2 5`."""
        if number > of:
            raise Wrong(f"There are only {of}.")
        return "abc"["abc".index("abcdefg"[number])]

    @bot.command("!bare")
    def bare(word: str) -> str:
        return f"{int(word)}"

    @bot.command("!boom")
    def boom(*words: str) -> str:
        raise RuntimeError("boom")

    return bot
