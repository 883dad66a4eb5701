"""What sorts of programs there are, and what a bot says to a question."""

DERIVED = "!"  # begins the ids of answers, which a bot may say again after it died
QUESTION, ANSWER = "?", "!"  # what a bot answers begins with the one, its answers with the other


def reply(bot: int, epoch: str, question: str) -> str:
    """What a bot says to a question, in this life of the log."""
    return f"{ANSWER}{bot} in {epoch}: {question}"


class Kind:
    """What sort of program it is: how it makes its session, and whether it answers questions."""

    def __init__(self, *, bot: bool = False, complete: bool = False, durable: bool = False) -> None:
        self.settings = {"bot": bot, "complete": complete, "durable": durable, "keep": True}
        self.durable = durable


WINDOW = Kind()
SCRIPT = Kind(bot=True, complete=True)
BOT = Kind(bot=True, complete=True, durable=True)
